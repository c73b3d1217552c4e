"""Invoices (ACCREC and ACCPAY): addresses, lists, e-mail and the online address.

The rules of writing stand in `documents.py`. Source: Xero fact sheet 6 and 8.3.
"""

from __future__ import annotations

from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .document_views import document_fields, document_out, invoice_summary
from .documents import INVOICE, find_document, match_document, save_document
from .echoes import document_echo
from .paging import select
from .problems import Invalid, Unknown, validation_failure
from .state import Document
from .writing import Element, write_many, write_one

Json = Any


def list_invoices(call: Call) -> Answer:
    """GET /Invoices; line items only with `page` or `Statuses` (sheet 6)."""
    found = [document for document in call.books.of_kind("Invoice").values() if _wanted(call, document)]
    light = call.is_set("summaryOnly")
    page = select(call, found, document_fields(call.books, "Invoice"), always_paged=light)
    lines = page.full or bool(call.names("Statuses"))
    rows = [document_out(call.books, document, lines=lines and not light, places=call.places) for document in page.rows]
    return call.envelope("Invoices", [invoice_summary(row) for row in rows] if light else rows, page.pagination)


def get_invoice(call: Call, key: str) -> Answer:
    """GET /Invoices/{InvoiceID or InvoiceNumber}."""
    return call.envelope("Invoices", [document_out(call.books, _known(call, key), places=call.places)])


def create_invoices(call: Call) -> Answer:
    """PUT /Invoices: create only."""
    return write_many(call, "Invoices", lambda sent: _saved(call, sent, None), echo_invoice)


def save_invoices(call: Call) -> Answer:
    """POST /Invoices: silently changes a sales invoice of the same number."""
    return write_many(
        call, "Invoices", lambda sent: _saved(call, sent, match_document(call, INVOICE, sent)), echo_invoice
    )


def update_invoice(call: Call, key: str) -> Answer:
    """POST /Invoices/{InvoiceID}."""
    standing = _known(call, key)
    return write_one(call, "Invoices", lambda sent: _saved(call, sent, standing), echo_invoice)


def email_invoice(call: Call, key: str) -> Answer:
    """POST /Invoices/{InvoiceID}/Email: 204; sales invoices that are at least submitted."""
    document = _known(call, key)
    if document.type != "ACCREC" or document.status not in ("SUBMITTED", "AUTHORISED", "PAID"):
        return validation_failure([echo_invoice({}, Invalid("Invoice not of valid status for modification"))])
    document.sent, document.updated = True, call.now
    return Answer(204)


def online_invoice(call: Call, key: str) -> Answer:
    """GET /Invoices/{InvoiceID}/OnlineInvoice: not for drafts."""
    document = _known(call, key)
    if document.status == "DRAFT":
        raise Unknown
    return call.envelope("OnlineInvoices", [{"OnlineInvoiceUrl": f"https://in.xero.com/{document.id[:12]}"}])


def echo_invoice(sent: Element, problem: Invalid) -> Element:
    """A refused invoice."""
    row = document_echo("Invoice", sent, problem, INVOICE.types, "InvoiceNumber")
    empty: Element = {"Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": [], "IsDiscounted": False}
    return {**row, **empty}


def _saved(call: Call, sent: Element, standing: Document | None) -> tuple[Element, list[str]]:
    document, warnings = save_document(call, INVOICE, sent, standing)
    return document_out(call.books, document, places=call.places), warnings


def _known(call: Call, key: str) -> Document:
    found = find_document(call.books, INVOICE, key)
    if found is None:
        raise Unknown
    return found


def _wanted(call: Call, document: Document) -> bool:
    lists: tuple[tuple[str, str], ...] = (
        ("IDs", document.id),
        ("InvoiceNumbers", document.number),
        ("ContactIDs", document.contact),
        ("Statuses", document.status),
    )
    for name, own in lists:
        if (wanted := call.names(name)) and own.casefold() not in (one.casefold() for one in wanted):
            return False
    term = call.asked.param("searchTerm").casefold()
    if term and term not in f"{document.number}\n{document.reference}".casefold():
        return False
    return not call.is_set("createdByMyApp") or document.app == call.app
