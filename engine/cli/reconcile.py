"""`daybook reconcile`: reads both sides of a period fresh, says whether they agree to the cent, and repairs on request.

The comparison itself is `connectors.books.compare`. A side that cannot be read makes the verdict "unknown", never
agreement.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from engine.cli.main import CANNOT, WRONG
from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say
from engine.errors import UserError

Json = Any
_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 50
_WAIT_SECONDS = 180.0


@click.group(invoke_without_command=True)
@click.option("--from", "first", type=_DAY, help="First day; by default the first of this month.")
@click.option("--to", "last", type=_DAY, help="Last day; by default today.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the differences as CSV.")
@click.option("--html", "as_html", is_flag=True, help="Print one page to read or print.")
@as_json_too
@in_workspace
@click.pass_context
def reconcile(
    context: click.Context,
    folder: Path | None,
    first: datetime | None,
    last: datetime | None,
    *,
    as_csv: bool,
    as_html: bool,
    as_json: bool,
) -> None:
    """Prove that Halaxy and Xero agree, and show what does not; "reconcile repair" mends one difference."""
    from engine.compose.agreement import compare_now

    context.obj = (folder, first, last)
    if context.invoked_subcommand is not None:
        return
    if as_csv + as_html + as_json > 1:
        raise UserError("Choose one of --json, --csv and --html.", "", "one-form")
    with opened(folder) as workspace:
        report = compare_now(workspace, _day(first), _day(last), _WAIT_SECONDS).report
    _print(report, as_csv=as_csv, as_html=as_html, as_json=as_json)
    if report["difference"] is None:
        raise click.exceptions.Exit(CANNOT)
    if not report["agrees"]:
        raise click.exceptions.Exit(WRONG)


@reconcile.command()
@click.argument("item")
@click.option("--do", "how", required=True, type=click.Choice(["post", "link", "accept", "ignore"]))
@click.option("--reason", default="", help="Why; accept and ignore need one.")
@click.option("--by", default="", help="Who; by default the user of this system.")
@click.option("--from", "first", type=_DAY, help="First day of the period in which it was found.")
@click.option("--to", "last", type=_DAY, help="Last day of that period.")
@in_workspace
@click.pass_obj
def repair(
    above: tuple[Path | None, datetime | None, datetime | None],
    item: str,
    how: str,
    reason: str,
    by: str,
    first: datetime | None,
    last: datetime | None,
    folder: Path | None,
) -> None:
    """Mend one difference: post the invoice again, link a document, or let it stand with a reason."""
    from engine.compose.agreement import compare_now
    from engine.compose.repairs import repair as mend

    with opened(folder or above[0]) as workspace:
        found = compare_now(workspace, _day(first or above[1]), _day(last or above[2]), _WAIT_SECONDS).comparison
        if found is None:
            raise UserError("A side could not be read, so nothing is repaired.", "Try again later.", "unknown")
        mine = next((each for each in found.items if each.key == item), None)
        if mine is None:
            mend_it = 'See them with "daybook reconcile"; name the same days with --from and --to.'
            raise UserError(f'There is no difference "{item}" now.', mend_it, "no-such-item")
        say(mend(workspace, mine, how, by or getpass.getuser(), reason))


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _print(report: Mapping[str, Json], *, as_csv: bool, as_html: bool, as_json: bool) -> None:
    from connectors.books.report_files import csv_of, html_of
    from connectors.books.report_text import lines_of

    if as_json:
        print_json(report)
    elif as_csv:
        sys.stdout.write(csv_of(report))
    elif as_html:
        sys.stdout.write(html_of(report))
    else:
        head, *rest = lines_of(report, _SHOWN)
        say(head, "yellow" if report["difference"] is None else "green" if report["agrees"] else "red")
        for line in rest:
            say(line)
