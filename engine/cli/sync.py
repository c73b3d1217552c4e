"""`daybook sync now` and `daybook sync test`: reads and posts at once, and says what came of it.

Beside a running `daybook serve` it only makes its polls come sooner. What is verified stands in
`engine.compose.trial_posting`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import logs
from engine.cli.main import WRONG
from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table
from engine.cli.signals import on_request_to_end
from engine.errors import UserError
from engine.lang.faults import did_you_mean

if TYPE_CHECKING:
    from engine.compose.workspace import Workspace

_COUNTED = ("events", "runs", "calls")


@click.group()
def sync() -> None:
    """Read and post without waiting for the next poll."""


@sync.command()
@click.option("--connection", metavar="NAME", help="Only the polls of this connection.")
@click.option("--invoice", metavar="ID", help="Only this invoice, read and posted again; by id or number.")
@click.option("--day", metavar="D", type=click.DateTime(["%Y-%m-%d"]), help="Only the invoices dated on this day.")
@in_workspace
def now(folder: Path | None, connection: str | None, invoice: str | None, day: datetime | None) -> None:
    """Poll now and work until all is quiet; or only one invoice, or those of one day."""
    from engine.compose.service import work_until_quiet

    logs.set_up("console", "error")
    if sum(wish is not None for wish in (connection, invoice, day)) > 1:
        raise UserError("That is more than one wish.", "Give one of --connection, --invoice and --day.", "too-many")
    with opened(folder) as workspace:
        names = _polled(workspace, connection)
        before, moment = _counts(workspace), workspace.clock.now()
        if invoice is not None or day is not None:
            _again(workspace, invoice, day)
        else:
            for name in names:
                workspace.loop.polls.soon(name, moment)
        stop = threading.Event()
        on_request_to_end(stop.set)
        work_until_quiet(workspace.loop, workspace.clock, stop)
        after = _counts(workspace)
        failed = [row for row in workspace.store.rows("cursors") if row["failures"] and row["connection"] in names]
        statuses = {row["status"]: row["n"] for row in workspace.store.rows("run_counts")}
        held = len(workspace.store.rows("holds"))
    say(", ".join(f"{after[name] - before[name]} {name}" for name in _COUNTED))
    say("all runs: " + (", ".join(f"{count} {status}" for status, count in statuses.items()) or "none yet"))
    if held:
        say(f'{held} held: see "daybook holds"', "yellow")
    for row in failed:
        say(f"{row['connection']}: the poll {row['poll']} failed: {row['problem']}", "red")
    if failed:
        raise click.exceptions.Exit(WRONG)


@sync.command("test")
@click.argument("invoice")
@as_json_too
@in_workspace
def try_out(folder: Path | None, invoice: str, as_json: bool) -> None:
    """Post one invoice and its payments for real, then verify every field in Xero."""
    from engine.compose.trial_posting import try_out as post

    logs.set_up("console", "error")
    with opened(folder) as workspace:
        stop = threading.Event()
        on_request_to_end(stop.set)
        tested = post(workspace, invoice, stop)
    if as_json:
        print_json(
            {"invoice": tested.invoice, "passed": tested.passed, "checks": [asdict(one) for one in tested.checks]}
        )
    else:
        rows = [("ok" if one.ok else "not ok", one.what, one.found, "" if one.ok else one.wanted)
                for one in tested.checks]  # fmt: skip
        table(("", "what", "in Xero", "wanted"), rows)
        text = (
            "Everything in Xero is as it should be." if tested.passed else "Something in Xero is not as it should be."
        )
        say(text, "green" if tested.passed else "red")
    if not tested.passed:
        raise click.exceptions.Exit(WRONG)


def _again(workspace: Workspace, invoice: str | None, day: datetime | None) -> None:
    """Read the wished invoices afresh, and have each compared with Xero and posted."""
    from engine.compose.asked import ids_of_day, post_again, read_invoices, sale_named

    ids = ids_of_day(workspace, day.date()) if day else [str(sale_named(workspace, invoice or "")["id"])]
    if not ids:
        say("Halaxy has no invoice of that day.")
        return
    read_invoices(workspace, ids)
    post_again(workspace, [sale_named(workspace, id) for id in ids], "is posted on request")


def _polled(workspace: Workspace, wished: str | None) -> list[str]:
    """The connections that are read."""
    states = {row["name"]: row["state"] for row in workspace.store.rows("connections")}
    known = [name for name, found in workspace.parts.connections.items() if found.connector.polls]
    if wished is not None and wished not in known:
        raise UserError(
            f'There is no connection "{wished}" that is polled.', did_you_mean(wished, known), "no-such-connection"
        )
    names = [wished] if wished else known
    closed = [name for name in names if states.get(name) != "open"]
    if closed:
        raise UserError(f"{closed[0]} is not connected.", f'Run "daybook connect {closed[0]}".', "not-connected")
    return names


def _counts(workspace: Workspace) -> Mapping[str, int]:
    counts: Mapping[str, int] = workspace.store.rows("table_counts")[0]
    return counts
