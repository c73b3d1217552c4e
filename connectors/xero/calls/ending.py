"""Calls that end a document as a person would: void what is approved, delete what is a draft, archive a contact.

PURE. Each is the change of a status by id, so a repeat changes nothing; what has money on it Xero refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.xero.calls.resource import GONE
from connectors.xero.calls.shape import EACH, Seen, found_in, judged
from connectors.xero.payloads import (
    bank_transaction_seen,
    contact_seen,
    credit_note_seen,
    invoice_seen,
    manual_journal_seen,
)
from engine.sdk.contract import Call, Element, Request, Response, write_json

Json = Any
Status = Callable[[Mapping[str, Json]], str]


def _voided(payload: Mapping[str, Json]) -> str:
    """Drafts are deleted, everything else is voided (fact sheet 8.3)."""
    return "DELETED" if payload.get("draft") is True else "VOIDED"


def _ending(name: str, kind: str, plural: str, id_field: str, seen: Seen, status: Status, field: str) -> Call:
    def request(elements: Sequence[Element]) -> Request:
        rows = [{id_field: element.payload["id"], field: status(element.payload)} for element in elements]
        return Request("POST", f"/{plural}", EACH, body=write_json({plural: rows}))

    def example(element: Element, standing: Mapping[str, Mapping[str, Json]]) -> Response:
        row = {id_field: element.payload["id"], field: status(element.payload)}
        return Response(200, {}, write_json({plural: [row]}))

    return Call(
        name,
        request,
        judged(kind, plural, seen, ""),
        lambda elements: Request("GET", f"/{plural}/{elements[0].payload['id']}"),
        found_in(kind, plural, seen, lambda element, row: row["status"] in (*GONE, "ARCHIVED")),
        example=example,
    )


CALLS = {
    "void_invoice": _ending("void_invoice", "invoice", "Invoices", "InvoiceID", invoice_seen, _voided, "Status"),
    "void_bill": _ending("void_bill", "bill", "Invoices", "InvoiceID", invoice_seen, _voided, "Status"),
    "void_credit_note": _ending(
        "void_credit_note", "credit note", "CreditNotes", "CreditNoteID", credit_note_seen, _voided, "Status"
    ),
    "void_manual_journal": _ending(
        "void_manual_journal", "manual journal", "ManualJournals", "ManualJournalID", manual_journal_seen, _voided,
        "Status",
    ),
    "delete_bank_transaction": _ending(
        "delete_bank_transaction", "bank transaction", "BankTransactions", "BankTransactionID", bank_transaction_seen,
        lambda payload: "DELETED", "Status",
    ),
    "archive_contact": _ending(
        "archive_contact", "contact", "Contacts", "ContactID", contact_seen, lambda payload: "ARCHIVED",
        "ContactStatus",
    ),
}  # fmt: skip
