"""The ledger documents of one sale, told by their numbers: `HX-1001`, `HX-1001-A1`, `HX-1001-CN1`, ...

PURE. Adds them up as the posting rules mean them (accounting cases, R3); compares nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.core.money import total
from engine.sdk.capabilities import LedgerDocument, LedgerPayment

_NUMBER = re.compile(r"HX-(?!PT-)(?P<sale>\S+?)(?:-(?P<suffix>A|R|CN|WO|RND)\d+)?")
_PAYMENT = re.compile(r"HX-PT-(?P<id>[^\s/]+)")

# Write-offs and cash rounding settle an invoice without changing what was sold.
_SETTLING = ("WO", "RND")


@dataclass(frozen=True, slots=True)
class Family:
    """The live documents of one sale."""

    sale: str
    documents: tuple[LedgerDocument, ...]

    @property
    def net(self) -> Decimal:
        """What was sold: invoices, additions and re-issues less credit notes."""
        return total([_sign(document) * document.total for document in self._selling])

    @property
    def tax(self) -> Decimal:
        """The tax in it."""
        return total([_sign(document) * document.tax for document in self._selling])

    @property
    def date(self) -> date | None:
        """The date of the first document; None where only corrections are left."""
        first = [document for document in self.documents if _suffix(document) == ""]
        return first[0].date if first else None

    @property
    def waits(self) -> bool:
        """A document has yet to be approved, so payments cannot be there."""
        return any(document.status in ("draft", "submitted") for document in self.documents)

    def payments(self) -> tuple[tuple[LedgerPayment, Decimal], ...]:
        """Every payment with its direction: money on a credit note was paid back."""
        return tuple(
            (payment, _sign(document) * payment.amount) for document in self.documents for payment in document.payments
        )

    @property
    def _selling(self) -> tuple[LedgerDocument, ...]:
        return tuple(document for document in self.documents if _suffix(document) not in _SETTLING)


def families(documents: Iterable[LedgerDocument]) -> dict[str, Family]:
    """The live documents by the id of their sale; documents of another making are left out."""
    grouped: dict[str, list[LedgerDocument]] = {}
    for document in documents:
        sale = sale_of(document)
        if sale is not None and document.status != "gone":
            grouped.setdefault(sale, []).append(document)
    return {sale: Family(sale, tuple(group)) for sale, group in grouped.items()}


def sale_of(document: LedgerDocument) -> str | None:
    """The id of the sale that made this document, None for a person's own."""
    found = _NUMBER.fullmatch(document.number)
    return found["sale"] if found else None


def payment_source(payment: LedgerPayment) -> str | None:
    """The source id at the start of the reference (`HX-PT-9001 EFTPOS` gives 9001), None without one."""
    found = _PAYMENT.match(payment.reference)
    return found["id"] if found else None


def is_first(document: LedgerDocument) -> bool:
    """It is the sale's own document, not a correction of one."""
    return sale_of(document) is not None and _suffix(document) == ""


def _suffix(document: LedgerDocument) -> str:
    found = _NUMBER.fullmatch(document.number)
    return (found["suffix"] or "") if found else ""


def _sign(document: LedgerDocument) -> Decimal:
    return Decimal(-1) if document.kind == "credit note" else Decimal(1)
