"""The polls, driven as generators against a small Halaxy of plain dicts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from halaxy_fake import (
    FakeHalaxy,
    Practice,
    a_fee,
    a_line,
    a_patient,
    a_payment,
    a_role,
    an_invoice,
    drive,
    money,
    ref,
)

from connectors.halaxy.capability import sales
from connectors.halaxy.connector import CONNECTOR
from engine.errors import NoAnswer
from engine.sdk.contract import Found, Request
from engine.sdk.records import Sale, from_plain

Json = Any


@pytest.fixture
def practice() -> Practice:
    """A practice whose first polls have run over one open invoice."""
    made = Practice()
    for row in (a_fee(), a_role(), a_patient(), an_invoice(), a_line()):
        made.halaxy.put(row)
    for name in ("reference", "people", "sales", "open_invoices"):
        made.poll(name)
    made.later(30)
    return made


def types(found: Found) -> list[str]:
    return [event.type.removeprefix("halaxy.") for event in found.events]


def keys(found: Found) -> list[str]:
    return [event.key for event in found.events]


def sale(practice: Practice, id: str = "1001") -> Sale:
    record = practice.shelf.get("sale", id)
    assert record is not None
    return from_plain(Sale, record.data)


def pay(practice: Practice, id: str, amount: str, paid: str, **other: Json) -> None:
    practice.halaxy.put(a_payment(id, amount, **other))
    practice.halaxy.put(an_invoice(paid=paid))


def test_the_first_run_takes_over_the_open_invoice_with_all_that_hangs_on_it(practice: Practice) -> None:
    found = sale(practice)
    assert (found.version, found.location, found.practitioner) == (1, "CL-1", "PR-1")
    assert (found.lines[0].category, found.lines[0].gross) == ("Treatment", Decimal("120.00"))
    assert (found.payer.name, found.payer.given, found.payer.email) == (
        "Sample One",
        "Sample",
        "sample.one@patient.example",
    )
    assert (date(2026, 3, 9), None) == (found.due, found.due_reported)


def test_polls_run_in_the_order_in_which_they_need_one_another() -> None:
    assert ["reference", "people", "sales", "open_invoices", "periods"] == [poll.name for poll in CONNECTOR.polls]


def test_private_fields_of_patients_are_not_kept(practice: Practice) -> None:
    record = practice.shelf.get("patient", "501")
    assert record is not None
    assert {"id", "name", "given", "family", "email", "mobile", "phone", "active"} == set(record.data)


def test_a_second_poll_of_the_same_finds_nothing_new(practice: Practice) -> None:
    practice.later(-25)
    for name in ("reference", "people", "sales", "open_invoices"):
        found = practice.poll(name)
        assert ((), ()) == (found.records, found.events), name


def test_an_idle_sales_poll_costs_three_calls(practice: Practice) -> None:
    practice.poll()
    assert ["/PaymentTransaction", "/Invoice", "/InvoiceLine"] == [request.path for request in practice.halaxy.asked]


def test_a_payment_gives_its_events_once_and_a_new_version(practice: Practice) -> None:
    pay(practice, "9001", "120.00", "120.00")
    found = practice.poll()
    assert ["invoice.updated", "invoice.paid", "payment.recorded", "invoice.changed"] == types(found)
    assert ["inv:1001:upd:v2", "inv:1001:settled:v2", "pay:9001:recorded", "inv:1001:changed:v2"] == keys(found)
    assert found.events[1].data["invoice"]["fully_paid"] is True
    assert found.events[2].data["payment"]["amount"] == Decimal("120.00")
    assert (sale(practice).version, sale(practice).payments[0].date) == (2, date(2026, 3, 2))
    practice.later(5)
    assert () == practice.poll().events


def test_many_invoices_cost_pages_and_not_a_call_each() -> None:
    practice = Practice()
    for number in range(250):
        id = str(2000 + number)
        practice.halaxy.put(an_invoice(id, "33.30", "33.30"))
        practice.halaxy.put(a_line(f"7{id}", id, "33.30"))
        practice.halaxy.put(a_payment(f"9{id}", "33.30", id))
    found = practice.poll()
    assert 250 == len({event.subject for event in found.events})
    assert sum(sale(practice, str(2000 + n)).totals.gross for n in range(250)) == Decimal("8325.00")
    assert sum(s.amount for n in range(250) for s in sale(practice, str(2000 + n)).payments) == Decimal("8325.00")
    assert len(practice.halaxy.asked) <= 13


def test_a_removed_payment_is_found_by_the_fallen_sum(practice: Practice) -> None:
    pay(practice, "9001", "50.00", "50.00")
    practice.poll()
    practice.later(30)
    practice.halaxy.drop("PaymentTransaction", "9001")
    practice.halaxy.put(an_invoice())
    found = practice.poll()
    assert {"invoice.updated", "payment.removed", "invoice.changed"} == set(types(found))
    assert "pay:9001:removed" in keys(found)
    assert () == sale(practice).payments


def test_a_removed_payment_is_found_hourly_even_if_nothing_says_that_the_invoice_changed(practice: Practice) -> None:
    pay(practice, "9001", "120.00", "120.00")
    practice.poll()
    practice.later(30)
    practice.poll()
    practice.later(30)
    practice.halaxy.drop("PaymentTransaction", "9001")
    practice.halaxy.rows["Invoice"]["1001"] = an_invoice()
    assert () == practice.poll().events
    found = practice.poll("open_invoices")
    assert {"invoice.reopened", "payment.removed"} <= set(types(found))


def test_a_removed_refund_is_found_by_the_risen_sum(practice: Practice) -> None:
    pay(practice, "9001", "120.00", "120.00")
    pay(practice, "9002", "-120.00", "0.00")
    practice.poll()
    practice.later(30 * 24 * 60)
    practice.halaxy.drop("PaymentTransaction", "9002")
    practice.halaxy.put(an_invoice(paid="120.00"))
    assert "pay:9002:removed" in keys(practice.poll())
    assert ["9001"] == [item.id for item in sale(practice).payments]


def test_a_payment_and_its_refund_removed_together_are_found_within_a_day(practice: Practice) -> None:
    pay(practice, "9001", "120.00", "120.00")
    pay(practice, "9002", "-120.00", "0.00")
    practice.poll()
    practice.later(60)
    for id in ("9001", "9002"):
        practice.halaxy.drop("PaymentTransaction", id)
    practice.poll("open_invoices")
    practice.later(24 * 60)
    assert {"pay:9001:removed", "pay:9002:removed"} <= set(keys(practice.poll("open_invoices")))
    assert () == sale(practice).payments


def test_a_removed_loose_deposit_is_found(practice: Practice) -> None:
    practice.halaxy.put(a_payment("9009", "250.00", None, type={"text": "Deposit"}))
    assert ["pay:9009:deposit", "dep:9009:changed:v1"] == keys(practice.poll())
    practice.later(60)
    practice.halaxy.drop("PaymentTransaction", "9009")
    assert ["pay:9009:removed", "dep:9009:removed:v2", "dep:9009:changed:v2"] == keys(practice.poll("open_invoices"))
    assert () == practice.poll("open_invoices").events


@pytest.mark.parametrize("how", ["gone", "status"])
def test_a_deleted_invoice_is_found_and_keeps_its_content(practice: Practice, how: str) -> None:
    if how == "gone":
        practice.halaxy.drop("Invoice", "1001")
    else:
        practice.halaxy.rows["Invoice"]["1001"] = an_invoice(status="deleted")
    found = practice.poll("open_invoices")
    assert ["inv:1001:deleted", "inv:1001:changed:v2"] == keys(found)
    assert sale(practice).deleted
    assert Decimal("120.00") == sale(practice).totals.gross
    practice.later(60)
    assert () == practice.poll("open_invoices").events


def test_an_invoice_missing_from_a_list_is_asked_for_before_it_counts_as_deleted(practice: Practice) -> None:
    row = practice.halaxy.rows["Invoice"].pop("1001")

    def back_for_the_single_read(halaxy: FakeHalaxy, request: Request) -> None:
        if request.path == "/Invoice/1001":
            halaxy.rows["Invoice"]["1001"] = row

    practice.halaxy.on_page = back_for_the_single_read
    assert () == practice.poll("open_invoices").events


def test_a_payment_on_an_unseen_invoice_brings_that_invoice(practice: Practice) -> None:
    practice.later(-10_000)
    practice.halaxy.put(an_invoice("1002", paid="120.00"))
    practice.halaxy.put(a_line("2", "1002"))
    practice.later(10_030)
    practice.halaxy.put(a_payment("9002", invoice="1002"))
    found = practice.poll()
    assert {"inv:1002:created", "inv:1002:settled:v1", "pay:9002:recorded", "inv:1002:changed:v1"} == set(keys(found))
    assert 1 == len(sale(practice, "1002").lines)


def test_a_payment_missed_by_its_window_is_found_by_the_sum(practice: Practice) -> None:
    practice.halaxy.put(a_payment("9001"))
    practice.halaxy.updated["PaymentTransaction", "9001"] -= timedelta(days=1)
    practice.halaxy.put(an_invoice(paid="120.00"))
    assert "pay:9001:recorded" in keys(practice.poll())


def test_a_line_removed_without_record_is_found_by_the_sum(practice: Practice) -> None:
    practice.halaxy.put(a_line("2", base="30.00"))
    practice.halaxy.put(an_invoice(gross="150.00"))
    assert {"inv:1001:upd:v2", "inv:1001:amt:v2", "inv:1001:changed:v2"} == set(keys(practice.poll()))
    practice.later(30)
    practice.halaxy.drop("InvoiceLine", "2")
    practice.halaxy.put(an_invoice())
    assert "line:2:removed:v2" in keys(practice.poll())
    assert ["1"] == [line.id for line in sale(practice).lines]


def test_a_voided_line_is_seen_though_the_invoice_did_not_move_in_time(practice: Practice) -> None:
    practice.halaxy.put(a_line(status="voided"))
    practice.halaxy.rows["Invoice"]["1001"] = an_invoice(gross="0.00")
    found = practice.poll()
    assert {"line:1:voided:v2", "inv:1001:amt:v2"} <= set(keys(found))


def test_a_line_moved_between_invoices_leaves_one_and_joins_the_other(practice: Practice) -> None:
    practice.halaxy.put(an_invoice("1002", "50.00"))
    practice.halaxy.put(a_line("2", "1002", "50.00"))
    practice.poll()
    practice.later(30)
    practice.halaxy.put(a_line("2", "1001", "50.00"))
    practice.halaxy.rows["Invoice"].update({"1001": an_invoice(gross="170.00"), "1002": an_invoice("1002", "0.00")})
    assert "line:2:removed:v2" in keys(practice.poll())
    assert (["1", "2"], []) == ([x.id for x in sale(practice).lines], [x.id for x in sale(practice, "1002").lines])


def test_a_payment_moved_to_another_invoice_is_no_removed_payment(practice: Practice) -> None:
    practice.halaxy.put(an_invoice("1002"))
    practice.halaxy.put(a_line("2", "1002"))
    pay(practice, "9001", "120.00", "120.00")
    practice.poll()
    practice.later(30)
    practice.halaxy.put(a_payment(invoice="1002"))
    practice.halaxy.put(an_invoice())
    practice.halaxy.put(an_invoice("1002", paid="120.00"))
    found = practice.poll()
    assert "payment.removed" not in types(found)
    assert "pay:9001:upd:v2" in keys(found)
    assert (0, 1) == (len(sale(practice).payments), len(sale(practice, "1002").payments))


def test_a_payment_paid_refunded_and_paid_again_gives_each_event_anew(practice: Practice) -> None:
    told: list[str] = []
    for step, (id, amount, paid) in enumerate([("1", "120", "120"), ("2", "-120", "0"), ("3", "120", "120")]):
        pay(practice, f"90{id}", amount, paid, created=f"2026-03-0{step + 2}T11:00:00+11:00")
        told += keys(practice.poll())
        practice.later(30)
    assert {"inv:1001:settled:v2", "pay:902:refunded", "inv:1001:reopened:v3", "inv:1001:settled:v4"} <= set(told)
    assert len(told) == len(set(told))


def test_rows_repeated_and_lost_between_pages_come_once_and_all() -> None:
    practice = Practice()
    for number in range(230):
        practice.halaxy.put(an_invoice(str(3000 + number), "10.00"))
        practice.halaxy.put(a_line(f"8{number}", str(3000 + number), "10.00"))

    def shift(halaxy: FakeHalaxy, request: Request) -> None:
        """Before page 2 the first row is deleted, so that one of the others slips to page 1 unread."""
        if request.path == "/Invoice" and dict(request.query).get("page") == "2" and "3000" in halaxy.rows["Invoice"]:
            halaxy.drop("Invoice", "3000")

    practice.halaxy.on_page = shift
    practice.poll()
    ids = [record.id for record in practice.shelf.all("sale")]
    assert len(ids) == len(set(ids))
    assert {str(3000 + number) for number in range(1, 230)} <= set(ids)


def test_a_filter_that_is_ignored_changes_nothing_but_the_cost(practice: Practice) -> None:
    practice.halaxy.put(an_invoice("1002", "50.00"))
    practice.halaxy.put(a_line("2", "1002", "50.00"))
    practice.halaxy.ignored = frozenset({"_lastUpdated", "_id", "invoice", "total-balance", "created"})
    assert {"1002"} == {event.subject for event in practice.poll().events}
    assert () == practice.poll("open_invoices").events


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("name", ["sales", "open_invoices"])
def test_a_refused_list_ends_the_poll_with_the_cursor_unmoved(practice: Practice, name: str, status: int) -> None:
    before = practice.shelf.cursors[name]
    practice.halaxy.status = status
    with pytest.raises(NoAnswer) as caught:
        practice.poll(name)
    assert before == practice.shelf.cursors[name]
    assert "Sample" not in str(caught.value)


def test_a_key_without_the_patient_scope_still_reads_sales(practice: Practice) -> None:
    practice.halaxy.closed = frozenset({"Patient", "Organization", "PractitionerRole"})
    practice.halaxy.put(an_invoice("1002", recipient=ref("Patient", "777"), title="Other Patient"))
    practice.halaxy.put(a_line("2", "1002"))
    practice.poll()
    assert "Other Patient" == sale(practice, "1002").payer.name


def test_a_payer_and_a_role_not_yet_known_are_read_by_id(practice: Practice) -> None:
    practice.halaxy.put({"resourceType": "Organization", "id": "OG-3", "name": "Example Insurer"})
    practice.shelf.kept.pop(("role", "PR-2"))
    practice.halaxy.put(an_invoice("1002", recipient=ref("Organization", "OG-3"), payorType="organization"))
    practice.halaxy.put(a_line("2", "1002"))
    practice.poll()
    found = sale(practice, "1002")
    assert ("organisation", "Example Insurer", "CL-1", "501") == (
        found.payer.kind, found.payer.name, found.location, found.subject,
    )  # fmt: skip


def test_a_renamed_patient_and_a_recategorised_fee_rejoin_only_the_sales_they_touch(practice: Practice) -> None:
    practice.halaxy.put(a_patient("502", "Two"))
    practice.halaxy.put(an_invoice("1002", recipient=ref("Patient", "502")))
    practice.halaxy.put(a_line("2", "1002", code="999", description="Other"))
    practice.poll("people")
    practice.poll()
    practice.later(30)
    practice.halaxy.put(a_patient(family="Married"))
    found = practice.poll("people")
    assert ["patient.updated", "invoice.updated", "invoice.changed"] == types(found)
    assert ("Sample Married", 1) == (sale(practice).payer.name, sale(practice, "1002").version)
    practice.halaxy.put(a_fee(category="Assessment"))
    assert {"1001"} == {event.subject for event in practice.poll("reference").events}
    assert "Assessment" == sale(practice).lines[0].category


def test_new_patients_and_organisations_are_news_only_after_the_first_run(practice: Practice) -> None:
    practice.halaxy.put(a_patient("502", "Two"))
    practice.halaxy.put({"resourceType": "Organization", "id": "OG-3", "name": "Example Insurer"})
    found = practice.poll("people")
    assert ["patient.created", "organisation.created"] == types(found)
    assert found.events[0].key.startswith("pat:502:")
    assert "Two" not in found.events[0].title
    practice.later(30)
    practice.halaxy.put({"resourceType": "Organization", "id": "OG-3", "name": "Example Insurer Pty Ltd"})
    assert ["organisation.updated"] == types(practice.poll("people"))


def test_before_the_start_date_only_what_is_open_or_paid_since_is_taken_over_and_without_history() -> None:
    practice = Practice()
    practice.later(-60 * 24 * 60)
    old = {"date": "2026-01-05"}
    for id, paid in (("1", "0.00"), ("2", "120.00"), ("3", "120.00")):
        practice.halaxy.put(an_invoice(id, paid=paid, **old))
        practice.halaxy.put(a_line(f"1{id}", id))
    practice.halaxy.put(a_payment("92", invoice="2", created="2026-01-06T10:00:00+11:00"))
    practice.later(60 * 24 * 60)
    practice.halaxy.put(a_payment("93", invoice="3", created="2026-03-02T10:00:00+11:00"))
    found = practice.poll()
    assert {"1", "3"} == {record.id for record in practice.shelf.all("sale")}
    assert {"inv:1:changed:v1", "inv:3:changed:v1", "pay:93:recorded"} == set(keys(found))


def test_an_invoice_becomes_overdue_once_a_bucket(practice: Practice) -> None:
    told: list[str] = []
    for _ in range(40):
        practice.later(24 * 60)
        told += [event.key for event in practice.poll("open_invoices").events]
        told += [event.key for event in practice.poll("open_invoices").events]
    buckets = list(dict.fromkeys(told))
    assert [f"inv:1001:overdue:{days}" for days in (1, 7, 14, 30)] == buckets


def test_a_quote_gives_quote_events_and_its_conversion_the_invoice_ones(practice: Practice) -> None:
    practice.halaxy.put(an_invoice("1002", type="quote"))
    practice.halaxy.put(a_line("2", "1002"))
    assert ["quote:1002:created"] == keys(practice.poll())
    practice.later(30)
    practice.halaxy.put(an_invoice("1002"))
    assert ["inv:1002:created", "inv:1002:changed:v2"] == keys(practice.poll())


def test_a_refund_and_a_repeat_payment_in_one_window_leave_the_sum_right(practice: Practice) -> None:
    for id, amount in (("901", "120.00"), ("902", "-20.00"), ("903", "20.00")):
        practice.halaxy.put(a_payment(id, amount))
    practice.halaxy.put(an_invoice(paid="120.00"))
    practice.poll()
    signs = {"payment": 1, "refund": -1}
    assert Decimal("120.00") == sum(signs[item.kind] * item.amount for item in sale(practice).payments)


@pytest.mark.parametrize("known", [False, True])
def test_the_capability_reads_every_sale_of_a_period_whenever_it_was_made(known: bool) -> None:
    practice = Practice(settings={"start_date": "2026-03-01"})
    for days, id, on in (
        (-300, "1", "2026-03-10"),
        (0, "2", "2026-03-10"),
        (0, "3", "2026-04-10"),
        (300, "4", "2026-03-11"),
    ):
        practice.halaxy.now += timedelta(days=days)
        practice.halaxy.put(an_invoice(id, date=on))
        practice.halaxy.put(a_line(f"1{id}", id))
        if known and id == "3":
            practice.poll()
        practice.halaxy.now -= timedelta(days=days)
    practice.halaxy.put(an_invoice("5", date="2026-03-12", type="quote"))
    practice.halaxy.now += timedelta(days=301)
    flow = sales(date(2026, 3, 1), date(2026, 3, 31), practice.shelf, practice.time())
    found = drive(flow, practice.halaxy)
    assert [("1", Decimal("120.00")), ("2", Decimal("120.00")), ("4", Decimal("120.00"))] == [
        (item.id, item.lines[0].gross) for item in found
    ]


def test_the_capability_sees_a_change_that_no_poll_has_seen(practice: Practice) -> None:
    practice.halaxy.put(a_payment())
    practice.halaxy.put(an_invoice(paid="120.00", totalBalance=money(0)))
    practice.halaxy.drop("InvoiceLine", "1")
    practice.halaxy.put(a_line("7"))
    (found,) = drive(sales(date(2026, 3, 1), date(2026, 3, 31), practice.shelf, practice.time()), practice.halaxy)
    assert (["9001"], ["7"]) == ([item.id for item in found.payments], [line.id for line in found.lines])
    assert 1 == sale(practice).version
