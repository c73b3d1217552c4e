"""A connection's secrets in the store, sealed; and leases, so that one holder at a time renews a token.

Knows nothing of what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from engine.core.times import text_of
from engine.ports import Change, Clock, Delete, Insert, Put, Store, Update


class Box(Protocol):
    """Seals and opens texts for one place each."""

    def seal(self, connection: str, name: str, text: str) -> bytes: ...
    def open(self, connection: str, name: str, token: bytes) -> str: ...


class StoreVault:
    """See `engine.sdk.contract.Vault`."""

    def __init__(self, store: Store, box: Box, clock: Clock, connection: str, holder: str) -> None:
        self._store, self._box, self._clock = store, box, clock
        self._connection, self._holder = connection, holder

    def get(self, name: str) -> str | None:
        """The value of a name, None when there is none."""
        rows = self._store.rows("secret", connection=self._connection, name=name)
        return self._box.open(self._connection, name, bytes(rows[0]["sealed"])) if rows else None

    def put(self, values: Mapping[str, str | None]) -> None:
        """Write several values in one unit; None removes one."""
        changes: list[Change] = []
        for name, value in values.items():
            key = {"connection": self._connection, "name": name}
            if value is None:
                changes.append(Delete("secrets", key))
            else:
                changes.append(Put("secrets", key, {"sealed": self._box.seal(self._connection, name, value)}))
        self._store.write(tuple(changes))

    def lease(self, name: str, seconds: float) -> bool:
        """Whether the caller has the lease now: one thread of one process; an ended one is taken over."""
        lease, now = self._name(name), self._clock.now()
        row = {"holder": self._holder, "until_at": text_of(now + timedelta(seconds=seconds))}
        known = self._store.rows("lease", name=lease)
        if not known:
            return self._store.write((Insert("leases", {"name": lease, **row}),))[0]
        held = known[0]
        if held["until_at"] > text_of(now):
            return False
        where = {"name": lease, "holder": held["holder"], "until_at": held["until_at"]}
        return self._store.write((Update("leases", where, row),))[0]

    def release(self, name: str) -> None:
        """Give the lease back."""
        self._store.write((Delete("leases", {"name": self._name(name), "holder": self._holder}),))

    def _name(self, name: str) -> str:
        return f"{self._connection} {name}"
