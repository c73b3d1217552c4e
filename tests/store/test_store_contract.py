"""What every store must do; today SQLite, tomorrow others of the same table."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Bug, UserError
from engine.ports import Delete, Insert, Put, Store, Update
from engine.store.migrations import migrations, to_apply
from engine.store.queries import queries
from engine.store.sqlite import SqliteStore
from engine.store.statements import statement

STORES: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SqliteStore(folder / "store.sqlite")}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()


def lease(name: str, holder: str = "a") -> Insert:
    return Insert("leases", {"name": name, "holder": holder, "until_at": "2026"})


def holder_of(store: Store, name: str) -> str | None:
    rows = store.rows("lease", name=name)
    return rows[0]["holder"] if rows else None


def test_a_unit_lands_whole(store: Store) -> None:
    assert store.write((lease("x"), lease("y"))) == (True,)
    assert (holder_of(store, "x"), holder_of(store, "y")) == ("a", "a")


def test_a_unit_that_breaks_a_unique_key_is_lost_whole(store: Store) -> None:
    store.write((lease("x"),))

    assert store.write((lease("y"), lease("x"))) == (False,)
    assert holder_of(store, "y") is None


def test_units_of_one_write_are_lost_one_by_one(store: Store) -> None:
    assert store.write((lease("x"),), (lease("x"),), (lease("y"),)) == (True, False, True)


def test_an_insert_may_leave_the_old_row_standing(store: Store) -> None:
    again = Insert("leases", {"name": "x", "holder": "b", "until_at": "2026"}, ignore=True)

    assert store.write((lease("x"),), (again,)) == (True, True)
    assert holder_of(store, "x") == "a"


def test_an_update_that_finds_another_state_loses_the_unit(store: Store) -> None:
    store.write((lease("x"),))
    steal = Update("leases", {"name": "x", "holder": "z"}, {"holder": "b"})

    assert store.write((steal,)) == (False,)
    assert store.write((Update("leases", {"name": "x", "holder": "a"}, {"holder": "b"}),)) == (True,)


def test_put_replaces_and_delete_removes(store: Store) -> None:
    store.write((lease("x"),), (Put("leases", {"name": "x"}, {"holder": "b", "until_at": "2027"}),))
    assert holder_of(store, "x") == "b"

    assert store.write((Delete("leases", {"name": "x"}, expect=1),)) == (True,)
    assert store.write((Delete("leases", {"name": "x"}, expect=1),)) == (False,)


def test_a_row_that_breaks_the_schema_is_a_fault_and_harms_nothing(store: Store) -> None:
    with pytest.raises(Bug):
        store.write((Insert("leases", {"name": "x", "holder": None, "until_at": "2026"}),))
    assert store.write((lease("x"),)) == (True,)


def test_a_counter_added_to_by_many_threads_loses_nothing(store: Store) -> None:
    store.write((Insert("connections", {"name": "c", "connector": "c", "state": "open"}),))

    def count() -> None:
        for _ in range(50):
            store.write((Update("connections", {"name": "c"}, {}, {"failures": 1}),))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.rows("connection", name="c")[0]["failures"] == 200


def test_only_one_of_many_threads_gets_a_claim(store: Store) -> None:
    landed: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=n: landed.append(store.write((lease("x", str(n)),))[0])) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert landed.count(True) == 1


def test_two_openings_see_the_same_rows(tmp_path: Path) -> None:
    first, second = SqliteStore(tmp_path / "s.sqlite"), SqliteStore(tmp_path / "s.sqlite")
    first.write((lease("x"),))

    assert holder_of(second, "x") == "a"
    assert second.write((lease("x"),)) == (False,)


def test_a_changed_or_unknown_schema_file_is_refused() -> None:
    newest = migrations()[-1]
    with pytest.raises(UserError, match="changed after use"):
        to_apply({newest.number: "another"})
    with pytest.raises(UserError, match="newer version"):
        to_apply({newest.number + 1: "x"})
    assert to_apply({m.number: m.checksum for m in migrations()}) == ()


def test_every_query_runs(store: Store) -> None:
    for name, sql in queries().items():
        params = dict.fromkeys([word[1:] for word in _parameters(sql)], "[]")
        store.rows(name, **{**params, **({"limit": 1} if "limit" in params else {})})


def _parameters(sql: str) -> set[str]:
    import re

    return set(re.findall(r"(?<!:):[a-z_]+", sql))


@given(st.text(min_size=1, max_size=20))
def test_only_names_of_the_schemas_form_reach_the_statement(name: str) -> None:
    plain = (name.isascii() and name.replace("_", "").isalpha() and name.islower()) or set(name) == {"_"}
    if plain:
        assert name in statement(Insert(name, {"a": 1}))[0]
    else:
        with pytest.raises(Bug):
            statement(Insert(name, {"a": 1}))
