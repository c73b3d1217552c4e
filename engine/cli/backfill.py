"""`daybook backfill --since DATE`: the import of history, with a preview first; may be stopped and gone on with.

What is read and stored stands in `engine.compose.backfilling`.
"""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import logs
from engine.cli.main import WRONG
from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say
from engine.cli.signals import on_request_to_end

if TYPE_CHECKING:
    from engine.compose.backfilling import Import, Plan
    from engine.compose.workspace import Workspace


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
              help="The first invoice date that is imported.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only show what it would bring and cost.")
@click.option("--undo", is_flag=True, help="Take opening balances back out of Xero, with the money posted on them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_too
@in_workspace
def backfill(folder: Path | None, since: datetime | None, dry_run: bool, undo: bool, yes: bool, as_json: bool) -> None:
    """Import older invoices and their payments; live work and people go first."""
    from engine.compose.backfilling import begin, read

    logs.set_up("console", "error")
    if undo:
        _undo(folder, yes)
        return
    if since is None:
        raise click.UsageError("Say from which invoice date on: --since 2026-01-01.")
    with opened(folder) as workspace:
        wish = read(workspace, since.date())
        if as_json:
            print_json(asdict(wish.plan))
        else:
            _show(wish.plan)
        if dry_run:
            return
        if not wish.plan.empty and not yes:
            click.confirm("Import them?", abort=True, err=True)
        stop = threading.Event()
        on_request_to_end(stop.set)
        begin(workspace, wish)
        remaining = _import(workspace, wish, stop, as_json)
    if remaining:
        raise click.exceptions.Exit(WRONG)


def _undo(folder: Path | None, yes: bool) -> None:
    from engine.compose.taking_back import opening_sales, take_back

    with opened(folder) as workspace:
        count = len(opening_sales(workspace))
        if count and not yes:
            click.confirm(f"Take {count} opening balances back out of Xero?", abort=True, err=True)
        take_back(workspace, "the import is reset")
    say(f'{count} opening balances are taken back: run "daybook sync now", or let "daybook serve" do it.')


def _import(workspace: Workspace, wish: Import, stop: threading.Event, silent: bool) -> int:
    """Store slice by slice, each worked on before the next; gives how many invoices are not through."""
    from engine.compose.backfilling import left, store
    from engine.compose.service import work_until_quiet

    total = wish.plan.invoices + wish.plan.opening
    stored = 0
    work_until_quiet(workspace.loop, workspace.clock, stop)
    for events in wish.slices():
        if stop.is_set() or left(workspace):
            break
        store(workspace, wish, events)
        stored += len(events)
        work_until_quiet(workspace.loop, workspace.clock, stop)
        if not silent:
            say(f"{stored} of {total} invoices taken over, {left(workspace)} of them under way")
    waiting = left(workspace) + total - stored
    if not silent:
        _end(waiting, bool(left(workspace)))
    return waiting


def _end(waiting: int, limited: bool) -> None:
    if not waiting:
        say("All of it is imported.", "green")
        return
    why = " The calls for an import are used up for now." if limited else ""
    say(f"{waiting} invoices are left.{why} Run the same command again; what is imported stays.", "yellow")


def _show(plan: Plan) -> None:
    if plan.empty:
        say(f"Nothing since {plan.since} is missing.", "green")
        return
    say(f"{plan.invoices} invoices over {plan.invoiced:.2f} from {plan.since} to {plan.until}")
    say(f"{plan.payments} payments and credits on them, {plan.paid:.2f} of it money received")
    if plan.opening:
        say(f"{plan.opening} older invoices as opening balances, {plan.opening_owed:.2f} owed now")
    say(f"{plan.contacts} new contacts")
    days = "less than a day" if plan.days <= 1 else f"{plan.days} days"
    say(f"about {plan.calls} calls to Xero at least: {days}, with a third of every day left for live work")
