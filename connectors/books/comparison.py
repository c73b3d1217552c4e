"""What comparing both sides gives: sums by day and overall, every difference, and what was left out and why.

PURE data. Money is in the practice's currency, in whole cents; nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from engine.core.money import ZERO

ItemKind = Literal["only in sales", "only in ledger", "differs"]
Value = Decimal | date | str | int | None


@dataclass(frozen=True, slots=True)
class Side:
    """Counts and sums of one side: invoices net of discounts and credit notes, payments net of money paid back."""

    invoices: int = 0
    invoiced: Decimal = ZERO
    payments: int = 0
    paid: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Day:
    """Both sides of one day: invoices by their own date, payments by theirs."""

    day: date
    sales: Side
    ledger: Side


@dataclass(frozen=True, slots=True)
class Item:
    """One difference, about `invoice 1001` or `payment 9001`; `money` is its absolute amount.

    Something that is on one side only carries everything that hangs on it: a missing invoice is one item,
    its missing payments are part of it. A date that differs has no money in it.
    """

    kind: ItemKind
    about: str
    number: str
    field: str
    sales: Value
    ledger: Value
    money: Decimal


@dataclass(frozen=True, slots=True)
class Outside:
    """What was not compared, and why; `amount` is the sum that stays out of both sides."""

    about: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of a period; `waiting` are invoices whose document a person has yet to approve.

    `not_ours` counts documents in the ledger whose number no sale made: a person's own.
    """

    first: date
    last: date
    sales: Side
    ledger: Side
    days: tuple[Day, ...]
    items: tuple[Item, ...]
    outside: tuple[Outside, ...]
    waiting: tuple[str, ...]
    not_ours: int

    @property
    def difference(self) -> Decimal:
        """The sum of the absolute differences."""
        return sum((item.money for item in self.items), ZERO)

    @property
    def agrees(self) -> bool:
        """Nothing differs, not even a date."""
        return not self.items
