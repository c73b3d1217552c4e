"""Payments: money against an invoice, credit note, prepayment or overpayment, and taking it back.

Source: Xero fact sheet 8.7.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from engine.sdk.sandbox import Answer

from .accounts import account_brief, find_account
from .arithmetic import ZERO, cents
from .call import Call
from .document_views import ID_FIELD, ONE, nested_document
from .documents import CREDIT_NOTE, INVOICE, Shape, find_document, settle
from .echoes import number_or_none
from .locks import check_lock
from .paging import select
from .postings import post_payment
from .problems import BadBody, Findings, Invalid, Unknown, validation_failure
from .state import Account, Books, Document, Payment
from .where import Fields
from .wire import NO_ID, day_out, is_guid, moment_out, moment_text, present, read_day, read_number, text_of
from .writing import Element, write_many, write_one

Json = Any

_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
}
_TARGETS = ("Invoice", "CreditNote", "Prepayment", "Overpayment")
_DETAILS = ("BankAccountNumber", "Particulars", "Details")


def list_payments(call: Call) -> Answer:
    """GET /Payments, deleted ones included."""
    page = select(call, call.books.payments.values(), _fields(call.books))
    return call.envelope("Payments", [payment_out(call.books, payment) for payment in page.rows], page.pagination)


def get_payment(call: Call, key: str) -> Answer:
    """GET /Payments/{PaymentID}."""
    return call.envelope("Payments", [payment_out(call.books, _known(call, key))])


def create_payments(call: Call) -> Answer:
    """PUT /Payments: many."""
    return write_many(call, "Payments", lambda sent: (payment_out(call.books, pay(call, sent)), []), _echo)


def create_payment(call: Call) -> Answer:
    """POST /Payments: exactly one."""
    if len(call.elements("Payments")) != 1:
        raise BadBody("POST Payments takes one payment")
    return write_one(call, "Payments", lambda sent: (payment_out(call.books, pay(call, sent)), []), _echo)


def delete_payment(call: Call, key: str) -> Answer:
    """POST /Payments/{PaymentID} with Status DELETED; nothing else of a payment can change."""
    payment = _known(call, key)
    sent = call.elements("Payments")[0]
    try:
        if text_of(sent.get("Status")) != "DELETED":
            raise Invalid("Payments can not be modified, only their status can be set to DELETED")
        if payment.batch:
            raise Invalid("Payments within a batch cannot be deleted.")
        unpay(call, payment)
    except Invalid as problem:
        return validation_failure([{**payment_out(call.books, payment), **_faults(problem)}])
    return call.envelope("Payments", [payment_out(call.books, payment)])


def pay(call: Call, sent: Element) -> Payment:
    """Check and store one payment.

    Raises:
        Invalid: With every fault.
    """
    payment, document = prepare(call, sent)
    return store(call, payment, document)


def prepare(call: Call, sent: Element) -> tuple[Payment, Document]:
    """A checked payment, not stored and without an id, and its document.

    Raises:
        Invalid: With every fault.
    """
    findings = Findings()
    document = _target(call.books, sent, findings)
    account = _account(call.books, sent, findings)
    on = read_day(sent.get("Date")) or call.today
    amount = cents(read_number(sent.get("Amount"), "Amount") or ZERO)
    _check(call.books, document, amount, on, findings)
    findings.settle()
    if document is None or account is None:
        raise Invalid("Account must be valid.")
    payment = Payment(
        "", _TYPES[document.type], document.id, account.id, on, amount, call.now,
        reference=text_of(sent.get("Reference")), reconciled=sent.get("IsReconciled") is True,
        details=present({name: sent.get(name) for name in _DETAILS}),
    )  # fmt: skip
    return payment, document


def store(call: Call, payment: Payment, document: Document) -> Payment:
    """Store a prepared payment: the document's sums and status and the ledger follow."""
    payment.id = call.books.ids.next()
    call.books.payments[payment.id] = payment
    call.books.payments_of.setdefault(document.id, []).append(payment)
    document.paid += payment.amount
    settle(call.books, document, call.now)
    post_payment(call.books, payment, document)
    return payment


def unpay(call: Call, payment: Payment) -> None:
    """Take a payment back; its document is open again.

    Raises:
        Invalid: It is deleted already, or its period is locked.
    """
    findings = Findings()
    if payment.status == "DELETED":
        findings.add("The payment has already been deleted")
    check_lock(call.books, payment.date, findings)
    findings.settle()
    document = paid_document(call.books, payment)
    payment.status, payment.updated = "DELETED", call.now
    document.paid -= payment.amount
    settle(call.books, document, call.now)
    call.books.ledger.remove(payment.id, backwards=True)


def paid_document(books: Books, payment: Payment) -> Document:
    """The document that a payment stands against."""
    return next(books.of_kind(kind)[payment.document] for kind in _TARGETS if payment.document in books.of_kind(kind))


def payment_out(books: Books, payment: Payment) -> Element:
    """A payment as the API shows it, with its document as it now stands."""
    document = paid_document(books, payment)
    return {
        "PaymentID": payment.id,
        "Date": day_out(payment.date),
        "BankAmount": payment.amount,
        "Amount": payment.amount,
        "Reference": payment.reference,
        "CurrencyRate": ONE,
        "PaymentType": payment.type,
        "Status": payment.status,
        "UpdatedDateUTC": moment_out(payment.updated),
        "UpdatedDateUTCString": moment_text(payment.updated),
        "HasAccount": True,
        "IsReconciled": payment.reconciled,
        **present({"BatchPaymentID": payment.batch}),
        **payment.details,
        "Account": account_brief(books.accounts[payment.account]),
        document.kind: nested_document(books, document),
        "HasValidationErrors": False,
    }


def _target(books: Books, sent: Element, findings: Findings) -> Document | None:
    named = [(kind, sent[kind]) for kind in _TARGETS if isinstance(sent.get(kind), dict)]
    for kind, field in (("Invoice", "InvoiceNumber"), ("CreditNote", "CreditNoteNumber")):
        if sent.get(field) and not named:
            named.append((kind, {field: sent[field]}))
    if len(named) != 1:
        findings.add("A payment needs exactly one of Invoice, CreditNote, Prepayment and Overpayment")
        return None
    kind, reference = named[0]
    found = _document(books, kind, reference)
    if found is None:
        findings.add(f"The {kind} to be paid could not be found")
    return found


def _document(books: Books, kind: str, reference: Element) -> Document | None:
    key = text_of(reference.get(ID_FIELD[kind]))
    if key:
        return books.of_kind(kind).get(key.lower())
    shape: Shape | None = {"Invoice": INVOICE, "CreditNote": CREDIT_NOTE}.get(kind)
    number = text_of(reference.get(f"{kind}Number"))
    return find_document(books, shape, number) if shape and number else None


def _account(books: Books, sent: Element, findings: Findings) -> Account | None:
    reference = sent.get("Account") or ({"Code": sent["Code"]} if sent.get("Code") else None)
    found = find_account(books, reference)
    if found is None or found.status != "ACTIVE" or not (found.type == "BANK" or found.payments):
        findings.add("Account must be valid.")
    return found


def _check(books: Books, document: Document | None, amount: Decimal, on: date, findings: Findings) -> None:
    if amount <= 0:
        findings.add("Payment amount must be greater than zero")
    check_lock(books, on, findings)
    if document is None:
        return
    if document.status not in ("AUTHORISED", "PAID"):
        findings.add("Payments can only be made against Authorised documents")
    elif amount > document.open:
        findings.add("Payment amount exceeds the amount outstanding on this document")


def _known(call: Call, key: str) -> Payment:
    found = call.books.payments.get(key.lower())
    if found is None:
        raise Unknown
    return found


def _faults(problem: Invalid) -> Element:
    return {"HasValidationErrors": True, "ValidationErrors": problem.errors()}


def _echo(sent: Element, problem: Invalid) -> Element:
    row: Element = {"PaymentID": NO_ID, "Reference": text_of(sent.get("Reference"))}
    row |= present({"Amount": number_or_none(sent.get("Amount"))})
    if isinstance(sent.get("Account"), dict):
        row["Account"] = present({name: text_of(sent["Account"].get(name)) for name in ("AccountID", "Code")})
    for kind in _TARGETS:
        if isinstance(sent.get(kind), dict):
            key = text_of(sent[kind].get(ID_FIELD[kind]))
            row[kind] = {**({ID_FIELD[kind]: key} if is_guid(key) else {}), "LineItems": []}
    return {**row, **_faults(problem)}


def _fields(books: Books) -> Fields[Payment]:
    return {
        "PaymentID": lambda payment: payment.id,
        "PaymentType": lambda payment: payment.type,
        "Status": lambda payment: payment.status,
        "Date": lambda payment: payment.date,
        "Amount": lambda payment: payment.amount,
        "Reference": lambda payment: payment.reference or None,
        "IsReconciled": lambda payment: payment.reconciled,
        "Account.AccountID": lambda payment: payment.account,
        "Account.Code": lambda payment: books.accounts[payment.account].code or None,
        "Invoice.InvoiceID": _of_kind("Invoice", books),
        "Invoice.InvoiceNumber": lambda payment: paid_document(books, payment).number or None,
        "CreditNote.CreditNoteID": _of_kind("CreditNote", books),
        "Prepayment.PrepaymentID": _of_kind("Prepayment", books),
        "Overpayment.OverpaymentID": _of_kind("Overpayment", books),
        "BatchPaymentID": lambda payment: payment.batch or None,
        "UpdatedDateUTC": lambda payment: payment.updated,
    }


def _of_kind(kind: str, books: Books) -> Callable[[Payment], str | None]:
    return lambda payment: payment.document if payment.document in books.of_kind(kind) else None
