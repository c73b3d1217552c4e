"""`daybook serve`: runs everything until it is stopped; with --once until all is quiet.

The threads stand in `engine.compose.service`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import logs
from engine.cli.main import WRONG
from engine.cli.opening import in_workspace, opened
from engine.cli.output import console, say
from engine.cli.signals import on_request_to_end

if TYPE_CHECKING:
    from engine.compose.service import Service
    from engine.compose.workspace import Workspace


@click.command()
@click.option("--once", is_flag=True, help="Work until all is quiet, then end.")
@click.option("--log", "form", type=click.Choice(("json", "console")), default=None,
              help="How the log is written; by default for people on a terminal, else JSON.")  # fmt: skip
@click.option("--level", type=click.Choice(("debug", "info", "warning", "error")), default="info", show_default=True,
              help="The least level that is logged.")  # fmt: skip
@in_workspace
def serve(folder: Path | None, once: bool, form: str | None, level: str) -> None:
    """Poll, run rules, send calls - until stopped with Ctrl-C; what is being sent is finished first."""
    from engine.compose.service import Service, work_until_quiet

    logs.set_up(
        "json" if (form or ("console" if console(stderr=True).is_terminal else "json")) == "json" else "console", level
    )
    with opened(folder) as workspace:
        _tell_of_older_runs(workspace)
        if not once:
            service = Service(workspace.parts)
            on_request_to_end(service.stop)
            with _hearing(workspace, service):
                service.run()
            return
        stop = threading.Event()
        on_request_to_end(stop.set)
        work_until_quiet(workspace.loop, workspace.clock, stop)
        failed = [row for row in workspace.store.rows("cursors") if row["failures"]]
    for row in failed:
        say(f"{row['connection']}: the poll {row['poll']} failed: {row['problem']}", "red")
    if failed:
        raise click.exceptions.Exit(WRONG)


@contextmanager
def _hearing(workspace: Workspace, service: Service) -> Iterator[None]:
    """Takes webhooks in meanwhile, if the workspace asks for it."""
    from engine.compose.webhooks import listening

    door = listening(workspace, service.ring)
    try:
        yield
    finally:
        if door is not None:
            door.close()


def _tell_of_older_runs(workspace: Workspace) -> None:
    """Runs whose rule has another text now, until a person has said what becomes of them."""
    from engine.runtime.apply_rule import older_runs

    older = [run for run in older_runs(workspace.parts, workspace.rules.current()) if not run.kept]
    if older:
        rules = ", ".join(sorted({run.rule for run in older}))
        what = f"{len(older)} open runs began with an older text of {rules}, and end with it."
        click.echo(f'{what} Decide with "daybook rules apply".', err=True)
