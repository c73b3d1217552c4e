"""How things stand at Xero after a stage: states of documents, their number, balances of accounts.

Looks at the sandbox's own books; what was written on the way is for `documents`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.xero.sandbox.state import Books, Document
from engine.compose.cases.form import Stage
from engine.compose.cases.matching import Handles, shown
from engine.core.money import decimal

Json = Any


def ending(wanted: Mapping[str, Decimal], books: Sequence[Books]) -> tuple[str, ...]:
    """What differs between the balances at the end and those expected, over all accounts."""
    return tuple(balance_faults("at the end, the balance of", wanted, balances(books), whole=True))


def balances(books: Sequence[Books]) -> dict[str, Decimal]:
    """The balance of each account over all organisations, debit positive; none at zero."""
    found: dict[str, Decimal] = {}
    for one in books:
        for account, amount in one.ledger.balances().items():
            found[account] = found.get(account, Decimal(0)) + amount
    return {account: amount for account, amount in found.items() if amount}


def after(stage: Stage, handles: Handles, books: Sequence[Books]) -> Iterator[str]:
    """Documents whose state is not as expected."""
    for name, wanted in stage.after.items():
        found = document_named(name, handles, books)
        if found is None:
            yield f"after: there is no document {name}"
            continue
        actual = _state(found)
        for field, value in wanted.items():
            same = value == actual[field] if field == "Status" else decimal(value) == actual[field]
            if not same:
                yield f"after: {name} {field}: expected {value}, was {shown(actual[field])}"


def document_named(name: str, handles: Handles, books: Sequence[Books]) -> Document | None:
    """The document of a number or handle; a number of several organisations means the newest."""
    ids = handles.bound.get(name, frozenset())
    kinds = ("Overpayment", "Prepayment", "Invoice", "CreditNote", "BankTransaction")
    all_of = [document for kind in kinds for one in books for document in one.of_kind(kind).values()]
    numbered = [document for document in all_of if document.number == name]
    if numbered and not ids:
        return max(numbered, key=lambda document: (document.status not in ("VOIDED", "DELETED"), document.updated))
    ids = ids or handles.ids(name)
    return next((document for document in all_of if document.id in ids), None)


def _state(document: Document) -> dict[str, Json]:
    return {
        "Status": document.status,
        "Total": document.totals.gross,
        "AmountPaid": document.paid,
        "AmountCredited": document.credited,
        "AmountDue": document.open,
        "RemainingCredit": document.open,
    }


def counts(stage: Stage, books: Sequence[Books]) -> Iterator[str]:
    """Kinds of which Xero holds another number, voided and deleted ones included."""
    for name, wanted in stage.counts.items():
        actual = sum(_count_of(name, one) for one in books)
        if wanted != actual:
            yield f"{name} in Xero: expected {wanted}, was {actual}"


def _count_of(name: str, books: Books) -> int:
    if name == "contacts":
        return len(books.contacts)
    if name == "payments":
        return len(books.payments)
    kinds = {"invoices": "Invoice", "credit_notes": "CreditNote", "bank_transactions": "BankTransaction"}
    return len(books.of_kind(kinds[name]))


def balance_faults(
    what: str, wanted: Mapping[str, Decimal], actual: Mapping[str, Decimal], *, whole: bool
) -> Iterator[str]:
    """Accounts whose balance differs; with `whole`, an account that is not named has to be at zero."""
    for account in sorted({*wanted, *(actual if whole else ())}):
        expected, is_now = wanted.get(account, Decimal(0)), actual.get(account, Decimal(0))
        if expected != is_now:
            yield f"{what} {account}: expected {expected:.2f}, was {is_now:.2f}"
