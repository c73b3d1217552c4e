"""Webhooks of the sandbox: which deeds fill the queue, what a delivery holds, and what goes wrong on the way."""

from __future__ import annotations

import json

import pytest

ONE, TWO, ITEM = "410000101", "410000102", "880000201"
EVENTS = (
    "patient-created", "patient-updated", "appointment-created", "appointment-updated",
    "appointment-deleted", "invoice-created", "invoice-updated", "invoice-deleted",
)  # fmt: skip


@pytest.fixture
def listening(practice):
    """A practice with a webhook for each event."""
    hooks = [{"event": event, "url": f"https://engine.example/hooks/{event}", "header": "Bearer s"} for event in EVENTS]
    assert practice.admin("webhooks", hooks) == hooks
    return practice


def taken(practice):
    """Event and reference of each due delivery."""
    due = practice.admin("deliveries")
    bodies = [json.loads(one["body"])["entry"][0]["resource"]["notificationEvent"][0] for one in due]
    return [
        f"{one['url'].rpartition('/')[2]} {body['focus']['reference'].rpartition('/')[2]}"
        for one, body in zip(due, bodies, strict=True)
    ]


@pytest.mark.parametrize("do, fields, expected", [
    ("create_invoice", {"payer": "Patient/70000001", "id": "1001"}, ["invoice-created 1001"]),
    ("edit_invoice", {"invoice": ONE, "number": "A7"}, [f"invoice-updated {ONE}"]),
    ("void_line", {"line": ITEM}, [f"invoice-updated {ONE}"]),
    ("write_off_invoice", {"invoice": ONE}, [f"invoice-updated {ONE}"]),
    ("move_line", {"line": ITEM, "to": TWO}, [f"invoice-updated {ONE}", f"invoice-updated {TWO}"]),
    ("record_payment", {"invoice": ONE}, [f"invoice-updated {ONE}"]),
    ("change_payer", {"invoice": ONE, "payer": "Patient/70000002"}, [f"invoice-updated {ONE}"]),
    ("delete_invoice", {"invoice": ONE}, [f"invoice-deleted {ONE}"]),
    ("take_deposit", {"subject": "70000001", "amount": 5}, []),
    ("edit_patient", {"patient": "70000001", "family": "New"}, ["patient-updated 70000001"]),
    ("add_patient", {"given": "A", "family": "B", "id": "5"}, ["patient-created 5"]),
])  # fmt: skip
def test_a_deed_at_the_screen_queues_its_event_once(listening, do, fields, expected):
    listening.staff(do, **fields)
    assert taken(listening) == expected
    assert taken(listening) == []


@pytest.mark.parametrize("moves", [True, False])
def test_money_alone_fires_only_if_switched_so(listening, moves):
    listening.admin("switches", {"webhook_fires_on_payment": False, "moves_on_payment": moves})
    listening.staff("record_payment", invoice=ONE)
    assert taken(listening) == []
    listening.admin("switches", {"webhook_fires_on_payment": True})
    listening.staff("delete_payment", payment="990000301")
    assert taken(listening) == [f"invoice-updated {ONE}"]


def test_nothing_is_queued_for_nobody_or_by_what_is_refused(practice):
    practice.staff("void_line", line=ITEM)
    assert practice.admin("webhooks", method="GET") == []
    assert taken(practice) == []
    practice.admin("webhooks", [{"event": "invoice-paid", "url": "x"}], expect=400)


def test_a_delivery_looks_like_halaxys_and_holds_no_data(listening):
    listening.staff("edit_invoice", invoice=ONE, note="private")
    (one,) = listening.admin("deliveries")
    body = json.loads(one["body"])
    status = body["entry"][0]["resource"]
    assert one["headers"] == {"content-type": "application/json", "authorization": "Bearer s"}
    assert (body["resourceType"], body["type"], status["resourceType"]) == ("Bundle", "history", "SubscriptionStatus")
    assert status["notificationEvent"][0]["focus"]["type"] == "Invoice"
    assert len(status["notificationEvent"][0]["id"]) == 36
    assert "private" not in one["body"]
    assert set(body) == {
        "resourceType", "id", "meta", "type", "timestamp", "link", "entry", "contained", "extension", "modifierExtension",
    }  # fmt: skip


def pay_often(practice):
    for _ in range(60):
        practice.staff("record_payment", invoice=ONE, amount=1)
    return taken(practice)


@pytest.mark.parametrize("switch, low, high", [
    ({}, 60, 60), ({"webhook_drop_rate": 0.5}, 15, 45), ({"webhook_drop_rate": 1}, 0, 0),
    ({"webhook_duplicate_rate": 0.5}, 75, 105), ({"webhook_duplicate_rate": 1}, 120, 120),
])  # fmt: skip
def test_deliveries_are_lost_and_repeated_at_the_rates_that_are_set(listening, switch, low, high):
    listening.admin("switches", switch)
    assert low <= len(pay_often(listening)) <= high


def test_deliveries_come_late_and_in_another_order_if_switched_so(listening):
    listening.admin("switches", {"webhook_delay": 300, "webhook_out_of_order": True})
    for number in range(20):
        listening.staff("add_patient", given="A", family="B", id=str(number + 1))
    assert taken(listening) == []
    listening.wait(minutes=5)
    order = [int(one.rpartition(" ")[2]) for one in taken(listening)]
    assert sorted(order) == list(range(1, 21)) != order
