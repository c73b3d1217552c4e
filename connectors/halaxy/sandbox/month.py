"""The seeded demo month: so many invoices and their money at Harbour Allied Health, in time order.

By default everything in it can be posted without a person: no refunds, write-offs, deposits,
surcharges, overpayments or money before its invoice, and no payment of method Discount.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Annotated, Literal

import msgspec

from connectors.halaxy.sandbox import demo_practice as demo
from connectors.halaxy.sandbox import stories
from connectors.halaxy.sandbox.calendar_days import Days
from connectors.halaxy.sandbox.enacting import Plan, enact
from connectors.halaxy.sandbox.settling import (
    ORGANISATIONS,
    PATIENTS,
    Money,
    Settler,
    dealt,
    with_discount,
    with_failed_card,
    with_mistake,
)
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.stories import Cast, Visit
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import at_local

_DISCOUNT = Decimal("10.00")


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What month to make: its first day, how many postable invoices, and the seed.

    `discounts` turns so many of the payments into a Discount of 10.00 and the rest.
    """

    first: date
    invoices: Annotated[int, msgspec.Meta(ge=1, le=20_000)] = 320
    seed: int = 1
    discounts: Annotated[int, msgspec.Meta(ge=0)] = 0


def fill(state: State, switches: Switches, wanted: Wanted) -> None:
    """Make the practice and let its month happen.

    Besides the wanted invoices there are a few that must not be posted: quotes, zero-value and
    deleted ones, and bookings dated after the month.
    """
    # Seeded, so that every run of a seed gives the same practice: never for anything secret.
    random = Random(wanted.seed)
    opened_at = at_local(wanted.first, 0) - timedelta(days=30)
    demo.furnish(state, opened_at)
    patients = demo.admit(state, random, max(4, wanted.invoices * 11 // 20), opened_at)
    days = Days(wanted.first)
    author = _Author(random, days, Cast(random, patients), Settler(random, days))
    plans = author.postable(wanted.invoices)
    author.spoil(plans, wanted)
    plans += author.beside(wanted.invoices)
    enact(state, switches, plans, opened_at)


@dataclass(frozen=True, slots=True)
class _Author:
    random: Random
    days: Days
    cast: Cast
    settler: Settler

    def postable(self, count: int) -> list[Plan]:
        """The invoices that count, each with its money."""
        visits = [tell(self.cast) for tell in dealt(self.random, stories.MIX, count)]
        manners = {
            "patient": iter(dealt(self.random, PATIENTS, sum(v.settled == "patient" for v in visits))),
            "organisation": iter(dealt(self.random, ORGANISATIONS, sum(v.settled == "organisation" for v in visits))),
        }
        plans = []
        for visit in visits:
            plan = self._dated(visit, self.days.pick(self.random))
            manner = next(manners[visit.settled]) if visit.settled in manners else "full"
            plans.append(replace(plan, money=self.settler.settle(visit, plan.date, plan.starts_at, manner)))
        return plans

    def spoil(self, plans: list[Plan], wanted: Wanted) -> None:
        """Let cards fail, payments be mistyped, lines be voided and invoices be locked, here and there."""
        paid_once = [n for n, plan in enumerate(plans) if _paid_once(plan)]
        self.random.shuffle(paid_once)
        changes: tuple[tuple[int, Callable[[Money], tuple[Money, ...]]], ...] = (
            (_share(len(plans), 3), with_failed_card),
            (_share(len(plans), 2), with_mistake),
            (wanted.discounts, lambda paid: with_discount(paid, _DISCOUNT)),
        )
        for share, change in changes:
            for n in [paid_once.pop() for _ in range(min(share, len(paid_once)))]:
                plans[n] = replace(plans[n], money=change(plans[n].money[0]))
        chosen = self.random.sample(range(len(plans)), min(len(plans), 3 * _share(len(plans), 2)))
        for n in chosen[::3]:
            plans[n] = replace(plans[n], voided=stories.line(demo.item("P-BAND")))
        for n in chosen[1::3]:
            plans[n] = replace(plans[n], issued=True)
        for n in chosen[2::3]:
            plans[n] = replace(plans[n], note="<p>Thank you for your visit.</p>")

    def beside(self, count: int) -> list[Plan]:
        """What must not be posted."""
        quotes = [self._beside(stories.orthotics_quote, "quote") for _ in range(_share(count, 1))]
        nothing = [self._beside(stories.pro_bono) for _ in range(_share(count, 1))]
        removed = [self._removed(n) for n in range(_share(count, 2))]
        booked = [self._booked() for _ in range(_share(count, 1))]
        return quotes + nothing + removed + booked

    def _beside(self, tell: Callable[[Cast], Visit], kind: Literal["invoice", "quote"] = "invoice") -> Plan:
        return replace(self._dated(tell(self.cast), self.days.pick(self.random)), type=kind)

    def _removed(self, number: int) -> Plan:
        plan = self._beside(stories.with_product)
        deleted_at = plan.starts_at + timedelta(minutes=90)
        if number % 2:
            return replace(plan, deleted_at=deleted_at)
        paid_at = plan.starts_at + timedelta(minutes=40)
        money = Money(paid_at, "EFTPOS", plan.visit.gross, deleted_at=paid_at + timedelta(minutes=30))
        return replace(plan, deleted_at=deleted_at, money=(money,))

    def _booked(self) -> Plan:
        made_on = self.days.pick(self.random)
        plan = self._dated(stories.consultation(self.cast), self.days.beyond(self.random))
        made_at = at_local(made_on, self.random.randint(9, 16), self.random.randint(0, 59))
        return replace(plan, created_at=made_at, to_come=True)

    def _dated(self, visit: Visit, day: date) -> Plan:
        starts_at = at_local(day, self.random.randint(8, 17), self.random.choice((0, 10, 20, 30, 40)))
        return Plan(visit=visit, date=day, starts_at=starts_at, created_at=self._entered(day, starts_at))

    def _entered(self, day: date, starts_at: datetime) -> datetime:
        booked_on = day - timedelta(days=self.random.randint(1, 5))
        hour, minute = self.random.randint(9, 16), self.random.randint(0, 59)
        if self.random.random() < 0.2 and booked_on >= self.days.first:
            return at_local(booked_on, hour, minute)
        return starts_at


def _paid_once(plan: Plan) -> bool:
    return plan.visit.settled == "patient" and [money.amount for money in plan.money] == [plan.visit.gross]


def _share(count: int, percent: int) -> int:
    return max(1, count * percent // 100)
