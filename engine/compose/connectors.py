"""The one table of connectors, and how a connection is built from its settings, secrets and services.

The only place beside `sandboxes.py` that names connectors; each is imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from engine.compose.offered import CONNECTORS
from engine.config.model import FILE, Config
from engine.config.model import Connection as Settings
from engine.core.rule import Place
from engine.errors import Problems, SignInNeeded, UserError
from engine.library.connection_settings import connection_settings
from engine.library.manifest import Manifest
from engine.ports import Clock, Store
from engine.runtime.parts import ActionTerms, Connection, Limits
from engine.runtime.shelf import StoreShelf
from engine.runtime.vault import Box, StoreVault
from engine.sdk.contract import Connector, Door, DoorNeeds, Request, Response, Wire

Json = Any

_HOUR_SECONDS = 3600
_IN_HAND = 2  # a vendor's window may begin a moment before ours
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
    manifests: Mapping[str, Manifest]
    services: Mapping[str, Any]
    overrides: Mapping[str, Mapping[str, Json]]


def needs_of(outfit: Outfit, settings: Settings) -> DoorNeeds:
    """What a connection's door and sign-in are built from."""
    place = Place(FILE, 1, 1)
    given = {**settings.settings, **outfit.overrides.get(settings.name, {})}
    merged, problems = connection_settings(outfit.manifests[settings.connector], given, place)
    errors = tuple(problem for problem in problems if problem.severity == "error")
    if errors:
        raise Problems(errors)
    vault = StoreVault(outfit.store, outfit.box, outfit.clock, settings.name, outfit.holder)
    notebook = StoreShelf(outfit.store, settings.name, outfit.clock.now)
    services = {**outfit.services, "notebook": notebook}
    return DoorNeeds(merged, vault, outfit.wire, outfit.clock.now, services)


def open_connection(outfit: Outfit, settings: Settings) -> Connection:
    """A connection ready for use.

    Raises:
        UserError: The connector is unknown.
        Problems: A setting is not of its type.
    """
    found = connector(settings.connector)
    if found.open_door is None:
        raise UserError(f'The connector "{found.name}" cannot be connected.', "", "no-door")
    needs = needs_of(outfit, settings)
    manifest = outfit.manifests[found.name]
    return Connection(
        name=settings.name,
        connector=found,
        door=_door(found.open_door, needs),
        terms=_terms(manifest, settings),
        limits=_limits(manifest, settings),
        settings=needs.settings,
        poll_seconds=_poll_seconds(found, settings),
        poll_events=_poll_events(manifest),
    )


class _ClosedDoor:
    """Stands where a connection cannot be used yet, so that one unfinished connection stops no other."""

    def __init__(self, fault: UserError) -> None:
        self._fault = fault

    def prepare(self) -> None:
        raise SignInNeeded(self._fault.what, self._fault.mend)

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        raise SignInNeeded(self._fault.what, self._fault.mend)


def _door(open_door: Callable[[DoorNeeds], Door], needs: DoorNeeds) -> Door:
    try:
        return open_door(needs)
    except UserError as fault:
        return _ClosedDoor(fault)


def _poll_seconds(found: Connector, settings: Settings) -> dict[str, int]:
    """The practice's own interval, for the polls that watch what happens; daily and hourly ones keep theirs."""
    own = settings.poll_seconds
    return {poll.name: own for poll in found.polls if own is not None and poll.every_seconds < _HOUR_SECONDS}


def _poll_events(manifest: Manifest) -> dict[str, frozenset[str]]:
    """What each poll brings that runs only while a rule awaits some of it."""
    return {
        name: frozenset(kind for kind, trigger in manifest.triggers.items() if trigger.poll == name)
        for name, poll in manifest.polls.items()
        if poll.when_awaited
    }


def _terms(manifest: Manifest, settings: Settings) -> dict[str, ActionTerms]:
    own = settings.timing
    return {
        name: ActionTerms(
            name=name,
            kind=action.kind,
            batch=action.batch,
            find=action.find,
            unknown=action.unknown,
            settles_after_seconds=_first(own.settles_after_seconds, action.settles_after_seconds),
            send_within_seconds=_first(own.send_within_seconds, action.send_within_seconds),
            time_limit_seconds=_first(own.time_limit_seconds, action.time_limit_seconds),
            writes=action.writes,
            lane_order=action.lane_order,
            inputs=action.inputs,
            outputs=tuple(action.outputs.get("properties", ())),
            marker=action.marker,
        )
        for name, action in manifest.actions.items()
    }


def _limits(manifest: Manifest, settings: Settings) -> Limits:
    """The practice's own limits, else the vendor's with a little kept in hand for a clock that runs ahead."""
    stated, own, none = manifest.limits, settings.limits, Limits()
    minute = stated.minute - _IN_HAND if stated.minute else none.minute
    return Limits(_first(own.minute, minute), _first(own.day, stated.day or none.day), stated.at_once or none.at_once)


def _first(own: int | None, stated: int) -> int:
    return own if own is not None else stated
