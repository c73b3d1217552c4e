"""Invoices and credit notes: what both share when they are written - statuses, numbers, edits, storing.

Addresses and lists stand in `invoices.py` and `credit_notes.py`. Source: Xero fact sheet 5.2, 8.3 and 8.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .arithmetic import Totals, totals
from .call import Call
from .contact_reference import find_contact, use_contact
from .lines import LineRules, line_out, read_lines, with_ids
from .locks import check_lock
from .postings import post_document
from .problems import Findings, Invalid
from .state import Books, Contact, Document, Line
from .statuses import NOT_EDITABLE, NOT_NOW, next_status
from .wire import read_day, text_of
from .writing import Element

Json = Any

_KINDS_OF_AMOUNTS = ("Exclusive", "Inclusive", "NoTax")


@dataclass(frozen=True, slots=True)
class Shape:
    """How an invoice and a credit note differ when written."""

    kind: str
    plural: str
    id_field: str
    number_field: str
    sales_type: str
    purchase_type: str
    prefix: str

    @property
    def types(self) -> tuple[str, str]:
        """Both document types."""
        return self.sales_type, self.purchase_type


INVOICE = Shape("Invoice", "Invoices", "InvoiceID", "InvoiceNumber", "ACCREC", "ACCPAY", "INV-")
CREDIT_NOTE = Shape(
    "CreditNote", "CreditNotes", "CreditNoteID", "CreditNoteNumber", "ACCRECCREDIT", "ACCPAYCREDIT", "CN-"
)


def save_document(call: Call, shape: Shape, sent: Element, standing: Document | None) -> tuple[Document, list[str]]:
    """Create or change one document; nothing changes when it is refused.

    Returns:
        The stored document and the warnings.

    Raises:
        Invalid: With every fault.
    """
    status = next_status(sent, standing)
    if standing is not None and status in ("VOIDED", "DELETED"):
        return _end(call, standing, status), []
    findings = Findings()
    made = _read(call, shape, sent, standing, status, findings)
    contact = None
    if standing is None or sent.get("Contact"):
        same = standing.contact if standing else ""
        contact = find_contact(call, sent.get("Contact"), findings, same_as=same)
    _check(call, shape, made, standing, findings)
    _check_applied(made, standing, contact, findings)
    findings.settle()
    if standing is None or sent.get("Contact"):
        made.contact = use_contact(call, sent.get("Contact"), contact, sales=made.sales).id
    warnings = _read_sent(sent, made, standing)
    return _store(call, shape, made, standing), warnings


def find_document(books: Books, shape: Shape, key: str) -> Document | None:
    """A document by id or by number."""
    documents = books.of_kind(shape.kind)
    if key.lower() in documents:
        return documents[key.lower()]
    known = books.document_numbers.get((shape.sales_type, key)) or books.document_numbers.get(
        (shape.sales_type, key.casefold())
    )
    if known:
        return documents[known]
    return next((document for document in documents.values() if document.number == key), None)


def match_document(call: Call, shape: Shape, sent: Element) -> Document | None:
    """The document that a POST on the collection means: by id, or a sales document by its number (sheet 1, rule 1).

    Raises:
        Invalid: An id was sent that nobody has.
    """
    if key := text_of(sent.get(shape.id_field)):
        found = call.books.of_kind(shape.kind).get(key.lower())
        if found is None:
            raise Invalid(NOT_NOW if shape is INVOICE else _NO_CREDIT_NOTE)
        return found
    number = text_of(sent.get(shape.number_field))
    if number and sent.get("Type", shape.sales_type) == shape.sales_type:
        known = call.books.document_numbers.get(_number_key(call, shape.sales_type, number))
        return call.books.of_kind(shape.kind).get(known or "")
    return None


_NO_CREDIT_NOTE = "An existing Credit Note with the specified CreditNoteID could not be found"


def settle(books: Books, document: Document, now: datetime) -> None:
    """Turn AUTHORISED into PAID when nothing is open any more, and back; moves UpdatedDateUTC."""
    if document.status == "AUTHORISED" and document.open == 0:
        document.status = "PAID"
        days = [payment.date for payment in books.payments_of.get(document.id, ()) if payment.status != "DELETED"]
        days += [allocation.date for allocation in books.allocations_of.get(document.id, ())]
        document.settled_on = max(days, default=document.date)
    elif document.status == "PAID" and document.open:
        document.status, document.settled_on = "AUTHORISED", None
    document.updated = now


def _end(call: Call, document: Document, status: str) -> Document:
    findings = Findings()
    if status == "VOIDED":
        check_lock(call.books, document.date, findings)
    findings.settle()
    document.status, document.updated, document.settled_on = status, call.now, None
    if call.switches.numbers_free_after_void:
        call.books.document_numbers.pop(_number_key(call, document.type, document.number), None)
    post_document(call.books, document)
    return document


def _read(
    call: Call, shape: Shape, sent: Element, standing: Document | None, status: str, findings: Findings
) -> Document:
    made = replace(standing) if standing else _blank(call, shape, sent, findings)
    made.status = status
    made.date = read_day(sent.get("Date")) or made.date
    made.due = (read_day(sent.get("DueDate"), "DueDate") or made.due) if shape is INVOICE else None
    made.expected = read_day(sent.get("ExpectedPaymentDate"), "ExpectedPaymentDate") or made.expected
    made.planned = read_day(sent.get("PlannedPaymentDate"), "PlannedPaymentDate") or made.planned
    made.number = text_of(sent.get(shape.number_field)) or made.number
    if made.sales and sent.get("Reference") is not None:
        made.reference = text_of(sent["Reference"])
    made.url = text_of(sent.get("Url")) or made.url
    made.branding = text_of(sent.get("BrandingThemeID")) or made.branding
    made.currency = text_of(sent.get("CurrencyCode")) or made.currency
    made.amounts = text_of(sent.get("LineAmountTypes")) or made.amounts
    if made.amounts not in _KINDS_OF_AMOUNTS:
        findings.add("LineAmountTypes is not valid")
        made.amounts = "Exclusive"
    _read_lines(call, shape, sent, made, standing, findings)
    return made


def _blank(call: Call, shape: Shape, sent: Element, findings: Findings) -> Document:
    kind = text_of(sent.get("Type"))
    if kind not in shape.types:
        findings.add("Invoice not of valid type for creation")
        kind = shape.sales_type
    return Document(
        "", shape.kind, kind, "", call.today, "DRAFT", "Exclusive", (), Totals(),
        call.books.organisation.fields["BaseCurrency"], call.now, call.app,
    )  # fmt: skip


def _read_lines(
    call: Call, shape: Shape, sent: Element, made: Document, standing: Document | None, findings: Findings
) -> None:
    rows = sent.get("LineItems")
    if rows is None and standing is not None:
        if made.amounts == standing.amounts and made.status == standing.status:
            return
        same = made.amounts == standing.amounts
        rows = [_as_sent(call.books, line, keep_tax=same) for line in standing.lines]
    approved = made.status in ("AUTHORISED", "PAID")
    rules = LineRules(made.amounts, approved=approved, discounts=made.type == "ACCREC")
    made.lines = read_lines(call, rows, standing.lines if standing else (), rules, findings)
    if not made.lines:
        findings.add("One or more line items must be specified")
    made.totals = totals(((line.amount, line.tax) for line in made.lines), made.amounts)
    if made.totals.gross < 0:
        findings.add("The total of the document must be greater than or equal to zero")


def _as_sent(books: Books, line: Line, *, keep_tax: bool) -> Element:
    row = line_out(books, line, 4)
    return row if keep_tax else {name: row[name] for name in row if name != "TaxAmount"}


def _check(call: Call, shape: Shape, made: Document, standing: Document | None, findings: Findings) -> None:
    books = call.books
    if made.number and (len(made.number) > 255 or not (made.number.isascii() and made.number.isprintable())):
        findings.add(f"{shape.number_field} must be printable ASCII of at most 255 characters")
    owner = books.document_numbers.get(_number_key(call, made.type, made.number), made.id)
    if made.type == shape.sales_type and made.number and owner != made.id:
        findings.add("Invoice # must be unique.")
    if made.currency not in books.organisation.currencies:
        findings.add(f"Organisation is not subscribed to currency {made.currency}")
    if made.url and not (urlsplit(made.url).scheme in ("http", "https") and urlsplit(made.url).netloc):
        findings.add("Url must be a valid absolute url")
    if len(made.reference) > 255:
        findings.add("The Reference field must not be longer than 255 characters")
    approved = made.status in ("AUTHORISED", "PAID")
    if approved and shape is INVOICE and made.due is None:
        findings.add("The document DueDate field must be specified.")
    if approved or not call.switches.draft_in_locked_period:
        check_lock(books, made.date, findings)
    if standing is not None and standing.status in ("AUTHORISED", "PAID") and standing.date != made.date:
        check_lock(books, standing.date, findings)
    newly = approved and (standing is None or standing.status in ("DRAFT", "SUBMITTED"))
    if newly and call.switches.approvals_left is not None and books.approvals >= call.switches.approvals_left:
        findings.add("You have reached the limit of invoices you can approve")


def _check_applied(made: Document, standing: Document | None, contact: Contact | None, findings: Findings) -> None:
    """Where something is applied, only texts, account codes and tracking may change (sheet 8.3)."""
    if standing is None or not standing.applied:
        return
    moved = contact is not None and contact.id != standing.contact and standing.credited
    if moved or _fixed(made) != _fixed(standing):
        findings.add(NOT_EDITABLE)


def _fixed(document: Document) -> tuple[Json, ...]:
    lines = [(line.id, line.quantity, line.unit, line.amount, line.tax_type, line.tax) for line in document.lines]
    return document.date, document.amounts, document.currency, document.totals, lines


def _read_sent(sent: Element, made: Document, standing: Document | None) -> list[str]:
    wanted = sent.get("SentToContact")
    if wanted is None or wanted == (standing.sent if standing else False):
        return []
    if made.status not in ("AUTHORISED", "PAID"):
        return ["Only AUTHORISED invoices may have SentToContact updated."]
    made.sent = wanted is True
    return []


def _store(call: Call, shape: Shape, made: Document, standing: Document | None) -> Document:
    books = call.books
    made.id = made.id or books.ids.next()
    if made.type == shape.sales_type:
        made.number = made.number or _next_number(call, shape)
        if standing is not None and standing.number != made.number:
            books.document_numbers.pop(_number_key(call, made.type, standing.number), None)
        books.document_numbers[_number_key(call, made.type, made.number)] = made.id
    if made.status == "AUTHORISED" and (standing is None or standing.status in ("DRAFT", "SUBMITTED")):
        books.approvals += 1
    made.lines = with_ids(made.lines, books.ids)
    books.of_kind(shape.kind)[made.id] = made
    settle(books, made, call.now)
    post_document(books, made)
    return made


def _next_number(call: Call, shape: Shape) -> str:
    books = call.books
    while True:
        books.numbering[shape.kind] = books.numbering.get(shape.kind, 0) + 1
        number = f"{shape.prefix}{books.numbering[shape.kind]:04d}"
        if _number_key(call, shape.sales_type, number) not in books.document_numbers:
            return number


def _number_key(call: Call, kind: str, number: str) -> tuple[str, str]:
    return kind, number.casefold() if call.switches.same_number_across_case else number
