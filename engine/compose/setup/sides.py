"""The first steps of the guide: both sides are connected, and what their sign-ins allow.

Connecting itself asks for secrets and a browser, so it is a command of its own (`daybook connect`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.halaxy.permissions import permissions as of_key
from connectors.xero.permissions import permissions as of_app
from engine.compose.setup.asking import ask, must_be_open
from engine.compose.setup.memory import connection_of
from engine.compose.setup.step import Finding, Looked
from engine.compose.workspace import Workspace
from engine.errors import UserError
from engine.sdk.capabilities import Permission

BOTH = ("halaxy", "xero")


def connected(workspace: Workspace) -> Looked:
    """Whether both sides are connected."""
    found: list[Finding] = []
    for connector in BOTH:
        try:
            name = connection_of(workspace, connector).name
            must_be_open(workspace, name)
        except UserError as fault:
            found.append(Finding("gap", fault.what, fault.mend))
        else:
            found.append(Finding("ok", f"{name} is connected."))
    return Looked("connect", tuple(found))


def allowed(workspace: Workspace) -> Looked:
    """What the key of Halaxy and the app of Xero may do, against what Daybook needs."""
    xero = connection_of(workspace, "xero")
    token = workspace.needs(xero.name).vault.get("access_token")
    of_xero = of_app(token, str(xero.settings.get("mode") or "pkce"))
    mends = (
        "Switch it on for the key in Halaxy (Settings, Integrations, API keys); nothing else has to be done.",
        f'Run "daybook connect {xero.name}" again and allow everything that Xero shows.',
    )
    return Looked(
        "permissions",
        (*_findings("Halaxy", ask(workspace, "halaxy", of_key()), mends[0]), *_findings("Xero", of_xero, mends[1])),
    )


def _findings(side: str, permissions: Iterable[Permission], mend: str) -> Iterator[Finding]:
    for one in permissions:
        if one.granted:
            yield Finding("ok", f"{side} allows {one.name}, {one.purpose}.")
        elif one.granted is None:
            yield Finding("note", f"{side} does not tell whether it allows {one.name}, {one.purpose}.")
        elif one.vital:
            yield Finding("gap", f"{side} does not allow {one.name}, which Daybook needs {one.purpose}.", mend)
        else:
            text = f"{side} does not allow {one.name}: Daybook works, but is not able {one.purpose}."
            yield Finding("note", text, mend)
