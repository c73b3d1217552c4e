"""The one table of connectors, and how a connection is built from its settings, secrets and services.

The only place beside `sandboxes.py` that names connectors; each is imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any

from engine.config.model import Config
from engine.config.model import Connection as Settings
from engine.errors import UserError
from engine.ports import Clock, Store
from engine.runtime.flows import drive
from engine.runtime.parts import ActionTerms, Connection, Limits, Parts
from engine.runtime.shelf import StoreShelf
from engine.runtime.vault import Box, StoreVault
from engine.sdk.capabilities import LedgerDocument, Message
from engine.sdk.contract import Connector, DoorNeeds, PollTime, Wire
from engine.sdk.records import Sale

Json = Any

CONNECTORS = ("halaxy", "xero", "email", "notifications", "books")
_NEEDS_CONSENT = ("halaxy", "xero")  # a person has to connect these; the others work from their settings


def connector(name: str) -> Connector:
    """The connector of that name; raises UserError for an unknown one."""
    if name not in CONNECTORS:
        raise UserError(f'There is no connector "{name}".', f"There are: {', '.join(CONNECTORS)}.", "no-connector")
    found: Connector = import_module(f"connectors.{name}.connector").CONNECTOR
    return found


def first_state(name: str) -> str:
    """The state in which a connection of a connector begins."""
    return "new" if name in _NEEDS_CONSENT else "open"


@dataclass(frozen=True, slots=True)
class Outfit:
    """What connections are built with."""

    config: Config
    store: Store
    box: Box
    clock: Clock
    wire: Wire
    holder: str
    manifests: Mapping[str, Mapping[str, Json]]
    services: Mapping[str, Any]
    overrides: Mapping[str, Mapping[str, Json]]


def needs_of(outfit: Outfit, settings: Settings) -> DoorNeeds:
    """What a connection's door and sign-in are built from."""
    merged = {**settings.settings, **outfit.overrides.get(settings.name, {})}
    vault = StoreVault(outfit.store, outfit.box, outfit.clock, settings.name, outfit.holder)
    notebook = StoreShelf(outfit.store, settings.name, outfit.clock.now)
    services = {**outfit.services, "notebook": notebook}
    return DoorNeeds(merged, vault, outfit.wire, outfit.clock.now, services)


def open_connection(outfit: Outfit, settings: Settings) -> Connection:
    """A connection ready for use.

    Raises:
        UserError: The connector is unknown, or a setting does not fit.
    """
    found = connector(settings.connector)
    if found.open_door is None:
        raise UserError(f'The connector "{found.name}" cannot be connected.', "", "no-door")
    needs = needs_of(outfit, settings)
    manifest = outfit.manifests[found.name]
    return Connection(
        name=settings.name,
        connector=found,
        door=found.open_door(needs),
        terms=_terms(manifest, settings),
        limits=_limits(manifest, settings),
        settings=needs.settings,
    )


def _terms(manifest: Mapping[str, Json], settings: Settings) -> dict[str, ActionTerms]:
    timing = settings.timing
    terms = {}
    for name, action in manifest["actions"].items():
        batch = action.get("batch", {})
        terms[name] = ActionTerms(
            name=name,
            kind=action["kind"],
            batch=int(batch.get("max", 1)),
            find=int(batch.get("find", 1)),
            unknown=tuple(action.get("unknown", ())),
            settles_after_seconds=_seconds(timing.settles_after_seconds, action.get("settles_after_seconds", 120)),
            send_within_seconds=_seconds(timing.send_within_seconds, action.get("send_within_seconds", 30)),
            time_limit_seconds=_seconds(timing.time_limit_seconds, action.get("time_limit_seconds", 30)),
            writes=action.get("writes", "yes") == "yes",
            lane_order=int(action.get("lane_order", 0)),
        )
    return terms


def _seconds(own: int | None, manifest: Json) -> float:
    return float(own if own is not None else manifest)


def _limits(manifest: Mapping[str, Json], settings: Settings) -> Limits:
    stated = manifest.get("limits", {})
    own = settings.limits
    return Limits(
        minute=int(own.minute if own.minute is not None else stated.get("minute", 100_000)),
        day=int(own.day if own.day is not None else stated.get("day", 1_000_000)),
        at_once=int(stated.get("at_once", 4)),
    )


class Reader:
    """The capabilities that connectors fulfil for one another, over whichever connection fulfils them.

    See `engine.sdk.capabilities`: SalesSource, Ledger, Mailer. Made before the parts are, so they are given later.
    """

    def __init__(self) -> None:
        self._parts: Parts | None = None

    def attach(self, parts: Parts) -> None:
        """From now on, use these parts."""
        self._parts = parts

    def sales(self, first: date, last: date) -> tuple[Sale, ...]:
        """Every sale dated in a period, fresh."""
        parts, connection = self._with("sales")
        shelf = StoreShelf(parts.store, connection.name, parts.now)
        found: tuple[Sale, ...] = self._drive(connection, first, last, shelf, _time(parts, connection))
        return found

    def documents(self, first: date, last: date) -> tuple[LedgerDocument, ...]:
        """Every sales document dated in a period, fresh."""
        parts, connection = self._with("documents")
        found: tuple[LedgerDocument, ...] = self._drive(connection, first, last, _time(parts, connection))
        return found

    def send(self, message: Message) -> None:
        """Send one message by e-mail."""
        _, connection = self._with("mailer")
        self._drive(connection, message)

    def can(self, capability: str) -> bool:
        """Whether a connection fulfils it."""
        return self._parts is not None and any(
            capability in connection.connector.capabilities for connection in self._parts.connections.values()
        )

    def _drive(self, connection: Connection, *args: object) -> Any:
        if self._parts is None:
            raise UserError("The engine is not running.", "", "not-running")
        capability = next(iter(connection.connector.capabilities.values()))
        return drive(self._parts, connection, capability(*args), "read")

    def _with(self, capability: str) -> tuple[Parts, Connection]:
        if self._parts is not None:
            for connection in self._parts.connections.values():
                if capability in connection.connector.capabilities:
                    return self._parts, connection
        raise UserError(f"No connection can do {capability}.", "Add one to daybook.yaml.", "no-capability")


def _time(parts: Parts, connection: Connection) -> PollTime:
    return PollTime(parts.now(), parts.practice.timezone, connection.settings)
