"""Clients that nobody here wrote may send anything: each answer is a proper refusal or a proper object, never a crash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from xero_by_hand import Client, invoice_body, line, read

from connectors.xero.sandbox.app import XeroSandbox

Json = Any

ODD: tuple[Json, ...] = (
    None, True, False, 0, -1, 1e30, -0.5, 0.005, 10**40, "", "x", "200", "NaN", "Infinity", "1e400", "9" * 400, "\u0000",
    "é" * 300, "2026-03-01", "/Date(1)/", "/Date(99999999999999999999)/", "DELETED", "VOIDED", [], {}, [1], ["x"], [None],
    [[]], [{}], {"a": 1}, {"ContactID": 5}, {"Code": 5},
)  # fmt: skip


class Target:
    """One sandbox in which a contact, an invoice and a prepayment stand, and sound bodies for each address."""

    def __init__(self) -> None:
        self.xero = Client(XeroSandbox(minute_limit=10**9, day_limit=10**9))
        self.count = 0
        self.contact = self.xero.contact()
        who = {"Contact": {"ContactID": self.contact["ContactID"]}}
        invoice = self.xero.invoice(self.contact, "BASE", LineItems=[line("100000")])
        pre = {
            "Type": "RECEIVE-PREPAYMENT",
            **who,
            "BankAccount": {"Code": "611"},
            "LineItems": [line("9000", "835", "BASEXCLUDED")],
        }
        pre = self.xero.put("/BankTransactions", {"BankTransactions": [pre]})["BankTransactions"][0]
        target = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": "1"}
        rich = line(TaxAmount="0", LineAmount="120", Tracking=[{"Name": "Location", "Option": "Manly"}])
        journal = [{"LineAmount": 1, "AccountCode": "407"}, {"LineAmount": -1, "AccountCode": "200"}]
        self.bodies: dict[str, tuple[str, Json]] = {
            "/Contacts": ("Contacts", {"Name": "A", "ContactNumber": "n", "EmailAddress": "a@b.example",
                                       "Addresses": [{"AddressType": "STREET", "City": "x"}],
                                       "Phones": [{"PhoneType": "DDI", "PhoneNumber": "1"}],
                                       "ContactPersons": [{"FirstName": "q"}], "ContactStatus": "ACTIVE",
                                       "PaymentTerms": {"Bills": {"Day": 1, "Type": "OFCURRENTMONTH"}}}),
            "/Invoices": ("Invoices", invoice_body(self.contact, Reference="r", Url="http://a.example", LineItems=[rich])),
            "/CreditNotes": ("CreditNotes", {**invoice_body(self.contact), "Type": "ACCRECCREDIT", "CreditNoteNumber": "x"}),
            "/Payments": ("Payments", {**target, "Account": {"Code": "612"}, "Date": "2026-03-01", "Reference": "x"}),
            "/BankTransactions": ("BankTransactions", {"Type": "SPEND", **who, "BankAccount": {"Code": "611"},
                                                       "LineItems": [line("5", "404", "INPUT")]}),
            "/BatchPayments": ("BatchPayments", {"Account": {"Code": "612"}, "Date": "2026-03-01", "Payments": [target]}),
            "/BankTransfers": ("BankTransfers", {"FromBankAccount": {"Code": "612"}, "ToBankAccount": {"Code": "090"}, "Amount": 3}),
            "/ManualJournals": ("ManualJournals", {"Narration": "x", "Status": "POSTED", "JournalLines": journal}),
            "/Accounts": ("Accounts", {"Code": "999", "Name": "n", "Type": "BANK", "BankAccountNumber": "1", "CurrencyCode": "AUD"}),
            "/TaxRates": ("TaxRates", {"Name": "x", "TaxComponents": [{"Name": "a", "Rate": 1}]}),
            "/TrackingCategories": ("TrackingCategories", {"Name": "x"}),
            f"/Prepayments/{pre['PrepaymentID']}/Allocations": ("Allocations", {**target, "Date": "2026-03-01"}),
            f"/Invoices/{invoice['InvoiceID']}/History": ("HistoryRecords", {"Details": "x"}),
            f"/Invoices/{invoice['InvoiceID']}": ("Invoices", {"Status": "AUTHORISED", "LineItems": [rich]}),
        }  # fmt: skip


def places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a body."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from places(part, (*path, key))


def changed(body: Json, path: tuple[Any, ...], value: Json) -> Json:
    """A copy with another value at one place."""
    made = copy.deepcopy(body)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


@pytest.fixture(scope="module")
def target() -> Target:
    return Target()


@pytest.mark.parametrize("index", range(14))
def test_an_odd_value_anywhere_is_answered_properly(target: Target, index: int) -> None:
    path, (plural, body) = list(target.bodies.items())[index]
    for place in places(body):
        for number, value in enumerate(ODD):
            target.count += 1
            own = changed(body, place, value)
            if place != ("InvoiceNumber",) and "InvoiceNumber" in own:
                own["InvoiceNumber"] = f"R-{target.count}"
            method = "PUT" if number % 2 else "POST"
            summarize = "true" if target.count % 3 else "false"
            answer = target.xero.call(method, path, json.dumps({plural: [own]}).encode(), summarizeErrors=summarize)
            assert answer.status in (200, 400, 404, 501), (place, value)
            assert b"null" not in answer.body, (place, value)
            if answer.headers.get("content-type") == "application/json":
                read(answer)


@pytest.mark.parametrize("plural", ["Invoices", "Contacts", "Payments", "BankTransactions", "CreditNotes", "Accounts"])
def test_lists_stay_readable_after_all_that(target: Target, plural: str) -> None:
    for query in ({}, {"page": "1", "pageSize": "1000"}):
        answer = target.xero.call("GET", f"/{plural}", **query)
        assert answer.status == 200
        assert b"null" not in answer.body


def test_an_unreadable_element_stops_the_whole_body_before_any_effect(xero: Client) -> None:
    contact = xero.contact()
    rows = [invoice_body(contact, "A-1"), invoice_body(contact, "A-2", Date="soon")]
    assert xero.call("PUT", "/Invoices", {"Invoices": rows}, summarizeErrors="false").status == 400
    assert xero.get("/Invoices")["Invoices"] == []


@pytest.mark.parametrize(
    "path", ["/", "/..", "/Invoices//", "/Invoices/%", "/Invoices/a/b/c/d", "/TrackingCategories/x/Options/y"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH"])
def test_odd_addresses_are_answered(xero: Client, method: str, path: str) -> None:
    assert xero.call(method, path, {}).status in (400, 404, 501)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"[3]", b"3", b'{"do": 3}', b'{"match": 3, "do": "500"}', b'{"contacts": 3}']
)
@pytest.mark.parametrize("lever", ["seed", "clock", "faults", "people"])
def test_the_levers_refuse_nonsense(xero: Client, lever: str, body: bytes) -> None:
    assert xero.ask("POST", f"/_sandbox/{lever}", body).status in (200, 400)
