"""The store on SQLite, through apsw's own library (the system's has a WAL fault below 3.51.3).

One writing connection; waiting units of all threads go into one transaction (group commit), a savepoint
each. Each reading thread has a connection of its own.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import apsw

from engine.errors import Bug
from engine.ports import Change, Delete, Unit, Update
from engine.store.migrations import to_apply
from engine.store.queries import queries
from engine.store.statements import statement

_BUSY_MILLISECONDS = 10_000
_APPLIED = "SELECT number, checksum FROM migrations"
_RACES = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)


class _Lost(Exception):
    """A unit that expected something else than it found."""


class _Ticket:
    """Units that one thread waits for."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self.units = units
        self.landed: tuple[bool, ...] | None = None
        self.error: BaseException | None = None


class SqliteStore:
    """See `engine.ports.Store`."""

    def __init__(self, file: Path | str) -> None:
        self._file = str(file)
        self._reading = threading.local()
        self._pending: list[_Ticket] = []
        self._pending_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._writer = self._open()
        self._migrate()

    def write(self, *units: Unit) -> tuple[bool, ...]:
        """Write units, each on its own; see the port."""
        ticket = _Ticket(units)
        with self._pending_lock:
            self._pending.append(ticket)
        with self._write_lock:
            if ticket.landed is None and ticket.error is None:
                with self._pending_lock:
                    batch, self._pending = self._pending, []
                self._commit(batch)
        if ticket.error is not None:
            raise ticket.error
        return ticket.landed or ()

    def rows(self, query: str, **params: object) -> list[dict[str, Any]]:
        """Run a named query; see the port."""
        cursor = self._reader().cursor()
        cursor.execute(queries()[query], params)
        return list(cursor)

    def close(self) -> None:
        """Close the writer; readers close with their threads."""
        with self._write_lock:
            self._writer.close()

    def _commit(self, batch: list[_Ticket]) -> None:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            results = [tuple(self._land(unit) for unit in ticket.units) for ticket in batch]
            self._writer.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - every waiting thread has to be told, whatever it is
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for ticket in batch:
                ticket.error = error
            return
        for ticket, landed in zip(batch, results, strict=True):
            ticket.landed = landed

    def _land(self, unit: Unit) -> bool:
        self._writer.execute("SAVEPOINT unit")
        try:
            for change in unit:
                self._apply(change)
        except (_Lost, apsw.ConstraintError) as loss:
            self._writer.execute("ROLLBACK TO unit")
            self._writer.execute("RELEASE unit")
            if isinstance(loss, apsw.ConstraintError) and getattr(loss, "extendedresult", None) not in _RACES:
                raise Bug("A unit breaks the schema.") from loss
            return False
        self._writer.execute("RELEASE unit")
        return True

    def _apply(self, change: Change) -> None:
        sql, params = statement(change)
        self._writer.execute(sql, params)
        if (
            isinstance(change, Update | Delete)
            and change.expect is not None
            and self._writer.changes() != change.expect
        ):
            raise _Lost

    def _reader(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._reading, "connection", None)
        if connection is None:
            connection = self._open()
            connection.set_row_trace(_as_dict)
            self._reading.connection = connection
        return connection

    def _open(self) -> apsw.Connection:
        connection = apsw.Connection(self._file)
        connection.set_busy_timeout(_BUSY_MILLISECONDS)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _migrate(self) -> None:
        self._writer.execute(
            "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, checksum TEXT)"
        )
        applied = {int(number): str(checksum) for number, checksum in self._writer.execute(_APPLIED)}
        for migration in to_apply(applied):
            with self._writer:
                self._writer.execute(migration.text)
                self._writer.execute(
                    "INSERT INTO migrations VALUES (?, ?, ?)", (migration.number, migration.name, migration.checksum)
                )


def _as_dict(cursor: apsw.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip((column[0] for column in cursor.get_description()), row, strict=True))
