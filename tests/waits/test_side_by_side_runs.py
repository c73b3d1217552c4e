"""Side by side in the runtime: calls open at once, deaths and held turns in between, tried again after a failure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from office import Office

from engine.runtime.holds import let_go
from engine.runtime.retry_run import retry_run
from engine.sdk.contract import Done, Rejected, Retry

RULE = """rule: A test
when: shop.asked
steps:
  - each:
      for each: item in items
      side by side: yes
      gather as: made
      steps:
        - find:
            do: shop.find
            with:
              n: = item
        - make:
            do: shop.make
            with:
              n: = item
              factor: = factor
            save as: thing
  - tell:
      do: books.task
      with:
        things: = made
"""


def office_with(folder: Path, text: str = RULE, items: int = 5, **names: object) -> Office:
    office = Office(folder, {"test/rule": text}, names={"factor": 1, **names})
    office.answers["shop.make"] = lambda inputs: Done({"n": inputs.get("n")})
    office.happen("shop.asked", items=list(range(items)))
    return office


def inner_work(office: Office) -> None:
    """Everything but the calls."""
    now = office.clock.now()
    while office.loop.dispatch.step(now) | office.loop.runner.step(now):
        pass


def test_the_calls_of_all_turns_are_asked_for_before_one_is_answered(tmp_path: Path) -> None:
    office = office_with(tmp_path)
    inner_work(office)
    run = office.runs()[0]["id"]

    assert [row["path"] for row in office.store.rows("actions", run=run)] == [f"find[{n}]" for n in range(1, 6)]
    assert [row["state"] for row in office.store.rows("attempts_of_run", run=run)] == ["ready"] * 5


def test_in_order_one_is_asked_for_after_the_other(tmp_path: Path) -> None:
    office = office_with(tmp_path, RULE.replace("side by side: yes", "side by side: no"))
    inner_work(office)

    assert len(office.store.rows("actions", run=office.runs()[0]["id"])) == 1


@pytest.mark.parametrize("deaths", [False, True])
def test_each_turn_is_done_once_and_results_stand_in_order(tmp_path: Path, deaths: bool) -> None:
    office = office_with(tmp_path)
    for _ in range(200):
        if deaths:
            office.die()
        if not office.loop.step(office.clock.now()):
            break

    assert sorted(inputs["n"] for _, action, inputs in office.sent if action == "shop.make") == [0, 1, 2, 3, 4]
    assert office.sent[-1][2] == {"things": [{"n": n} for n in range(5)]}
    assert office.statuses() == {"succeeded": 1}


def test_the_first_failure_gives_up_what_waits_and_a_new_try_does_only_the_rest(tmp_path: Path) -> None:
    office = office_with(tmp_path, items=3)
    answers = {0: Done({"n": 0}), 1: Rejected("NO", "No."), 2: Retry("busy", 7200)}
    office.answers["shop.make"] = lambda inputs: answers[inputs["n"]] if inputs else Done({})
    office.work()
    assert (office.statuses(), office.runs()[0]["reason"]) == ({"failed": 1}, "make[2]: No.")

    answers |= {1: Done({"n": 1}), 2: Done({"n": 2})}
    retry_run(office.parts, office.runs()[0]["id"], office.clock.now())
    office.work()
    made = [inputs["n"] for _, action, inputs in office.sent if action == "shop.make"]
    assert (office.statuses(), made.count(0)) == ({"succeeded": 1}, 1)
    assert office.sent[-1][2] == {"things": [{"n": n} for n in range(3)]}


def test_a_held_turn_waits_alone_and_follows_when_its_cause_is_gone(tmp_path: Path) -> None:
    text = RULE.replace("factor: = factor", "factor: = limits[item]")
    office = office_with(tmp_path, text, limits=[1, None, 3, 4, 5])
    office.names = {"limits": [1, {}, 3, 4]}
    office.work()
    assert office.statuses() == {"waiting": 1}
    holds = office.store.rows("holds")
    assert [hold["path"] for hold in holds] == ["make[5]"]
    assert sum(action == "shop.make" for _, action, _ in office.sent) == 4

    office.names = {"limits": [1, 2, 3, 4, 5]}
    office.store.write(tuple(let_go(office.parts, holds[0], "settings", office.clock.now())))
    office.work()
    assert office.statuses() == {"succeeded": 1}
    assert sum(action == "shop.make" for _, action, _ in office.sent) == 5


def test_a_time_limit_of_one_turn_leaves_the_others_alone(tmp_path: Path) -> None:
    text = RULE.replace("            save as: thing", "            at most: 30 minutes\n            on error: continue")
    office = office_with(tmp_path, text, items=2)
    late = office.clock.now() + timedelta(hours=1)
    office.answers["shop.make"] = lambda inputs: (
        Retry("busy", 7200) if inputs.get("n") == 0 and office.clock.now() < late else Done({"n": inputs.get("n")})
    )
    office.pass_time(hours=3)

    assert office.statuses() == {"succeeded": 1}
    assert office.sent[-1][2] == {"things": [None, {"n": 1}]}


def test_waits_of_turns_end_for_their_own_events(tmp_path: Path) -> None:
    text = """rule: A test
when: shop.asked
steps:
  - each:
      for each: item in items
      side by side: yes
      gather as: paid
      steps:
        - money:
            wait for: shop.paid where new.item == item
            at most: 7 days
            on timeout: continue
            save as: money
        - make:
            if: money is given
            do: shop.make
            with:
              n: = money.item
"""
    office = office_with(tmp_path, text, items=3)
    office.work()
    for item in (2, 0):
        office.happen("shop.paid", item=item)
        office.pass_time(deaths=True, hours=1)
    assert [inputs["n"] for _, _, inputs in office.sent] == [2, 0]
    office.pass_time(deaths=True, days=8)

    assert (office.statuses(), len(office.sent)) == ({"succeeded": 1}, 2)
