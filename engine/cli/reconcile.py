"""`daybook reconcile`: reads both sides of a period fresh, and says whether they agree to the cent.

The comparison itself is `connectors.books.compare`. A side that cannot be read makes the verdict "unknown", never
agreement.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.cli.main import CANNOT, WRONG
from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table
from engine.core.times import local_day
from engine.errors import NoAnswer, NotSent, SignInNeeded, UserError

if TYPE_CHECKING:
    from connectors.books.comparison import Comparison, Side
    from engine.compose.workspace import Workspace

Json = Any
T = TypeVar("T")
_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 50


@click.command()
@click.option("--from", "first", type=_DAY, help="First day; by default the first of this month.")
@click.option("--to", "last", type=_DAY, help="Last day; by default today.")
@as_json_too
@in_workspace
def reconcile(folder: Path | None, first: datetime | None, last: datetime | None, as_json: bool) -> None:
    """Compare invoices and payments of Halaxy and Xero, day by day."""
    from connectors.books.compare import compare

    with opened(folder) as workspace:
        today = local_day(workspace.clock.now(), workspace.config.practice.timezone)
        begin = first.date() if first else today.replace(day=1)
        end = last.date() if last else today
        if begin > end:
            raise UserError(f"{begin} is after {end}.", "Give the earlier day to --from.", "no-period")
        sales, sales_problem = _read("Halaxy", lambda: workspace.reader.sales(begin, end))
        documents, ledger_problem = _read("Xero", lambda: workspace.reader.documents(begin, end))
        start = _start_date(workspace, begin)
    if sales is None or documents is None:
        _unknown([problem for problem in (sales_problem, ledger_problem) if problem], as_json)
        return
    found = compare(sales, documents, start, today, begin, end)
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)
    if not found.agrees:
        raise click.exceptions.Exit(WRONG)


def _read(side: str, read: Callable[[], T]) -> tuple[T | None, str]:
    try:
        return read(), ""
    except (NoAnswer, NotSent, SignInNeeded, UserError) as fault:
        return None, f"{side} could not be read: {fault}"


def _start_date(workspace: Workspace, begin: date) -> date:
    """From when on sales are posted at all; without a form that says so, from the first day compared."""
    for form in workspace.library.filled.values():
        if isinstance(form.get("start_date"), date):
            start: date = form["start_date"]
            return start
    return begin


def _unknown(problems: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"verdict": "unknown", "problems": problems})
    else:
        say("unknown: whether both sides agree cannot be told", "yellow")
        for problem in problems:
            say(f"  {problem}")
    raise click.exceptions.Exit(CANNOT)


# --- what was found ------------------------------------------------------------------------------------


def _as_json(found: Comparison) -> dict[str, Json]:
    return {
        "verdict": "agree" if found.agrees else "differ",
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "difference": _money(found.difference),
        "halaxy": _side(found.sales),
        "xero": _side(found.ledger),
        "days": [
            {"day": day.day.isoformat(), "halaxy": _side(day.sales), "xero": _side(day.ledger)} for day in found.days
        ],
        "items": [
            {
                "kind": item.kind,
                "about": item.about,
                "number": item.number,
                "field": item.field,
                "halaxy": _value(item.sales),
                "xero": _value(item.ledger),
                "money": _money(item.money),
            }
            for item in found.items
        ],
        "outside": [{"about": one.about, "reason": one.reason, "amount": _money(one.amount)} for one in found.outside],
        "waiting": list(found.waiting),
        "not_ours": found.not_ours,
    }


def _side(side: Side) -> dict[str, Json]:
    return {
        "invoices": side.invoices,
        "invoiced": _money(side.invoiced),
        "payments": side.payments,
        "paid": _money(side.paid),
    }


def _print(found: Comparison) -> None:
    verdict = "both sides agree" if found.agrees else "both sides differ"
    say(
        f"{verdict}, {found.first} to {found.last}: difference {_money(found.difference)}",
        "green" if found.agrees else "red",
    )
    columns = ("day", "invoices H", "invoices X", "invoiced H", "invoiced X", "paid H", "paid X", "")
    days = [(day.day.isoformat(), day.sales, day.ledger) for day in found.days]
    table(columns, [_row(*day) for day in (*days, ("all", found.sales, found.ledger))])
    if found.items:
        table(
            ("what", "number", "field", "Halaxy", "Xero", "money"),
            [
                (f"{it.about} {it.kind}", it.number, it.field, _value(it.sales), _value(it.ledger), _money(it.money))
                for it in found.items[:_SHOWN]
            ],
            "Differences",
        )  # fmt: skip
    if len(found.items) > _SHOWN:
        say(f"and {len(found.items) - _SHOWN} more; --json has them all")
    for one in found.outside[:_SHOWN]:
        say(f"left out: {one.about} ({one.reason}), {_money(one.amount)}")
    if found.waiting:
        say(f"waiting for approval in Xero: {', '.join(found.waiting)}", "yellow")
    if found.not_ours:
        say(f"{found.not_ours} documents in Xero are a person's own and were not compared")


def _row(day: str, sales: Side, ledger: Side) -> tuple[Json, ...]:
    money = (_money(sales.invoiced), _money(ledger.invoiced), _money(sales.paid), _money(ledger.paid))
    return day, sales.invoices, ledger.invoices, *money, "" if sales == ledger else "differs"


def _value(value: Json) -> Json:
    if isinstance(value, Decimal):
        return _money(value)
    return value.isoformat() if isinstance(value, date) else value


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
