"""Clearing accounts whose money has not all gone to the bank, and payments that may have been recorded twice.

PURE. Halaxy's API tells no payouts, so none of this is a difference between both sides: it is what to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from connectors.books.comparison import Clearing, Suspected
from connectors.books.judging import Case
from connectors.books.period import Period, Sides
from connectors.books.shown import families, moves_of
from engine.core.money import ZERO, total

# Card money reaches the bank within a few days; what is older should have been paid out.
PAID_OUT_AFTER_DAYS = 5
Sum = tuple[date, Decimal]


def clearing(sides: Sides, period: Period) -> tuple[Clearing, ...]:
    """Accounts from which money is moved on, and whose balance is not that of the last days.

    Only accounts that were ever paid out in what was read: one that never is, such as a till that is banked by hand,
    would be told every day.
    """
    came = _came(sides, period)
    found = []
    for account in sorted({move.source for move in sides.ledger.transfers}):
        went = [(move.date, move.amount) for move in sides.ledger.transfers if move.source == account]
        back = [(move.date, -move.amount) for move in sides.ledger.transfers if move.target == account]
        out = total([amount for day, amount in (*went, *back) if day <= period.last])
        received = sorted(came.get(account, ()))
        row = Clearing(account, total([amount for _, amount in received]), out, *_oldest(received, out, period.last))
        if row.days > PAID_OUT_AFTER_DAYS or row.left < ZERO:
            found.append(row)
    return tuple(found)


def _came(sides: Sides, period: Period) -> dict[str, list[Sum]]:
    payments = [move for shown in families(sides.ledger.documents).values() for move in shown.moves()]
    beside = [move for money in sides.ledger.money for move in moves_of(money)]
    found: dict[str, list[Sum]] = {}
    for move in (*payments, *beside):
        if move.account is not None and move.day is not None and move.day <= period.last:
            found.setdefault(move.account, []).append((move.day, move.amount))
    return found


def _oldest(received: Sequence[Sum], out: Decimal, last: date) -> tuple[date | None, int]:
    """The day of the oldest money that is left when what went out is set against the oldest first."""
    left = out
    for day, amount in received:
        left -= amount
        if left < ZERO:
            return day, (last - day).days
    return None, 0


def suspected(cases: Iterable[Case]) -> tuple[Suspected, ...]:
    """Two payments of the same sum, method and day on one invoice: both are in Halaxy, perhaps by mistake."""
    found = []
    for case in cases:
        money = [item for item in case.wanted.sale.payments if item.kind == "payment"]
        ordered = sorted(money, key=lambda item: (item.date, item.amount, item.method, item.id))
        for one, two in pairwise(ordered):
            if (one.date, one.amount, one.method) == (two.date, two.amount, two.method):
                about = f"invoice {case.shown.sale}"
                found.append(Suspected(about, f"payments {one.id} and {two.id} are alike", one.amount))
    return tuple(found)
