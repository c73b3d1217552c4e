"""`daybook init`: makes a workspace, and says what to do next.

What is written stands in `engine.compose.new_workspace`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import available_timezones

import click

from engine.cli.output import say
from engine.clock import SystemClock
from engine.config.model import FILE
from engine.config.read import STATES
from engine.core.times import local_day
from engine.errors import UserError
from engine.lang.faults import LangError, did_you_mean
from engine.lang.types import cast

_ZONES = {
    "ACT": "Australia/Sydney",
    "NSW": "Australia/Sydney",
    "NT": "Australia/Darwin",
    "QLD": "Australia/Brisbane",
    "SA": "Australia/Adelaide",
    "TAS": "Australia/Hobart",
    "VIC": "Australia/Melbourne",
    "WA": "Australia/Perth",
}


def _email(context: click.Context, parameter: click.Parameter, text: str) -> str:
    try:
        return str(cast(text.strip(), "email"))
    except LangError as fault:
        raise click.BadParameter(fault.message) from None


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".", metavar="[DIR]")
@click.option("--name", prompt="Name of the practice", help="Name of the practice.")
@click.option(
    "--state", prompt="State or territory", type=click.Choice(STATES, case_sensitive=False), help="Its state."
)
@click.option("--timezone", help="Its IANA time zone; by default that of the state's capital.")
@click.option("--person", prompt="Name of the practice manager", help="Who is told of what needs a person.")
@click.option("--email", prompt="E-mail of the practice manager", callback=_email, help="Where.")
@click.option("--start-date", type=click.DateTime(["%Y-%m-%d"]),
              help="Invoices from this day on are posted; by default the first of this month.")  # fmt: skip
def init(
    folder: Path, name: str, state: str, timezone: str | None, person: str, email: str, start_date: datetime | None
) -> None:
    """Make a workspace in DIR (by default this folder); nothing is written over."""
    from engine.compose.new_workspace import Answers, make_workspace

    if (folder / FILE).exists():
        raise UserError(f"{folder} is a workspace already.", "Choose another folder.", "workspace-exists")
    zone = timezone or _ZONES[state]
    if zone not in available_timezones():
        mend = did_you_mean(zone, available_timezones()) or "Write it as Australia/Sydney."
        raise UserError(f'There is no timezone "{zone}".', mend, "unknown-timezone")
    today = local_day(SystemClock().now(), zone)
    start = start_date.date() if start_date else today.replace(day=1)
    written = make_workspace(folder, Answers(name, zone, state, person, email, start))
    say(
        f"Made the workspace {folder.resolve()}: {', '.join(str(file.relative_to(folder)) for file in written)}",
        "green",
    )
    say("Next:")
    for number, step in enumerate(_NEXT, 1):
        say(f"  {number}. {step}")


_NEXT = (
    "daybook connect halaxy   (an API key from Halaxy: Settings, Integrations)",
    "daybook connect xero     (an app of yours from developer.xero.com, with the redirect address that is shown)",
    "daybook connect email    (your mail server; without one, notices go to the inbox only)",
    "daybook setup            (leads through the rest: organisation, accounts, maps, going live; it may be stopped)",
    "daybook sync test ID     (posts one invoice for real, and verifies every field of it in Xero)",
    "daybook serve            (keeps both sides equal)",
)
