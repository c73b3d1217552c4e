"""What every part of the runtime shares: the ports, the rules in force, and the open connections.

Data and look-ups only; the parts themselves stand in their own files, each with a `step(now)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.core.calendar import Calendar
from engine.core.rule import Rule
from engine.core.values import loads
from engine.errors import Bug
from engine.ports import Clock, Ids, Jitter, Queue, Store
from engine.runtime.templates import NoTemplates, Templates
from engine.sdk.contract import Call, Connector, Door, Element, Posting

Json = Any


class Practice(Protocol):
    """The practice, as `daybook.yaml` describes it."""

    @property
    def timezone(self) -> str: ...
    def names(self) -> Mapping[str, Json]: ...


@dataclass(frozen=True, slots=True)
class ActionTerms:
    """What a manifest says of an action: what it takes and gives, how it travels, how the unknown is settled."""

    name: str
    kind: str
    batch: int = 1
    find: int = 1
    unknown: tuple[str, ...] = ()
    settles_after_seconds: float = 120.0
    send_within_seconds: float = 30.0
    time_limit_seconds: float = 30.0
    writes: bool = True
    lane_order: int = 0
    inputs: Mapping[str, Json] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    marker: str = ""

    def element(self, row: Mapping[str, Any]) -> Element:
        """An attempt as its call sees it: that of a rule's own step is marked by the input that the manifest names."""
        payload = loads(row["element"])
        own = not row["part"] and self.marker != ""
        return Element(str(payload.get(self.marker) or "") if own else row["marker"], payload)

    def complete(self, result: Mapping[str, Json]) -> dict[str, Json]:
        """A result with every output that the manifest promises; what the action left out is none."""
        return {**dict.fromkeys(self.outputs), **result}


@dataclass(frozen=True, slots=True)
class Limits:
    """How many requests a connection may make, with one or two in hand below the vendor's own."""

    minute: int = 100_000
    day: int = 1_000_000
    at_once: int = 4


@dataclass(frozen=True, slots=True)
class Connection:
    """One sign-in to one vendor, open for use. `terms` are its connector's actions by bare name.

    `poll_events` names the polls that run only while a rule awaits one of these events.
    """

    name: str
    connector: Connector
    door: Door
    terms: Mapping[str, ActionTerms]
    limits: Limits = Limits()
    settings: Mapping[str, Json] = field(default_factory=dict)
    poll_seconds: Mapping[str, int] = field(default_factory=dict)
    poll_events: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def call(self, action: str) -> Call:
        """The call behind `create_invoice`."""
        return self.connector.calls[action]


class RulesInForce(Protocol):
    """The rules, their settings and maps, as loaded last."""

    def active(self) -> tuple[Rule, ...]: ...
    def switched_off(self) -> tuple[Rule, ...]: ...
    def plan(self, rule: str, version: str) -> Rule: ...
    def names(self, rule: str) -> Mapping[str, Json]: ...
    def text_of(self, rule: str) -> tuple[str, str]: ...


def no_key(text: str) -> tuple[str, ...]:
    """Digests of a text where there is no key: none can be made."""
    raise Bug("Keys of waits on sensitive fields need the workspace's key.")


@dataclass(frozen=True, slots=True)
class Parts:
    """Handed to every part of the runtime.

    Attributes:
        readers: By event type, the action that reads each of its objects again.
        staff: Addresses of the practice's own people, in lower case.
        templates: Fills template files in.
        sensitive: By event type, the paths of its sensitive fields: what waits for one is stored as a digest.
        digests: What a text may be known by under the workspace's keys, the newest first.
    """

    store: Store
    queue: Queue
    clock: Clock
    ids: Ids
    jitter: Jitter
    practice: Practice
    calendar: Calendar
    rules: RulesInForce
    connections: Mapping[str, Connection]
    readers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()
    templates: Templates = field(default_factory=NoTemplates)
    sensitive: Mapping[str, frozenset[str]] = field(default_factory=dict)
    digests: Callable[[str], tuple[str, ...]] = no_key

    def connection(self, name: str) -> Connection:
        """An open connection; raises Bug for an unknown name."""
        if name not in self.connections:
            raise Bug(f'There is no connection "{name}".')
        return self.connections[name]

    def connection_for(self, connector: str, wished: str | None) -> Connection | None:
        """The connection that an action of a connector uses: the wished one, or the only one."""
        fitting = [c for c in self.connections.values() if c.connector.name == connector]
        if wished is not None:
            fitting = [c for c in fitting if c.name == wished]
        return fitting[0] if len(fitting) == 1 else None

    def posting(self, connection: Connection, action: str) -> Posting | None:
        """The posting of that name, None when the action is a call."""
        return connection.connector.postings.get(action)

    def now(self) -> datetime:
        """The clock's time."""
        return self.clock.now()
