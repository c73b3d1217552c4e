"""`daybook remap MAP`: what was posted under rows of a map that have changed since; with --apply it is mended.

How it is found and mended stands in `engine.compose.remapping`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table

if TYPE_CHECKING:
    from engine.compose.remapping import Remap


@click.command()
@click.argument("map")
@click.option("--apply", "mend", is_flag=True, help="Mend what can be mended.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_too
@in_workspace
def remap(folder: Path | None, map: str, mend: bool, yes: bool, as_json: bool) -> None:
    """List documents and lines that MAP would send to another account now than when they were posted."""
    from engine.compose.remapping import apply
    from engine.compose.remapping import remap as look

    with opened(folder) as workspace:
        found = look(workspace, map)
        if as_json:
            print_json(found.plain())
        else:
            _print(found)
        if not mend or not any(not one.fixed for one in found.posted):
            return
        if not yes:
            click.confirm("Write these lines to the new accounts in Xero?", abort=True, err=True)
        count = apply(workspace, found)
    if not as_json:
        say(f'{count} invoices follow. A running "daybook serve" does it; otherwise run "daybook sync now".')


def _print(found: Remap) -> None:
    if not found.posted:
        say(f"Everything stands where maps/{found.map}.yaml says.", "green")
        return
    columns = ("document", "date", "name", "amount", "from", "to", "not mended because")
    rows = [(one.document, one.date, one.name, one.amount, one.old, one.new, one.fixed) for one in found.posted]
    table(columns, rows)
    for (old, new), amount in found.sums.items():
        say(f"{amount} from {old} to {new}")
