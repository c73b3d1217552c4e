"""The audit log and the numbers of comparisons: what was written stays as it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import Bug
from engine.ports import Delete, Update
from engine.runtime.audit import Deed, entries, history, keep_comparison, noted, record
from engine.store.sqlite import SqliteStore

NOW = dt.datetime(2026, 3, 2, 6, 0, tzinfo=dt.UTC)
DAYS = (dt.date(2026, 3, 1), dt.date(2026, 3, 2))


def deed(action: str, item: str = "D-1", by: str = "robin", fingerprint: str = "f1") -> Deed:
    return Deed(by, action, item, "invoice 1001", "why", {"fingerprint": fingerprint, "money": Decimal("5.00")}, {})


@pytest.fixture
def store(tmp_path: Path):
    made = SqliteStore(tmp_path / "s.sqlite")
    yield made
    made.close()


def test_entries_are_chosen_and_newest_first(store: SqliteStore) -> None:
    for hour, each in enumerate((deed("accept"), deed("post", "D-2"), deed("ignore", by="sam"))):
        store.write((record(each, NOW + dt.timedelta(hours=hour)),))
    assert [row["action"] for row in entries(store)] == ["ignore", "post", "accept"]
    assert [row["item"] for row in entries(store, by="robin")] == ["D-2", "D-1"]
    assert [row["action"] for row in entries(store, limit=1)] == ["ignore"]
    assert [row["action"] for row in entries(store, since="2026-03-02T07:30")] == ["ignore"]


def test_the_last_word_on_an_item_counts(store: SqliteStore) -> None:
    store.write(
        (record(deed("accept"), NOW),), (record(deed("post"), NOW),), (record(deed("ignore", fingerprint="f2"), NOW),)
    )
    assert {item: (word.decision, word.fingerprint) for item, word in noted(store).items()} == {"D-1": ("ignore", "f2")}


@pytest.mark.parametrize(
    "change", [Update("audit", {"item": "D-1"}, {"by": "nobody"}), Delete("audit", {"item": "D-1"})]
)
def test_no_entry_is_ever_changed(store: SqliteStore, change: Update | Delete) -> None:
    store.write((record(deed("accept"), NOW),))
    with pytest.raises(Bug):
        store.write((change,))
    assert [row["by"] for row in entries(store)] == ["robin"]


def test_the_number_of_each_comparison_is_kept_and_unknown_is_null(store: SqliteStore) -> None:
    keep_comparison(store, NOW, DAYS, Decimal("5.00"), 1)
    keep_comparison(store, NOW + dt.timedelta(days=1), DAYS, None, None)
    assert [(row["difference"], row["items"]) for row in history(store, NOW)] == [("5.00", 1), (None, None)]
    assert len(history(store, NOW + dt.timedelta(hours=1))) == 1
