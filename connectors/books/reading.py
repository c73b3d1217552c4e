"""Reading both sides for a comparison, so far back that each sale has all its documents.

No network of its own: the capabilities read. A side is read whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from connectors.books.period import Period, Sides
from connectors.books.shown import families
from connectors.books.terms import Terms
from engine.errors import NoAnswer, NotSent, SignInNeeded, UserError
from engine.sdk.capabilities import Ledger, LedgerBooks, Memory, SalesBooks, SalesSource

T = TypeVar("T")
Whole = TypeVar("Whole", SalesBooks, LedgerBooks)
_LIMIT = "rate-limited"
# Why a vendor's side cannot be read (ValueError: its answer was none); anything else is a bug and stays one.
_UNREADABLE = (NotSent, NoAnswer, SignInNeeded, UserError, ValueError)


class LimitReached(Exception):
    """A side is fine, but its limit of calls is used up for now; `seconds` until it may be asked again."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("a limit of calls is used up")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a side could not be read."""

    side: str
    why: str


@dataclass(frozen=True, slots=True)
class Sources:
    """Who can be asked."""

    sales: SalesSource | None
    ledger: Ledger | None
    memory: Memory | None = None


def read_sides(sources: Sources, terms: Terms, period: Period) -> Sides | tuple[Unreadable, ...]:
    """Both sides, or every side that could not be read.

    Raises:
        LimitReached: Waiting helps.
    """
    ours = _read("sales", sources.sales, lambda source: source.sales_books(period.first, period.last))
    reach = _reach(ours, terms, period) if isinstance(ours, SalesBooks) else period.first
    last = max(period.last, period.today)
    # Corrections are dated on the day they happen: those up to today belong to sales of the period.
    theirs = _read("ledger", sources.ledger, lambda ledger: ledger.ledger_books(reach, last))
    if isinstance(ours, Unreadable) or isinstance(theirs, Unreadable):
        return tuple(side for side in (ours, theirs) if isinstance(side, Unreadable))
    read, shown = ours, theirs
    whole = _read("sales", sources.sales, lambda source: _with_missing(source, read, shown, period))
    if isinstance(whole, Unreadable):
        return (whole,)
    memory = sources.memory
    if memory is None:
        return Sides(whole, shown)
    return Sides(whole, shown, memory.written(), memory.holds(), memory.noted())


def _reach(ours: SalesBooks, terms: Terms, period: Period) -> date:
    """The oldest day on which a document of these sales, or the money of a deposit, may be dated."""
    sales = [max(sale.date, terms.start) for sale in ours.sales]
    money = [max(item.date, terms.start) for sale in ours.sales for item in sale.payments]
    deposits = [max(each.deposit.date, terms.start) for each in ours.deposits if each.left]
    return min([period.first, *sales, *money, *deposits])


def _with_missing(source: SalesSource, ours: SalesBooks, theirs: LedgerBooks, period: Period) -> SalesBooks:
    """The sales of documents of the period that were not read, asked for by id: deleted ones are told as gone."""
    known = {sale.id for sale in ours.sales}
    shown = families(theirs.documents).items()
    dated = [id for id, each in shown if any(period.holds(document.date) for document in each.documents)]
    missing = sorted(set(dated) - known)
    if not missing:
        return ours
    more = source.sales_of(missing)
    return SalesBooks((*ours.sales, *more.sales), ours.deposits, ours.gone | more.gone)


def _read(side: str, source: T | None, read: Callable[[T], Whole]) -> Whole | Unreadable:
    if source is None:
        return Unreadable(side, "It is not connected.")
    try:
        return read(source)
    except _UNREADABLE as error:
        if getattr(error, "code", "") == _LIMIT:
            raise LimitReached(getattr(getattr(error, "limit", None), "after_seconds", None)) from None
        return Unreadable(side, str(error))
