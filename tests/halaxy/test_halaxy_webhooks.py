"""What is accepted at the door for Halaxy's webhooks, and what is read again for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from halaxy_fake import Practice, a_line, a_patient, a_payment, a_role, an_invoice, drive
from hypothesis import given
from hypothesis import strategies as st

from connectors.halaxy.rereading import reread
from connectors.halaxy.webhooks import EVENTS, Accepted, Refused, judge

Json = Any
SECRET = "a-long-random-value"


def a_body(*references: str, **other: Json) -> bytes:
    notices = [
        {
            "eventNumber": str(number),
            "focus": {"reference": f"https://au-api.halaxy.com/main/{name}"},
            "id": f"n-{number}",
        }
        for number, name in enumerate(references)
    ]
    topic = {"reference": "https://au-api.halaxy.com/main/SubscriptionTopic/t-1"}
    status = {"resourceType": "SubscriptionStatus", "topic": topic, "notificationEvent": notices, **other}
    return json.dumps({"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}]}).encode()


def ask(body: bytes, header: str = SECRET, event: str = "invoice-updated", secret: str = SECRET) -> Accepted | Refused:
    return judge(event, {"Authorization": header, "Content-Type": "application/json"}, body, secret)


@pytest.mark.parametrize("typed", [SECRET, f"Bearer {SECRET}", f" {SECRET} "])
@pytest.mark.parametrize("sent", [SECRET, f"Bearer {SECRET}", f"bearer  {SECRET}"])
def test_the_value_is_accepted_as_it_stands_or_behind_bearer(typed: str, sent: str) -> None:
    assert ask(a_body("Invoice/1001"), sent, secret=typed) == Accepted(("Invoice/1001",), ("sales",), ("n-0",), "t-1")


@pytest.mark.parametrize("header, secret", [
    ("", SECRET), ("wrong", SECRET), (SECRET[:-1], SECRET), (SECRET + "x", SECRET), (f"Basic {SECRET}", SECRET),
    ("Bearer", SECRET), ("", ""), ("Bearer ", ""), ("", "Bearer "), ("é", SECRET),
])  # fmt: skip
def test_any_other_value_is_refused_and_so_is_every_one_without_a_secret(header: str, secret: str) -> None:
    found = ask(a_body("Invoice/1001"), header, secret=secret)
    assert isinstance(found, Refused)
    assert found.status == 401
    assert SECRET not in found.what


def test_without_the_header_at_all_it_is_refused() -> None:
    assert isinstance(judge("invoice-updated", {}, a_body("Invoice/1"), SECRET), Refused)


@pytest.mark.parametrize("event, status", [("invoice-paid", 404), ("", 404)])
def test_an_unknown_event_is_not_there(event: str, status: int) -> None:
    assert ask(a_body("Invoice/1"), event=event) == Refused(status, "There is no such event.")


@pytest.mark.parametrize("event", EVENTS)
def test_only_what_the_address_is_for_is_read_again(event: str) -> None:
    found = ask(a_body("Invoice/1001", "Patient/5", "Appointment/7", "Invoice/1001"), event=event)
    assert isinstance(found, Accepted)
    assert len(found.rereads) == 1
    assert found.rereads[0].startswith(EVENTS[event] + "/")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"entry": 7}', b'{"entry": [{"resource": {"resourceType": "Invoice", "id": "1"}}]}',
    a_body("Invoice/../../x"), a_body("Invoice/1001 or 1"), a_body("Invoice/" + "9" * 65), a_body(notificationEvent="x"), b"[" * 9999,
])  # fmt: skip
def test_a_body_that_tells_nothing_still_wakes_the_poll(body: bytes) -> None:
    found = ask(body)
    assert isinstance(found, Accepted)
    assert ((), ("sales",)) == (found.rereads, found.polls)


def test_a_body_that_is_too_large_is_refused() -> None:
    assert isinstance(ask(b" " * 300_000), Refused)


@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_body_and_no_header_ever_raises(body: bytes, header: str) -> None:
    ask(body)
    ask(body, header)


def test_a_named_invoice_is_read_again_and_a_deleted_one_is_found() -> None:
    practice = Practice()
    for row in (a_patient(), a_role(), an_invoice(), a_line()):
        practice.halaxy.put(row)
    practice.poll()
    practice.later(1)
    practice.halaxy.put(a_payment())
    practice.halaxy.put(an_invoice(paid="120.00"))
    found = drive(reread(["Invoice/1001", "Appointment/5"], practice.shelf, practice.time()), practice.halaxy)
    assert ["inv:1001:upd:v2", "inv:1001:settled:v2", "pay:9001:recorded", "inv:1001:changed:v2"] == [
        e.key for e in found.events
    ]
    practice.shelf.save("reread", found)
    again = drive(
        reread(["Invoice/1001", "Invoice/77", "Patient/501"], practice.shelf, practice.time()), practice.halaxy
    )
    assert () == again.events
    practice.halaxy.drop("PaymentTransaction", "9001")
    practice.halaxy.drop("Invoice", "1001")
    found = drive(reread(["Invoice/1001"], practice.shelf, practice.time()), practice.halaxy)
    assert {"inv:1001:deleted", "pay:9001:removed", "inv:1001:changed:v3"} == {event.key for event in found.events}
    assert found.cursor is None
