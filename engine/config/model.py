"""The workspace as frozen data: practice, people, channels, connections, store, queue, rulesets.

Reads nothing: `engine.config.read` makes it from `daybook.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

from engine.core.rule import Place

Json = Any

FILE = "daybook.yaml"
IN_PROCESS = "in process"
DEFAULT_STORE = "data/daybook.sqlite"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TOP_OF_FILE = Place(FILE, 1, 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """One stretch of a weekday (0 is Monday) in which the practice is open; local times."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice; `locations` are names by id, `opening_hours` in the order of the week."""

    name: str
    timezone: str
    country: str = "AU"
    state: str | None = None
    currency: str = "AUD"
    locations: Mapping[str, str] = field(default_factory=dict)
    opening_hours: tuple[Hours, ...] = ()

    def names(self) -> dict[str, Json]:
        """What rules see as `practice`: plain texts, opening hours as texts by weekday."""
        hours = {day: [_span(h) for h in self.opening_hours if h.weekday == n] for n, day in enumerate(DAYS)}
        return {
            "name": self.name,
            "timezone": self.timezone,
            "currency": self.currency,
            "country": self.country,
            "state": self.state,
            "locations": dict(self.locations),
            "opening_hours": {day: ", ".join(spans) or "closed" for day, spans in hours.items()},
        }


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the staff, with the roles that rules name and the channels on which to be told."""

    name: str
    email: str
    roles: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell people something; its kind is one of the notifications connector."""

    name: str
    kind: str
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """Overrides of a connector's own figures, in seconds; None leaves the manifest's."""

    send_within_seconds: int | None = None
    time_limit_seconds: int | None = None
    settles_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Own limits in calls, below the vendor's; None leaves the manifest's."""

    minute: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One account at a vendor; settings are texts (or lists and maps of texts), cast by the manifest's types.

    `poll_seconds` is None for the manifest's own interval, `place` is where the settings stand.
    """

    name: str
    connector: str
    settings: Mapping[str, Json] = field(default_factory=dict)
    timing: Timing = Timing()
    limits: Limits = Limits()
    poll_seconds: int | None = None
    place: Place = _TOP_OF_FILE


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where `daybook serve` listens for vendors' webhooks, and the public https address that leads there."""

    host: str
    port: int
    address: str


@dataclass(frozen=True, slots=True)
class Config:
    """All of `daybook.yaml`; `queue` is "in process" or a redis address, `store` a path or address as written.

    `webhooks` is None unless the file asks for them.
    """

    workspace: Path
    practice: Practice
    people: tuple[Person, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    store: str = DEFAULT_STORE
    queue: str = IN_PROCESS
    rulesets: tuple[str, ...] = ()
    webhooks: Webhooks | None = None

    @property
    def database(self) -> Path:
        """The store's file; a relative path is below the workspace."""
        return self.workspace / self.store

    def people_of(self, role: str) -> tuple[Person, ...]:
        """Everyone with a role (compared without regard to case)."""
        return tuple(person for person in self.people if role.casefold() in map(str.casefold, person.roles))


def _span(hours: Hours) -> str:
    return f"{hours.opens:%H:%M}-{hours.closes:%H:%M}"
