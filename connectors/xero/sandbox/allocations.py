"""Allocations: using a credit note, prepayment or overpayment on an invoice, and taking that back.

Source: Xero fact sheet 8.6.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.sdk.sandbox import Answer, json_answer

from .arithmetic import ZERO, cents
from .call import Call
from .document_views import ID_FIELD, allocation_out
from .documents import INVOICE, find_document, settle
from .echoes import number_or_none
from .locks import check_lock
from .postings import post_allocation
from .problems import Findings, Invalid, Unknown, validation_failure
from .state import Allocation, Books, Document
from .wire import NO_ID, day_out, is_guid, read_number, text_of
from .writing import Element, write_many

Json = Any


def allocator(kind: str) -> Callable[..., Answer]:
    """The handler of PUT /{kind}s/{id}/Allocations."""

    def create(call: Call, key: str) -> Answer:
        credit = _credit(call.books, kind, key)
        return write_many(call, "Allocations", lambda sent: (_saved(call, credit, sent), []), _echo)

    return create


def deallocator(kind: str) -> Callable[..., Answer]:
    """The handler of DELETE /{kind}s/{id}/Allocations/{AllocationID}, which answers without an envelope."""

    def delete(call: Call, key: str, allocation: str) -> Answer:
        credit = _credit(call.books, kind, key)
        rows = call.books.allocations_of.get(credit.id, [])
        found = next((row for row in rows if row.id == allocation.lower()), None)
        if found is None:
            raise Unknown
        try:
            deallocate(call, credit, found)
        except Invalid as problem:
            return validation_failure([{**allocation_out(call.books, found), "ValidationErrors": problem.errors()}])
        body = {"AllocationID": found.id, "Date": day_out(found.date), "Amount": found.amount,
                "Invoice": {"InvoiceID": found.invoice}, "IsDeleted": True}  # fmt: skip
        return json_answer(200, body)

    return delete


def allocate(call: Call, credit: Document, sent: Element) -> Allocation:
    """Check and store one allocation, on the later of the two documents' dates.

    Raises:
        Invalid: With every fault.
    """
    invoice = _invoice(call.books, sent)
    if invoice is None:
        raise Invalid("The Invoice to allocate to could not be found")
    amount = cents(read_number(sent.get("Amount") or sent.get("AppliedAmount"), "Amount") or ZERO)
    on = max(credit.date, invoice.date)
    findings = Findings()
    _check_pair(credit, invoice, findings)
    _check_amount(amount, credit, invoice, findings)
    check_lock(call.books, on, findings)
    findings.settle()
    made = Allocation(call.books.ids.next(), credit.id, invoice.id, on, amount)
    for document in (credit, invoice):
        call.books.allocations_of.setdefault(document.id, []).append(made)
        document.credited += amount
        settle(call.books, document, call.now)
    post_allocation(call.books, made, credit)
    return made


def deallocate(call: Call, credit: Document, allocation: Allocation) -> None:
    """Take an allocation back; both documents are open again.

    Raises:
        Invalid: Its period is locked.
    """
    findings = Findings()
    check_lock(call.books, allocation.date, findings)
    findings.settle()
    for document in (credit, call.books.of_kind("Invoice")[allocation.invoice]):
        call.books.allocations_of[document.id].remove(allocation)
        document.credited -= allocation.amount
        settle(call.books, document, call.now)
    call.books.ledger.remove(allocation.id, backwards=True)


def _saved(call: Call, credit: Document, sent: Element) -> Element:
    return allocation_out(call.books, allocate(call, credit, sent))


def _check_pair(credit: Document, invoice: Document, findings: Findings) -> None:
    if credit.status not in ("AUTHORISED", "PAID"):
        findings.add("Allocations can only be made from Authorised documents")
    if invoice.status not in ("AUTHORISED", "PAID"):
        findings.add("Allocations can only be made against Authorised documents")
    if credit.contact != invoice.contact:
        findings.add("The contact of the credit must be the same as the contact of the invoice")
    if credit.currency != invoice.currency or credit.sales != invoice.sales:
        findings.add("The credit and the invoice must be of the same currency and side")


def _check_amount(amount: Decimal, credit: Document, invoice: Document, findings: Findings) -> None:
    if amount <= 0:
        findings.add("Allocation amount must be greater than zero")
    if amount > credit.open:
        findings.add("The amount of the allocation exceeds the remaining credit")
    if amount > invoice.open:
        findings.add("The amount of the allocation exceeds the amount outstanding on the invoice")


def _credit(books: Books, kind: str, key: str) -> Document:
    found = books.of_kind(kind).get(key.lower())
    if found is None:
        raise Unknown
    return found


def _invoice(books: Books, sent: Element) -> Document | None:
    reference = sent.get("Invoice")
    if not isinstance(reference, dict):
        return None
    key = text_of(reference.get("InvoiceID")) or text_of(reference.get("InvoiceNumber"))
    return find_document(books, INVOICE, key) if key else None


def _echo(sent: Element, problem: Invalid) -> Element:
    reference = sent.get("Invoice") if isinstance(sent.get("Invoice"), dict) else {}
    key = text_of((reference or {}).get("InvoiceID"))
    return {
        "AllocationID": NO_ID,
        "Amount": number_or_none(sent.get("Amount")) or ZERO,
        "Date": "/Date(0+0000)/",
        "Invoice": {ID_FIELD["Invoice"]: key if is_guid(key) else NO_ID, "LineItems": []},
        "ValidationErrors": problem.errors(),
    }
