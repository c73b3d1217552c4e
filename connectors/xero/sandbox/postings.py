"""Which ledger entries a document, a payment or an allocation causes.

Builds entries and hands them to the ledger; changes nothing else. Source: accounting cases section 1 and R10.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from .arithmetic import CENT, ZERO
from .ledger import Entry
from .state import Account, Allocation, Books, Document, Payment

# The side that the control or bank account of these types stands on is the debit side.
_DEBIT_FIRST = ("ACCREC", "ACCPAYCREDIT", "RECEIVE", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT")
_LAST = ("RECEIVE",)  # told lines first in the cases, as SPEND is


def post_document(books: Books, document: Document) -> None:
    """Make the ledger show a document as it now stands; drafts and ended ones have no entries."""
    if document.status in ("AUTHORISED", "PAID"):
        books.ledger.post(document.id, document.date, _document_entries(books, document), document.contact)
    else:
        books.ledger.remove(document.id)


def post_payment(books: Books, payment: Payment, document: Document) -> None:
    """Money in or out against the account that the document stands on."""
    bank = account_name(books.accounts[payment.account])
    sign = 1 if document.type in ("ACCREC", "ACCPAYCREDIT") or document.type.startswith("SPEND") else -1
    money = Entry(bank, sign * payment.amount)
    others = _standing_on(books, document, -sign * payment.amount)
    books.ledger.post(payment.id, payment.date, [money, *others] if sign > 0 else [*others, money])


def post_allocation(books: Books, allocation: Allocation, credit: Document) -> None:
    """Move a prepayment to the receivable or payable; credits that already stand there move nothing."""
    if credit.kind != "Prepayment":
        return
    control = account_name(books.system_account("DEBTORS" if credit.sales else "CREDITORS"))
    sign = 1 if credit.sales else -1
    moved = _standing_on(books, credit, sign * allocation.amount)
    other = Entry(control, -sign * allocation.amount)
    books.ledger.post(allocation.id, allocation.date, [*moved, other] if sign > 0 else [other, *moved])


def account_name(account: Account) -> str:
    """How the ledger names an account: its code, or its id when it has none."""
    return account.code or account.id


def _document_entries(books: Books, document: Document) -> list[Entry]:
    incoming = document.type in _DEBIT_FIRST
    sign = -1 if incoming else 1
    parts = [Entry(account, sign * amount) for account, amount in _parts(books, document)]
    main = Entry(_main_account(books, document), -sign * document.totals.gross)
    return [main, *parts] if incoming and document.type not in _LAST else [*parts, main]


def _main_account(books: Books, document: Document) -> str:
    if document.kind == "BankTransaction":
        return account_name(books.accounts[document.bank])
    return account_name(books.system_account("DEBTORS" if document.sales else "CREDITORS"))


def _parts(books: Books, document: Document) -> list[tuple[str, Decimal]]:
    """(account, net amount) of each line, then the tax in one sum."""
    inclusive = document.amounts == "Inclusive"
    parts = [
        (account_name(books.accounts[line.account]), line.amount - line.tax if inclusive else line.amount)
        for line in document.lines
        if line.account
    ]
    if document.totals.tax:
        parts.append((account_name(books.system_account("GST")), document.totals.tax))
    return parts


def _standing_on(books: Books, document: Document, amount: Decimal) -> list[Entry]:
    if document.kind != "Prepayment":
        return [Entry(account_name(books.system_account("DEBTORS" if document.sales else "CREDITORS")), amount)]
    parts = _parts(books, document)
    shares = _split(amount, [part for _, part in parts])
    return [Entry(account, share) for (account, _), share in zip(parts, shares, strict=True)]


def _split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Shares of an amount by weight, in cents, adding up exactly (largest remainder, the earlier wins)."""
    whole = sum(weights, ZERO)
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(CENT, rounding=ROUND_DOWN) for share in exact]
    missing = amount - sum(shares, ZERO)
    step = CENT if missing > 0 else -CENT
    order = sorted(range(len(shares)), key=lambda index: (-abs(exact[index] - shares[index]), index))
    for index in order[: int(abs(missing) / CENT)]:
        shares[index] += step
    return shares
