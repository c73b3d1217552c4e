"""The five proofs: sales, cash by method, debtors, deposits and GST, each with both sides' sums and what is behind.

PURE. A proof is told by sums alone; which documents are to blame stand with it as the keys of the items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.books.comparison import PROOFS, Item, Proof, ProofName, ProofRow
from connectors.books.deposits import Held
from connectors.books.expected import Fee, Move
from connectors.books.judging import Case, owner_of
from connectors.books.money import agreed
from connectors.books.period import Period
from connectors.books.shown import Shown
from engine.core.money import ZERO, cents, total

Key = tuple[str, ...]
Entry = tuple[Key, Decimal]
_DISCOUNTS = "discounts"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the proofs are told of: judged sales, documents without one, deposits, the days and the differences."""

    cases: tuple[Case, ...]
    orphans: tuple[Shown, ...]
    held: Held
    period: Period
    items: tuple[Item, ...]


_HEADS: dict[ProofName, tuple[str, ...]] = {
    "sales": ("day", "account", "tax"),
    "cash": ("account", "day"),
    "debtors": ("payer",),
    "deposits": ("payer",),
    "gst": ("month",),
}


def proofs(ground: Ground) -> tuple[Proof, ...]:
    """All five, in their order."""
    sides = {
        "sales": (_sold(ground), _posted(ground)),
        "cash": (_should_have_moved(ground), _moved(ground)),
        "debtors": (_owed(ground), _shown_owed(ground)),
        "deposits": (_held(ground, 1), _held(ground, 2)),
        "gst": (_tax(ground), _shown_tax(ground)),
    }
    return tuple(_proof(name, *sides[name], ground.items) for name in PROOFS)


def _proof(name: ProofName, sales: Iterable[Entry], ledger: Iterable[Entry], items: Iterable[Item]) -> Proof:
    ours, theirs = _summed(sales), _summed(ledger)
    keys = sorted({key for sums in (ours, theirs) for key, amount in sums.items() if amount != ZERO})
    rows = tuple(ProofRow(key, ours.get(key, ZERO), theirs.get(key, ZERO)) for key in keys)
    return Proof(name, _HEADS[name], rows, tuple(item.key for item in items if name in item.proofs))


def _summed(entries: Iterable[Entry]) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = {}
    for key, amount in entries:
        sums[key] = sums.get(key, ZERO) + amount
    return sums


# --- sales and tax --------------------------------------------------------------------------------


def _sold(ground: Ground) -> Iterator[Entry]:
    for case in _in_period(ground):
        day = case.wanted.day
        yield from _by_kind(day, case.wanted.fees, maps_known=bool(case.shown.fees or not case.shown.documents))
        yield (day.isoformat(), _DISCOUNTS, ""), -case.wanted.off


def _posted(ground: Ground) -> Iterator[Entry]:
    for case in ground.cases:
        if (day := case.shown.day or _first_day(case.shown)) and ground.period.holds(day):
            unknown = any(fee.account is None for fee in case.wanted.fees)
            yield from _by_kind(day, _unnamed(case.shown.fees) if unknown else case.shown.fees, maps_known=True)
            yield from _unlined(day, case.shown)
            yield (day.isoformat(), _DISCOUNTS, ""), -case.shown.off
    for shown in ground.orphans:
        if (day := shown.day or _first_day(shown)) and ground.period.holds(day):
            yield from _by_kind(day, shown.fees, maps_known=True)
            yield from _unlined(day, shown)
            yield (day.isoformat(), _DISCOUNTS, ""), -shown.off


def _by_kind(day: date, fees: Iterable[Fee], *, maps_known: bool) -> Iterator[Entry]:
    for fee in fees:
        kind = (fee.account or "", fee.tax_type) if maps_known else ("", "")
        yield (day.isoformat(), *kind), fee.amount


def _unnamed(fees: Iterable[Fee]) -> Iterator[Fee]:
    """Where the maps do not tell an account, the ledger's is not asked for either."""
    return (Fee(None, fee.tax_type, fee.amount, fee.tax) for fee in fees)


def _unlined(day: date, shown: Shown) -> Iterator[Entry]:
    """Documents that were read without their lines."""
    rest = shown.gross - total([fee.amount for fee in shown.fees])
    if rest != ZERO:
        yield (day.isoformat(), "", ""), rest


def _tax(ground: Ground) -> Iterator[Entry]:
    for case in _in_period(ground):
        wanted = case.wanted
        if not case.books.cash_basis:
            yield (_month(wanted.day),), wanted.tax - wanted.off_tax
            continue
        for move in wanted.moves:
            if move.day and ground.period.holds(move.day) and move.role == "money" and wanted.gross:
                yield (_month(move.day),), cents(move.amount * wanted.tax / wanted.gross)


def _shown_tax(ground: Ground) -> Iterator[Entry]:
    for case in ground.cases:
        shown, day = case.shown, case.shown.day or _first_day(case.shown)
        if not case.books.cash_basis and day and ground.period.holds(day):
            yield (_month(day),), shown.tax - _as_given(case)
        for move in case.moves if case.books.cash_basis else ():
            if move.day and ground.period.holds(move.day) and move.role == "money" and shown.gross:
                yield (_month(move.day),), cents(move.amount * shown.tax / shown.gross)
    for shown in ground.orphans:
        if (day := shown.day or _first_day(shown)) and ground.period.holds(day):
            yield (_month(day),), shown.tax - shown.off_tax


def _as_given(case: Case) -> Decimal:
    """The tax of discounts is rounded on each line: a cent a line is no difference."""
    apart = abs(case.shown.off_tax - case.wanted.off_tax)
    close = case.shown.off == case.wanted.off and apart <= Decimal("0.01") * len(case.wanted.fees)
    return case.wanted.off_tax if close else case.shown.off_tax


# --- money ----------------------------------------------------------------------------------------


def _should_have_moved(ground: Ground) -> Iterator[Entry]:
    moves = [move for case in ground.cases if not _waits(case) for move in _settled(case)[0]]
    moves += [move for wanted, _ in ground.held.moves for move in wanted]
    yield from _by_account(moves, ground.period)


def _moved(ground: Ground) -> Iterator[Entry]:
    moves = [move for case in ground.cases for move in _settled(case)[1]]
    moves += [move for shown in ground.orphans for move in shown.moves()]
    moves += [move for _, shown in ground.held.moves for move in shown]
    moves += [move for each in ground.held.unclaimed.values() for move in each if move.receipt]
    yield from _by_account(moves, ground.period)


def _settled(case: Case) -> tuple[list[Move], list[Move]]:
    """Where every receipt agrees in its own way (R21, R27, R30), both sides' sums do."""
    return agreed(owner_of(case), case.wanted.moves, case.moves)


def _waits(case: Case) -> bool:
    return case.shown.waits and case.terms.drafts


def _by_account(moves: Iterable[Move], period: Period) -> Iterator[Entry]:
    for move in moves:
        if move.day is not None and period.holds(move.day):
            yield (move.account or "", move.day.isoformat()), move.amount


# --- debtors and deposits -------------------------------------------------------------------------


def _owed(ground: Ground) -> Iterator[Entry]:
    """What each payer owes at the end: later money is not taken off."""
    for case in ground.cases:
        if case.wanted.day <= ground.period.last and not _waits(case):
            yield (case.payer,), max(case.wanted.owed + _after(case.wanted.moves, ground.period), ZERO)


def _shown_owed(ground: Ground) -> Iterator[Entry]:
    for case in ground.cases:
        day = case.shown.day or _first_day(case.shown)
        if day and day <= ground.period.last and not case.shown.waits:
            newest = case.shown.newest
            yield (
                (newest.contact if newest and newest.contact else case.payer,),
                (case.shown.due + _after(case.moves, ground.period)),
            )
    for shown in ground.orphans:
        if shown.documents[0].date <= ground.period.last:
            yield (shown.documents[0].contact,), shown.due


def _after(moves: Iterable[Move], period: Period) -> Decimal:
    return total([m.amount for m in moves if m.role in ("money", "reversal") and m.day and m.day > period.last])


def _held(ground: Ground, side: int) -> Iterator[Entry]:
    for payer, ours, theirs in ground.held.balances:
        yield (payer,), ours if side == 1 else theirs


# --- days -----------------------------------------------------------------------------------------


def _in_period(ground: Ground) -> Iterator[Case]:
    return (case for case in ground.cases if ground.period.holds(case.wanted.day))


def _first_day(shown: Shown) -> date | None:
    return min((document.date for document in shown.documents), default=None)


def _month(day: date) -> str:
    return f"{day.year}-{day.month:02}"
