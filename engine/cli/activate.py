"""`daybook activate`: from now on invoices arrive in Xero as the settings say, no longer as drafts.

What has to be in place first stands in `engine.compose.setup.coverage` and `engine.compose.readiness`.
"""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import in_workspace, opened
from engine.cli.output import say
from engine.errors import UserError


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_workspace
def activate(folder: Path | None, yes: bool) -> None:
    """Go live: checks that set-up is complete and that the maps have no gap."""
    from engine.compose.setup.coverage import all_gaps

    with opened(folder) as workspace:
        found = tuple(f"{gap.text} {gap.mend}".strip() for gap in all_gaps(workspace))
        if found:
            raise UserError("\n  ".join(("The practice cannot be activated yet.", *found)), "", "not-ready")
        ledgers = [name for name, one in workspace.config.connections.items() if one.connector == "xero"]
        if not ledgers:
            raise UserError("There is no Xero connection.", "Add one to daybook.yaml.", "no-ledger")
        states = {row["name"]: row for row in workspace.store.rows("connections")}
        if all(states[name]["activated_at"] for name in ledgers):
            say("The practice is activated already.")
            return
        if not yes:
            click.confirm(
                "From now on invoices arrive in Xero as the settings say, no longer as drafts. Go on?", abort=True
            )
        for name in ledgers:
            workspace.activate(name)
    say("Activated. What stands as a draft now is approved in Xero by a person.", "green")
