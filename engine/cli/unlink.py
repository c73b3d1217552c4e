"""`daybook unlink INVOICE` and `daybook link INVOICE`: an invoice taken out of Daybook's hands, and given back.

What that means stands in `engine.compose.unlinking`.
"""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from engine.cli.opening import in_workspace, opened
from engine.cli.output import say


@click.command()
@click.argument("invoice")
@click.option("--reason", required=True, help="Why; it is kept.")
@in_workspace
def unlink(folder: Path | None, invoice: str, reason: str) -> None:
    """Leave INVOICE to people: what stands in Xero stays as it is, and nothing of it is posted any more."""
    from engine.compose.unlinking import unlink as take_out

    with opened(folder) as workspace:
        left = take_out(workspace, invoice, reason, getpass.getuser())
    shown = f" Left as they are in Xero: {', '.join(left)}." if left else " Nothing of it was in Xero."
    say(f"The invoice is unlinked.{shown}")
    say('Give it back with "daybook link".')


@click.command()
@click.argument("invoice")
@in_workspace
def link(folder: Path | None, invoice: str) -> None:
    """Give INVOICE back to Daybook: it is compared with Xero again, and what is missing is posted."""
    from engine.compose.unlinking import link as give_back

    with opened(folder) as workspace:
        count = give_back(workspace, invoice, getpass.getuser())
    say(f"The invoice is linked again, with {count} documents.")
    say('A running "daybook serve" goes on with it; otherwise run "daybook sync now".')
