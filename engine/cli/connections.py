"""`daybook connections`: each connection's state, what it used of its limits, and how its polls do.

Connecting is in `connect.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, table
from engine.cli.words import local
from engine.runtime import reports

Json = Any
_STATES = {"new": "not connected", "open": "connected", "paused": "paused"}


@click.command()
@as_json_too
@in_workspace
def connections(folder: Path | None, as_json: bool) -> None:
    """List the connections."""
    with opened(folder) as workspace:
        known = list(workspace.parts.connections.values())
        found = reports.connections(workspace.store, known, workspace.clock.now())
        zone = workspace.config.practice.timezone
    if as_json:
        print_json(found)
        return
    table(
        ("connection", "connector", "state", "calls a minute", "calls a day", "last read", "reason"),
        [
            (row["name"], row["connector"], f"{_STATES.get(row['state'], row['state'])}{_activated(row)}",
             _used(row, "minute"), _used(row, "day"), local(_last_read(row), zone), _reason(row))
            for row in found
        ],
    )  # fmt: skip


def _activated(row: dict[str, Json]) -> str:
    return ", activated" if row["activated"] else ""


def _used(row: dict[str, Json], span: str) -> str:
    return f"{row['calls'][span]} of {row['calls'][f'{span}_limit']}"


def _last_read(row: dict[str, Json]) -> str | None:
    """When its least fresh poll last brought something home."""
    return min((poll["last_at"] or "" for poll in row["polls"]), default=None) or None


def _reason(row: dict[str, Json]) -> str:
    problems = [f"{poll['poll']}: {poll['problem']}" for poll in row["polls"] if poll["problem"]]
    return "; ".join(filter(None, dict.fromkeys([row["reason"], *problems])))
