"""The stored snapshots of one connection, as polls and local doors see them.

A shelf reads, a notebook also writes; neither knows what the records mean.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.core.times import text_of
from engine.core.values import dumps
from engine.ports import Put, Store
from engine.runtime.rows import link_of, record_of
from engine.sdk.contract import Link, Record

Json = Any


class StoreShelf:
    """See `engine.sdk.contract.Shelf` and `engine.sdk.capabilities.Notebook`."""

    def __init__(self, store: Store, connection: str, now: Callable[[], datetime]) -> None:
        self._store, self._connection, self._now = store, connection, now

    def get(self, kind: str, id: str) -> Record | None:
        """One snapshot, None when there is none."""
        rows = self._store.rows("record", connection=self._connection, kind=kind, id=id)
        return record_of(rows[0]) if rows else None

    def all(self, kind: str) -> tuple[Record, ...]:
        """Every snapshot of a kind."""
        return tuple(record_of(row) for row in self._store.rows("records", connection=self._connection, kind=kind))

    def children(self, kind: str, parent: str) -> tuple[Record, ...]:
        """The snapshots of a kind that belong to a record."""
        rows = self._store.rows("records_of", connection=self._connection, kind=kind, parent=parent)
        return tuple(record_of(row) for row in rows)

    def links_of(self, kind: str) -> tuple[Link, ...]:
        """What stands at the vendor of one kind."""
        rows = self._store.rows("links_of_kind", connection=self._connection, kind=kind)
        return tuple(link_of(row) for row in rows)

    def put(self, kind: str, id: str, data: Json, parent: str = "") -> None:
        """Write a record of the connection's own; the version counts up."""
        known = self.get(kind, id)
        version = known.version + 1 if known else 1
        row = {"version": version, "parent": parent, "body": dumps(data), "updated_at": text_of(self._now())}
        self._store.write((Put("records", {"connection": self._connection, "kind": kind, "id": id}, row),))
