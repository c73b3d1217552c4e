"""`daybook sync now`: reads both sides at once, works until all is quiet, and says what came of it.

Beside a running `daybook serve` it only makes its polls come sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import logs
from engine.cli.main import WRONG
from engine.cli.opening import in_workspace, opened
from engine.cli.output import say
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
@in_workspace
def now(folder: Path | None, connection: str | None) -> None:
    """Poll now and work until all is quiet."""
    from engine.compose.service import work_until_quiet

    logs.set_up("console", "error")
    with opened(folder) as workspace:
        names = _polled(workspace, connection)
        before, moment = _counts(workspace), workspace.clock.now()
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
