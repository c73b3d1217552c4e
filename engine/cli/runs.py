"""`daybook runs`: the newest runs.

What is known of a run is gathered in `engine.runtime.reports`.
"""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import as_json_too, in_workspace, looked_at
from engine.cli.output import print_json, table
from engine.cli.words import local
from engine.runtime import reports

_STATUSES = ("queued", "running", "waiting", "succeeded", "failed", "cancelled")


@click.command()
@click.option("--status", type=click.Choice(_STATUSES), default=None, help="Only runs of this status.")
@click.option("--rule", default="", metavar="ID", help="Only runs of this rule.")
@click.option("--subject", default="", metavar="ID", help="Only runs about this record, such as an invoice's id.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many at most.")
@as_json_too
@in_workspace
def runs(folder: Path | None, status: str | None, rule: str, subject: str, limit: int, as_json: bool) -> None:
    """List the newest runs."""
    with looked_at(folder) as (config, store):
        found = reports.runs(store, status or "", rule, subject, limit)
    if as_json:
        print_json(found)
        return
    zone = config.practice.timezone
    table(
        ("run", "status", "rule", "subject", "began", "ended", "reason"),
        [
            (run["id"], run["status"], run["rule"], run["subject"], local(run["created_at"], zone),
             local(run["ended_at"], zone), run["reason"])
            for run in found
        ],
    )  # fmt: skip
