"""Bank transactions: spend and receive money, and the birth of prepayments and overpayments.

Source: Xero fact sheet 8.9.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.sdk.sandbox import Answer

from .accounts import find_account
from .arithmetic import Totals, totals
from .call import Call
from .contact_reference import find_contact, use_contact
from .document_views import document_fields, document_out
from .echoes import document_echo
from .lines import LineRules, read_lines, with_ids
from .locks import check_lock
from .paging import select
from .postings import post_document
from .problems import Findings, Invalid, Unknown
from .state import Account, Books, Document
from .wire import read_day, text_of
from .writing import Element, write_many, write_one

Json = Any

_PLAIN = ("SPEND", "RECEIVE")
_CREDITS = ("SPEND-OVERPAYMENT", "RECEIVE-OVERPAYMENT", "SPEND-PREPAYMENT", "RECEIVE-PREPAYMENT")
_NOT_NOW = "This Bank Transaction cannot be edited as it is not of a valid status or type for modification"


def list_bank_transactions(call: Call) -> Answer:
    """GET /BankTransactions; line items only with `page`."""
    documents = call.books.of_kind("BankTransaction").values()
    page = select(call, documents, document_fields(call.books, "BankTransaction"))
    rows = [document_out(call.books, document, lines=page.full, places=call.places) for document in page.rows]
    return call.envelope("BankTransactions", rows, page.pagination)


def get_bank_transaction(call: Call, key: str) -> Answer:
    """GET /BankTransactions/{BankTransactionID}."""
    return call.envelope("BankTransactions", [document_out(call.books, _known(call, key), places=call.places)])


def create_bank_transactions(call: Call) -> Answer:
    """PUT /BankTransactions: create only."""
    return write_many(call, "BankTransactions", lambda sent: _saved(call, sent, None), _echo)


def save_bank_transactions(call: Call) -> Answer:
    """POST /BankTransactions: changes the one with the sent id, else creates."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        key = text_of(sent.get("BankTransactionID"))
        standing = call.books.of_kind("BankTransaction").get(key.lower()) if key else None
        if key and standing is None:
            raise Invalid("The Bank Transaction with the specified BankTransactionID could not be found")
        return _saved(call, sent, standing)

    return write_many(call, "BankTransactions", save, _echo)


def update_bank_transaction(call: Call, key: str) -> Answer:
    """POST /BankTransactions/{BankTransactionID}: change, or Status DELETED."""
    standing = _known(call, key)
    return write_one(call, "BankTransactions", lambda sent: _saved(call, sent, standing), _echo)


def _saved(call: Call, sent: Element, standing: Document | None) -> tuple[Element, list[str]]:
    made = _end(call, standing) if standing and sent.get("Status") == "DELETED" else _kept(call, sent, standing)
    return document_out(call.books, made, places=call.places), []


def _end(call: Call, document: Document) -> Document:
    findings = Findings()
    if document.type not in _PLAIN or document.status == "DELETED":
        findings.add(_NOT_NOW)
    check_lock(call.books, document.date, findings)
    findings.settle()
    document.status, document.updated = "DELETED", call.now
    post_document(call.books, document)
    return document


def _kept(call: Call, sent: Element, standing: Document | None) -> Document:
    findings = Findings()
    if standing is not None and (standing.type not in _PLAIN or standing.status == "DELETED"):
        raise Invalid(_NOT_NOW)
    made = replace(standing) if standing else _blank(call, sent, findings)
    _read(call, sent, made, standing, findings)
    names_contact = standing is None or bool(sent.get("Contact"))
    contact = find_contact(call, sent.get("Contact"), findings, same_as=made.contact) if names_contact else None
    check_lock(call.books, made.date, findings)
    if standing is not None:
        check_lock(call.books, standing.date, findings)
    findings.settle()
    if names_contact:
        made.contact = use_contact(call, sent.get("Contact"), contact, sales=made.sales).id
    return _store(call, made)


def _blank(call: Call, sent: Element, findings: Findings) -> Document:
    kind = text_of(sent.get("Type"))
    if kind not in (*_PLAIN, *_CREDITS):
        findings.add("Bank Transaction not of valid type for creation")
        kind = "RECEIVE"
    if text_of(sent.get("Status")) not in ("", "AUTHORISED"):
        findings.add("Bank Transaction not of valid status for creation")
    amounts = "NoTax" if kind.endswith("OVERPAYMENT") else "Inclusive"
    return Document(
        "", "BankTransaction", kind, "", call.today, "AUTHORISED", amounts, (), Totals(),
        call.books.organisation.fields["BaseCurrency"], call.now, call.app,
    )  # fmt: skip


def _read(call: Call, sent: Element, made: Document, standing: Document | None, findings: Findings) -> None:
    made.date = read_day(sent.get("Date")) or made.date
    if made.type in _PLAIN and sent.get("Reference") is not None:
        made.reference = text_of(sent["Reference"])
    made.url = text_of(sent.get("Url")) or made.url
    made.currency = text_of(sent.get("CurrencyCode")) or made.currency
    made.reconciled = sent.get("IsReconciled", made.reconciled) is True
    made.amounts = text_of(sent.get("LineAmountTypes")) or made.amounts
    if made.amounts not in ("Exclusive", "Inclusive", "NoTax"):
        findings.add("LineAmountTypes is not valid")
        made.amounts = "Inclusive"
    if made.currency not in call.books.organisation.currencies:
        findings.add(f"Organisation is not subscribed to currency {made.currency}")
    if standing is None or sent.get("BankAccount"):
        bank = _bank(call.books, sent, findings)
        made.bank = bank.id if bank else made.bank
    if standing is None or sent.get("LineItems") is not None or made.amounts != standing.amounts:
        _read_lines(call, sent, made, standing, findings)


def _read_lines(call: Call, sent: Element, made: Document, standing: Document | None, findings: Findings) -> None:
    overpayment = made.type.endswith("OVERPAYMENT")
    control = ("DEBTORS" if made.sales else "CREDITORS") if overpayment else ""
    rules = LineRules(made.amounts, approved=True, exact_tax=True, bank=True, control=control)
    rows = sent.get("LineItems")
    if rows is None and standing is not None:
        rows = document_out(call.books, standing, places=4)["LineItems"]
        rows = [{name: row[name] for name in row if name != "TaxAmount"} for row in rows]
    made.lines = read_lines(call, rows, standing.lines if standing else (), rules, findings)
    if not made.lines:
        findings.add("One or more line items must be specified")
    if overpayment and (len(made.lines) != 1 or made.amounts != "NoTax"):
        findings.add("An overpayment needs exactly one line item and LineAmountTypes NoTax")
    made.totals = totals(((line.amount, line.tax) for line in made.lines), made.amounts)
    if made.lines and made.totals.gross <= 0 and not findings.messages:
        findings.add("The total of the bank transaction must be greater than zero")


def _store(call: Call, made: Document) -> Document:
    books = call.books
    made.id = made.id or books.ids.next()
    made.lines = with_ids(made.lines, books.ids)
    made.updated = call.now
    if made.type in _CREDITS:
        kind = "Prepayment" if made.type.endswith("PREPAYMENT") else "Overpayment"
        credit = replace(made, id=books.ids.next(), kind=kind)
        made.credit = credit.id
        books.of_kind(kind)[credit.id] = credit
    books.of_kind("BankTransaction")[made.id] = made
    post_document(books, made)
    return made


def _bank(books: Books, sent: Element, findings: Findings) -> Account | None:
    found = find_account(books, sent.get("BankAccount"))
    if found is None or found.type != "BANK":
        findings.add("Account must be valid.")
        return None
    if found.status != "ACTIVE":
        findings.add("Account code has been archived or deleted")
    return found


def _known(call: Call, key: str) -> Document:
    found = call.books.of_kind("BankTransaction").get(key.lower())
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    row = document_echo("BankTransaction", sent, problem, (*_PLAIN, *_CREDITS))
    del row["HasErrors"]
    row.setdefault("Type", "RECEIVE")
    bank = sent.get("BankAccount")
    names = {name: text_of(bank.get(name)) for name in ("AccountID", "Code")} if isinstance(bank, dict) else {}
    return {**row, "BankAccount": {name: value for name, value in names.items() if value}}
