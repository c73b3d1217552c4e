"""`daybook webhooks`: what to type in at Halaxy and Xero so that they say themselves when something changed.

How it is made and kept stands in `engine.compose.webhooks`.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.connect import asked_for, variable_of
from engine.cli.opening import as_json_too, in_workspace, opened
from engine.cli.output import print_json, say, table
from engine.cli.words import local

if TYPE_CHECKING:
    from engine.compose.webhooks import Entry


@click.group(invoke_without_command=True)
@as_json_too
@in_workspace
@click.pass_context
def webhooks(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """List the addresses to type in at the vendors; they hold secrets."""
    from engine.compose.webhooks import entries

    context.obj = folder
    if context.invoked_subcommand is not None:
        return
    with opened(folder) as workspace:
        found = entries(workspace)
        zone = workspace.config.practice.timezone
    if as_json:
        print_json([asdict(entry) for entry in found])
        return
    for entry in found:
        _show(entry, zone)


@webhooks.command()
@click.argument("name")
@in_workspace
@click.pass_obj
def rotate(above: Path | None, name: str, folder: Path | None) -> None:
    """Make new addresses and a new header value for NAME; the old ones are refused at once."""
    from engine.compose.webhooks import rotate as renew

    with opened(folder or above) as workspace:
        entry = renew(workspace, name)
        zone = workspace.config.practice.timezone
    _show(entry, zone)
    say("Type them in now. Until then nothing is lost: changes are found every few minutes as always.")


@webhooks.command()
@click.argument("name")
@in_workspace
@click.pass_obj
def key(above: Path | None, name: str, folder: Path | None) -> None:
    """Keep the signing key that the page of NAME's vendor shows."""
    from engine.compose.webhooks import keep_key

    with opened(folder or above) as workspace:
        keep_key(workspace, name, asked_for("Webhook signing key", variable_of(name, "webhook_key"), hidden=True))
    say(f'Kept. With "daybook serve" running, send the intent to receive from the page of {name}\'s vendor.')


def _show(entry: Entry, zone: str) -> None:
    say(f"{entry.connection}: {entry.where}")
    rows = [(one.event or "all events", one.url, local(one.last_at, zone)) for one in entry.addresses]
    table(("event", "address", "last came"), rows)
    if entry.header:
        click.echo(f"header value: {entry.header}")
    if entry.signed and not entry.has_key:
        say(f'The signing key is missing: "daybook webhooks key {entry.connection}".', "yellow")
