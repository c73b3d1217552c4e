"""The import of history: its preview, its end, and that live work and an import never count anything twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from setup_world import MONTH, World

from engine.compose.backfilling import begin, left, read, store
from engine.core.times import text_of
from engine.errors import UserError
from engine.ports import Insert
from engine.runtime.budgets import room
from engine.runtime.parts import Connection

LATER = date(2026, 10, 1)


def live_since(world: World, day: date) -> None:
    """Halaxy is read from a day on; the books begin in September all the same."""
    file = world.folder / "daybook.yaml"
    file.write_text(file.read_text().replace(MONTH.isoformat(), day.isoformat()))
    world.restart()
    world.connect()
    world.workspace.activate("xero")


def imported(world: World) -> None:
    wish = read(world.workspace, MONTH)
    begin(world.workspace, wish)
    for events in wish.slices():
        store(world.workspace, wish, events)
    world.work()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Live since October; September is history."""
    made = World(tmp_path, 12, maps=True)
    live_since(made, LATER)
    made.work()
    yield made
    made.workspace.__exit__(None, None, None)


def numbers(world: World) -> list[str]:
    return sorted(one.number for one in world.invoices())


def test_the_preview_counts_what_is_missing_and_stores_nothing(world: World) -> None:
    before = world.workspace.store.rows("table_counts")
    wish = read(world.workspace, MONTH)
    sales = [event.data["invoice"] for event in wish.found.events]
    assert wish.plan.invoices == len(sales) > 5
    assert wish.plan.invoiced == sum(sale["totals"]["gross"] for sale in sales)
    assert (wish.plan.calls >= 3, wish.plan.days) == (True, 1)
    assert world.workspace.store.rows("table_counts") == before


def test_an_import_ends_in_the_books_of_a_practice_that_was_live_all_along(world: World, tmp_path: Path) -> None:
    imported(world)
    always = World(tmp_path / "always", 12, maps=True)
    live_since(always, MONTH)
    always.work()
    assert numbers(world) == numbers(always)
    assert world.compared() == always.compared()
    always.workspace.__exit__(None, None, None)


def test_importing_again_and_reading_live_again_adds_nothing(world: World) -> None:
    imported(world)
    there = numbers(world)
    assert read(world.workspace, MONTH).plan.empty
    imported(world)
    world.sync()
    assert numbers(world) == there
    assert left(world.workspace) == 0


def test_an_import_that_was_cut_goes_on_where_it_stopped(world: World) -> None:
    wish = read(world.workspace, MONTH)
    begin(world.workspace, wish)
    half = next(iter(wish.slices()))[:3]
    assert store(world.workspace, wish, half) == 3
    world.restart()
    assert read(world.workspace, MONTH).plan.invoices == wish.plan.invoices - 3
    imported(world)
    assert len(numbers(world)) == len(set(numbers(world)))
    assert read(world.workspace, MONTH).plan.empty


def test_a_sale_that_a_poll_told_meanwhile_is_left_to_it(world: World) -> None:
    wish = read(world.workspace, MONTH)
    begin(world.workspace, wish)
    events = list(next(iter(wish.slices())))
    assert store(world.workspace, wish, events) == len(events)
    assert store(world.workspace, wish, events) == 0


def test_nobody_is_mailed_about_history(world: World) -> None:
    mails = len(world.workspace.store.rows("records", connection="notifications", kind="notice"))
    imported(world)
    rules = {row["rule"] for row in world.workspace.store.rows("run_list", status="", rule="", subject="", limit=500)
             if world.workspace.store.rows("run", run=row["id"])[0]["work_class"] == "backfill"}  # fmt: skip
    assert rules == {"financial_sync/sales"}
    assert len(world.workspace.store.rows("records", connection="notifications", kind="notice")) == mails


def test_a_third_of_every_minute_is_left_for_live_work(world: World) -> None:
    parts, now = world.workspace.parts, world.clock.now() + timedelta(minutes=5)
    xero: Connection = parts.connections["xero"]
    rows = [{"connection": "xero", "at": text_of(now), "purpose": "call"}] * (xero.limits.minute * 2 // 3 + 1)
    world.workspace.store.write(tuple(Insert("sends", row) for row in rows))
    assert not room(parts, xero, now, work_class="backfill").open
    assert room(parts, xero, now).open


def test_a_day_before_the_books_begin_is_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(UserError) as refused:
        read(world.workspace, date(2026, 1, 1))
    assert "what is older comes over as an opening balance only" in str(refused.value)
    assert "Set start_date to 2026-01-01 in settings/financial_sync.yaml" in str(refused.value)
    with pytest.raises(UserError, match="is not in the past"):
        read(world.workspace, date(2030, 1, 1))


def test_a_held_import_waits_without_being_in_the_way(world: World) -> None:
    file = world.folder / "maps" / "revenue_accounts.yaml"
    file.write_text("from: halaxy fee category\nto: xero account\nrows:\n  Other: 200\n")
    world.restart()
    imported(world)
    assert left(world.workspace) == 0
    assert {hold["code"] for hold in world.workspace.store.rows("holds")} == {"UNMAPPED"}
