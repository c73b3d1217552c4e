"""Runs the connectors' polls: drives each generator over its door and stores what it found in one unit.

A poll that fails leaves its cursor where it was and is tried again; its find is stored whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.core.times import local_day, text_of, time_of
from engine.core.values import dumps, loads
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.ports import Change, Delete, Put, Update
from engine.runtime.awaited import awaited
from engine.runtime.budgets import limited, room, sign_in_needed, worked
from engine.runtime.flows import Waits, drive
from engine.runtime.ingest import accept, take_in
from engine.runtime.parts import Connection, Parts
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import Found, NewEvent, Poll, PollTime

Json = Any
_LOG = structlog.get_logger()
_RETRY_SECONDS = 30
_LONGEST_RETRY_SECONDS = 900
_LATE_INTERVALS = 3
_LATE_AT_LEAST = timedelta(hours=1)


class Polls:
    """All polls of all connections, in the order of their tables."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def step(self, now: datetime) -> bool:
        """Run the first poll that is due; True when one ran."""
        for connection in self._parts.connections.values():
            idle = self._idle(connection)
            for poll in connection.connector.polls:
                row = self._cursor(connection.name, poll.name)
                if poll.name in idle:
                    self._forget(row)
                elif self._is_due(connection, poll, row, now) and room(self._parts, connection, now).open:
                    self._run(connection, poll, row, now)
                    return True
        return False

    def run_one(self, connection: str, poll: str, now: datetime) -> None:
        """Run one poll now, whether it is due or not; a failure is noted in its cursor as always."""
        known = self._parts.connection(connection)
        for one in known.connector.polls:
            if one.name == poll:
                self._run(known, one, self._cursor(connection, poll), now)

    def _is_due(self, connection: Connection, poll: Poll, row: Mapping[str, Any] | None, now: datetime) -> bool:
        """Whether its time has come, or is further off than it is ever put: a clock that was ahead has set it."""
        longest = max(self._interval(connection, poll), timedelta(seconds=_LONGEST_RETRY_SECONDS))
        return row is None or not text_of(now) < row["next_at"] <= text_of(now + longest)

    def soon(self, connection: str, now: datetime, poll: str | None = None) -> None:
        """Have a poll of a connection (None: all of them) run as soon as possible ("sync now")."""
        where = {"connection": connection} if poll is None else {"connection": connection, "poll": poll}
        self._parts.store.write((Update("cursors", where, {"next_at": text_of(now)}, expect=None),))

    def _idle(self, connection: Connection) -> frozenset[str]:
        """The polls of a connection that cost calls and bring only what no rule awaits."""
        if not connection.poll_events:
            return frozenset()
        wanted = awaited(self._parts)
        return frozenset(name for name, events in connection.poll_events.items() if not events & wanted)

    def _forget(self, row: Mapping[str, Any] | None) -> None:
        """A poll that nobody awaits loses its place: awaited again, it begins from then, not from long ago."""
        if row is not None:
            self._parts.store.write((Delete("cursors", {"connection": row["connection"], "poll": row["poll"]}),))

    def _cursor(self, connection: str, poll: str) -> Mapping[str, Any] | None:
        rows = self._parts.store.rows("cursor", connection=connection, poll=poll)
        return rows[0] if rows else None

    def _run(self, connection: Connection, poll: Poll, row: Mapping[str, Any] | None, now: datetime) -> None:
        position = loads(row["position"]) if row else None
        shelf = StoreShelf(self._parts.store, connection.name, self._parts.now)
        time = PollTime(now, self._parts.practice.timezone, connection.settings)
        try:
            found = drive(self._parts, connection, poll.run(position, shelf, time), "poll")
        except SignInNeeded as fault:
            self._failed(connection, poll, row, [sign_in_needed(connection.name, fault.what)], fault.what, now)
        except Waits as wait:
            self._failed(connection, poll, row, [limited(connection.name, wait.limit, now)], "", now)
        except (NoAnswer, NotSent) as fault:
            self._failed(connection, poll, row, [], fault.what, now)
        else:
            self._found(connection, poll, row, found, now)

    def _found(
        self, connection: Connection, poll: Poll, row: Mapping[str, Any] | None, found: Found, now: datetime
    ) -> None:
        cursor = {
            "position": dumps(found.cursor),
            "last_at": text_of(now),
            "next_at": text_of(now + self._interval(connection, poll)),
            "failures": 0,
            "problem": "",
        }
        key = {"connection": connection.name, "poll": poll.name}
        moved: Change = Put("cursors", key, cursor)
        if row is not None:
            moved = Update("cursors", {**key, "position": row["position"], "last_at": row["last_at"]}, cursor)
        changes = take_in(self._parts, connection.connector.name, connection.name, found, now)
        landed = self._parts.store.write((moved, *changes, *worked(self._parts, connection.name)))[0]
        _LOG.debug("poll finished", connection=connection.name, poll=poll.name, events=len(found.events), landed=landed)

    def _failed(
        self,
        connection: Connection,
        poll: Poll,
        row: Mapping[str, Any] | None,
        extra: list[Change],
        why: str,
        now: datetime,
    ) -> None:
        failures = (row["failures"] if row else 0) + 1
        wait = min(_RETRY_SECONDS * 2 ** min(failures - 1, 10), _LONGEST_RETRY_SECONDS)
        cursor = {
            "position": row["position"] if row else "null",
            "last_at": row["last_at"] if row else None,
            "next_at": text_of(now + timedelta(seconds=wait)),
            "failures": failures,
            "problem": why,
        }
        extra += self._late(connection, poll, row, now)
        _LOG.warning("poll failed", connection=connection.name, poll=poll.name, failures=failures)
        self._parts.store.write((Put("cursors", {"connection": connection.name, "poll": poll.name}, cursor), *extra))

    def _late(self, connection: Connection, poll: Poll, row: Mapping[str, Any] | None, now: datetime) -> list[Change]:
        """Says once a day that a poll has brought nothing home for much longer than its interval."""
        if row is None or not row["last_at"]:
            return []
        late = now - time_of(row["last_at"])
        if late < max(_LATE_INTERVALS * self._interval(connection, poll), _LATE_AT_LEAST):
            return []
        told = {
            "connection": connection.name,
            "name": poll.name,
            "last_at": time_of(row["last_at"]),
            "late_minutes": int(late.total_seconds() // 60),
        }
        day = local_day(now, self._parts.practice.timezone)
        key = f"poll late {connection.name} {poll.name} {day.isoformat()}"
        event = NewEvent("books.poll_late", key, now, "A connection is not read in time", {"poll": told})
        return accept(self._parts, "books", "books", (event,), now)

    def _interval(self, connection: Connection, poll: Poll) -> timedelta:
        return timedelta(seconds=connection.poll_seconds.get(poll.name, poll.every_seconds))
