"""A store that an older version made, with runs that wait in it, opens with the newest schema, and its runs go on."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from office import Office

from engine.store.migrations import migrations
from engine.store.sqlite import SqliteStore

RULE = """rule: A test
when: shop.asked
stop when:
  - shop.gone with same invoice.id
steps:
  - pause:
      wait: 3 days
  - the money:
      wait for: shop.paid with same invoice.id
      at most: 7 days
  - make:
      do: shop.make
      with:
        n: = invoice.id
"""


def old_store(file: Path, upto: int) -> apsw.Connection:
    """An empty store of the schema as it was after so many files."""
    connection = apsw.Connection(str(file))
    connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, checksum TEXT)")
    for migration in migrations()[:upto]:
        connection.execute(migration.text)
        row = (migration.number, migration.name, migration.checksum)
        connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", row)
    return connection


def columns(connection: apsw.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


TABLES = ("connections", "events", "rule_versions", "matches", "runs", "timers", "subscriptions", "history")
# What states, and the paths in them, looked like before schema 002.
NEW_IN_STATES = ("before", "served", "doubt", "turns", "closing", "failed_turns")


def copied(office: Office, old: apsw.Connection) -> None:
    """Everything of a store, as far as the older schema has room for it."""
    new = apsw.Connection(str(office.file))
    for table in TABLES:
        names = [name for name in columns(old, table) if name in columns(new, table)]
        marks = ", ".join("?" for _ in names)
        for row in new.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall():
            old.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", row)
    new.close()


def as_of_001(old: apsw.Connection) -> None:
    old.execute("UPDATE subscriptions SET path = trim(path)")
    for name in NEW_IN_STATES:
        old.execute(f"UPDATE runs SET state = json_remove(state, '$.{name}')")
    old.execute("UPDATE runs SET state = json_remove(state, '$.frames[0].since')")


@pytest.mark.parametrize("upto", range(1, len(migrations())))
def test_waiting_runs_of_an_older_store_go_on(tmp_path: Path, upto: int) -> None:
    office = Office(tmp_path, {"test/rule": RULE})
    for id in ("by time", "by event", "stopped"):
        office.happen("shop.asked", invoice={"id": id})
    office.work()
    office.store.close()
    file = tmp_path / "older.sqlite"
    old = old_store(file, upto)
    copied(office, old)
    if upto == 1:
        as_of_001(old)
    old.close()

    office.file, office.store = file, SqliteStore(file)
    office.start()
    assert office.statuses() == {"waiting": 3}
    office.happen("shop.gone", invoice={"id": "stopped"})
    office.pass_time(deaths=True, days=4)
    assert office.statuses() == {"waiting": 2, "cancelled": 1}
    office.happen("shop.paid", invoice={"id": "by event"})
    office.pass_time(deaths=True, days=1)
    assert [inputs["n"] for _, _, inputs in office.sent] == ["by event"]
    office.pass_time(days=10)

    assert office.statuses() == {"succeeded": 2, "cancelled": 1}
    assert len(office.sent) == 1


def test_a_store_of_every_older_schema_ends_with_the_same_tables(tmp_path: Path) -> None:
    def tables(file: Path) -> list[tuple[str, ...]]:
        SqliteStore(file).close()
        connection = apsw.Connection(str(file))
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
        found = [(name, *columns(connection, name)) for name in names]
        connection.close()
        return found

    newest = tables(tmp_path / "new.sqlite")
    for upto in range(1, len(migrations())):
        file = tmp_path / f"{upto}.sqlite"
        old_store(file, upto).close()
        assert tables(file) == newest
