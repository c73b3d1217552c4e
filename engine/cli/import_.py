"""`daybook import`: takes in what Halaxy's reports tell and its API does not, with a preview, all or nothing.

What the rows mean is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.opening import in_workspace, opened
from engine.cli.output import say, table
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.compose.importing import Planned

Json = Any
_KINDS = ("expenses", "payouts", "fees", "invoices")
_SHOWN = 20
_WHY = (
    "Halaxy's API tells no expenses, payouts, withheld fees, due dates or claims; its reports do, and so come in here."
)


@click.command(name="import", epilog=_WHY)
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--columns", "own", multiple=True, metavar="NAME=HEADING", help="Which heading a column has here.")
@click.option("--using", "saved", metavar="NAME", default="", help="Headings saved before under this name.")
@click.option("--save-as", metavar="NAME", default="", help="Save the headings under this name.")
@click.option("--whole", is_flag=True, help="The file has all rows of its days: known ones that it lacks are gone.")
@click.option("--older", is_flag=True, help="Go back where the file says what was changed since.")
@click.option("--connection", metavar="NAME", default="", help="The Halaxy connection, if there are several.")
@click.option("--dry-run", is_flag=True, help="Only show what would be taken in.")
@in_workspace
def import_(
    folder: Path | None,
    kind: str,
    file: Path,
    own: tuple[str, ...],
    saved: str,
    save_as: str,
    whole: bool,
    older: bool,
    connection: str,
    dry_run: bool,
) -> None:
    """Take in a report: expenses, payouts, fees (of payments) or invoices (due dates and claims).

    Reads CSV and XLSX. A file with a bad row is not taken in at all, and every bad row is named. Taking in the same
    file again, or one that overlaps with it, changes nothing.
    """
    from engine.compose.importing import Wish, carry_out, plan

    wish = Wish(kind, file, dict(_pairs(own)), saved, save_as, whole, older, connection)
    with opened(folder) as workspace:
        planned = plan(workspace, wish)
        _show(planned)
        if dry_run:
            say("Nothing was stored: this was a dry run.", "dim")
            return
        carry_out(workspace, wish, planned)
    if planned.taken.repeated:
        return
    say('Taken in. "daybook sync now" or the running service does the rest.')


def _pairs(own: Iterable[str]) -> Iterable[tuple[str, str]]:
    for pair in own:
        name, mark, heading = pair.partition("=")
        if not mark or not heading.strip():
            raise UserError(f'"{pair}" is no column.', 'Write it as --columns gross="Total inc GST".', "bad-columns")
        yield name.strip(), heading.strip()


def _show(planned: Planned) -> None:
    """The preview: what is new, changed and known, with sums, and the first rows of it."""
    from connectors.halaxy.imports.taking_in import summed

    taken = planned.taken
    if taken.repeated:
        say("This file was taken in before: nothing to do.", "green")
        return
    for word, told in (("new", taken.new), ("changed", taken.changed)):
        amount = summed(told) if told else None
        say(f"{len(told)} {word}" + (f", {amount:,.2f} in all" if amount is not None else ""))
    say(f"{taken.known} already known")
    if taken.older:
        say(f"{len(taken.older)} say what was changed since", "yellow")
    if planned.report.totals:
        say(f"{len(planned.report.totals)} total rows left out")
    rows = [("new", one) for one in taken.new] + [("changed", one) for one in taken.changed]
    if rows:
        table(("", "id", "what", "day", "sum"), [_row(word, one) for word, one in rows[:_SHOWN]])
    if len(rows) > _SHOWN:
        say(f"... and {len(rows) - _SHOWN} more")


def _row(word: str, one: Json) -> Sequence[Json]:
    """One row of the preview; no name of a person is among these records."""
    names = ("supplier", "method", "pay_run", "claim")
    what = next((getattr(one, name) for name in names if getattr(one, name, None)), "")
    day = next((getattr(one, name) for name in ("date", "bank_date", "due") if getattr(one, name, None)), "")
    amount = next((getattr(one, name) for name in ("gross", "net", "fee") if getattr(one, name, None) is not None), "")
    gone = "gone" if getattr(one, "deleted", False) else word
    return gone, one.id, what, day, amount
