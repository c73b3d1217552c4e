"""Does what webhooks asked for: reads single things again, and makes polls due.

Runs in the thread of a connection's polls, before them: a poll that is made due here begins after every delivery that
asked for it, so none is missed. What fails is left to the polls, which find everything by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.core.times import text_of, time_of
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.ports import Change, Delete, Update
from engine.runtime.budgets import limited, room, sign_in_needed, worked
from engine.runtime.flows import Waits, drive
from engine.runtime.ingest import take_in
from engine.runtime.parts import Connection, Parts
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import PollTime

Row = dict[str, Any]
_LOG = structlog.get_logger()
_AT_ONCE = 50
_TRIES = 4
_RETRY_SECONDS = 30


class Wakes:
    """What webhooks of all connections asked for."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def step(self, now: datetime) -> bool:
        """Take up what is due; True when something was read or a poll made due."""
        moved = False
        for connection in self._parts.connections.values():
            if connection.connector.webhook is None:
                continue
            rows = self._parts.store.rows("wakes", connection=connection.name, now=text_of(now), limit=_AT_ONCE)
            for row in (row for row in rows if row["kind"] == "poll"):
                moved |= self._wake(connection, row, now)
            reads = [row for row in rows if row["kind"] == "read"]
            if reads and room(self._parts, connection, now).open:
                self._read(connection, reads, now)
                return True
        return moved

    def _wake(self, connection: Connection, row: Row, now: datetime) -> bool:
        """Make a poll due, once it has rested; one that fails or never ran comes by itself."""
        cursors = self._parts.store.rows("cursor", connection=connection.name, poll=row["name"])
        if not cursors or cursors[0]["failures"] or not cursors[0]["last_at"]:
            self._parts.store.write((_over(row),))
            return False
        hook = connection.connector.webhook
        free = time_of(cursors[0]["last_at"]) + timedelta(seconds=hook.rest_seconds if hook else 0)
        # A last run in the future is a clock that was ahead: no reason to wait for it.
        if now < free and cursors[0]["last_at"] <= text_of(now):
            self._parts.store.write((Update("wakes", _key(row), {"not_before": text_of(free)}, expect=None),))
            return False
        due = {"connection": connection.name, "poll": row["name"]}
        self._parts.store.write((Update("cursors", due, {"next_at": text_of(now)}, expect=None), _over(row)))
        return True

    def _read(self, connection: Connection, rows: Sequence[Row], now: datetime) -> None:
        reread = connection.connector.reread
        if reread is None:
            self._parts.store.write(tuple(_over(row) for row in rows))
            return
        shelf = StoreShelf(self._parts.store, connection.name, self._parts.now)
        time = PollTime(now, self._parts.practice.timezone, connection.settings)
        try:
            found = drive(self._parts, connection, reread([row["name"] for row in rows], shelf, time), "poll")
        except SignInNeeded as fault:
            self._failed(connection, rows, [sign_in_needed(connection.name, fault.what)], now)
        except Waits as wait:
            self._failed(connection, rows, [limited(connection.name, wait.limit, now)], now)
        except (NoAnswer, NotSent):
            self._failed(connection, rows, [], now)
        else:
            changes = take_in(self._parts, connection.connector.name, connection.name, found, now)
            self._parts.store.write((*changes, *(_over(row) for row in rows), *worked(self._parts, connection.name)))

    def _failed(self, connection: Connection, rows: Sequence[Row], extra: list[Change], now: datetime) -> None:
        changes = list(extra)
        for row in rows:
            later = text_of(now + timedelta(seconds=_RETRY_SECONDS * 2 ** row["tries"]))
            again = {"tries": row["tries"] + 1, "not_before": later}
            last = row["tries"] + 1 >= _TRIES
            changes.append(_over(row) if last else Update("wakes", _key(row), again, expect=None))
        _LOG.warning("poll failed", connection=connection.name, poll="webhook", failures=rows[0]["tries"] + 1)
        self._parts.store.write(tuple(changes))


def _key(row: Row) -> dict[str, str]:
    """The row as it was read: one that a newer delivery asked for anew stays."""
    return {word: row[word] for word in ("connection", "kind", "name", "mark")}


def _over(row: Row) -> Change:
    return Delete("wakes", _key(row))
