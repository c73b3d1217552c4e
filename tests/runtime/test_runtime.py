"""The runtime against a vendor that keeps everything twice if asked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from shop import World, calling_rule, chance, payers, posting_rule

from engine.core.expression import Literal
from engine.runtime.loop import Loop
from engine.runtime.parts import ActionTerms, Limits
from engine.sdk.contract import Request
from engine.sdk.records import Payer


def test_every_event_becomes_one_thing_and_shared_things_are_made_once(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    world.happen(*payers(25))
    world.run()

    assert world.statuses() == {"succeeded": 25}
    assert len(world.shop.kept) == 25 + 3
    assert world.shop.doubles() == []


def test_attempts_that_are_ready_together_share_a_call(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    world.happen(*payers(20, homes=1))
    world.run()

    assert world.shop.sizes == [1, 10, 10]


def test_a_repeated_event_is_no_second_run(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.happen(*payers(1), *payers(1))
    world.run()

    assert len(world.shop.kept) == 1


def test_a_business_key_runs_a_rule_once_ever(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule(once_per=(Literal("same"),)))
    world.happen(*payers(3))
    world.run()

    assert world.statuses() == {"succeeded": 1}


def test_one_bad_element_never_touches_the_others(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    world.happen(*payers(9, homes=1), Payer("patient", "99", "poison", role="h0"))
    world.run()

    assert world.statuses() == {"succeeded": 9, "failed": 1}
    assert world.shop.doubles() == []


def test_a_condition_that_cannot_be_told_opens_a_held_run(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule(conditions=(Literal("maybe"),)))
    world.happen(*payers(1))
    world.run()

    assert world.statuses() == {"waiting": 1}
    assert [hold["code"] for hold in world.store.rows("holds")] == ["CANNOT_TELL"]


def test_the_budget_of_a_minute_is_never_exceeded(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.limits = Limits(minute=3)
    world.start()
    times: list[float] = []
    world.shop.faults = lambda _: times.append(world.clock.now().timestamp()) or ""  # type: ignore[func-returns-value]
    world.happen(*payers(95))
    world.run()

    assert world.statuses() == {"succeeded": 95}
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[3:], strict=False))


@pytest.mark.parametrize("seed", range(60))
def test_lost_answers_limits_and_late_workers_lose_nothing_and_double_nothing(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, posting_rule(), chance(seed, 0.4))
    world.happen(*payers(14))
    world.run(6 * 3600)

    assert world.shop.doubles() == []
    assert len(world.shop.kept) == 14 + 3
    assert world.statuses() == {"succeeded": 14}


@pytest.mark.parametrize("seed", range(20))
def test_a_process_that_dies_anywhere_loses_nothing_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, posting_rule(), chance(seed, 0.25))
    world.happen(*payers(12))
    for _ in range(30):
        for _ in range(1 + seed % 4):
            world.loop.step(world.clock.now())
        world.clock.pass_time(1 + seed)
        world.start()
    world.run(6 * 3600)

    assert world.shop.doubles() == []
    assert world.statuses() == {"succeeded": 12}


@pytest.mark.parametrize("seconds", [100, 1000])
def test_a_worker_that_wakes_up_late_sends_nothing_more(tmp_path: Path, seconds: int) -> None:
    world = World(tmp_path, calling_rule())
    slept: list[str] = []

    def sleep_once(request: Request) -> str:
        if not slept:
            slept.append("now")
            world.clock.pass_time(seconds)
            other = Loop(world.parts)
            for _ in range(20):
                other.step(world.clock.now())
                world.clock.pass_time(20)
        return ""

    world.shop.faults = sleep_once
    world.happen(*payers(1))
    world.run()

    assert len(world.shop.kept) == 1
    assert world.statuses() == {"succeeded": 1}


def test_a_jump_of_the_wall_clock_frees_no_call_early(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    seen: list[int] = []

    def jump_once(request: Request) -> str:
        if not seen:
            seen.append(1)
            world.clock.set(world.clock.now() + timedelta(hours=2))
            other = Loop(world.parts)
            for _ in range(5):
                other.step(world.clock.now())
            assert world.shop.kept == []
        return ""

    world.shop.faults = jump_once
    world.happen(*payers(1))
    world.run()

    assert world.shop.doubles() == []
    assert len(world.shop.kept) == 1


def test_an_output_that_an_action_leaves_out_is_none() -> None:
    terms = ActionTerms("post_sale", "posting", outputs=("number", "status"))

    assert terms.complete({"status": "PAID"}) == {"number": None, "status": "PAID"}


def test_a_hold_of_whatever_rule_tells_of_holds_is_not_told_again(tmp_path: Path) -> None:
    rule = replace(posting_rule(conditions=(Literal("maybe"),)), events=("shop.asked", "books.hold_opened"))
    world = World(tmp_path, rule)
    world.happen(*payers(1))
    world.run()

    assert world.statuses() == {"waiting": 2}
    assert world.store.rows("table_counts")[0]["events"] == 2
