"""`daybook preview INVOICE`: the documents and the ledger that posting it would write; nothing is written.

How they are found out stands in `engine.compose.preview`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table

if TYPE_CHECKING:
    from engine.compose.preview.documents import Document
    from engine.compose.preview.preview import Preview


@click.command()
@click.argument("invoice")
@as_json_too
@in_workspace
def preview(folder: Path | None, invoice: str, as_json: bool) -> None:
    """Show what posting INVOICE would write to Xero: every document, and the double entry they make."""
    from engine.compose.preview.preview import preview as of

    with opened(folder) as workspace:
        found = of(workspace, invoice)
    if as_json:
        print_json(found.plain())
    else:
        _print(found)


def _print(found: Preview) -> None:
    for document in found.documents:
        _document(document)
    if found.ledger:
        rows = [(row.date, row.account, row.debit or "", row.credit or "", row.document) for row in found.ledger]
        table(("date", "account", "debit", "credit", "document"), rows, "Ledger")
    if found.waits:
        say(f"It {found.waits}.", "yellow")
    if found.hold:
        code, what, sentence = found.hold
        say(f"It would be held, {code}: {sentence}", "yellow")
        say(f"  {what}")
    elif not found.documents:
        say(f"Nothing would be written; {found.end}." if found.end else "Nothing would be written.")
    if found.draft:
        say("These are drafts: the ledger counts once a person has approved them in Xero.", "yellow")
    say("Nothing was sent.", "green")


def _document(one: Document) -> None:
    dates = f", dated {one.date}" if one.date else ""
    due = f", due {one.due}" if one.due else ""
    status = f", {one.status}" if one.status else ""
    say(f"{one.verb} {one.kind} {one.number}{dates}{due}{status}", "bold")
    if one.contact:
        say(f"  contact: {one.contact}")
    if one.reference:
        say(f"  reference: {one.reference}")
    if one.kind != "contact":
        where = f" to account {one.account}" if one.account else ""
        on = f" on {one.on}" if one.on else ""
        say(f"  {one.amount}{where}{on}" + (f", of it GST {one.tax}" if one.lines else ""))
    for line in one.lines:
        booked = f"account {line.account}, {line.tax_type}, GST {line.tax}"
        say(f"    {line.quantity:f} x {line.text}: {line.amount}, {booked}")
