"""How invoices, credit notes, over- and prepayments and bank transactions look in answers and in where clauses.

Reads state, changes none. Source: Xero fact sheet 8.3 to 8.10 and the bodies of 14.3.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .accounts import account_brief
from .arithmetic import ZERO
from .contact_views import contact_brief, contact_out
from .lines import line_out
from .postings import account_name
from .state import Allocation, Books, Document, Payment
from .where import Fields
from .wire import day_out, day_text, moment_out, moment_text, present
from .writing import Element

Json = Any

ID_FIELD = {
    "Invoice": "InvoiceID",
    "CreditNote": "CreditNoteID",
    "Prepayment": "PrepaymentID",
    "Overpayment": "OverpaymentID",
    "BankTransaction": "BankTransactionID",
}
_TWINS = ("CreditNote", "Prepayment", "Overpayment")


def document_out(books: Books, document: Document, *, lines: bool = True, places: int = 2) -> Element:
    """A document as the API shows it; without `lines` it is the row of an unpaged list."""
    return {
        **_head(document),
        **_settlement(books, document),
        **_middle(books, document, lines=lines),
        "LineItems": [line_out(books, line, places) for line in document.lines] if lines else [],
        **_tail(document),
    }


def invoice_summary(row: Element) -> Element:
    """The light row of `summaryOnly` (sheet 6)."""
    heavy = ("Payments", "HasAttachments", "LineItems", "CISDeduction", "CreditNotes", "Prepayments", "Overpayments")
    return {name: value for name, value in row.items() if name not in heavy}


def nested_document(books: Books, document: Document) -> Element:
    """A document inside a payment or an allocation."""
    row = {
        **_head(document),
        **_amounts(document),
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "Contact": contact_brief(books.contacts[document.contact]),
        **_dates(document),
        "Status": document.status,
        "LineAmountTypes": document.amounts,
        "LineItems": [],
        **_tail(document),
    }
    row["HasErrors"] = row["IsDiscounted"] = False
    return row


def allocation_out(books: Books, allocation: Allocation, *, whole: bool = True) -> Element:
    """An allocation; `whole` embeds both documents, else only what names the invoice."""
    invoice = books.of_kind("Invoice")[allocation.invoice]
    row: Element = {
        "AllocationID": allocation.id,
        "Amount": allocation.amount,
        "Date": day_out(allocation.date),
        "Invoice": nested_document(books, invoice) if whole else _reference(invoice),
    }
    if whole:
        credit = credit_of(books, allocation)
        row[credit.kind] = {**_reference(credit), "LineItems": []}
    return row


def credit_of(books: Books, allocation: Allocation) -> Document:
    """The credit note, prepayment or overpayment that an allocation uses."""
    return next(books.of_kind(kind)[allocation.credit] for kind in _TWINS if allocation.credit in books.of_kind(kind))


def document_fields(books: Books, kind: str) -> Fields[Document]:
    """What where and order can name."""
    fields: dict[str, Any] = {
        ID_FIELD[kind]: lambda document: document.id,
        "Type": lambda document: document.type,
        "Status": lambda document: document.status,
        "Date": lambda document: document.date,
        "DueDate": lambda document: document.due,
        "Reference": lambda document: document.reference or None,
        "Contact.ContactID": lambda document: document.contact,
        "Contact.Name": lambda document: books.contacts[document.contact].name,
        "Contact.ContactNumber": lambda document: books.contacts[document.contact].number or None,
        "LineAmountTypes": lambda document: document.amounts,
        "CurrencyCode": lambda document: document.currency,
        "SubTotal": lambda document: document.totals.net,
        "TotalTax": lambda document: document.totals.tax,
        "Total": lambda document: document.totals.gross,
        "UpdatedDateUTC": lambda document: document.updated,
        "FullyPaidOnDate": lambda document: document.settled_on,
    }
    if kind == "BankTransaction":
        fields["IsReconciled"] = lambda document: document.reconciled
        fields["BankAccount.AccountID"] = lambda document: document.bank
        fields["BankAccount.Code"] = lambda document: account_name(books.accounts[document.bank])
    elif kind == "Invoice":
        fields["InvoiceNumber"] = lambda document: document.number or None
        fields["AmountDue"] = lambda document: document.open
        fields["AmountPaid"] = lambda document: document.paid
        fields["AmountCredited"] = lambda document: document.credited
        fields["SentToContact"] = lambda document: document.sent
    else:
        fields["CreditNoteNumber"] = lambda document: document.number or None
        fields["RemainingCredit"] = lambda document: document.open
    return fields


def _head(document: Document) -> Element:
    row = {"Type": document.type, ID_FIELD[document.kind]: document.id}
    if document.kind in _TWINS:
        row["ID"] = document.id
    if document.kind in ("Invoice", "CreditNote") and document.number:
        row[f"{document.kind}Number"] = document.number
    row["Reference"] = document.reference
    return row


def _amounts(document: Document) -> Element:
    if document.kind == "Invoice":
        return {"AmountDue": document.open, "AmountPaid": document.paid, "AmountCredited": document.credited}
    return {} if document.kind == "BankTransaction" else {"RemainingCredit": document.open}


def _settlement(books: Books, document: Document) -> Element:
    if document.kind == "BankTransaction":
        return {
            "BankAccount": account_brief(books.accounts[document.bank]),
            "IsReconciled": document.reconciled,
            **present({f"{kind}ID": document.credit for kind in _TWINS if document.type.endswith(kind.upper())}),
        }
    row: Element = {"Payments": [_payment_brief(payment) for payment in live_payments(books, document)]}
    allocations = books.allocations_of.get(document.id, ())
    if document.kind != "Invoice":
        row["Allocations"] = [allocation_out(books, allocation, whole=False) for allocation in allocations]
        row["AppliedAmount"] = document.credited + document.paid
        return {**row, **_amounts(document)}
    used = [(credit_of(books, allocation), allocation) for allocation in allocations]
    for kind in _TWINS:
        row[f"{kind}s"] = [_credit_brief(credit, allocation) for credit, allocation in used if credit.kind == kind]
    return {**row, **_amounts(document), "SentToContact": document.sent, "IsDiscounted": _discounted(document),
            **present({"TotalDiscount": _discount(document) or None})}  # fmt: skip


def live_payments(books: Books, document: Document) -> list[Payment]:
    """The payments that stand against a document."""
    return [payment for payment in books.payments_of.get(document.id, ()) if payment.status != "DELETED"]


def _middle(books: Books, document: Document, *, lines: bool) -> Element:
    contact = books.contacts[document.contact]
    row = {
        "CurrencyRate": ONE,
        "HasAttachments": document.id in books.attached,
        "Contact": contact_out(contact) if lines else contact_brief(contact),
        **_dates(document),
        **present({"BrandingThemeID": document.branding, "Url": document.url}),
        "Status": document.status,
        "LineAmountTypes": document.amounts,
    }
    if document.kind in ("Invoice", "CreditNote"):
        row["HasErrors"] = False
    return row


ONE = ZERO + 1


def _dates(document: Document) -> Element:
    row: Element = {"DateString": day_text(document.date), "Date": day_out(document.date)}
    if document.due:
        row |= {"DueDateString": day_text(document.due), "DueDate": day_out(document.due)}
    if document.expected:
        row["ExpectedPaymentDate"] = day_out(document.expected)
    if document.planned:
        row["PlannedPaymentDate"] = day_out(document.planned)
    return row


def _tail(document: Document) -> Element:
    row = {
        "SubTotal": document.totals.net,
        "TotalTax": document.totals.tax,
        "Total": document.totals.gross,
        "UpdatedDateUTC": moment_out(document.updated),
        "CurrencyCode": document.currency,
    }
    if document.kind != "BankTransaction":
        row["UpdatedDateUTCString"] = moment_text(document.updated)
    if document.settled_on and document.status == "PAID":
        row["FullyPaidOnDate"] = day_out(document.settled_on)
    return row


def _reference(document: Document) -> Element:
    row = {ID_FIELD[document.kind]: document.id}
    if document.kind in _TWINS:
        row["ID"] = document.id
    if document.number:
        row[f"{document.kind}Number"] = document.number
    return row


def _payment_brief(payment: Payment) -> Element:
    return {
        "PaymentID": payment.id,
        "Date": day_out(payment.date),
        "Amount": payment.amount,
        "Reference": payment.reference,
        "CurrencyRate": ONE,
        "HasAccount": True,
        "HasValidationErrors": False,
        **present({"BatchPaymentID": payment.batch}),
    }


def _credit_brief(credit: Document, allocation: Allocation) -> Element:
    return {
        **_reference(credit),
        "AppliedAmount": allocation.amount,
        "DateString": day_text(allocation.date),
        "Date": day_out(allocation.date),
        "Total": credit.totals.gross,
        "LineItems": [],
    }


def _discounted(document: Document) -> bool:
    return any(line.discount_rate or line.discount_amount for line in document.lines)


def _discount(document: Document) -> Decimal:
    return sum(
        ((line.quantity or 0) * (line.unit or 0) - line.amount
         for line in document.lines if line.discount_rate or line.discount_amount), ZERO,
    ).quantize(ZERO)  # fmt: skip
