"""Secrets of a connection in the store, and the lease under which one thread renews a token."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.runtime.vault import StoreVault
from engine.sdk.testing import VirtualClock
from engine.store.secrets import SecretBox
from engine.store.sqlite import SqliteStore

KEY = "0" * 43 + "="


def vault(folder: Path, clock: VirtualClock, holder: str = "a", connection: str = "xero") -> StoreVault:
    return StoreVault(SqliteStore(folder / "s.sqlite"), SecretBox((KEY,)), clock, connection, holder)


def test_values_come_back_and_stand_sealed_in_the_store(tmp_path: Path) -> None:
    kept = vault(tmp_path, VirtualClock())
    kept.put({"token": "very secret", "gone": "x"})
    kept.put({"gone": None})

    assert (kept.get("token"), kept.get("gone"), kept.get("never")) == ("very secret", None, None)
    assert b"very secret" not in (tmp_path / "s.sqlite").read_bytes() + (tmp_path / "s.sqlite-wal").read_bytes()


def test_another_connection_sees_nothing_of_it(tmp_path: Path) -> None:
    vault(tmp_path, VirtualClock()).put({"token": "x"})

    assert vault(tmp_path, VirtualClock(), connection="halaxy").get("token") is None


def test_one_caller_at_a_time_has_the_lease_until_it_ends_or_is_given_back(tmp_path: Path) -> None:
    clock = VirtualClock()
    ours, theirs = vault(tmp_path, clock), vault(tmp_path, clock, "b")
    assert (ours.lease("refresh", 30), ours.lease("refresh", 30), theirs.lease("refresh", 30)) == (True, False, False)

    theirs.release("refresh")
    assert not theirs.lease("refresh", 30)
    ours.release("refresh")
    assert theirs.lease("refresh", 30)
    clock.pass_time(31)
    assert ours.lease("refresh", 30)


def test_of_many_threads_one_gets_the_lease(tmp_path: Path) -> None:
    kept, got = vault(tmp_path, VirtualClock()), list[bool]()
    threads = [threading.Thread(target=lambda: got.append(kept.lease("refresh", 30))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got.count(True) == 1
