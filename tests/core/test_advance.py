"""The state machine of a run: facts about which step comes next and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.core.advance import advance
from engine.core.calendar import Calendar
from engine.core.expression import Literal, Names
from engine.core.rule import (
    Choose,
    Do,
    EventPhrase,
    Fail,
    ForEach,
    Loop,
    Place,
    Rule,
    Set,
    Span,
    Step,
    Stop,
    Verb,
    Wait,
    WaitFor,
)
from engine.core.run import (
    Cancelled,
    Failure,
    Input,
    OpenHold,
    Perform,
    Released,
    RunState,
    Settled,
    Started,
    StartTimer,
    TimerDue,
    Transition,
    from_plain,
    to_plain,
)
from engine.core.stack import Scene
from engine.core.values import dumps, loads
from engine.errors import CannotTell

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
PLACE = Place("r.yaml", 1, 1)


@dataclass(frozen=True)
class Name:
    """An expression that reads one name."""

    text: str
    paths: tuple[str, ...] = ()

    def value(self, names: Names) -> Any:
        if self.text not in names:
            raise CannotTell(f"{self.text} is missing.", "Make it first.", "UNMAPPED")
        return names[self.text]

    def explain(self, names: Names) -> str:
        return self.text


def step(name: str, verb: Verb, **modifiers: Any) -> Step:
    return Step(name, verb, PLACE, **modifiers)


def do(name: str, **modifiers: Any) -> Step:
    return step(name, Do("xero.post_sale", ()), **modifiers)


def rule(*steps: Step, **more: Any) -> Rule:
    return Rule("a/b", "v1", "A rule", PLACE, steps=steps, **more)


def go(plan: Rule, state: RunState, happened: Input, **names: Any) -> Transition:
    return advance(plan, state, happened, Scene(names, NOW, "Australia/Sydney", Calendar(frozenset())))


def start(plan: Rule, **names: Any) -> Transition:
    return go(plan, RunState(), Started(), **names)


def test_a_rule_without_steps_succeeds_at_once() -> None:
    assert start(rule()).status == "succeeded"


def test_a_do_asks_for_its_action_and_waits_for_the_outcome() -> None:
    moved = start(rule(do("post")))

    assert moved.commands == (Perform("post", "post", "xero.post_sale", None, {}),)
    assert moved.status == "running"


def test_the_result_of_a_step_is_seen_by_the_next_under_its_name() -> None:
    plan = rule(do("post", save_as="posted"), step("keep", Set((("copy", Name("posted")),))), do("tell"))
    moved = go(plan, start(plan).state, Settled("post", {"number": "HX-1"}))

    assert moved.state.frames[0].names == {"posted": {"number": "HX-1"}, "copy": {"number": "HX-1"}}


def test_a_second_outcome_of_the_same_step_changes_nothing() -> None:
    plan = rule(do("post"), do("tell"))
    after = go(plan, start(plan).state, Settled("post", 1)).state

    assert go(plan, after, Settled("post", 2)).state == after


def test_a_skipped_step_leaves_none_under_its_name_and_its_reason_in_the_history() -> None:
    plan = rule(do("post", conditions=(Literal(False),), save_as="posted"), do("tell"))
    moved = start(plan)

    assert [entry.kind for entry in moved.history] == ["started", "skipped", "asked"]
    assert moved.state.frames[0].names == {"posted": None}


def test_a_failure_runs_the_rules_on_error_steps_and_then_fails_the_run() -> None:
    plan = rule(do("post"), on_error=(do("tell the owner"),))
    failing = go(plan, start(plan).state, Settled("post", None, Failure("post", "no", "mend", "NO")))

    assert failing.commands == (Perform("on error/tell the owner", "tell the owner", "xero.post_sale", None, {}),)
    ended = go(plan, failing.state, Settled("on error/tell the owner", None))
    assert (ended.status, ended.state.reason) == ("failed", "post: no")


@pytest.mark.parametrize("on_error, status", [("continue", "running"), ("stop", "failed"), ((), "running")])
def test_on_error_of_a_step_decides_whether_the_run_goes_on(on_error: Any, status: str) -> None:
    plan = rule(do("post", on_error=on_error), do("next"))

    assert go(plan, start(plan).state, Settled("post", None, Failure("post", "no", "", "NO"))).status == status


def test_the_first_branch_that_holds_is_taken_and_its_names_outlive_it() -> None:
    yes, no = (Literal(True),), (Literal(False),)
    choose = Choose(
        ((no, (step("a", Set((("x", Literal(1)),))),)), (yes, (step("b", Set((("x", Literal(2)),))),))),
        (step("c", Set((("x", Literal(3)),))),),
    )
    moved = start(rule(step("pick", choose), do("post")))

    assert moved.state.frames[0].names == {"x": 2}


def test_a_loop_does_its_steps_once_an_item_and_gathers_the_results() -> None:
    plan = rule(step("each", Do("email.send", (), loop=Loop("item", Name("list"), gather_as="all"))), do("post"))
    state, paths = start(plan, list=["a", "b"]).state, []
    while state.waiting is not None and state.waiting.path.startswith("each"):
        paths.append(state.waiting.path)
        state = go(plan, state, Settled(state.waiting.path, state.waiting.path), list=["a", "b"]).state

    assert paths == ["each[1]", "each[2]"]
    assert state.frames[0].names["all"] == ["each[1]", "each[2]"]


def test_a_loop_over_nothing_goes_on() -> None:
    assert start(rule(step("each", ForEach(Loop("i", Literal([])), (do("x"),))), do("post"))).commands[0].path == "post"  # type: ignore[union-attr]


def test_a_missing_value_holds_the_run_at_its_step_and_release_tries_again() -> None:
    plan = rule(step("set", Set((("x", Name("later")),))))
    held = start(plan)

    assert isinstance(held.commands[0], OpenHold)
    assert (held.status, held.commands[0].code) == ("waiting", "UNMAPPED")
    assert go(plan, held.state, Released("set"), later=1).status == "succeeded"


def test_a_wait_starts_a_timer_and_goes_on_when_it_is_due() -> None:
    plan = rule(step("pause", Wait(Span(7, "days"))), do("post"))
    waiting = start(plan)

    assert isinstance(waiting.commands[0], StartTimer)
    assert waiting.commands[0].at == datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    assert go(plan, waiting.state, TimerDue("pause")).status == "running"


def test_cancelling_waits_for_the_open_action() -> None:
    plan = rule(do("post"), do("tell"))
    stopping = go(plan, start(plan).state, Cancelled("a newer one"))

    assert stopping.status == "running"
    assert go(plan, stopping.state, Settled("post", None)).status == "cancelled"


def test_stop_and_fail_end_the_run_with_their_reason() -> None:
    assert start(rule(step("s", Stop(Literal("enough"))), do("x"))).state.reason == "enough"
    assert start(rule(step("f", Fail(Literal("bad"))))).status == "failed"


def test_an_ended_run_takes_nothing_more() -> None:
    ended = start(rule()).state
    assert go(rule(), ended, Cancelled("late")).state == ended


def test_a_state_survives_the_store() -> None:
    plan = rule(step("each", ForEach(Loop("i", Name("list"), gather_as="g"), (do("x", save_as="y"),))))
    state = start(plan, list=[1, 2]).state

    assert from_plain(loads(dumps(to_plain(state)))) == state


def test_a_wait_that_times_out_into_steps_leaves_none_under_its_name() -> None:
    phrase = EventPhrase("halaxy.invoice.paid", (("invoice.id", Literal("1")),))
    verb = WaitFor(phrase, Span(1, "days"), (step("look", Set((("seen", Name("answer")),))),))
    plan = rule(step("await", verb, save_as="answer"), do("post"))
    moved = go(plan, start(plan).state, TimerDue("await"))

    assert moved.status == "running"
    assert moved.state.frames[0].names["answer"] is None
