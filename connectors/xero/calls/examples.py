"""Plausible answers of Xero, for rehearsals: what a call would bring if everything went well.

PURE. Stands in for Xero where a rule is tried without sending; `standing` are the documents so far, by id, in the form
of `payloads.*_seen` with their `kind`. Ids are made from markers, so that the same rehearsal gives the same ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.xero.payloads import (
    account_body,
    allocation_body,
    bank_transaction_body,
    bank_transfer_body,
    contact_body,
    credit_note_body,
    invoice_body,
    manual_journal_body,
    payment_body,
)
from engine.core.money import ZERO, total
from engine.sdk.contract import Element, Response, write_json

Json = Any
Document = Mapping[str, Json]
Standing = Mapping[str, Document]


def contact(element: Element, standing: Standing) -> Response:
    """A contact created or changed."""
    return _answer("Contacts", _contact_row(_merged("contact", element, standing)))


def found_contact(element: Element, standing: Standing) -> Response:
    """A contact looked up; 404 when none stands."""
    document = _look_up("contact", element, standing)
    return Response(404) if document is None else _answer("Contacts", _contact_row(document))


def invoice(element: Element, standing: Standing) -> Response:
    """An invoice created or changed."""
    return _answer("Invoices", _invoice_row(_merged("invoice", element, standing), standing))


def found_invoice(element: Element, standing: Standing) -> Response:
    """An invoice looked up, with the money on it; an empty list when none stands."""
    document = _look_up("invoice", element, standing)
    return _answer("Invoices", *(() if document is None else (_invoice_row(document, standing),)))


def credit_note(element: Element, standing: Standing) -> Response:
    """A credit note created or changed."""
    return _answer("CreditNotes", _credit_note_row(_merged("credit note", element, standing), standing))


def found_credit_note(element: Element, standing: Standing) -> Response:
    """A credit note looked up; 404 when none stands."""
    document = _look_up("credit note", element, standing)
    return Response(404) if document is None else _answer("CreditNotes", _credit_note_row(document, standing))


def found_credit(element: Element, standing: Standing) -> Response:
    """What is left of a credit; 404 when none stands."""
    wanted = element.payload
    name = str(wanted["credit"]).title().replace(" ", "")
    used = _on("allocation", "credit_id", wanted["id"], standing) + _on("payment", "credit_id", wanted["id"], standing)
    sources = [row for row in standing.values() if wanted["id"] in (row["id"], row.get(f"{wanted['credit']}_id"))]
    if not sources:
        return Response(404)
    row = {f"{name}ID": wanted["id"], "Status": "AUTHORISED", **_sums(sources[0])}
    return _answer(f"{name}s", row | {"RemainingCredit": row["Total"] - _amounts(used)})


def payment(element: Element, standing: Standing) -> Response:
    """A payment created."""
    return _answer("Payments", _payment_row(_merged("payment", element, standing)))


def deleted_payment(element: Element, standing: Standing) -> Response:
    """A payment taken off."""
    return _answer("Payments", {**_payment_row(_merged("payment", element, standing)), "Status": "DELETED"})


def found_payment(element: Element, standing: Standing) -> Response:
    """A payment looked up; an empty list when none stands."""
    document = _look_up("payment", element, standing)
    return _answer("Payments", *(() if document is None else (_payment_row(document),)))


def allocation(element: Element, standing: Standing) -> Response:
    """A credit note applied to an invoice."""
    document = _merged("allocation", element, standing)
    return _answer("Allocations", {**allocation_body(document), "AllocationID": document["id"]})


def removed_allocation(element: Element, standing: Standing) -> Response:
    """An allocation taken back; Xero answers it without an envelope (fact sheet 8.6)."""
    return Response(200)


def bank_transaction(element: Element, standing: Standing) -> Response:
    """Money spent or received, over- and prepayments included."""
    return _answer("BankTransactions", _bank_transaction_row(_merged("bank transaction", element, standing)))


def found_bank_transaction(element: Element, standing: Standing) -> Response:
    """A bank transaction looked up; 404 when none stands."""
    document = _look_up("bank transaction", element, standing)
    return Response(404) if document is None else _answer("BankTransactions", _bank_transaction_row(document))


def bank_transfer(element: Element, standing: Standing) -> Response:
    """Money moved between two own bank accounts."""
    return _answer("BankTransfers", _bank_transfer_row(_merged("bank transfer", element, standing)))


def deleted_bank_transfer(element: Element, standing: Standing) -> Response:
    """A transfer taken back."""
    row = _bank_transfer_row(_merged("bank transfer", element, standing))
    return _answer("BankTransfers", {**row, "Status": "DELETED"})


def found_bank_transfer(element: Element, standing: Standing) -> Response:
    """A transfer looked up; 404 when none stands."""
    document = _look_up("bank transfer", element, standing)
    return Response(404) if document is None else _answer("BankTransfers", _bank_transfer_row(document))


def listed_bank_transactions(element: Element, standing: Standing) -> Response:
    """The money spent or received of a period."""
    wanted = element.payload
    rows = [row for row in _of("bank transaction", standing) if _in_period(row, wanted)]
    shown = [_bank_transaction_row(row) for row in rows if row.get("type") == wanted["type"]]
    return _answer("BankTransactions", *shown)


def listed_payments(element: Element, standing: Standing) -> Response:
    """The payments of a period."""
    rows = [row for row in _of("payment", standing) if _in_period(row, element.payload)]
    return _answer("Payments", *map(_payment_row, rows))


def found_contact_by_name(element: Element, standing: Standing) -> Response:
    """The contacts of a name; an empty list when none stands."""
    rows = [row for row in _of("contact", standing) if row.get("name") == element.payload["name"]]
    return _answer("Contacts", *map(_contact_row, rows))


def manual_journal(element: Element, standing: Standing) -> Response:
    """A manual journal posted or changed."""
    return _answer("ManualJournals", _manual_journal_row(_merged("manual journal", element, standing)))


def found_manual_journal(element: Element, standing: Standing) -> Response:
    """A manual journal looked up; 404 when none stands."""
    document = _look_up("manual journal", element, standing)
    return Response(404) if document is None else _answer("ManualJournals", _manual_journal_row(document))


def account(element: Element, standing: Standing) -> Response:
    """An account made."""
    wanted = element.payload
    row = {"AccountID": example_id("account", str(wanted["code"])), "Code": wanted["code"], "Name": wanted["name"]}
    return _answer("Accounts", {**row, "Type": wanted["type"], "Status": "ACTIVE"})


def tracking_category(element: Element, standing: Standing) -> Response:
    """A tracking category made."""
    name = str(element.payload["name"])
    id = example_id("tracking", name)
    return _answer("TrackingCategories", {"TrackingCategoryID": id, "Name": name, "Status": "ACTIVE", "Options": []})


def tracking_option(element: Element, standing: Standing) -> Response:
    """An option of a tracking category made."""
    name = str(element.payload["name"])
    return _answer("Options", {"TrackingOptionID": example_id("option", name), "Name": name, "Status": "ACTIVE"})


# --- documents so far ------------------------------------------------------------------------------------


def _merged(kind: str, element: Element, standing: Standing) -> Document:
    """What stands, as the element changes it."""
    own = write_json({str(name): value for name, value in element.payload.items()}).decode()
    id = str(element.payload.get("id") or example_id(kind, element.marker or own))
    return {**standing.get(id, {}), **element.payload, "id": id}


def _look_up(kind: str, element: Element, standing: Standing) -> Document | None:
    wanted = element.payload
    if wanted.get("id"):
        return standing.get(str(wanted["id"]))
    number = wanted.get("number") or element.marker
    return next((row for row in _of(kind, standing) if row.get("number") == number), None)


def _of(kind: str, standing: Standing) -> Iterable[Document]:
    return (row for row in standing.values() if row.get("kind") == kind)


def _on(kind: str, field: str, id: Json, standing: Standing) -> list[Document]:
    return [row for row in _of(kind, standing) if row.get(field) == id and row.get("status") != "DELETED"]


def example_id(*parts: str) -> str:
    """An id in Xero's form, the same for the same parts."""
    digest = hashlib.sha256(" ".join(parts).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


# --- rows as Xero shows them -----------------------------------------------------------------------------


def _contact_row(document: Document) -> dict[str, Json]:
    return {"ContactStatus": document.get("status") or "ACTIVE", **contact_body(document)}


def _invoice_row(document: Document, standing: Standing) -> dict[str, Json]:
    payments = _on("payment", "invoice_id", document["id"], standing)
    credits = _on("allocation", "invoice_id", document["id"], standing)
    paid, credited = _amounts(payments), _amounts(credits)
    row = {"Type": "ACCREC", **invoice_body(document), **_sums(document)}
    due = row["Total"] - paid - credited
    if row.get("Status") == "AUTHORISED" and due == ZERO:
        row["Status"] = "PAID"
    return row | {
        "AmountPaid": paid,
        "AmountCredited": credited,
        "AmountDue": due,
        "Payments": [_payment_row(item) for item in payments],
        **_applied(credits),
    }


def _applied(allocations: Iterable[Document]) -> dict[str, Json]:
    """Credits as an invoice row lists them, by kind."""
    shown: dict[str, Json] = {}
    for item in allocations:
        name = str(item["credit"]).title().replace(" ", "")
        shown.setdefault(f"{name}s", []).append({f"{name}ID": item["credit_id"], "AppliedAmount": item["amount"]})
    return shown


def _credit_note_row(document: Document, standing: Standing) -> dict[str, Json]:
    applied = _on("allocation", "credit_id", document["id"], standing)
    row = {**credit_note_body(document), **_sums(document)}
    allocations = [{**allocation_body(item), "AllocationID": item["id"]} for item in applied]
    return row | {"RemainingCredit": row["Total"] - _amounts(applied), "Allocations": allocations}


def _payment_row(document: Document) -> dict[str, Json]:
    account = account_body(document) if document.get("account_id") or document.get("account") else {}
    known = {"date": date.min, "amount": ZERO, "reference": "", "account": "", **document}
    return {
        **payment_body(known),
        "Account": account,
        "PaymentID": document["id"],
        "Status": document.get("status") or "AUTHORISED",
    }


def _bank_transaction_row(document: Document) -> dict[str, Json]:
    row = {"Type": document.get("type", ""), **bank_transaction_body(document), **_sums(document)}
    kind = str(document.get("type", "")).rpartition("-")[2].title()
    own = f"{kind}ID" if kind in ("Overpayment", "Prepayment") else ""
    return row | ({own: example_id(kind, document["id"])} if own else {})


def _bank_transfer_row(document: Document) -> dict[str, Json]:
    known = {"from": "", "to": "", "date": date.min, "amount": ZERO, "reference": "", **document}
    return {**bank_transfer_body(known), "BankTransferID": document["id"], "Status": document.get("status", "")}


def _in_period(document: Document, wanted: Mapping[str, Json]) -> bool:
    return document.get("date") is not None and wanted["first"] <= document["date"] <= wanted["last"]


def _manual_journal_row(document: Document) -> dict[str, Json]:
    return {**manual_journal_body(document), "ManualJournalID": document["id"]}


def _sums(document: Document) -> dict[str, Json]:
    """The document's sums as asked for; without them, those of its lines."""
    lines = document.get("lines") or ()
    gross = _first(document, ("wanted_total", "total"), _amounts(lines))
    tax = _first(document, ("wanted_tax", "tax"), total(tuple(line.get("tax") or ZERO for line in lines)))
    return {"Total": gross, "TotalTax": tax}


def _first(document: Document, names: tuple[str, ...], otherwise: Decimal) -> Decimal:
    return next((document[name] for name in names if document.get(name) is not None), otherwise)


def _amounts(rows: Iterable[Document]) -> Decimal:
    return total(tuple(row["amount"] for row in rows if row.get("amount") is not None))


def _answer(collection: str, *rows: Mapping[str, Json]) -> Response:
    return Response(200, {}, write_json({collection: list(rows)}))
