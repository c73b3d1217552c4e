"""History notes of documents, contacts and payments.

Source: Xero fact sheet 8.16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .problems import Invalid
from .state import Books
from .wire import text_of, ticks
from .writing import Element, write_many

Json = Any

_LONGEST = 2500
_DOCUMENTS = {
    "Invoices": "Invoice",
    "CreditNotes": "CreditNote",
    "Prepayments": "Prepayment",
    "Overpayments": "Overpayment",
    "BankTransactions": "BankTransaction",
}
NOTED = (*_DOCUMENTS, "Contacts", "Payments", "BatchPayments", "BankTransfers", "ManualJournals", "Items", "Quotes",
         "PurchaseOrders")  # fmt: skip


def note_lister(plural: str) -> Callable[..., Answer]:
    """The handler of GET /{plural}/{id}/History."""

    def handle(call: Call, key: str) -> Answer:
        _check(call.books, plural, key)
        return call.envelope("HistoryRecords", call.books.notes.get(key.lower(), []))

    return handle


def note_writer(plural: str) -> Callable[..., Answer]:
    """The handler of PUT /{plural}/{id}/History; notes are never changed or removed."""

    def handle(call: Call, key: str) -> Answer:
        def save(sent: Element) -> tuple[Element, list[str]]:
            _check(call.books, plural, key)
            details = text_of(sent.get("Details"))
            if not details or len(details) > _LONGEST:
                raise Invalid(f"Details must be specified and not be longer than {_LONGEST} characters")
            record = {
                "Changes": "Note",
                "DateUTCString": call.now.strftime("%Y-%m-%dT%H:%M:%S"),
                "DateUTC": f"/Date({ticks(call.now)})/",
                "User": "System Generated",
                "Details": details,
            }
            call.books.notes.setdefault(key.lower(), []).append(record)
            return dict(record), []

        return write_many(call, "HistoryRecords", save, _echo)

    return handle


def _check(books: Books, plural: str, key: str) -> None:
    stores: dict[str, Json] = {
        "Contacts": books.contacts,
        "Payments": books.payments,
        "BatchPayments": books.batches,
        "BankTransfers": books.transfers,
        "ManualJournals": books.journals,
        "Items": books.items,
        "Quotes": books.quotes,
        "PurchaseOrders": books.orders,
    }
    store = books.of_kind(_DOCUMENTS[plural]) if plural in _DOCUMENTS else stores[plural]
    if key.lower() not in store:
        raise Invalid("The document with the supplied id was not found for this endpoint.")


def _echo(sent: Element, problem: Invalid) -> Element:
    return {"Details": text_of(sent.get("Details")), "ValidationErrors": problem.errors()}
