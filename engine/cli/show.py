"""`daybook show RUN`: one run whole - its event, history, attempts, calls and holds.

Personal values are masked; showing them is asked for first, and written into the run's history.
"""

from __future__ import annotations

import getpass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.cli.opening import as_json_too, in_workspace, looked_at
from engine.cli.output import print_json, say, table
from engine.cli.words import flat, local, masked, plain
from engine.clock import SystemClock
from engine.core.run import Entry
from engine.ports import Store
from engine.runtime import reports
from engine.runtime.rows import history_rows

Json = Any


@click.command()
@click.argument("run")
@click.option("--values", is_flag=True, help="Show personal values too; asks first, and is kept in the history.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_too
@in_workspace
def show(folder: Path | None, run: str, values: bool, yes: bool, as_json: bool) -> None:
    """Show one run: what happened in it, its attempts, calls and holds."""
    with looked_at(folder) as (config, store):
        found = reports.show(store, run)
        if values:
            if not yes:
                click.confirm("Names and addresses will be shown, and that you saw them is kept. Go on?", abort=True)
            _note(store, run, SystemClock().now())
    shown = _readable(found, values)
    if as_json:
        print_json(shown)
    else:
        _print(shown, config.practice.timezone)


def _note(store: Store, run: str, now: datetime) -> None:
    """Keep who looked at the values, beside the values."""
    store.write(tuple(history_rows(run, (Entry("values shown", "", {"by": getpass.getuser()}),), now)))


def _readable(found: dict[str, Json], values: bool) -> dict[str, Json]:
    history = [{**line, "detail": plain(line["detail"])} for line in found["history"]]
    if not values:
        history = [{**line, "detail": masked(line["detail"])} for line in history]
    return {**found, "history": history}


def _print(found: dict[str, Json], zone: str) -> None:
    run, event = found["run"], found["event"]
    reason = f" ({run['reason']})" if run["reason"] else ""
    say(f"{run['id']}  {run['status']}{reason}", "bold")
    say(f"rule {run['rule']}, version {run['rule_version'][:12]}, subject {run['subject'] or '-'}")
    say(f"event {event['type']} of {local(event['time'], zone)}: {event['title']}")
    table(
        ("at", "what", "step", "detail"),
        [(local(line["at"], zone), line["kind"], line["step"], flat(line["detail"])) for line in found["history"]],
        "History",
    )
    if found["attempts"]:
        table(
            ("attempt", "step", "part", "action", "try", "state", "marker"),
            map(_attempt, found["attempts"]),
            "Attempts",
        )
    if found["calls"]:
        calls = [
            (call["id"], call["action"], call["state"], call["status"], local(call["written_at"], zone),
             local(call["answered_at"], zone), call["repeats"], call["lookups"])
            for call in found["calls"]
        ]  # fmt: skip
        table(("call", "action", "state", "HTTP", "written", "answered", "repeats", "look-ups"), calls, "Calls")
    if found["holds"]:
        holds = [
            (hold["id"], hold["code"], hold["about"], local(hold["opened_at"], zone), local(hold["released_at"], zone),
             hold["released_by"], hold["sentence"])
            for hold in found["holds"]
        ]  # fmt: skip
        table(("hold", "code", "about", "opened", "released", "by", "means"), holds, "Holds")


def _attempt(row: dict[str, Json]) -> tuple[Json, ...]:
    state = f"{row['state']}: {row['rejected'][0]} {row['rejected'][1]}" if row["rejected"] else row["state"]
    return row["id"], row["path"], row["part"], row["action"], row["number"], state, row["marker"]
