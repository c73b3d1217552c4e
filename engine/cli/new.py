"""`daybook new`: writes a starter rule into the workspace, with a test and with the schema that editors complete by.

What is written stands in `engine.compose.starting`.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from engine.cli.opening import found, in_workspace
from engine.cli.output import say


@click.command()
@click.argument("id", default="", metavar="[ID]")
@click.option("--when", default="", metavar="EVENT", help="The event or schedule that starts it.")
@click.option("--do", default="", metavar="ACTION", help="What it does.")
@in_workspace
def new(folder: Path | None, id: str, when: str, do: str) -> None:
    """Write a starter rule ID (such as follow_ups/thank_you); nothing is written over."""
    from engine.compose.starting import Wanted, write_starter

    workspace = found(folder)
    made, files = write_starter(workspace, os.environ, Wanted(id, when, do))
    say(f"Wrote {', '.join(file.relative_to(workspace).as_posix() for file in files)}", "green")
    say("Next:")
    for number, step in enumerate((f"edit {files[0]}", "daybook check", f"daybook test {made}"), 1):
        say(f"  {number}. {step}")
