"""What rules are told of Xero: each thing once, however often it is looked at, and our own work only where that helps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from doing import DAY, LINE, Doing

from connectors.xero.connector import CONNECTOR
from connectors.xero.watching import overdue
from engine.core.values import dumps, loads
from engine.sdk.contract import Link, PollTime, Record, Response, write_json

START = datetime(2026, 4, 2, 9, tzinfo=UTC)


class Watcher:
    """Polls as the engine does: what was found is kept, and an event's key is told once."""

    def __init__(self, xero, *polls):
        self.xero, self.now = xero, START
        self.runs = {poll.name: poll.run for poll in CONNECTOR.polls if poll.name in polls}
        self.cursors, self.records, self.links, self.keys = dict.fromkeys(polls), {}, [], set()
        self.calls = 0

    def look(self, minutes=10, settings=None):
        """The events of one look, by type, and what they bring."""
        self.now += timedelta(minutes=minutes)
        self.xero.lever("POST", "/_sandbox/clock", {"offset_seconds": (self.now - START).total_seconds()})
        told = []
        for name, run in self.runs.items():
            flow = run(self.cursors[name], self, PollTime(self.now, "Australia/Sydney", settings or {}))
            found = self._drive(flow)
            self.cursors[name] = loads(dumps(found.cursor))
            for record in found.records:
                self.records[record.kind, record.id] = Record(*loads(dumps(list(_parts(record)))))
            told += [event for event in found.events if event.key not in self.keys]
            self.keys |= {event.key for event in found.events}
        return told

    def _drive(self, flow):
        try:
            request = next(flow)
            while True:
                self.calls += 1
                request = flow.send(self.xero.handle(request))
        except StopIteration as end:
            return end.value

    def get(self, kind, id):
        return self.records.get((kind, id))

    def links_of(self, kind):
        return tuple(link for link in self.links if link.kind == kind)


def _parts(record):
    return record.kind, record.id, record.version, record.data, record.parent


def kinds(events):
    return sorted(event.type.removeprefix("xero.") for event in events)


@pytest.fixture
def rule():
    return Doing()


def test_what_stood_before_the_first_look_is_not_told(rule):
    for number in range(3):
        rule.invoice(f"HX-{number}")
    watcher = Watcher(rule.xero, "invoices", "contacts")
    assert [] == watcher.look()
    assert [] == watcher.look()
    assert 3 == sum(kind == "watched invoice" for kind, _ in watcher.records)


def test_the_life_of_an_invoice_is_told_step_by_step(rule):
    watcher = Watcher(rule.xero, "invoices")
    watcher.look()
    id = rule.invoice("HX-1", status="DRAFT")
    [created] = watcher.look()
    assert "xero.invoice.created" == created.type
    shown = created.data["invoice"]
    assert (shown["number"], shown["total"], shown["contact_name"]) == ("HX-1", Decimal("120.00"), "Jane Citizen")
    rule.person(do="edit", invoice="HX-1", set={"Status": "SUBMITTED"})
    assert ["invoice.submitted", "invoice.updated"] == kinds(watcher.look())
    rule.person(do="approve", invoice="HX-1")
    assert ["invoice.authorised", "invoice.updated"] == kinds(watcher.look())
    rule.person(do="enter payment", invoice="HX-1", account="612", date="2026-03-05", amount="20.00")
    assert ["invoice.part_paid", "invoice.updated"] == kinds(watcher.look())
    payment = rule.person(do="pay", invoice="HX-1", account="612", date="2026-03-05")["PaymentID"]
    assert ["invoice.paid", "invoice.updated"] == kinds(watcher.look())
    assert [] == watcher.look(), "nothing moved"
    rule.person(do="void payment", payment=payment)
    assert ["invoice.updated"] == kinds(watcher.look())
    rule.person(do="pay", invoice="HX-1", account="612", date="2026-03-06")
    assert "invoice.paid" in kinds(watcher.look()), "paid again is told again"
    assert "PAID" == rule.do("find_invoice", id=id)["status"]


def test_steps_that_lie_between_two_looks_are_not_lost(rule):
    watcher = Watcher(rule.xero, "invoices")
    watcher.look()
    rule.invoice("HX-1")
    rule.person(do="pay", invoice="HX-1", account="612", date="2026-03-05")
    rule.invoice("HX-2", status="DRAFT")
    rule.person(do="void", invoice="HX-2")
    told = {}
    for event in watcher.look():
        told.setdefault(event.data["invoice"]["number"], []).append(event.type.rpartition(".")[2])
    assert {"HX-1": ["created", "authorised", "paid"], "HX-2": ["created", "voided"]} == told


def test_bills_are_told_apart_from_invoices(rule):
    watcher = Watcher(rule.xero, "invoices")
    watcher.look()
    id = rule.bill()
    assert ["bill.authorised", "bill.created"] == kinds(watcher.look())
    rule.do("void_bill", id=id)
    assert "bill.voided" in kinds(watcher.look())


def test_a_change_of_a_document_that_daybook_posted_is_told_only_when_a_person_made_it(rule):
    watcher = Watcher(rule.xero, "invoices", "contacts")
    watcher.look()
    id = rule.invoice("HX-1")
    seen = rule.do("find_invoice", id=id)
    watcher.links.append(Link("halaxy invoice 1", "invoice", "invoice", id, "HX-1", 1, seen, seen))
    contact = rule.do("find_contact", id=rule.contact)
    watcher.links.append(Link("halaxy patient 1", "contact", "contact", rule.contact, "HX-P-1", 1, contact, contact))
    told = watcher.look()
    assert ["invoice.authorised", "invoice.created"] == kinds(told)
    assert "halaxy invoice 1" == told[0].data["invoice"]["source"]
    paid = rule.do("create_payment", invoice_id=id, account="612", date=DAY, amount=Decimal(20), reference="HX-PT-1")
    own = {"invoice_id": id, "amount": Decimal("20.00"), "date": DAY, "reference": "HX-PT-1"}
    watcher.links.append(Link("halaxy invoice 1", "payment 1", "payment", paid["id"], "HX-PT-1", 1, own, own))
    rule.do("update_contact", id=rule.contact, number="HX-P-1", name="Jane Citizen")
    assert ["invoice.part_paid"] == kinds(watcher.look()), "our own payment is money, and no change by a person"
    rule.person(do="edit line", invoice="HX-1", line=1, set={"Description": "Long consultation"})
    rule.person(do="rename contact", contact="HX-P-1", name="Jane Q. Citizen")
    assert ["contact.updated", "invoice.updated"] == kinds(watcher.look())


def test_payments_and_bank_transactions_come_and_go(rule):
    watcher = Watcher(rule.xero, "payments", "bank_transactions")
    invoice = rule.invoice("HX-1")
    rule.do("create_payment", invoice_id=invoice, account="612", date=DAY, amount=Decimal(1), reference="before")
    watcher.look()
    paid = rule.do("create_payment", invoice_id=invoice, account="612", date=DAY, amount=Decimal(20), reference="R")
    line = {**LINE, "account": "404", "tax_type": "INPUT"}
    spent = rule.do(
        "create_bank_transaction", type="SPEND", contact_id=rule.contact, account="090", date=DAY, reference="F",
        amounts="Inclusive", lines=[line],
    )  # fmt: skip
    told = watcher.look()
    assert ["bank_transaction.created", "payment.created"] == kinds(told)
    [payment] = [event.data["payment"] for event in told if "payment" in event.data]
    assert ("HX-1", Decimal("20.00")) == (payment["invoice_number"], payment["amount"])
    rule.person(do="mark reconciled", payment=paid["id"])
    assert [] == watcher.look(), "matching with the bank is not a new payment"
    rule.person(do="mark reconciled", payment=paid["id"], undo=True)
    rule.do("delete_payment", id=paid["id"])
    rule.do("delete_bank_transaction", id=spent["id"])
    assert ["bank_transaction.deleted", "payment.deleted"] == kinds(watcher.look())


def test_a_quote_and_a_credit_note_are_followed(rule):
    watcher = Watcher(rule.xero, "quotes", "credit_notes")
    watcher.look()
    head = {"contact_id": rule.contact, "date": DAY, "lines": [LINE]}
    rule.do("create_quote", number="Q-1", status="SENT", **head)
    note = rule.do("create_credit_note", number="CN-1", status="AUTHORISED", amounts="Inclusive", **head)["id"]
    assert ["credit_note.authorised", "credit_note.created", "quote.created", "quote.sent"] == kinds(watcher.look())
    rule.person(do="answer quote", quote="Q-1", answer="accept")
    use = {"credit": "credit note", "credit_id": note, "invoice_id": rule.invoice(), "date": DAY}
    rule.do("allocate_credit", **use, amount=Decimal(20))
    assert ["credit_note.updated", "quote.accepted"] == kinds(watcher.look())
    rule.do("allocate_credit", **use, amount=Decimal(100))
    assert "credit_note.used" in kinds(watcher.look())


def full_page():
    rows = [{"QuoteID": f"{number:08x}-0000-4000-8000-000000000000", "Status": "SENT"} for number in range(100)]
    return Response(200, {}, write_json({"Quotes": rows}))


NO_QUOTES = Response(200, {}, write_json({"Quotes": []}))


def run_through(flow, answer):
    """What a poll finds when every request has the same answer, and the pages that it asked for."""
    pages = []
    try:
        request = next(flow)
        while True:
            pages.append(dict(request.query)["page"])
            request = flow.send(answer)
    except StopIteration as end:
        return end.value, pages


def test_a_first_look_at_many_goes_on_over_several_runs(rule):
    watcher = Watcher(rule.xero, "quotes")
    time = PollTime(START, "Australia/Sydney", {})
    found, pages = run_through(watcher.runs["quotes"](None, watcher, time), full_page())
    assert [str(page) for page in range(1, 21)] == pages
    assert {"page": 21} == found.cursor
    found, pages = run_through(watcher.runs["quotes"](found.cursor, watcher, time), NO_QUOTES)
    assert ["21"] == pages
    assert {"since": START.isoformat()} == found.cursor
    assert () == found.events


def test_an_answer_that_is_no_list_keeps_nothing(rule):
    flow = Watcher(rule.xero, "quotes").runs["quotes"](None, None, PollTime(START, "Australia/Sydney", {}))
    next(flow)
    with pytest.raises(ValueError, match="no list"):
        flow.send(Response(200, {}, b"<html>"))


LATE = [
    # due, the days of the setting, what is told on 2 April
    (date(2026, 4, 1), [1], [1]),
    (date(2026, 3, 26), [7], [7]),
    (date(2026, 3, 27), [7], []),
    (date(2026, 4, 2), [1], []),
    (date(2026, 3, 19), [1, 7, 14], [14]),
    (date(2026, 3, 3), None, [30]),
]


@pytest.mark.parametrize("due, days, told", LATE)
def test_an_invoice_is_told_of_on_the_day_that_it_is_overdue_by_so_many_days(rule, due, days, told):
    rule.invoice("HX-1", due_date=due)
    watcher = Watcher(rule.xero, "overdue")
    watcher.now = datetime(2026, 4, 1, 20, tzinfo=UTC)  # the morning of 2 April in Sydney
    watcher.cursors["overdue"] = "2026-04-01"
    settings = {"overdue_days": days} if days else {}
    assert told == [event.data["invoice"]["overdue_by"] for event in watcher.look(settings=settings)]
    before = watcher.calls
    assert [] == watcher.look(settings=settings)
    assert before == watcher.calls, "one look a day"


def test_days_on_which_nothing_ran_are_made_up_for(rule):
    rule.invoice("HX-1", due_date=date(2026, 3, 1))
    rule.invoice("HX-2", due_date=date(2026, 3, 30))
    paid = rule.invoice("HX-3", due_date=date(2026, 3, 1))
    rule.do("create_payment", invoice_id=paid, account="612", date=DAY, amount=Decimal(120), reference="R")
    watcher = Watcher(rule.xero, "overdue")
    watcher.cursors["overdue"] = "2026-03-05"
    told = [(event.data["invoice"]["number"], event.data["invoice"]["overdue_by"]) for event in watcher.look()]
    assert [("HX-1", 7), ("HX-1", 14), ("HX-1", 30), ("HX-2", 1)] == sorted(told)
    assert overdue in watcher.runs.values()
