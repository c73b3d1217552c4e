"""A poll's view of the stored snapshots, overlaid with what it has just read.

Lives for one poll run. It counts versions (only a real difference makes a new one) and never looks
into what it keeps.
"""

from __future__ import annotations

from typing import Any

from engine.sdk.contract import Record, Shelf

Json = Any


class Overlay:
    """The shelf as it will be when this run is stored."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._new: dict[tuple[str, str], Record] = {}
        self._by_parent: dict[tuple[str, str], list[str]] = {}

    def get(self, kind: str, id: str) -> Record | None:
        """The newest snapshot, read or stored."""
        return self._new.get((kind, id)) or self._shelf.get(kind, id)

    def stored(self, kind: str, id: str) -> Record | None:
        """The snapshot as it was before this run."""
        return self._shelf.get(kind, id)

    def put(self, kind: str, id: str, data: Json, parent: str = "") -> bool:
        """Keep a snapshot under the next version; False when it holds what is stored already."""
        old = self._shelf.get(kind, id)
        if old is not None and old.data == data and old.parent == parent:
            self._new.pop((kind, id), None)
            return False
        self._new[kind, id] = Record(kind, id, old.version + 1 if old else 1, data, parent)
        self._by_parent.setdefault((kind, parent), []).append(id)
        return True

    def all(self, kind: str) -> tuple[Record, ...]:
        """Every snapshot of a kind, once."""
        known = {record.id: record for record in self._shelf.all(kind)}
        known.update({id: record for (of, id), record in self._new.items() if of == kind})
        return tuple(known.values())

    def children(self, kind: str, parent: str) -> tuple[Record, ...]:
        """Snapshots that now belong to a parent; one moved away by this run is not among them."""
        known = {
            record.id: record for record in self._shelf.children(kind, parent) if (kind, record.id) not in self._new
        }
        for id in self._by_parent.get((kind, parent), ()):
            record = self._new.get((kind, id))
            if record is not None and record.parent == parent:
                known[id] = record
        return tuple(known.values())

    def changed(self) -> tuple[Record, ...]:
        """All that this run has to store."""
        return tuple(self._new.values())
