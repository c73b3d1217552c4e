"""Lists: where, order, pages, If-Modified-Since and what rows leave out (Xero fact sheet 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from xero_by_hand import Client, invoice_body, line, read

from connectors.xero.sandbox.problems import BadQuery
from connectors.xero.sandbox.where import parse_where

ROW = {
    "name": "Zoë Example",
    "email": None,
    "due": Decimal("12.50"),
    "on": date(2026, 3, 1),
    "changed": datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC),
    "id": "1b3116c6-b5e5-479d-8ec4-5ca742a4b436",
    "sent": False,
}
FIELDS: dict[str, Any] = {
    "Name": lambda row: row["name"],
    "EmailAddress": lambda row: row["email"],
    "AmountDue": lambda row: row["due"],
    "Date": lambda row: row["on"],
    "UpdatedDateUTC": lambda row: row["changed"],
    "Contact.ContactID": lambda row: row["id"],
    "SentToContact": lambda row: row["sent"],
}


@pytest.mark.parametrize(
    "clause, expected",
    [
        ('Name=="Zoë Example"', True),
        ('name = "zoë example"', True),
        ('Name!="x"', True),
        ('"Zoë Example"==Name', True),
        ('Name.Contains("Ex")', True),
        ('Name.StartsWith("Ex")', False),
        ('Name.ToLower().EndsWith("ple")', True),
        ('EmailAddress!=null AND EmailAddress.StartsWith("x")', False),
        ('EmailAddress==null OR EmailAddress.StartsWith("x")', True),
        ("AmountDue>12 && AmountDue<=12.5", True),
        ("AmountDue>-1", True),
        ("AmountDue<>12.50", False),
        ("Date==DateTime(2026,03,01)", True),
        ("Date>=DateTime(2026, 3, 2)", False),
        ('Date==DateTime.Parse("2026-03-01")', True),
        ("UpdatedDateUTC>DateTime(2026,03,01,03,04,04)", True),
        ('Contact.ContactID==guid("1B3116C6-b5e5-479d-8ec4-5ca742a4b436")', True),
        ('Contact.ContactID=="1b3116c6-b5e5-479d-8ec4-5ca742a4b436"', True),
        ("SentToContact==false", True),
        ("SentToContact==true || AmountDue==12.50", True),
        ("SentToContact", False),
        ("!SentToContact", True),
        ('(Name=="x" OR AmountDue>1) AND SentToContact==false', True),
        ('Name=="x" OR AmountDue>1 AND SentToContact==true', False),
        ('Name=="a \\"quoted\\" word"', False),
    ],
)
def test_a_clause_tests_a_row(clause: str, expected: bool) -> None:
    assert parse_where(clause, FIELDS)(ROW) is expected


@pytest.mark.parametrize(
    "clause",
    [
        'Nonsense=="x"', "Name==", "Name", 'Name=="x', "(AmountDue>1", 'Name LIKE "x"', "Name=='x'", "AmountDue=>1",
        'Name.Matches("x")', "Name.Contains(1)", 'AmountDue=="12"', "Date==DateTime(2026,13,01)", "AmountDue>1 AND",
        'EmailAddress.StartsWith("x")', "guid(1)==Name", "1", 'Date==DateTime.Parse("soon")', "Sum(1)==2", "#",
    ],
)  # fmt: skip
def test_an_unknown_expression_is_refused(clause: str) -> None:
    with pytest.raises(BadQuery):
        parse_where(clause, FIELDS)(ROW)


def test_an_unknown_expression_is_a_400_with_its_name(xero: Client) -> None:
    answer = xero.call("GET", "/Invoices", where='LineItems.Description=="x"')
    assert (answer.status, read(answer)["Type"], read(answer)["ErrorNumber"]) == (400, "QueryParseException", 16)
    assert xero.call("GET", "/Invoices", order="Nonsense").status == 400


@pytest.fixture
def many(xero: Client) -> Client:
    """Seven approved invoices of 1 to 7 dollars, one a minute, then two drafts."""
    contact = xero.contact()
    for number in range(1, 8):
        xero.wait(60)
        xero.invoice(contact, f"N-{number}", LineItems=[line(f"{number}.00")], Date=f"2026-03-0{number}")
    xero.put(
        "/Invoices", {"Invoices": [invoice_body(contact, f"D-{n}", Status="DRAFT", Reference="Draft") for n in (1, 2)]}
    )
    return xero


def numbers(xero: Client, headers: Any = None, **query: str) -> list[str]:
    return [row["InvoiceNumber"] for row in xero.get("/Invoices", headers, **query)["Invoices"]]


def test_pages_are_cut_counted_and_clamped(many: Client) -> None:
    first = many.get("/Invoices", page="1", pageSize="4", order="InvoiceNumber")
    assert first["pagination"] == {"page": 1, "pageSize": 4, "pageCount": 3, "itemCount": 9}
    assert [row["InvoiceNumber"] for row in first["Invoices"]] == ["D-1", "D-2", "N-1", "N-2"]
    assert len(numbers(many, page="3", pageSize="4")) == 1
    assert numbers(many, page="4", pageSize="4") == []
    assert many.get("/Invoices", page="1", pageSize="9999")["pagination"]["pageSize"] == 1000
    assert "pagination" not in many.get("/Invoices")


@pytest.mark.parametrize(
    "query, lines",
    [
        ({}, False),
        ({"page": "1"}, True),
        ({"Statuses": "AUTHORISED"}, True),
        ({"page": "1", "summaryOnly": "True"}, None),
    ],
)
def test_line_items_come_only_with_pages_or_statuses(many: Client, query: dict[str, str], lines: bool | None) -> None:
    row = many.get("/Invoices", **query)["Invoices"][0]
    assert (bool(row["LineItems"]) if "LineItems" in row else None) is lines
    assert "HasAttachments" in row or lines is None


@pytest.mark.parametrize(
    "query, expected",
    [
        ({"where": "Total>=6"}, ["N-6", "N-7", "D-1", "D-2"]),
        ({"where": 'Status=="AUTHORISED" AND Date>=DateTime(2026,03,06)'}, ["N-6", "N-7"]),
        ({"where": 'InvoiceNumber=="n-3"'}, ["N-3"]),
        ({"order": "Total DESC", "where": "Total<4"}, ["N-3", "N-2", "N-1"]),
        ({"order": "UpdatedDateUTC DESC", "Statuses": "AUTHORISED"}, [f"N-{n}" for n in range(7, 0, -1)]),
        ({"InvoiceNumbers": "N-5,N-2,none"}, ["N-2", "N-5"]),
        ({"Statuses": "DRAFT"}, ["D-1", "D-2"]),
        ({"searchTerm": "draft"}, ["D-1", "D-2"]),
        ({"createdByMyApp": "true", "searchTerm": "N-1"}, ["N-1"]),
        ({"ContactIDs": "00000000-0000-0000-0000-000000000000"}, []),
    ],
)
def test_rows_are_chosen_and_ordered(many: Client, query: dict[str, str], expected: list[str]) -> None:
    found = numbers(many, **query)
    assert (found if "order" in query else sorted(found)) == (expected if "order" in query else sorted(expected))


@pytest.mark.parametrize("since", ["2026-03-01T03:10:05", "2026-03-01T03:10:05Z", "2026-03-01T14:10:05+11:00"])
def test_changes_since_a_moment_are_listed(many: Client, since: str) -> None:
    assert numbers(many, {"if-modified-since": since}, order="InvoiceNumber DESC") == ["N-7", "N-6", "D-2", "D-1"]


def test_a_date_in_http_form_filters_nothing(many: Client) -> None:
    assert len(numbers(many, {"if-modified-since": "Sun, 01 Mar 2026 03:10:05 GMT"})) == 9


def test_a_payment_moves_the_change_time_of_its_invoice(many: Client) -> None:
    many.wait(60)
    many.payment(many.get("/Invoices/N-1")["Invoices"][0], "1.00")
    assert numbers(many, {"if-modified-since": many.now.isoformat()}) == ["N-1"]


def test_payments_are_found_by_reference_and_invoice(many: Client) -> None:
    invoices = [many.get(f"/Invoices/N-{n}")["Invoices"][0] for n in (1, 2)]
    for invoice in invoices:
        many.payment(invoice, "1.00", Reference=f"HX-PT-{invoice['InvoiceNumber']}")
    for clause in (f'Invoice.InvoiceID==guid("{invoices[0]["InvoiceID"]}")', 'Reference=="HX-PT-N-1"'):
        [found] = many.get("/Payments", where=clause)["Payments"]
        assert found["Invoice"]["InvoiceNumber"] == "N-1"


def test_contacts_are_searched_and_shown_light(xero: Client) -> None:
    xero.put(
        "/Contacts",
        {"Contacts": [{"Name": "Ann", "EmailAddress": "ann@b.example"}, {"Name": "Ben", "ContactNumber": "HX-P-9"}]},
    )
    assert [row["Name"] for row in xero.get("/Contacts", searchTerm="HX-P")["Contacts"]] == ["Ben"]
    clause = 'EmailAddress!=null AND EmailAddress.StartsWith("ann")'
    assert [row["Name"] for row in xero.get("/Contacts", where=clause)["Contacts"]] == ["Ann"]
    light = xero.get("/Contacts", summaryOnly="true")
    assert (light["pagination"]["itemCount"], "Addresses" in light["Contacts"][0]) == (2, False)
    assert xero.get("/Contacts/hx-p-9")["Contacts"][0]["Balances"]["AccountsReceivable"]["Outstanding"] == 0


def test_accounts_and_rates_are_filtered(xero: Client) -> None:
    codes = [row["Code"] for row in xero.get("/Accounts", where="SystemAccount!=null")["Accounts"]]
    assert codes == ["610", "800", "820", "860"]
    rates = xero.get("/TaxRates", where="CanApplyToRevenue==true AND EffectiveRate>0")["TaxRates"]
    assert [rate["TaxType"] for rate in rates] == ["OUTPUT"]
