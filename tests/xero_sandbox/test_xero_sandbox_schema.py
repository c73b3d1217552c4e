"""Answers of the sandbox fit the published OpenAPI description of Xero's accounting service.

Where the description is absent this file is not collected (conftest.py).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from xero_by_hand import Client, invoice_body, line, read

Json = Any

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "../shared/reference/xero-openapi/xero_accounting.yaml"

# A path of the description, and how to get an answer for it.
ANSWERS: dict[str, str] = {
    "GET /Organisation": "/Organisation",
    "GET /Organisation/Actions": "/Organisation/Actions",
    "GET /Accounts": "/Accounts",
    "GET /TaxRates": "/TaxRates",
    "GET /TrackingCategories": "/TrackingCategories",
    "GET /Currencies": "/Currencies",
    "GET /BrandingThemes": "/BrandingThemes",
    "GET /Users": "/Users",
    "GET /Contacts": "/Contacts?page=1",
    "GET /Invoices": "/Invoices?page=1",
    "GET /CreditNotes": "/CreditNotes?page=1",
    "GET /Payments": "/Payments?page=1",
    "GET /BatchPayments": "/BatchPayments",
    "GET /BankTransactions": "/BankTransactions?page=1",
    "GET /BankTransfers": "/BankTransfers",
    "GET /ManualJournals": "/ManualJournals?page=1",
    "GET /Prepayments": "/Prepayments?page=1",
    "GET /Overpayments": "/Overpayments?page=1",
    "GET /Invoices/{InvoiceID}": "/Invoices/HX-1",
    "GET /Invoices/{InvoiceID}/History": "/Invoices/{invoice}/History",
    "GET /Invoices/{InvoiceID}/OnlineInvoice": "/Invoices/HX-1/OnlineInvoice",
    "GET /Invoices/{InvoiceID}/Attachments": "/Invoices/{invoice}/Attachments",
    "GET /Items": "/Items",
    "GET /Items/{ItemID}": "/Items/BAND",
    "GET /Items/{ItemID}/History": "/Items/{item}/History",
    "GET /Quotes": "/Quotes?page=1",
    "GET /Quotes/{QuoteID}": "/Quotes/Q-1",
    "GET /PurchaseOrders": "/PurchaseOrders?page=1",
    "GET /PurchaseOrders/{PurchaseOrderID}": "/PurchaseOrders/PO-1",
    "GET /ContactGroups": "/ContactGroups",
    "GET /ContactGroups/{ContactGroupID}": "/ContactGroups/{group}",
    "GET /Reports/AgedReceivablesByContact": "/Reports/AgedReceivablesByContact?contactId={contact}",
    "GET /Reports/AgedPayablesByContact": "/Reports/AgedPayablesByContact?contactId={contact}",
    "GET /Reports/BankSummary": "/Reports/BankSummary",
    "GET /Reports/TrialBalance": "/Reports/TrialBalance",
}
WRITES = ("Contacts", "Invoices", "CreditNotes", "Payments", "BankTransactions", "BatchPayments", "Items", "Quotes",
          "PurchaseOrders")  # fmt: skip


@cache
def description() -> Json:
    return _as_json_schema(yaml.load(SPEC.read_text(encoding="utf-8"), yaml.CSafeLoader))


def _as_json_schema(node: Json) -> Json:
    """OpenAPI's `x-` notes and examples go; the rest already is JSON Schema."""
    if isinstance(node, list):
        return [_as_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _as_json_schema(part)
        for name, part in node.items()
        if name not in ("example", "externalDocs") and not str(name).startswith("x-")
    }


def check(value: Json, schema: Json) -> None:
    whole = {**schema, "components": description()["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(_plain(value))


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | bool | int) or value is None else float(value)


def schema_of(method: str, path: str) -> Json:
    answers = description()["paths"][path][method.lower()]["responses"]
    answer = answers.get("200") or answers[200]
    if "$ref" in answer:
        answer = description()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer["content"]["application/json"]["schema"]


@pytest.fixture
def busy(xero: Client) -> tuple[Client, Json]:
    """An organisation in which everything happened once."""
    contact = xero.contact()
    invoice = xero.invoice(contact, LineItems=[line(Tracking=[{"Name": "Location", "Option": "Manly"}])])
    xero.payment(invoice, "20.00")
    xero.put(f"/Invoices/{invoice['InvoiceID']}/History", {"HistoryRecords": [{"Details": "A note"}]})
    note = {
        **invoice_body(contact),
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": "HX-1-CN1",
        "LineItems": [line("30.00")],
    }
    note = xero.put("/CreditNotes", {"CreditNotes": [note]})["CreditNotes"][0]
    use = [{"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": "10.00", "Date": "2026-03-01"}]
    xero.put(f"/CreditNotes/{note['CreditNoteID']}/Allocations", {"Allocations": use})
    who = {"Contact": {"ContactID": contact["ContactID"]}, "BankAccount": {"Code": "612"}, "Date": "2026-03-01"}
    over = {
        **who,
        "Type": "RECEIVE-OVERPAYMENT",
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "x", "LineAmount": 9}],
    }
    pre = {**who, "Type": "RECEIVE-PREPAYMENT", "LineItems": [line("50.00", "835", "BASEXCLUDED")]}
    spend = {**who, "Type": "SPEND", "LineItems": [line("5.50", "404", "INPUT")]}
    made = xero.put("/BankTransactions", {"BankTransactions": [over, pre, spend]})["BankTransactions"]
    xero.put(f"/Prepayments/{made[1]['PrepaymentID']}/Allocations", {"Allocations": use})
    xero.put(f"/Overpayments/{made[0]['OverpaymentID']}/Allocations", {"Allocations": [{**use[0], "Amount": 5}]})
    accounts = {account["Code"]: account["AccountID"] for account in xero.get("/Accounts")["Accounts"]}
    part = [{"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": "5.00"}]
    batch = {"Account": {"AccountID": accounts["612"]}, "Date": "2026-03-01", "Payments": part}
    xero.put("/BatchPayments", {"BatchPayments": [batch]})
    transfer = {"FromBankAccount": {"Code": "612"}, "ToBankAccount": {"Code": "090"}, "Amount": 3}
    xero.put("/BankTransfers", {"BankTransfers": [transfer]})
    rows = [{"LineAmount": 1, "AccountCode": "407"}, {"LineAmount": -1, "AccountCode": "200"}]
    xero.put("/ManualJournals", {"ManualJournals": [{"Narration": "x", "Status": "POSTED", "JournalLines": rows}]})
    return xero, {**invoice, **lists(xero, contact, invoice)}


def lists(xero: Client, contact: Json, invoice: Json) -> Json:
    """What no ledger knows: items, quotes, orders, groups, files; gives their ids."""
    sale = {"UnitPrice": 19.9, "AccountCode": "205", "TaxType": "OUTPUT"}
    item = xero.put("/Items", {"Items": [{"Code": "BAND", "Name": "Band", "SalesDetails": sale}]})["Items"][0]
    xero.put(f"/Items/{item['ItemID']}/History", {"HistoryRecords": [{"Details": "A note"}]})
    who = {"Contact": {"ContactID": contact["ContactID"]}, "Date": "2026-03-01", "LineItems": [line()]}
    quote = {**who, "QuoteNumber": "Q-1", "ExpiryDate": "2026-04-01", "LineAmountTypes": "INCLUSIVE", "Title": "Ten"}
    order = {**who, "PurchaseOrderNumber": "PO-1", "DeliveryDate": "2026-04-01"}
    for plural, row in (("Quotes", quote), ("PurchaseOrders", {**order, "LineItems": [line("5", "404", "INPUT")]})):
        made = xero.put(f"/{plural}", {plural: [row]})
        assert made[plural][0]["Total"], made
    group = xero.put("/ContactGroups", {"ContactGroups": [{"Name": "Overdue"}]})["ContactGroups"][0]
    own = {"Contacts": [{"ContactID": contact["ContactID"]}]}
    check(
        xero.put(f"/ContactGroups/{group['ContactGroupID']}/Contacts", own), {"$ref": "#/components/schemas/Contacts"}
    )
    text = {"content-type": "text/plain"}
    xero.put(f"/Invoices/{invoice['InvoiceID']}/Attachments/a.txt", b"words", text)
    return {"item": item["ItemID"], "group": group["ContactGroupID"], "contact": contact["ContactID"]}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_reads_fit_the_description(busy: tuple[Client, Json], name: str) -> None:
    xero, invoice = busy
    method, path = name.split(" ")
    ids = {name: invoice[name] for name in ("item", "group", "contact")}
    address, _, query = ANSWERS[name].format(invoice=invoice["InvoiceID"], **ids).partition("?")
    answer = xero.get(address, **dict(part.split("=") for part in query.split("&") if part))
    check(answer, schema_of(method, path))
    rows = next(value for value in answer.values() if isinstance(value, list))
    assert rows, "an empty list proves nothing"
    assert "null" not in xero.call("GET", address).body.decode()


@pytest.mark.parametrize("plural", WRITES)
@pytest.mark.parametrize("summarize", ["true", "false"])
def test_refused_elements_fit_the_description(busy: tuple[Client, Json], plural: str, summarize: str) -> None:
    xero, _ = busy
    answer = xero.put(f"/{plural}", {plural: [{"Status": "NONSENSE", "Type": "NONSENSE", "Reference": "x"}]},
                      summarizeErrors=summarize)  # fmt: skip
    if summarize == "true":
        check(answer, {"$ref": "#/components/schemas/Error"})
        assert (answer["ErrorNumber"], answer["Type"]) == (10, "ValidationException")
        answer = {plural: answer["Elements"]}
    if plural != "BankTransactions":  # the description asks for lines that the request did not have
        check(answer, {"$ref": f"#/components/schemas/{plural}"})
    assert answer[plural][0]["ValidationErrors"]


@pytest.mark.parametrize("kind", ["CreditNotes", "Prepayments", "Overpayments"])
def test_allocations_fit_the_description_and_so_does_their_removal(busy: tuple[Client, Json], kind: str) -> None:
    xero, _ = busy
    credit = xero.get(f"/{kind}", page="1")[kind][0]
    [allocation] = credit["Allocations"]
    answer = xero.call("DELETE", f"/{kind}/{credit['ID']}/Allocations/{allocation['AllocationID']}")
    assert {"AllocationID", "Amount", "Date", "Invoice", "IsDeleted"} == set(read(answer))
    check(read(answer), {"$ref": "#/components/schemas/Allocation"})
