"""The step that reads what the practice really used in the last 90 days: categories, methods, places, people.

The maps are proposed from it and checked against it, so that going live meets no gap on the first morning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from engine.compose.setup.asking import last_days, read_again
from engine.compose.setup.memory import all_kept, connection_of, note, noted
from engine.compose.setup.step import Finding, Looked
from engine.compose.workspace import Workspace
from engine.core.money import ZERO
from engine.core.times import local_day
from engine.sdk.records import Sale

Json = Any
_NOTE = "values"
_IN = ("payment", "discount")


@dataclass(slots=True)
class Used:
    """How often a value was used, and over how much; `taxed` is what of it carried GST."""

    count: int = 0
    amount: Decimal = ZERO
    taxed: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Values:
    """The real values of a stretch of time, by name."""

    first: date
    last: date
    sales: int
    categories: Mapping[str, Used] = field(default_factory=dict)
    methods: Mapping[str, Used] = field(default_factory=dict)
    locations: Mapping[str, Used] = field(default_factory=dict)
    practitioners: Mapping[str, Used] = field(default_factory=dict)
    unnamed: int = 0


def read(workspace: Workspace) -> Looked:
    """Read Halaxy for the first time where that was not done, then 90 days afresh; keep what was used, and show it."""
    _first_read(workspace)
    found = fresh(workspace)
    note(workspace, _NOTE, plain(found))
    return shown(found)


def _first_read(workspace: Workspace) -> None:
    """Each poll once, as a running Daybook would: nothing is posted by that, but fees and names become known."""
    halaxy = connection_of(workspace, "halaxy")
    for poll in halaxy.connector.polls:
        if not workspace.store.rows("cursor", connection=halaxy.name, poll=poll.name):
            read_again(workspace, halaxy.name, poll.name)


def last_known(workspace: Workspace) -> Values:
    """The values as kept today; read afresh when they are older."""
    today = local_day(workspace.clock.now(), workspace.config.practice.timezone)
    body = noted(workspace, _NOTE)
    if body is None or body["last"] < today:
        _first_read(workspace)
        found = fresh(workspace)
        note(workspace, _NOTE, plain(found))
        return found
    groups = {name: {key: Used(*row) for key, row in body[name].items()} for name in _GROUPS}
    return Values(body["first"], body["last"], body["sales"], unnamed=body["unnamed"], **groups)


def fresh(workspace: Workspace) -> Values:
    """The values of the last 90 days, with the fees that are still sold."""
    first, last = last_days(workspace)
    found = gather(workspace.reader.sales(first, last), first, last)
    fees = all_kept(workspace, connection_of(workspace, "halaxy").name, "fee")
    offered = {str(fee["category"]) for fee in fees if fee["active"] and fee["category"]}
    categories = {**{name: Used() for name in sorted(offered)}, **found.categories}
    return Values(
        first, last, found.sales, categories, found.methods, found.locations, found.practitioners, found.unnamed
    )


def gather(sales: Iterable[Sale], first: date, last: date) -> Values:
    """What a list of sales used."""
    groups: dict[str, dict[str, Used]] = {name: {} for name in _GROUPS}
    count = unnamed = 0
    for sale in sales:
        count += 1
        if sale.location:
            _use(groups["locations"], sale.location, sale.totals.gross, ZERO)
        for line in (line for line in sale.lines if line.status not in ("voided", "unassigned")):
            taxed = line.gross if line.tax else ZERO
            if line.category:
                _use(groups["categories"], line.category, line.gross, taxed)
            else:
                unnamed += 1
            if who := line.practitioner or sale.practitioner:
                _use(groups["practitioners"], who, line.gross, taxed)
        for paid in sale.payments:
            if paid.method and paid.kind in _IN:
                _use(groups["methods"], paid.method, paid.amount, ZERO)
    return Values(first, last, count, unnamed=unnamed, **groups)


def shown(found: Values) -> Looked:
    """What was used, as sentences."""
    days = f"{found.first:%d %b} to {found.last:%d %b %Y}"
    findings = [Finding("ok" if found.sales else "note", f"{found.sales} invoices from {days}.")]
    for name, title in (("categories", "Fee categories"), ("methods", "Payment methods")):
        group = getattr(found, name)
        texts = ", ".join(f"{key} ({used.count}, {used.amount:.2f})" for key, used in sorted(group.items()))
        findings.append(Finding("ok", f"{title}: {texts or 'none'}."))
    if found.unnamed:
        text = f"{found.unnamed} invoice lines belong to no fee category; each holds its invoice."
        findings.append(Finding("gap", text, "Give the fee a category in Halaxy: Settings, Fees."))
    return Looked("values", tuple(findings))


_GROUPS = ("categories", "methods", "locations", "practitioners")


def plain(found: Values) -> dict[str, Json]:
    """The values for keeping."""
    groups = {name: {key: [one.count, one.amount, one.taxed] for key, one in getattr(found, name).items()}
              for name in _GROUPS}  # fmt: skip
    return {"first": found.first, "last": found.last, "sales": found.sales, "unnamed": found.unnamed, **groups}


def _use(group: dict[str, Used], key: str, amount: Decimal, taxed: Decimal) -> None:
    used = group.setdefault(key, Used())
    used.count += 1
    used.amount += amount
    used.taxed += taxed
