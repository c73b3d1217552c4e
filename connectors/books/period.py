"""The days and what else a comparison is given; which sales it judges, and why others have no place in the books.

PURE data and predicates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.books.shown import Shown
from connectors.books.terms import Terms, is_opening
from engine.core.money import ZERO
from engine.sdk.capabilities import LedgerBooks, Noted, OpenHold, SalesBooks
from engine.sdk.records import Sale

Json = Any


@dataclass(frozen=True, slots=True)
class Sides:
    """What was read: both sides, and what the engine remembers."""

    sales: SalesBooks
    ledger: LedgerBooks
    written: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    holds: tuple[OpenHold, ...] = ()
    noted: Mapping[str, Noted] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are compared, both included; later sales are not posted yet."""

    first: date
    last: date
    today: date

    def holds(self, day: date | None) -> bool:
        """The day lies in the period."""
        return day is not None and self.first <= day <= self.last


def why_outside(sale: Sale, shown: Shown, terms: Terms, period: Period) -> str:
    """Why nothing of this sale should stand in the ledger (R1, R26); empty when it should."""
    if sale.kind == "quote":
        return "a quote"
    if sale.deleted:
        return "deleted"
    if sale.date > period.today:
        return "dated in the future"
    if is_opening(sale, terms) and not _came_over(sale, terms) and not shown.documents:
        return "settled before the start date"
    # A fee that was cancelled after posting leaves documents that cancel each other: they are compared.
    given_up = sale.status == "write-off" or any(line.status == "write-off" for line in sale.lines)
    if shown.documents or sale.totals.gross != ZERO:
        return ""
    return "written off before it was posted" if given_up else "of no value"


def _came_over(sale: Sale, terms: Terms) -> bool:
    return sale.totals.balance != ZERO or any(item.date >= terms.start for item in sale.payments)
