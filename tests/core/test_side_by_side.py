"""Turns side by side: asked for at once, joined in list order, ended between calls, tried again where they stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_advance import PLACE, Name

from engine.core.advance import advance
from engine.core.calendar import Calendar
from engine.core.expression import Literal
from engine.core.rule import Do, EventPhrase, ForEach, Loop, Rule, Span, Step, Stop, Wait
from engine.core.run import (
    Cancelled,
    EventArrived,
    Failure,
    Input,
    OpenHold,
    Perform,
    Released,
    RunState,
    Settled,
    Started,
    TimerDue,
    Transition,
    TriedAgain,
    from_plain,
    status_of,
    to_plain,
    waits_of,
)
from engine.core.stack import Scene
from engine.core.values import dumps, loads

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
ITEMS = ["a", "b", "c"]
LOOP = Loop("item", Name("items"), None, True, "found")
MAKE = Step("make", Do("shop.make", (("n", Name("item")),)), PLACE, save_as="made")
TELL = Step("tell", Do("books.task", (("n", Name("item")),)), PLACE)
AFTER = Step("after", Do("shop.find", (("n", Name("found")),)), PLACE)
NO = Failure("make", "no", "", "NO")


def rule(*steps: Step, **words: Any) -> Rule:
    return Rule("a/b", "v1", "A", PLACE, steps=(Step("loop", ForEach(LOOP, steps), PLACE), AFTER), **words)


class Playing:
    """A run that is stored and read back between any two inputs; `asked` are its actions by path."""

    def __init__(self, plan: Rule, **names: Any) -> None:
        self.plan, self.names, self.state = plan, {"items": ITEMS, **names}, RunState()
        self.asked: list[tuple[str, Any]] = []
        self.holds: list[str] = []
        self.take(Started())

    def take(self, happened: Input, hours: int = 0) -> Transition:
        scene = Scene(
            self.names, NOW + timedelta(hours=hours), "Australia/Sydney", Calendar(), {"invoice": "shop.find"}
        )
        moved = advance(self.plan, from_plain(loads(dumps(to_plain(self.state)))), happened, scene)
        self.state = moved.state
        self.asked += [
            (command.path, command.inputs.get("n")) for command in moved.commands if isinstance(command, Perform)
        ]
        self.holds += [command.path for command in moved.commands if isinstance(command, OpenHold)]
        return moved

    @property
    def open(self) -> list[str]:
        return [waiting.path for waiting in waits_of(self.state)]


def test_every_turn_asks_at_once() -> None:
    run = Playing(rule(MAKE))

    assert run.asked == [("make[1]", "a"), ("make[2]", "b"), ("make[3]", "c")]
    assert status_of(run.state) == "running"


def test_an_action_itself_may_be_a_loop_side_by_side() -> None:
    plan = Rule("a/b", "v1", "A", PLACE, steps=(Step("make", Do("shop.make", (), None, LOOP), PLACE), AFTER))
    run = Playing(plan)
    assert run.open == ["make[1]", "make[2]", "make[3]"]
    for number in (3, 1, 2):
        run.take(Settled(f"make[{number}]", number))

    assert run.asked[-1] == ("after", [1, 2, 3])


@given(st.permutations(["make[1]", "make[2]", "make[3]", "tell[1]", "tell[2]", "tell[3]"]))
def test_results_stand_in_the_order_of_the_list_whatever_the_order_of_the_answers(order: list[str]) -> None:
    run = Playing(rule(MAKE, TELL))
    for path in order * 2:
        run.take(Settled(path, path))

    assert run.asked[-1] == ("after", ["tell[1]", "tell[2]", "tell[3]"])
    assert len(run.asked) == len({path for path, _ in run.asked}) == 7


def test_an_empty_list_and_a_list_of_one_are_loops_too() -> None:
    assert Playing(rule(MAKE), items=[]).asked == [("after", [])]
    assert Playing(rule(MAKE), items=["x"]).asked == [("make[1]", "x")]


def test_the_first_failure_lets_the_rest_be_answered_and_begins_nothing_more() -> None:
    run = Playing(rule(MAKE, TELL), items=ITEMS)
    run.take(Settled("make[1]", "made"))
    run.take(Settled("make[2]", None, NO))
    assert (status_of(run.state), sorted(run.open)) == ("running", ["make[3]", "tell[1]"])
    run.take(Settled("make[3]", "made"))
    run.take(Settled("tell[1]", "told"))

    assert (status_of(run.state), run.state.reason) == ("failed", "make: no")
    assert [path for path, _ in run.asked] == ["make[1]", "make[2]", "make[3]", "tell[1]"]


def test_a_run_tried_again_goes_on_with_what_each_turn_has_left() -> None:
    run = Playing(rule(MAKE, TELL), items=ITEMS)
    for path, failure in (("make[1]", None), ("tell[1]", None), ("make[2]", NO), ("make[3]", None)):
        run.take(Settled(path, path, failure))
    assert status_of(run.state) == "failed"
    run.asked.clear()
    run.take(TriedAgain())
    assert [path for path, _ in run.asked] == ["make[2]", "tell[3]"]
    for path in ("make[2]", "tell[3]", "tell[2]"):
        run.take(Settled(path, path))

    assert run.asked[-1] == ("after", ["tell[1]", "tell[2]", "tell[3]"])


def test_what_a_failing_rule_says_knows_the_item_that_failed() -> None:
    said = (Step("say", Do("books.task", (("n", Name("item")),)), PLACE),)
    run = Playing(rule(MAKE, on_error=said), items=ITEMS)
    for number in (1, 2, 3):
        run.take(Settled(f"make[{number}]", None, NO if number == 2 else None))

    assert run.asked[-1] == ("on error/say", "b")


def test_a_failure_that_a_step_passes_over_ends_only_its_own_step() -> None:
    lenient = Step("make", Do("shop.make", ()), PLACE, on_error="continue")
    run = Playing(rule(lenient), items=ITEMS)
    for number in (1, 2, 3):
        run.take(Settled(f"make[{number}]", number, NO if number == 2 else None))

    assert run.asked[-1] == ("after", [1, None, 3])


def test_a_turn_that_is_held_lets_the_others_go_on_and_follows_when_it_is_released() -> None:
    doubtful = Step("tell", Do("books.task", (("n", Name("limit")),)), PLACE)
    run = Playing(rule(MAKE, doubtful), items=ITEMS)
    run.take(Settled("make[2]", 1))
    assert (run.holds, status_of(run.state)) == (["tell[2]"], "running")
    run.take(Settled("make[1]", 1))
    run.take(Settled("make[3]", 1))
    assert (run.holds, status_of(run.state)) == (["tell[2]", "tell[1]", "tell[3]"], "waiting")

    run.names["limit"] = 5
    for number in (1, 2, 3):
        run.take(Released(f"tell[{number}]"))
    assert sorted(run.open) == ["tell[1]", "tell[2]", "tell[3]"]


def test_waits_inside_turns_end_each_at_its_own_time() -> None:
    pause = Step("pause", Wait(Span(2, "hours")), PLACE)
    run = Playing(rule(MAKE, pause, TELL), items=["a", "b"])
    run.take(Settled("make[2]", 1))
    run.take(Settled("make[1]", 1), hours=1)
    assert status_of(run.state) == "waiting"
    run.take(TimerDue("pause[2]"), hours=2)
    assert run.open == ["pause[1]", "tell[2]"]
    run.take(TimerDue("pause[1]"), hours=3)
    assert run.open == ["tell[1]", "tell[2]"]


STOP_WHEN = (EventPhrase("shop.paid", (("id", Literal("7")),)),)


def test_stop_when_ends_the_turns_between_their_calls() -> None:
    from engine.core.run import LookedBack

    run = Playing(rule(MAKE, TELL, stop_when=STOP_WHEN), items=["a", "b"])
    run.take(LookedBack())
    run.take(EventArrived(" stop when 0", {}, "e1"))
    assert sorted(run.open) == ["make[1]", "make[2]"]
    run.take(Settled("make[1]", 1))
    run.take(Settled("make[2]", 1))

    assert (status_of(run.state), run.asked) == ("cancelled", [("make[1]", "a"), ("make[2]", "b")])


def test_a_run_with_nothing_in_a_call_is_cancelled_at_once() -> None:
    run = Playing(rule(MAKE), items=ITEMS)
    run.take(Cancelled("enough", parked=True))

    assert status_of(run.state) == "cancelled"


def test_stop_if_is_looked_at_after_a_wait_of_a_turn_on_what_was_read_anew() -> None:
    pause = Step("pause", Wait(Span(2, "hours")), PLACE)
    plan = rule(pause, TELL, keep_fresh=("invoice",), stop_if=(Name("paid"),))
    run = Playing(plan, items=["a", "b"], invoice={"id": "7"}, paid=False)
    run.take(TimerDue("pause[1]"), hours=2)
    run.take(TimerDue("pause[2]"), hours=2)
    assert run.open == [" keep fresh invoice[1]", " keep fresh invoice[2]"]
    run.take(Settled(" keep fresh invoice[1]", {"invoice": {"id": "7"}}), hours=2)
    run.names["paid"] = True
    run.take(Settled(" keep fresh invoice[2]", {"invoice": {"id": "7"}}), hours=2)
    assert run.open == ["tell[1]"]
    run.take(Settled("tell[1]", 1), hours=2)

    assert (status_of(run.state), run.state.reason, len(run.asked)) == ("succeeded", "stop if paid", 3)


def test_a_stop_inside_a_turn_ends_the_run_when_the_others_are_answered() -> None:
    run = Playing(rule(MAKE, Step("enough", Stop(Literal("enough")), PLACE)), items=["a", "b"])
    run.take(Settled("make[1]", 1))
    run.take(Settled("make[2]", 1))

    assert (status_of(run.state), run.state.reason) == ("succeeded", "enough")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 5), st.integers(1, 3), st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=30))
def test_each_turn_does_each_step_once_through_failures_and_new_tries(
    items: int, steps: int, moves: list[tuple[int, bool]]
) -> None:
    body = [Step(f"s{n}", Do("shop.make", ()), PLACE) for n in range(steps)]
    run = Playing(rule(*body), items=list(range(items)))
    done: list[str] = []
    for which, failed in [*moves, *[(0, False)] * 40]:
        if run.state.ended == "failed":
            run.take(TriedAgain())
        if run.state.ended is not None or run.open == ["after"]:
            break
        path = sorted(run.open)[which % len(run.open)]
        done += [] if failed else [path]
        run.take(Settled(path, path, NO if failed else None))

    assert sorted(done) == sorted(f"s{step}[{item + 1}]" for step in range(steps) for item in range(items))
    last = [f"s{steps - 1}[{item + 1}]" for item in range(items)]
    assert run.asked[-1] == ("after", last)
