"""`daybook holds`: what waits for its cause to go away, and a person's word on it.

What a word does stands in `engine.runtime.resolve_hold`.
"""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import as_json_too, in_workspace, looked_at, opened
from engine.cli.output import print_json, say, table
from engine.cli.words import local
from engine.runtime import reports
from engine.runtime.resolve_hold import resolve_hold


@click.group(invoke_without_command=True)
@as_json_too
@in_workspace
@click.pass_context
def holds(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """List open holds, oldest first; "holds resolve" lets one go on."""
    context.obj = folder
    if context.invoked_subcommand is not None:
        return
    with looked_at(folder) as (config, store):
        found = reports.holds(store)
    if as_json:
        print_json(found)
        return
    zone = config.practice.timezone
    table(
        ("hold", "code", "about", "cause", "rule", "since", "choices", "means"),
        [
            (hold["id"], hold["code"], hold["about"], hold["cause"], hold["rule"], local(hold["opened_at"], zone),
             " / ".join(hold["choices"]), hold["sentence"])
            for hold in found
        ],
    )  # fmt: skip


@holds.command()
@click.argument("hold")
@click.option("--choose", required=True, metavar="CHOICE", help='As "daybook holds" lists them.')
@in_workspace
@click.pass_obj
def resolve(above: Path | None, hold: str, choose: str, folder: Path | None) -> None:
    """Say what becomes of one hold."""
    with opened(folder or above) as workspace:
        run = resolve_hold(workspace.parts, hold, choose, workspace.clock.now())
    say(f'{run} goes on. A running "daybook serve" takes it up; otherwise run "daybook serve --once".')
