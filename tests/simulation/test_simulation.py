"""A month under faults: whatever is lost, repeated or killed, the books are the same and agree to the cent."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from sim import MONTH, Sim


def test_a_month_agrees_to_the_cent_and_a_second_look_writes_nothing(tmp_path: Path) -> None:
    sim = Sim(tmp_path, 60, 1)
    sim.run()
    found = sim.compare()
    assert (found.items, found.difference) == ((), 0)
    assert found.ledger.invoices >= 60

    before = _writes(sim)
    sim.sync()
    sim.run()
    assert _writes(sim) == before


def test_the_next_morning_s_changes_are_posted_too(tmp_path: Path) -> None:
    sim = Sim(tmp_path, 40, 2)
    sim.run()
    sim.steer("halaxy", "next_day", {"seed": 2})
    sim.clock.pass_time(3700)
    sim.run()

    assert sim.compare().items == ()
    assert sim.workspace.store.rows("holds") == []


@pytest.mark.parametrize("seed", range(50))
def test_faults_and_deaths_change_nothing_in_the_books(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    sim = Sim(tmp_path, 12, seed)
    sim.wire.dice, sim.wire.share = dice, 0.15 if seed % 2 else 0.05
    sim.run(48, deaths=dice)
    sim.steer("halaxy", "next_day", {"seed": seed})
    sim.clock.pass_time(3700)
    sim.run(48, deaths=dice)

    found = sim.compare()
    assert (found.items, found.difference) == ((), 0)
    _check_ledger(sim)
    statuses = {row["status"] for row in sim.workspace.store.rows("run_counts")}
    assert statuses <= {"succeeded", "waiting", "cancelled"}


def _writes(sim: Sim) -> int:
    return sum(row["n"] for row in sim.workspace.store.rows("sends_total") if row["purpose"] in ("call", "repeat"))


def _check_ledger(sim: Sim) -> None:
    """The ledger balances, and no document number or payment reference stands twice."""
    rows = sim.ask("xero", "ledger")
    assert sum(row["debit"] for row in rows) == sum(row["credit"] for row in rows)
    documents = sim.workspace.reader.documents(sim.clock.now().date().replace(month=9, day=1), sim.clock.now().date())
    numbers = Counter(document.number for document in documents if document.status != "gone")
    references = Counter(p.reference for document in documents for p in document.payments)
    assert max(numbers.values(), default=1) == 1
    assert max(references.values(), default=1) == 1


def test_drafts_wait_for_approval_and_their_payments_follow_by_themselves(tmp_path: Path) -> None:
    sim = Sim(tmp_path, 10, 3, activated=False)
    sim.run()
    held = sim.workspace.store.rows("holds")
    assert {hold["code"] for hold in held} == {"WAITING_APPROVAL"}
    assert sim.compare().ledger.payments == 0

    first = sim.clock.now().date().replace(month=9, day=1)
    drafts = [d for d in sim.workspace.reader.documents(first, sim.clock.now().date()) if d.status == "draft"]
    for draft in drafts:
        sim.steer("xero", "people", {"do": "approve", "invoice": draft.number})
    sim.clock.pass_time(700)
    sim.run()

    assert sim.compare().items == ()
    assert sim.workspace.store.rows("holds") == []


def test_an_unmapped_category_is_held_told_once_and_released_by_its_row(tmp_path: Path) -> None:
    sim = Sim(tmp_path, 30, 4, without={"Product"})
    sim.run()
    held = sim.workspace.store.rows("holds")
    assert {hold["code"] for hold in held} == {"UNMAPPED"}
    told = [note for note in sim.notices() if "Product" in note["message"]]
    assert len(told) == 1

    sim.map_again()
    sim.die()
    sim.run()
    assert sim.compare().items == ()
    assert sim.workspace.store.rows("holds") == []


def test_a_side_that_differs_is_found_the_next_morning_and_told(tmp_path: Path) -> None:
    sim = Sim(tmp_path, 10, 5)
    sim.run()
    number = sim.workspace.reader.documents(MONTH, sim.clock.now().date())[0].number
    sim.steer("xero", "people", {"do": "pay", "invoice": number, "amount": 1, "account": "611", "date": "2026-09-30"})
    sim.clock.pass_time(24 * 3600)
    sim.run()

    assert any("differ" in note["title"] for note in sim.notices())
