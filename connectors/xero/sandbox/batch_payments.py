"""Batch payments: many payments that reach the bank as one line.

Source: Xero fact sheet 8.8.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.sdk.sandbox import Answer

from .arithmetic import ZERO, cents
from .call import Call
from .paging import changed_since, filtered, sort
from .payments import prepare, store, unpay
from .problems import Findings, Invalid, Unknown
from .state import Books, Plain
from .where import Fields
from .wire import NO_ID, day_out, day_text, moment_out, present, read_day, read_number, text_of
from .writing import Element, write_many, write_one

Json = Any

_TEXTS = ("Reference", "Particulars", "Code", "Details", "Narrative")


def list_batches(call: Call) -> Answer:
    """GET /BatchPayments: never paged."""
    fields = _fields()
    found = sort(call, filtered(call, changed_since(call, call.books.batches.values()), fields), fields)
    return call.envelope("BatchPayments", [_out(call.books, batch) for batch in found])


def get_batch(call: Call, key: str) -> Answer:
    """GET /BatchPayments/{BatchPaymentID}."""
    return call.envelope("BatchPayments", [_out(call.books, _known(call.books, key))])


def create_batches(call: Call) -> Answer:
    """PUT /BatchPayments."""
    return write_many(call, "BatchPayments", lambda sent: (_created(call, sent), []), _echo)


def delete_batches(call: Call) -> Answer:
    """POST /BatchPayments with BatchPaymentID and Status DELETED."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        return _deleted(call, _known(call.books, text_of(sent.get("BatchPaymentID"))), sent), []

    return write_many(call, "BatchPayments", save, _echo)


def delete_batch(call: Call, key: str) -> Answer:
    """POST /BatchPayments/{BatchPaymentID} with Status DELETED."""
    batch = _known(call.books, key)
    return write_one(call, "BatchPayments", lambda sent: (_deleted(call, batch, sent), []), _echo)


def _created(call: Call, sent: Element) -> Element:
    rows = sent.get("Payments")
    if not isinstance(rows, list) or not rows or len(rows) > call.switches.largest_batch:
        raise Invalid(f"A batch payment needs between 1 and {call.switches.largest_batch} payments")
    shared = {"Account": sent.get("Account"), "Date": sent.get("Date")}
    _check_together(call.books, rows)
    ready = [prepare(call, {**row, **shared}) for row in rows]
    key = call.books.ids.next()
    made = [store(call, replace(payment, batch=key), document) for payment, document in ready]
    on = read_day(sent.get("Date")) or call.today
    fields = {
        **present({name: text_of(sent.get(name)) for name in _TEXTS}),
        "Account": made[0].account,
        "Payments": [payment.id for payment in made],
        "DateString": day_text(on),
        "Date": day_out(on),
        "Type": "RECBATCH" if made[0].type == "ACCRECPAYMENT" else "PAYBATCH",
        "Status": "AUTHORISED",
        "TotalAmount": sum((payment.amount for payment in made), ZERO),
        "IsReconciled": False,
    }
    batch = call.books.batches[key] = Plain(key, call.now, fields)
    return _out(call.books, batch)


def _check_together(books: Books, rows: list[Json]) -> None:
    """No payment may exceed what is open after the earlier ones of its batch."""
    findings = Findings()
    asked: dict[str, Decimal] = {}
    for row in rows:
        invoice = row.get("Invoice") if isinstance(row, dict) else None
        key = text_of(invoice.get("InvoiceID")).lower() if isinstance(invoice, dict) else ""
        document = books.of_kind("Invoice").get(key)
        if document is None:
            findings.add("The Invoice to be paid could not be found")
            continue
        asked[key] = asked.get(key, ZERO) + cents(read_number(row.get("Amount"), "Amount") or ZERO)
        if asked[key] > document.open:
            findings.add("Payment amount exceeds the amount outstanding on this document")
    findings.settle()


def _deleted(call: Call, batch: Plain, sent: Element) -> Element:
    if text_of(sent.get("Status")) != "DELETED" or batch.fields["Status"] == "DELETED":
        raise Invalid("Batch payments can not be modified, only their status can be set to DELETED")
    for key in batch.fields["Payments"]:
        unpay(call, call.books.payments[key])
    batch.fields["Status"], batch.updated = "DELETED", call.now
    return _out(call.books, batch)


def _out(books: Books, batch: Plain) -> Element:
    payments = [books.payments[key] for key in batch.fields["Payments"]]
    rows = [
        {
            "Invoice": {"InvoiceID": payment.document, "LineItems": []},
            "PaymentID": payment.id,
            "BankAmount": payment.amount,
            "Amount": payment.amount,
            **present({"Reference": payment.reference}),
        }
        for payment in payments
    ]
    account = books.accounts[batch.fields["Account"]]
    shown = {"AccountID": account.id, "CurrencyCode": account.fields.get("CurrencyCode", "AUD")}
    own = {**batch.fields, "Account": shown, "Payments": rows}
    return {"BatchPaymentID": batch.id, **own, "UpdatedDateUTC": moment_out(batch.updated)}


def _known(books: Books, key: str) -> Plain:
    found = books.batches.get(key.lower())
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    texts = present({name: text_of(sent.get(name)) for name in _TEXTS})
    account = present({name: text_of((sent.get("Account") or {}).get(name)) for name in ("AccountID", "Code")})
    return {"BatchPaymentID": NO_ID, **texts, "Account": account, "Payments": [], "ValidationErrors": problem.errors()}


def _fields() -> Fields[Plain]:
    return {
        "BatchPaymentID": lambda batch: batch.id,
        "Type": lambda batch: batch.fields["Type"],
        "Status": lambda batch: batch.fields["Status"],
        "Account.AccountID": lambda batch: batch.fields["Account"],
        "Reference": lambda batch: batch.fields.get("Reference"),
        "UpdatedDateUTC": lambda batch: batch.updated,
    }
