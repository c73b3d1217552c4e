"""Polls, the ledger capability, payload forms and the manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from connectors.xero import triggers
from connectors.xero.connector import CONNECTOR
from connectors.xero.ledger import documents as ledger_documents
from connectors.xero.payloads import invoice_seen, read_date, read_time
from connectors.xero.posting.contact import SAVE_CONTACT
from engine.core.values import dumps, loads
from engine.sdk.contract import Done, Finished, Hold, Known, Link, PollTime, Record, Response, Today
from engine.sdk.records import Payer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIME = PollTime(NOW, "Australia/Sydney", {})


def exact(row):
    """A row with its numbers as the door reads them."""
    return json.loads(json.dumps(row), parse_float=Decimal)


ROW = {
    "Type": "ACCREC",
    "InvoiceID": "i1",
    "InvoiceNumber": "HX-1",
    "Contact": {"ContactID": "c1"},
    "Date": "/Date(1772323200000+0000)/",
    "DueDate": "/Date(1772928000000+0000)/",
    "Status": "AUTHORISED",
    "LineAmountTypes": "Inclusive",
    "Reference": "HX pt 5",
    "Total": 120.0,
    "TotalTax": 0.0,
    "AmountDue": 120.0,
    "AmountPaid": 0.0,
    "AmountCredited": 0.0,
    "UpdatedDateUTC": "/Date(1772410000000+0000)/",
    "Payments": [],
    "LineItems": [
        {"LineItemID": "l1", "Description": "x", "Quantity": 1.0, "UnitAmount": 120.0, "LineAmount": 120.0}
        | {"AccountCode": "200", "TaxType": "EXEMPTOUTPUT", "TaxAmount": 0.0}
    ],
}
PAYMENT = {"PaymentID": "p1", "Date": "/Date(1772323200000+0000)/", "Amount": 120.0, "Reference": "HX-PT-9 Cash"}
PAID = ROW | {"Status": "PAID", "AmountDue": 0.0, "AmountPaid": 120.0, "Payments": [PAYMENT]}
LINK = Link(
    "halaxy invoice 1", "invoice", "invoice", "i1", "HX-1", 1, invoice_seen(exact(ROW)), invoice_seen(exact(ROW))
)
OURS = Link(LINK.source, "payment 9", "payment", "p1", "HX-PT-9 Cash", 1, {"invoice_id": "i1", "amount": Decimal(120)})


@dataclass
class Shelved:
    records: dict = field(default_factory=dict)
    links: tuple = (LINK,)

    def get(self, kind, id):
        return self.records.get((kind, id))

    def all(self, kind):
        return tuple(record for (name, _), record in self.records.items() if name == kind)

    def children(self, kind, parent):
        return ()

    def links_of(self, kind):
        return tuple(link for link in self.links if link.kind == kind)


def answer(body, status=200):
    return Response(status, {}, json.dumps(body).encode())


def drive(flow, *answers):
    """Feeds the answers to a generator; gives its requests and its result."""
    requests, left = [], list(answers)
    try:
        requests.append(next(flow))
        while True:
            requests.append(flow.send(left.pop(0)))
    except StopIteration as end:
        return requests, end.value


ORGANISATION = {"Name": "Harbour", "PaysTax": True, "BaseCurrency": "AUD", "Timezone": "AUSEASTERNSTANDARDTIME"}
ORGANISATION |= {"PeriodLockDate": "/Date(1767139200000+0000)/", "Version": "AU", "ShortCode": "!a"}
FACTS = (
    {"Organisations": [ORGANISATION]},
    {"Accounts": [{"AccountID": "a", "Code": "200", "Type": "REVENUE"}, {"AccountID": "b", "Type": "BANK"}]},
    {"TaxRates": [{"Name": "GST on Income", "TaxType": "OUTPUT", "EffectiveRate": 10.0}]},
    {"TrackingCategories": [{"TrackingCategoryID": "t", "Name": "Location", "Options": [{"Name": "Manly"}]}]},
)


def test_facts_are_kept_under_the_names_that_postings_use_and_rise_only_when_they_differ():
    requests, found = drive(triggers.facts(None, Shelved(), TIME), *map(answer, FACTS))
    assert ["/Organisation", "/Accounts", "/TaxRates", "/TrackingCategories"] == [item.path for item in requests]
    expected = [("organisation", "organisation"), ("account", "200"), ("account", "b"), ("tax rate", "OUTPUT")]
    assert [*expected, ("tracking", "Location")] == [(item.kind, item.id) for item in found.records]
    assert date(2025, 12, 31) == found.records[0].data["period_lock"]
    kept = {(item.kind, item.id): Record(item.kind, item.id, 1, loads(dumps(item.data))) for item in found.records}
    _, again = drive(triggers.facts(None, Shelved(kept), TIME), *map(answer, FACTS))
    assert () == again.records
    _, changed = drive(
        triggers.facts(None, Shelved(kept), TIME),
        answer({"Organisations": [ORGANISATION | {"PaysTax": False}]}),
        *map(answer, FACTS[1:]),
    )
    assert [("organisation", 2)] == [(item.kind, item.version) for item in changed.records]


@pytest.mark.parametrize(
    "row, links, changed",
    [
        (ROW, (LINK,), None),
        (PAID, (LINK, OURS), None),
        (PAID, (LINK,), ["payment added"]),
        (ROW, (LINK, OURS), ["payment removed"]),
        (ROW, (LINK, replace(OURS, gone=True)), None),
        (ROW | {"Status": "VOIDED"}, (LINK,), ["status"]),
        (ROW | {"Status": "VOIDED"}, (replace(LINK, gone=True),), None),
        (ROW | {"Total": 110.0}, (LINK,), ["total"]),
        (ROW | {"Reference": "mine"}, (LINK,), ["reference"]),
        (ROW, (replace(LINK, written={**LINK.written, "status": "DRAFT"}, seen={}),), ["approved"]),
    ],
)
def test_only_what_a_person_did_is_an_event(row, links, changed):
    flow = triggers.documents("2026-03-02T08:50:00+00:00", Shelved(links=links), TIME)
    requests, found = drive(flow, answer({"Invoices": [row, row | {"InvoiceID": "foreign"}]}))
    assert ("If-Modified-Since", "2026-03-02T08:45:00") in requests[0].headers
    assert [link.id for link in links[:1] if not link.gone] == [item.id for item in found.documents]
    assert (changed or []) == [name for event in found.events for name in event.data["document"]["changed"]]


def test_a_change_that_the_overlap_shows_twice_is_one_event():
    flows = [triggers.documents("2026-03-02T08:50:00+00:00", Shelved(), TIME) for _ in range(2)]
    keys = {drive(flow, answer({"Invoices": [PAID]}))[1].events[0].key for flow in flows}
    assert 1 == len(keys)


def test_the_first_look_and_one_without_links_ask_nothing():
    for cursor, shelf in ((None, Shelved()), ("2026-03-02T08:50:00+00:00", Shelved(links=()))):
        requests, found = drive(triggers.documents(cursor, shelf, TIME))
        assert ([], NOW.isoformat()) == (requests, found.cursor)


def test_nothing_modified_may_be_answered_with_304_and_pages_are_all_read():
    flow = triggers.documents("2026-03-02T08:50:00+00:00", Shelved(), TIME)
    full = {"Invoices": [ROW | {"InvoiceID": f"x{n}"} for n in range(500)]}
    requests, _ = drive(flow, answer(full), Response(304))
    assert ["1", "2"] == [dict(item.query)["page"] for item in requests]


def test_the_ledger_gives_accounts_and_references_of_payments_and_asks_for_the_late_ones():
    late = PAYMENT | {"PaymentID": "33333333-0000-4000-8000-000000000000"}
    invoice = PAID | {"Payments": [late]}
    full = late | {"Account": {"Code": "611"}, "Invoice": {"InvoiceID": "i1"}, "Status": "AUTHORISED"}
    credit = {"CreditNoteID": "n1", "CreditNoteNumber": "HX-1-CN1", "Date": ROW["Date"], "Status": "PAID", "Total": 5.0}
    requests, found = drive(
        ledger_documents(date(2026, 3, 1), date(2026, 3, 31), TIME),
        answer({"Invoices": [invoice, ROW | {"InvoiceID": "i2", "Status": "VOIDED"}]}),
        answer({"CreditNotes": [credit]}),
        answer({"Payments": []}),
        answer({"Payments": [full]}),
    )
    where = 'Type=="ACCREC" AND Date>=DateTime(2026,03,01) AND Date<=DateTime(2026,03,31)'
    assert where == dict(requests[0].query)["where"]
    assert ["paid", "gone", "paid"] == [item.status for item in found]
    (payment,) = found[0].payments
    assert ("611", "HX-PT-9 Cash", Decimal(120)) == (payment.account, payment.reference, payment.amount)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("/Date(1772323200000+0000)/", date(2026, 3, 1)),
        ("/Date(1772323200000)/", date(2026, 3, 1)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("2026-03-01T00:00:00", date(2026, 3, 1)),
        ("2026-03-01", date(2026, 3, 1)),
        (None, None),
        ("", None),
    ],
)
def test_xeros_dates_are_days(text, expected):
    assert expected == read_date(text)


def test_a_time_is_aware_and_utc():
    assert datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC) == read_time("2026-03-01T03:04:05Z")


def test_what_is_seen_survives_the_store_and_reads_like_what_was_written():
    seen = invoice_seen(exact(PAID))
    assert seen == loads(dumps(seen))
    assert Decimal("120.00") == seen["lines"][0]["amount"]


def manifest():
    return yaml.safe_load(Path(triggers.__file__).with_name("manifest.yaml").read_text(encoding="utf-8"))


def test_the_manifest_names_exactly_what_the_connector_exports():
    actions = manifest()["actions"]
    assert set(CONNECTOR.calls) == {name for name, action in actions.items() if action["kind"] == "call"}
    assert set(CONNECTOR.postings) == {name for name, action in actions.items() if action["kind"] == "posting"}
    assert {poll.name for poll in CONNECTOR.polls} == set(manifest()["polls"])


def test_every_write_can_be_looked_for_and_no_read_claims_to_write():
    for name, action in manifest()["actions"].items():
        if action["kind"] == "call":
            looked_for = action["writes"] and action["unknown"] != ["ask"]  # a mail cannot be looked up
            assert (CONNECTOR.calls[name].found is not None) == looked_for, name
            assert ("find" in action["batch"]) == looked_for, name
            assert action["writes"] == ("unknown" in action), name


PAYER = Payer("patient", "5", "Ava Nguyen", "Ava", "Lee")
WAS = {"id": "c1", "number": "HX-P-5", "name": "Ava Nguyen (HX-P-5)", "given": "Ava", "family": "Nguyen"}


@pytest.mark.parametrize(
    "links, answers, inputs, asks",
    [
        ({}, {}, {}, "finished"),
        ({}, {}, {"only if linked": False}, "create_contact"),
        ({"c": WAS}, {}, {}, "find_contact"),
        ({"c": WAS}, {"read": {"found": True, "name": WAS["name"]}}, {}, "update_contact"),
        ({"c": WAS}, {"read": {"found": True, "name": "Mrs Nguyen"}}, {}, "finished"),
        ({"c": WAS | {"name": "Ava Lee (HX-P-5)", "family": "Lee"}}, {}, {}, "finished"),
    ],
)
def test_save_contact_renames_only_what_it_named(links, answers, inputs, asks):
    key = "halaxy patient 5"
    known = Known(
        {
            (seen.source, seen.part): seen
            for seen in (Link(key, "contact", "contact", "c1", "HX-P-5", 1, seen, seen) for seen in links.values())
        },
        {part: Done(result) for part, result in answers.items()},
        {},
    )
    decision = SAVE_CONTACT.decide(PAYER, known, inputs, Today(NOW, NOW.date()))
    assert not isinstance(decision, Hold)
    assert asks == ("finished" if isinstance(decision, Finished) else decision.asks[0].action)
