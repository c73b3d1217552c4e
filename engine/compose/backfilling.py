"""The import of history: what it would bring and cost, and bringing it in slices that may be stopped and gone on with.

Each sale is stored with its event and its run in one unit; what is stored is known, so a second start skips it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.halaxy.history import history
from engine.compose.setup.asking import ask
from engine.compose.setup.memory import all_kept, connection_of, note
from engine.compose.workspace import Workspace
from engine.core.money import ZERO
from engine.core.times import local_day, text_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.runtime.backfill import event_unit, record_unit
from engine.runtime.budgets import BACKFILL, backfill_calls_a_day
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import Found, NewEvent, PollTime, Record

Json = Any
SLICE = 100
_RULESET = "financial_sync"
_A_CALL = 50  # documents that one call to Xero carries
_MONEY = ("payment", "refund", "deposit_applied", "discount", "dishonour")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would bring: counts and sums, and what it takes of Xero's limits.

    Attributes:
        opening: Older invoices that come over as what is still owed of them (R26).
        calls: Calls to Xero at least needed; `days` at the share of a day that an import may have.
    """

    since: date
    until: date
    invoices: int
    invoiced: Decimal
    payments: int
    paid: Decimal
    opening: int
    opening_owed: Decimal
    contacts: int
    calls: int
    days: int
    known: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be imported."""
        return not (self.invoices or self.opening)


@dataclass(frozen=True, slots=True)
class Import:
    """What was read of the past, with its plan; nothing of it is stored yet."""

    plan: Plan
    found: Found

    def slices(self) -> Iterator[Sequence[NewEvent]]:
        """The events, oldest invoice first, some at a time."""
        ordered = sorted(self.found.events, key=lambda event: (event.data["invoice"]["date"], event.subject))
        for start in range(0, len(ordered), SLICE):
            yield ordered[start : start + SLICE]


def read(workspace: Workspace, since: date) -> Import:
    """Read the past from Halaxy, and say what importing it means; stores nothing.

    Raises:
        UserError: The settings begin later, or the day is not in the past.
    """
    first = _must_fit(workspace, since)
    halaxy = connection_of(workspace, "halaxy")
    now = workspace.clock.now()
    today = local_day(now, workspace.config.practice.timezone)
    shelf = StoreShelf(workspace.store, halaxy.name, workspace.clock.now)
    time = PollTime(now, workspace.config.practice.timezone, halaxy.settings)
    found = ask(workspace, "halaxy", history(since, today, shelf, time))
    return Import(_plan(workspace, since, today, first, found), found)


def begin(workspace: Workspace, wish: Import) -> None:
    """Keep what the sales are made of: lines, money, payers; the sales themselves come slice by slice."""
    halaxy, now = connection_of(workspace, "halaxy"), workspace.clock.now()
    others = [record for record in wish.found.records if record.kind != "sale"]
    if others:
        workspace.store.write(record_unit(halaxy, others, now))


def store(workspace: Workspace, wish: Import, events: Sequence[NewEvent]) -> int:
    """Store one slice, each sale with its run; gives how many were new (a poll may have been faster)."""
    halaxy, now = connection_of(workspace, "halaxy"), workspace.clock.now()
    sales = {record.id: record for record in wish.found.records if record.kind == "sale"}
    units = [event_unit(workspace.parts, halaxy, event, _sale(sales, event), now) for event in events]
    stored = sum(workspace.store.write(*units)) if units else 0
    done = {"since": wish.plan.since, "invoices": wish.plan.invoices + wish.plan.opening, "at": now}
    note(workspace, BACKFILL, done)
    return stored


def left(workspace: Workspace) -> int:
    """How many imported invoices are not through yet; those that are held wait for their cause."""
    rows = workspace.store.rows("open_backfill", now=text_of(workspace.clock.now()))
    return int(rows[0]["n"])


def _sale(sales: Mapping[str, Record], event: NewEvent) -> Record:
    return sales[event.subject]


def _must_fit(workspace: Workspace, since: date) -> date:
    """The day on which the books begin."""
    settings = workspace.library.filled.get(_RULESET, {})
    first: date | None = settings.get("start_date")
    today = local_day(workspace.clock.now(), workspace.config.practice.timezone)
    if since >= today:
        raise UserError(f"{since.isoformat()} is not in the past.", "Give the day from which invoices are missing.",
                        "not-past")  # fmt: skip
    if first is None or since >= first:
        return first or since
    opened = _opening_balances(workspace)
    what = f"The books begin on {first.isoformat()}: what is older comes over as an opening balance only."
    if opened:
        mend = f"{opened} opening balances stand in Xero already; void them there before the books begin earlier."
    else:
        mend = f"Set start_date to {since.isoformat()} in settings/{_RULESET}.yaml, then run it again."
    raise UserError(what, mend, "before-the-start")


def _opening_balances(workspace: Workspace) -> int:
    rows = workspace.store.rows("links_of_kind", connection=connection_of(workspace, "xero").name, kind="invoice")
    fees = (loads(row["written"]).get("fees", ()) for row in rows if not row["gone"])
    return sum(any(str(fee.get("line", "")).startswith("opening") for fee in some) for some in fees)


def _plan(workspace: Workspace, since: date, until: date, first: date, found: Found) -> Plan:
    sales = [event.data["invoice"] for event in found.events]
    whole = [sale for sale in sales if sale["date"] >= first]
    older = [sale for sale in sales if sale["date"] < first]
    money = [paid for sale in whole for paid in sale["payments"] if paid["kind"] in _MONEY]
    contacts = _new_contacts(workspace, sales)
    calls = sum(math.ceil(count / _A_CALL) for count in (contacts, len(sales), len(money)))
    a_day = max(backfill_calls_a_day(connection_of(workspace, "xero").limits), 1)
    return Plan(
        since=since,
        until=until,
        invoices=len(whole),
        invoiced=sum((sale["totals"]["gross"] for sale in whole), ZERO),
        payments=len(money),
        paid=sum((paid["amount"] for paid in money if paid["kind"] == "payment"), ZERO),
        opening=len(older),
        opening_owed=sum((sale["totals"]["balance"] for sale in older), ZERO),
        contacts=contacts,
        calls=calls,
        days=math.ceil(calls / a_day),
        known=len(all_kept(workspace, connection_of(workspace, "halaxy").name, "sale")),
    )


def _new_contacts(workspace: Workspace, sales: Sequence[Mapping[str, Json]]) -> int:
    keys = sorted({f"halaxy {sale['payer']['kind']} {sale['payer']['id']}" for sale in sales})
    rows = workspace.store.rows("links", connection=connection_of(workspace, "xero").name, sources=dumps(keys))
    return len(set(keys) - {row["source"] for row in rows})
