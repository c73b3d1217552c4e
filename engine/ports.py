"""The ports: clock, ids, store, queue. Runtime sees these; compose picks what stands behind them.

Protocols and the plain data that crosses them; no implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Json = Any
Row = Mapping[str, Any]


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Aware UTC time; may jump."""
        ...

    def boottime(self) -> float:
        """Seconds since boot, suspended time included; never jumps."""
        ...

    def boot_id(self) -> str:
        """Identifies this boot of this machine."""
        ...


class Ids(Protocol):
    """The only source of new ids."""

    def new(self, prefix: str) -> str:
        """A fresh id, sortable by time: `run_01J9...`."""
        ...


class Jitter(Protocol):
    """The only source of chance."""

    def __call__(self) -> float:
        """A number from 0 to 1."""
        ...


# --- the store ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row; the unit is lost when it breaks a unique key, unless `ignore` lets the old row stand."""

    table: str
    row: Row
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Changes the rows that match `where`; the unit is lost unless exactly `expect` rows did (None: any)."""

    table: str
    where: Row
    set: Row = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    expect: int | None = 1


@dataclass(frozen=True, slots=True)
class Put:
    """Inserts a row or replaces the one with the same key columns."""

    table: str
    key: Row
    row: Row


@dataclass(frozen=True, slots=True)
class Delete:
    """Removes the rows that match; the unit is lost unless exactly `expect` rows did (None: any)."""

    table: str
    where: Row
    expect: int | None = None


Change = Insert | Update | Put | Delete
Unit = tuple[Change, ...]


class Store(Protocol):
    """The truth. A unit lands whole or not at all; no caller ever holds a transaction open."""

    def write(self, *units: Unit) -> tuple[bool, ...]:
        """Write units, each on its own; True for each that landed, False for each that lost a race.

        Raises:
            Bug: A unit breaks the schema in another way than losing a race.
        """
        ...

    def rows(self, query: str, **params: object) -> list[dict[str, Any]]:
        """Run a named query of `queries.sql`."""
        ...

    def close(self) -> None:
        """Finish what is being written."""
        ...


# --- the queue ------------------------------------------------------------------------------------


class Queue(Protocol):
    """Carries hints only: "look at run N". Any hint may vanish; the store's due rows are the truth."""

    def hint(self, run: str) -> None:
        """Say that a run has something to do."""
        ...

    def take(self, limit: int, wait_seconds: float) -> tuple[str, ...]:
        """Up to `limit` hinted runs, each once; empty when none came within the time."""
        ...

    def close(self) -> None:
        """Stop; what was not taken is forgotten."""
        ...
