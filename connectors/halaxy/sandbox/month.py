"""The seeded demo month: so many invoices and their money at Harbour Allied Health, in time order.

By default everything in it can be posted without a person: no refunds, write-offs, deposits,
surcharges, overpayments or money before its invoice, and no payment of method Discount.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

import msgspec

from connectors.halaxy.sandbox import demo_practice as demo
from connectors.halaxy.sandbox import stories
from connectors.halaxy.sandbox.actions import (
    CreateInvoice,
    DeleteInvoice,
    DeletePayment,
    FailPayment,
    LineSpec,
    RecordPayment,
    VoidLine,
)
from connectors.halaxy.sandbox.amounts import cents
from connectors.halaxy.sandbox.calendar_days import Days
from connectors.halaxy.sandbox.desk import Desk
from connectors.halaxy.sandbox.records import DISCOUNT, Appointment
from connectors.halaxy.sandbox.settling import Money, Settler
from connectors.halaxy.sandbox.staff import carry_out
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.stories import Cast, Visit
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import at_local

T = TypeVar("T")


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What month to make: its first day, how many postable invoices, and the seed.

    `discounts` adds so many payments of method Discount.
    """

    first: date
    invoices: int = 320
    seed: int = 1
    discounts: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One invoice with all that happens to it."""

    visit: Visit
    date: date
    created_at: datetime
    starts_at: datetime
    money: tuple[Money, ...] = ()
    type: str = "invoice"
    issued: bool = False
    note: str | None = None
    voided: LineSpec | None = None
    deleted_at: datetime | None = None
