"""Which deposit each use and each refund of credit is drawn from, one payer at a time.

PURE, and a function of what stands in Halaxy alone: whoever reads it late or twice gets the same answer.
Halaxy documents no reference from a use to its deposit (fact sheet 6.3, accounting cases section 1), so one
on the wire wins and the rest is matched by amount and age (R10). Building the deposits: `deposits.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.money import ZERO
from engine.sdk.records import ReceiptKind

SOURCES = ("deposit", "to_deposit")
DRAWS = ("deposit_applied", "refund", "dishonour")
# Turning a payment into a deposit is one act that leaves two transactions (fact sheet 10).
_ONE_ACT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Credit:
    """A transaction that makes or uses up a payer's credit; `related` is a transaction that it names."""

    id: str
    kind: ReceiptKind
    at: datetime
    amount: Decimal
    method: str = ""
    invoice: str | None = None
    clinic: str | None = None
    related: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What of a use is drawn from which deposit; None where no deposit has as much left."""

    deposit: str | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """A payer's credit.

    Attributes:
        sources: What makes it up.
        draws: What uses it, in order of time.
        parts: From which deposits each use is drawn, by the use's id.
        left: What is left of each source.
        twins: Deposit entries that repeat a payment turned into credit, and are no money of their own.
    """

    sources: tuple[Credit, ...] = ()
    draws: tuple[Credit, ...] = ()
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    left: Mapping[str, Decimal] = field(default_factory=dict)
    twins: frozenset[str] = frozenset()


def account(credits: Iterable[Credit]) -> Account:
    """Settle a payer's uses of credit in the order in which they happened.

    Uses that name their deposit come first. The others take the deposit that has exactly as much left,
    else the oldest with enough left, else the oldest ones in turn; deposits taken later come last.
    """
    standing = sorted((credit for credit in credits if not credit.gone), key=_by_time)
    twins = _twins(standing)
    sources = tuple(item for item in standing if item.kind in SOURCES and item.id not in twins)
    left = {source.id: source.amount for source in sources}
    draws = tuple(item for item in standing if item.kind in DRAWS)
    parts: dict[str, tuple[Part, ...]] = {}
    for draw in sorted(draws, key=lambda item: _named(item, left, twins) is None):
        parts[draw.id] = tuple(_draw(draw, _order(draw, sources, left, twins), left))
    return Account(sources, draws, parts, left, frozenset(twins))


def part_id(id: str, number: int) -> str:
    """The id of the how-maniest part of a use, from 0: its own, then `<id>.2`, `<id>.3`."""
    return id if number == 0 else f"{id}.{number + 1}"


def _twins(standing: Sequence[Credit]) -> dict[str, str]:
    """Deposit entries that only repeat a payment turned into credit, by the id of that credit."""
    found: dict[str, str] = {}
    for turned in (item for item in standing if item.kind == "to_deposit"):
        alike = [item for item in standing if item.kind == "deposit" and item.id not in found and repeats(turned, item)]
        best = min(
            alike, key=lambda item: (not _linked(turned, item), abs(item.at - turned.at), _by_id(item)), default=None
        )
        if best is not None:
            found[best.id] = turned.id
    return found


def repeats(turned: Credit, entry: Credit) -> bool:
    """Whether a deposit entry may be the other half of a payment turned into credit."""
    return entry.amount == turned.amount and (_linked(turned, entry) or abs(entry.at - turned.at) <= _ONE_ACT)


def _linked(one: Credit, other: Credit) -> bool:
    return one.related == other.id or other.related == one.id


def _named(draw: Credit, left: Mapping[str, Decimal], twins: Mapping[str, str]) -> str | None:
    named = twins.get(draw.related or "", draw.related)
    return named if named in left else None


def _order(
    draw: Credit, sources: Sequence[Credit], left: Mapping[str, Decimal], twins: Mapping[str, str]
) -> tuple[str, ...]:
    """The deposits in the order in which a use takes from them."""
    named = _named(draw, left, twins)

    def rank(source: Credit) -> tuple[bool, bool, bool, bool]:
        rest = left[source.id]
        return source.id != named, source.at > draw.at, rest != draw.amount, rest < draw.amount

    return tuple(source.id for source in sorted(sources, key=rank))


def _draw(draw: Credit, order: Iterable[str], left: dict[str, Decimal]) -> Iterable[Part]:
    wanted = draw.amount
    for id in order:
        taken = min(wanted, left[id])
        if taken > ZERO:
            left[id] -= taken
            wanted -= taken
            yield Part(id, taken)
    if wanted > ZERO:
        yield Part(None, wanted)


def _by_time(credit: Credit) -> tuple[datetime, int, str]:
    return credit.at, len(credit.id), credit.id


def _by_id(credit: Credit) -> tuple[int, str]:
    return len(credit.id), credit.id
