"""Comparing both sides for a command: the ruleset's settings and maps, both sides read, limits waited for.

What differs is told by `connectors.books.compare`; the rule of every morning comes to the same through the books' door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.books.compare import compare
from connectors.books.comparison import Comparison
from connectors.books.period import Period, Sides
from connectors.books.reading import LimitReached, Sources, Unreadable, read_sides
from connectors.books.report import report_of, unknown_report
from connectors.books.terms import Terms, read_terms
from engine.compose.workspace import Workspace
from engine.core.times import local_day
from engine.errors import UserError

Json = Any
_MAPS = ("revenue_accounts", "payment_accounts", "refund_accounts", "special_accounts")
_STATUS = "invoice_status"


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison came to: its report, and the comparison itself where both sides were read."""

    report: Mapping[str, Json]
    comparison: Comparison | None


def compare_now(workspace: Workspace, first: date | None, last: date | None, wait_seconds: float) -> Found:
    """Read and compare; the number is kept for its history.

    Args:
        workspace: An open workspace.
        first: First day; by default the first of the month of the last.
        last: Last day; by default today.
        wait_seconds: How long to wait at most for used-up limits of calls.

    Raises:
        UserError: The days are the wrong way round.
    """
    terms, period = terms_of(workspace), _period(workspace, first, last)
    reader = workspace.reader.patient(wait_seconds)
    try:
        sides = read_sides(Sources(reader, reader, reader), terms, period)
    except LimitReached:
        why = "Its limit of calls is used up; try again later."
        sides = (Unreadable("sales", why), Unreadable("ledger", why))
    if isinstance(sides, Sides):
        found = compare(sides, terms, period)
        reader.compared(period.first, period.last, found.difference, len(found.items))
        return Found(report_of(found), found)
    reader.compared(period.first, period.last, None, None)
    return Found(unknown_report(period.first, period.last, sides), None)


def terms_of(workspace: Workspace) -> Terms:
    """How the practice posts: the ruleset's form and its maps, drafts until the practice is activated."""
    library = workspace.library
    form = next((values for values in library.filled.values() if "start_date" in values), {})
    active = any(row["activated_at"] for row in workspace.store.rows("connections"))
    policy = form if active else {**form, _STATUS: "draft"}
    tables = {name.replace("_", " "): library.maps[name].plain() for name in _MAPS if name in library.maps}
    return read_terms({"policy": policy, **tables}, None)


def _period(workspace: Workspace, first: date | None, last: date | None) -> Period:
    today = local_day(workspace.clock.now(), workspace.config.practice.timezone)
    end = last or today
    begin = first or end.replace(day=1)
    if begin > end:
        raise UserError(f"{begin} is after {end}.", "Give the earlier day to --from.", "no-period")
    return Period(begin, end, today)
