"""What the ledger shows of one sale, in the same words as `expected`: fees, discounts, write-offs, movements of money.

PURE. Documents belong to a sale by their number (R3), money to a receipt by the id at the start of its reference or
in the text of an over- or prepayment; nothing is taken from what Daybook remembers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.books.expected import Fee, Move, Role
from engine.core.money import ZERO, total
from engine.sdk.capabilities import LedgerDocument, LedgerMoney, LedgerPayment

_NUMBER = re.compile(r"HX-(?!PT-|P-|O-|SUM-)(?P<sale>\S+?)(?:-(?P<suffix>A|R|CN|WO|RND)(?P<n>\d+))?")
_RECEIPT = re.compile(r"HX-PT-(?P<id>[^\s/(,]+)")
_TRUE_DATE = re.compile(r"/ dated (\d{4}-\d{2}-\d{2})")
_DISCOUNT = re.compile(r"HX-PT-\S+ (?!rounding|to deposit)")
_ROLES: tuple[tuple[str, Role], ...] = (
    ("chargeback fee", "dispute"),
    ("reversed (out)", "reversal"),
    (" surcharge", "surcharge"),
    (" fee", "fee"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The documents of one sale: the live ones, and those that a person or program ended."""

    sale: str
    documents: tuple[LedgerDocument, ...] = ()
    gone: tuple[LedgerDocument, ...] = ()

    @property
    def first(self) -> LedgerDocument | None:
        """The sale's own document: the first, or the re-issue that stands for it."""
        mains = [document for document in self.documents if suffix_of(document) in ("", "R")]
        return min(mains, key=lambda document: (suffix_of(document) != "", document.number), default=None)

    @property
    def newest(self) -> LedgerDocument | None:
        """The document that the present payer got: the last re-issue, else the first."""
        mains = [document for document in self.documents if suffix_of(document) in ("", "R")]
        return max(mains, key=lambda document: (suffix_of(document) != "", document.number), default=None)

    @property
    def day(self) -> date | None:
        """The date of the first document, or the true one where a lock moved it."""
        return None if self.first is None else true_day(self.first.date, self.first.reference)

    @property
    def waits(self) -> bool:
        """A document has yet to be approved, so that no payment can stand on it."""
        return any(document.status in ("draft", "submitted") for document in self.documents)

    @property
    def gross(self) -> Decimal:
        """Fees asked for, less those taken back; discounts, write-offs and rounding are told apart."""
        return total([_sign(document) * document.total for document in self._of_fees])

    @property
    def tax(self) -> Decimal:
        """The tax in them."""
        return total([_sign(document) * document.tax for document in self._of_fees])

    @property
    def fees(self) -> tuple[Fee, ...]:
        """The lines, by account and tax; negative where a credit note takes them back."""
        signed = ((_sign(document), line) for document in self._of_fees for line in document.lines)
        return tuple(Fee(line.account, line.tax_type, sign * line.amount, sign * line.tax) for sign, line in signed)

    @property
    def off(self) -> Decimal:
        """Discounts that stand as credit notes."""
        return total([document.total for document in self.documents if is_discount(document)])

    @property
    def off_tax(self) -> Decimal:
        """The tax in them."""
        return total([document.tax for document in self.documents if is_discount(document)])

    @property
    def given_up(self) -> Decimal:
        """Write-offs."""
        return total([document.total for document in self.documents if suffix_of(document) == "WO"])

    @property
    def rounded(self) -> Decimal:
        """Cents that cash was rounded down by (R28)."""
        return total([document.total for document in self.documents if suffix_of(document) == "RND"])

    @property
    def due(self) -> Decimal:
        """What the invoices still owe."""
        return total([document.due for document in self.documents if document.kind == "invoice"])

    @property
    def left(self) -> Decimal:
        """What is left of the credit notes."""
        return total([document.due for document in self.documents if document.kind == "credit note"])

    @property
    def carries(self) -> bool:
        """Whether anything in it counts."""
        return self.gross != ZERO or self.off != ZERO or any(document.payments for document in self.documents)

    def moves(self) -> Iterator[Move]:
        """The payments on its documents; money on a credit note was paid back."""
        for document in self.documents:
            for payment in document.payments:
                yield _payment(payment, _sign(document), self.sale)

    @property
    def _of_fees(self) -> tuple[LedgerDocument, ...]:
        kept = (document for document in self.documents if suffix_of(document) not in ("WO", "RND"))
        return tuple(document for document in kept if not is_discount(document))


def families(documents: Iterable[LedgerDocument]) -> dict[str, Shown]:
    """The documents by the id of their sale; those of another making are left out."""
    live: dict[str, list[LedgerDocument]] = {}
    gone: dict[str, list[LedgerDocument]] = {}
    for document in sorted(documents, key=lambda each: (each.number, each.id)):
        if (sale := sale_of(document)) is not None:
            (gone if document.status == "gone" else live).setdefault(sale, []).append(document)
    return {sale: Shown(sale, tuple(live.get(sale, ())), tuple(gone.get(sale, ()))) for sale in {*live, *gone}}


def sale_of(document: LedgerDocument) -> str | None:
    """The id of the sale that made this document, None for a person's own."""
    found = _NUMBER.fullmatch(document.number)
    return found["sale"] if found else None


def suffix_of(document: LedgerDocument) -> str:
    """What the number adds to the sale's: A, R, CN, WO or RND; empty for the first document."""
    found = _NUMBER.fullmatch(document.number)
    return (found["suffix"] or "") if found else ""


def is_discount(document: LedgerDocument) -> bool:
    """A credit note that stands for a discount among the payments: it names the receipt (R8)."""
    return suffix_of(document) == "CN" and _DISCOUNT.match(document.reference) is not None


def receipt_in(text: str) -> str:
    """The id of the receipt that a reference or text names; empty for none."""
    found = _RECEIPT.search(text)
    return found["id"] if found else ""


def true_day(day: date, text: str) -> date:
    """The day that a document would have but for a locked period (R19)."""
    found = _TRUE_DATE.search(text)
    return date.fromisoformat(found[1]) if found else day


def moves_of(money: LedgerMoney) -> tuple[Move, ...]:
    """Money beside payments, and what was paid back out of it."""
    role: Role = "money"
    if money.kind in ("received", "spent"):
        role = next((known for ending, known in _ROLES if money.text.endswith(ending)), "money")
    sign = -1 if money.kind == "spent" else 1
    day = true_day(money.date, money.text)
    came = Move(receipt_in(money.text), role, day, money.account, sign * money.total, id=money.id)
    return (came, *(_payment(payment, Decimal(-1), "") for payment in money.refunds))


def _payment(payment: LedgerPayment, sign: Decimal, sale: str) -> Move:
    day = true_day(payment.date, payment.reference)
    receipt = receipt_in(payment.reference) if payment.reference.startswith("HX-PT-") else ""
    return Move(receipt, "money", day, payment.account, sign * payment.amount, sale, payment.id)


def _sign(document: LedgerDocument) -> Decimal:
    return Decimal(-1) if document.kind == "credit note" else Decimal(1)
