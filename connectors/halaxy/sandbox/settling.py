"""How the invoices of the demo month are paid: when, by which method, in how many parts.

Never more than the invoice, never before its date, never after the month; amounts in whole cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final, Literal, TypeVar

from connectors.halaxy.sandbox.amounts import cents
from connectors.halaxy.sandbox.calendar_days import Days
from connectors.halaxy.sandbox.records import DISCOUNT
from connectors.halaxy.sandbox.stories import Visit
from connectors.halaxy.sandbox.times import at_local

T = TypeVar("T")
Manner = Literal["full", "instalments", "part", "unpaid"]

PATIENTS: Final[tuple[tuple[Manner, int], ...]] = (("full", 76), ("instalments", 8), ("part", 7), ("unpaid", 9))
ORGANISATIONS: Final[tuple[tuple[Manner, int], ...]] = (("full", 60), ("part", 10), ("unpaid", 30))
# The first method is the commonest; each text is a key of the practice's method map.
_METHODS: Final = ("EFTPOS",) * 40 + ("Braintree",) * 30 + ("Cash",) * 12 + ("Direct Deposit",) * 12 + ("BPAY",) * 6
_TYPING_ERROR: Final = Decimal("10.00")


@dataclass(frozen=True, slots=True)
class Money:
    """One transaction to come; a deleted one is gone again at `deleted_at`."""

    at: datetime
    method: str
    amount: Decimal
    failed: bool = False
    deleted_at: datetime | None = None


def dealt(random: Random, weights: Sequence[tuple[T, int]], count: int) -> list[T]:
    """So many choices in exactly these proportions, in a random order."""
    whole = sum(weight for _, weight in weights)
    cards = [choice for choice, weight in weights for _ in range(count * weight // whole)]
    ranked = sorted(weights, key=lambda one: -(count * one[1] % whole))
    cards += [choice for choice, _ in ranked[: count - len(cards)]]
    random.shuffle(cards)
    return cards


@dataclass(frozen=True, slots=True)
class Settler:
    """Pays invoices in the days of one month."""

    random: Random
    days: Days

    def settle(self, visit: Visit, day: date, starts_at: datetime, manner: Manner) -> tuple[Money, ...]:
        """The transactions of one invoice, in time order; empty when nothing is paid."""
        if visit.settled == "fund":
            return self._fund_and_gap(visit, starts_at)
        if visit.settled == "medicare":
            return (Money(self._on(self._later(day, 1, 3), day, starts_at), "Medicare", visit.gross),)
        if manner == "unpaid":
            return ()
        if visit.settled == "organisation":
            amount = visit.gross if manner == "full" else cents(visit.gross / 2)
            return (Money(self._on(self._later(day, 3, 14), day, starts_at), "Direct Deposit", amount),)
        return self._patient(visit.gross, day, starts_at, manner)

    def _patient(self, gross: Decimal, day: date, starts_at: datetime, manner: Manner) -> tuple[Money, ...]:
        method = self.random.choice(_METHODS)
        if manner == "full":
            return (Money(self._paid_at(method, day, starts_at), method, gross),)
        desk = self._after(starts_at)
        first = Money(desk, method, cents(gross * 2 / 5))
        if manner == "part":
            return (first,)
        later = self._later(day, 7, 10)
        at = self._on(later, day, starts_at) if later > day else at_local(day, 20, self.random.randint(0, 59))
        return first, Money(at, self.random.choice(_METHODS), gross - first.amount)

    def _paid_at(self, method: str, day: date, starts_at: datetime) -> datetime:
        chance = self.random.random()
        if method == "Braintree" and chance < 0.1 and day < self.days.last:
            # Paid online in the first hour of the next day, which in UTC is still the day before.
            return at_local(day + timedelta(days=1), 0, self.random.randint(1, 59), self.random.randint(0, 59))
        if chance > 0.85:
            return self._on(self._later(day, 1, 6), day, starts_at)
        return self._after(starts_at)

    def _fund_and_gap(self, visit: Visit, starts_at: datetime) -> tuple[Money, ...]:
        at = self._after(starts_at)
        benefit = cents(visit.gross * self.random.choice((45, 55, 62)) / 100)
        gap = Money(at + timedelta(minutes=1), self.random.choice(_METHODS), visit.gross - benefit)
        return Money(at, "HICAPS", benefit), gap

    def _later(self, day: date, least: int, most: int) -> date:
        return self.days.later(day, self.random.randint(least, most))

    def _on(self, chosen: date, day: date, starts_at: datetime) -> datetime:
        if chosen == day:
            return self._after(starts_at)
        return at_local(chosen, self.random.randint(9, 16), self.random.randint(0, 59), self.random.randint(0, 59))

    def _after(self, starts_at: datetime) -> datetime:
        return starts_at + timedelta(minutes=self.random.randint(35, 75), seconds=self.random.randint(0, 59))


def with_failed_card(paid: Money) -> tuple[Money, ...]:
    """A card that fails four minutes before it goes through."""
    card = replace(paid, method="Braintree")
    return replace(card, at=paid.at - timedelta(minutes=4), failed=True), card


def with_mistake(paid: Money) -> tuple[Money, ...]:
    """A payment mistyped, deleted after two minutes, and entered again."""
    at = paid.at - timedelta(minutes=20)
    return replace(paid, at=at, amount=paid.amount + _TYPING_ERROR, deleted_at=at + timedelta(minutes=2)), paid


def with_discount(paid: Money, discount: Decimal) -> tuple[Money, ...]:
    """A goodwill discount just before the rest is paid."""
    taken = Money(paid.at - timedelta(minutes=1), DISCOUNT, discount)
    return taken, replace(paid, amount=paid.amount - discount)
