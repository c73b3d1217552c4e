"""Counts and sums of both sides, overall and by day.

PURE. A sum without a day lies in no period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from connectors.books.comparison import Day, Side
from connectors.books.expected import Move
from connectors.books.money import shown_sum
from connectors.books.period import Period
from engine.core.money import ZERO, total

Sum = tuple[date | None, Decimal]


def pays(move: Move) -> bool:
    """Whether a movement is a payer's money: fees and surcharges are none."""
    return shown_sum([move]) != ZERO


def days_of(
    period: Period, sold: Sequence[Sum], posted: Sequence[Sum], paid: Sequence[Sum], banked: Sequence[Sum]
) -> Iterator[Day]:
    """Both sides of each day of the period that has anything."""
    by_day = [_by_day(period, sums) for sums in (sold, posted, paid, banked)]
    for day in sorted({day for sums in by_day for day in sums}):
        sold_on, posted_on, paid_on, banked_on = (sums.get(day, []) for sums in by_day)
        yield Day(day, side_of(sold_on, paid_on), side_of(posted_on, banked_on))


def _by_day(period: Period, sums: Iterable[Sum]) -> dict[date, list[Sum]]:
    found: dict[date, list[Sum]] = {}
    for day, amount in sums:
        if day is not None and period.holds(day):
            found.setdefault(day, []).append((day, amount))
    return found


def side_of(invoices: Sequence[Sum], payments: Sequence[Sum]) -> Side:
    """Counts and sums of one side."""
    return Side(
        len(invoices),
        total([amount for _, amount in invoices]),
        len(payments),
        total([amount for _, amount in payments]),
    )
