"""The webhooks of a workspace: their addresses and secrets, and the server that takes them in.

Makes secrets and keeps them in the vault of each connection. What a delivery leads to is `engine.runtime`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.clock import unguessable
from engine.compose.workspace import Workspace
from engine.errors import UserError
from engine.runtime.hooks import Receiver
from engine.sdk.contract import Vault
from engine.sdk.webhook import HEADER_SECRET, KEY_SECRET, Webhook, path_secret
from engine.web.hooks import webhook_app
from engine.web.listening import Listening

Json = Any


@dataclass(frozen=True, slots=True)
class Address:
    """One address to type in at the vendor; `event` as the vendor's screen calls it, "" for all."""

    event: str
    url: str
    last_at: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person types in for one connection: `header` is the value of the header, "" where the vendor signs."""

    connection: str
    connector: str
    where: str
    addresses: tuple[Address, ...]
    header: str = ""
    signed: bool = False
    has_key: bool = False


def listening(workspace: Workspace, rang: Callable[[], None]) -> Listening | None:
    """The server that takes webhooks in, begun; None when `daybook.yaml` does not ask for any."""
    settings = workspace.config.webhooks
    if settings is None:
        return None
    vaults = {name: workspace.needs(name).vault for name in _hooks(workspace)}
    receiver = Receiver(workspace.parts, lambda connection, name: vaults[connection].get(name), rang)
    app = webhook_app(receiver.receive, workspace.clock.boottime)
    return Listening(app, settings.host, settings.port)


def entries(workspace: Workspace) -> tuple[Entry, ...]:
    """What to type in, for every connection that has a webhook; secrets that are missing are made.

    Raises:
        UserError: Webhooks are off.
    """
    return tuple(_entry(workspace, name, hook) for name, hook in _hooks(workspace).items())


def rotate(workspace: Workspace, connection: str) -> Entry:
    """New secrets for a connection; the old addresses and the old header are refused from now on.

    Raises:
        UserError: There is no such webhook, or its secret is the vendor's.
    """
    hook = _hook(workspace, connection)
    if hook.signed:
        what = f"The key of {connection} is made by the vendor."
        raise UserError(
            what, f'Have it make a new one there, then run "daybook webhooks key {connection}".', "not-ours"
        )
    _vault(workspace, connection).put({name: unguessable() for name in _secrets(hook)})
    return _entry(workspace, connection, hook)


def keep_key(workspace: Workspace, connection: str, key: str) -> None:
    """Keep the signing key that the vendor shows.

    Raises:
        UserError: There is no such webhook, or it has no key; or the key is empty.
    """
    if not _hook(workspace, connection).signed:
        raise UserError(f"The webhook of {connection} has no signing key.", "", "no-key")
    if not key.strip():
        raise UserError("The signing key is empty.", "Copy it from the vendor's page.", "no-key")
    _vault(workspace, connection).put({KEY_SECRET: key.strip()})


def _hooks(workspace: Workspace) -> dict[str, Webhook]:
    known = workspace.parts.connections
    return {name: known[name].connector.webhook for name in known if known[name].connector.webhook is not None}  # type: ignore[misc]


def _hook(workspace: Workspace, connection: str) -> Webhook:
    hooks = _hooks(workspace)
    if connection not in hooks:
        known = ", ".join(hooks) or "none"
        raise UserError(f'There is no webhook of a connection "{connection}".', f"There are: {known}.", "no-webhook")
    return hooks[connection]


def _vault(workspace: Workspace, connection: str) -> Vault:
    return workspace.needs(connection).vault


def _secrets(hook: Webhook) -> list[str]:
    """The names of what we make ourselves."""
    return [] if hook.signed else [HEADER_SECRET, *(path_secret(event) for event in hook.events)]


def _entry(workspace: Workspace, connection: str, hook: Webhook) -> Entry:
    settings = workspace.config.webhooks
    if settings is None:
        what = "Webhooks are off. They need a public https address; everything works without them."
        mend = "To have changes seen within seconds, write `webhooks:` with an `address:` into daybook.yaml."
        raise UserError(what, mend, "webhooks-off")
    vault = _vault(workspace, connection)
    missing = {name: unguessable() for name in _secrets(hook) if not vault.get(name)}
    if missing:
        vault.put(missing)
    connector = workspace.parts.connections[connection].connector.name
    base = f"{settings.address}/hooks/{connector}/{connection}"
    heard = {row["event"]: row["last_at"] for row in workspace.store.rows("delivered", connection=connection)}
    addresses = tuple(
        Address(words, f"{base}/{event}/{vault.get(path_secret(event))}", heard.get(event))
        for event, words in hook.events.items()
    )
    return Entry(
        connection,
        connector,
        hook.where,
        addresses or (Address("", base, heard.get("")),),
        "" if hook.signed else vault.get(HEADER_SECRET) or "",
        hook.signed,
        bool(vault.get(KEY_SECRET)),
    )
