"""`daybook audit`: who repaired what, when and why, with both sides before and after; and the number of each day.

The log only grows; nothing here writes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from engine.cli.opening import as_json_too, in_workspace, looked_at
from engine.cli.output import print_json, table
from engine.cli.words import flat, local, plain
from engine.core.times import text_of
from engine.runtime.audit import entries, history

_DAY = click.DateTime(["%Y-%m-%d"])
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@click.command()
@click.option("--item", default="", metavar="D-...", help="Only about this difference.")
@click.option("--about", default="", help='Only about this, as in "invoice 1001".')
@click.option("--by", default="", help="Only what this person did.")
@click.option("--action", default="", type=click.Choice(["", "post", "link", "accept", "ignore"]))
@click.option("--since", type=_DAY, help="Only since this day.")
@click.option("--limit", default=50, show_default=True, help="At most so many.")
@click.option("--numbers", is_flag=True, help="The difference of each comparison instead, oldest first.")
@as_json_too
@in_workspace
def audit(
    folder: Path | None,
    item: str,
    about: str,
    by: str,
    action: str,
    since: datetime | None,
    limit: int,
    *,
    numbers: bool,
    as_json: bool,
) -> None:
    """List what people did about differences, newest first."""
    begin = since.replace(tzinfo=UTC) if since else None
    with looked_at(folder) as (config, store):
        zone = config.practice.timezone
        if numbers:
            found = history(store, begin or _BEGINNING)
        else:
            wanted = {"item": item, "about": about, "by": by, "action": action}
            found = entries(store, limit, since=text_of(begin) if begin else "", **wanted)
    if as_json:
        print_json([plain(entry) for entry in found])
    elif numbers:
        columns = ("at", "first", "last", "difference", "items")
        table(columns, [(local(row["at"], zone), *(_known(row[name]) for name in columns[1:])) for row in found])
    else:
        rows = [(local(row["at"], zone), *(row[name] for name in _SHOWN), flat(plain(row["after"]))) for row in found]
        table(("when", "who", "did", "item", "about", "reason", "after"), rows)


_SHOWN = ("by", "action", "item", "about", "reason")


def _known(value: object) -> object:
    return "unknown" if value is None else value
