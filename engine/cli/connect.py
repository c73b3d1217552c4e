"""`daybook connect NAME` and `daybook disconnect NAME`.

Asks for what is missing: settings go into `daybook.yaml`, secrets come by hidden prompt or environment variable and
are kept encrypted, never in a file and never as an option. What is done with them stands in `engine.compose.sign_ins`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.opening import found, in_workspace
from engine.cli.output import say
from engine.clock import SystemClock
from engine.config.fill_in import with_settings
from engine.config.model import FILE
from engine.core.rule import Setting
from engine.errors import UserError
from engine.web.consent_return import ConsentReturn, is_loopback

if TYPE_CHECKING:
    from engine.compose.sign_ins import SignIn


@click.command()
@click.argument("name")
@click.option("--paste", is_flag=True, help="Paste the address that the browser ends on, instead of waiting for it.")
@click.option("--timeout", type=click.IntRange(1, 3600), default=300, show_default=True,
              help="How many seconds to wait for the browser.")  # fmt: skip
@in_workspace
def connect(folder: Path | None, name: str, paste: bool, timeout: int) -> None:
    """Connect NAME: asks for what is missing, and proves that it works."""
    from engine.compose.sign_ins import SignIn

    place = found(folder)
    _fill_in(place, name)
    with SignIn(place, os.environ, name) as sign_in:
        secrets = {secret: _secret(sign_in, secret) for secret in sign_in.secrets()}
        if not (secrets or sign_in.by_consent or sign_in.manifest.secrets):
            sign_in.connected()
            say(f"{sign_in.manifest.title} works without a sign-in.")
            return
        sign_in.keep(secrets)
        organisation = sign_in.consent(_way_back(sign_in.redirect, paste, timeout)) if sign_in.by_consent else ""
        sign_in.connected()
        whom = f" to {organisation}" if organisation else ""
    say(f"{name} is connected{whom}.", "green")


@click.command()
@click.argument("name")
@in_workspace
def disconnect(folder: Path | None, name: str) -> None:
    """Disconnect NAME: ends the sign-in there and forgets it here; what was posted stays."""
    from engine.compose.sign_ins import SignIn

    with SignIn(found(folder), os.environ, name) as sign_in:
        left = sign_in.disconnect()
    say(f"{name} is disconnected; its work waits.")
    if left:
        say(left, "yellow")


# --- what is missing -------------------------------------------------------------------------------------


def _fill_in(folder: Path, name: str) -> None:
    """Ask for settings without a value, and write them into the file."""
    from engine.compose.sign_ins import SignIn

    with SignIn(folder, os.environ, name) as sign_in:
        missing = sign_in.missing_settings()
    if not missing:
        return
    given = {setting.name: asked_for(setting.ask, variable_of(name, setting.name), hidden=False) for setting in missing}
    file = folder / FILE
    text = with_settings(file.read_text(encoding="utf-8"), name, given)
    if text is None:
        raise _write_it_yourself(name, missing)
    file.write_text(text, encoding="utf-8")
    say(f"Written into {file}: {', '.join(given)}.")


def _write_it_yourself(name: str, missing: tuple[Setting, ...]) -> UserError:
    words = ", ".join(setting.name for setting in missing)
    mend = f"Write them below `settings:` of {name} in {FILE}, then connect again."
    return UserError(f"The connection {name} has no {words}.", mend, "setting-missing")


def _secret(sign_in: SignIn, secret: str) -> str:
    words = f"{sign_in.manifest.title}: {secret.replace('_', ' ')}"
    return asked_for(words, variable_of(sign_in.name, secret), hidden=True)


def variable_of(connection: str, name: str) -> str:
    """The environment variable that gives a value of a connection."""
    return f"DAYBOOK_{connection}_{name}".upper()


def asked_for(question: str, variable: str, hidden: bool) -> str:
    """A value from the environment, or from the person, by a hidden prompt if it is a secret."""
    if value := os.environ.get(variable):
        return value
    try:
        answer: str = click.prompt(question, hide_input=hidden, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UserError(
            f"Nobody answered: {question}", f"Set {variable}, or run it in a terminal.", "no-answer"
        ) from None
    return answer.strip()


# --- consent ----------------------------------------------------------------------------------------------


def _way_back(redirect: str, paste: bool, seconds: int) -> Callable[[str], str]:
    """How the address comes back to us after consent."""
    if paste or not is_loopback(redirect):
        return _pasted

    def waited(address: str) -> str:
        place = ConsentReturn(redirect)
        try:
            say("Open this address in a browser and allow the access:")
            say(address)
            clock = SystemClock()
            until = clock.boottime() + seconds
            returned = place.wait(lambda: clock.boottime() < until)
        finally:
            place.close()
        if returned is None:
            what = f"The browser did not come back to {redirect} within {seconds} seconds."
            raise UserError(what, "Connect again; with --paste if the browser runs on another machine.", "no-return")
        return returned

    return waited


def _pasted(address: str) -> str:
    say("Open this address in a browser and allow the access:")
    say(address)
    say("The browser then goes to an address that may not open. Copy it from the address bar.")
    answer: str = click.prompt("Address that the browser ended on", err=True)
    return answer.strip()
