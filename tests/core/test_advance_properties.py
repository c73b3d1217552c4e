"""What holds for every rule and every order of things that can happen to its run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_advance import PLACE, Name

from engine.core.advance import advance
from engine.core.calendar import Calendar
from engine.core.expression import Literal
from engine.core.rebase import rebase
from engine.core.rule import (
    Choose,
    Do,
    EventPhrase,
    Fail,
    ForEach,
    Loop,
    Retry,
    Rule,
    Set,
    Span,
    Step,
    Stop,
    Wait,
    WaitFor,
)
from engine.core.run import (
    Cancelled,
    EventArrived,
    Failure,
    Input,
    LookedBack,
    Moved,
    Perform,
    Released,
    RunState,
    Settled,
    Started,
    StartTimer,
    Subscribe,
    TimerDue,
    TriedAgain,
    from_plain,
    to_plain,
    waits_of,
)
from engine.core.stack import Scene
from engine.core.values import dumps, loads

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
NAMES: dict[str, Any] = {"items": [1, 2], "yes": True, "no": False, "id": "7", "nothing": None}
NAMES["invoice"] = {"id": "7", "open": 5}
FAILURE = Failure("x", "no", "", "NO")

expressions = st.sampled_from(
    [Literal(True), Literal(False), Literal("x"), Name("unknown"), Name("items"), Name("yes"), Name("nothing")]
)
spans = st.builds(Span, st.integers(0, 400), st.sampled_from(["minutes", "days", "months", "business days"]))
phrases = st.builds(
    EventPhrase,
    st.sampled_from(["a.b", "a.c"]),
    st.just((("invoice.id", Name("id")),)) | st.just((("invoice.id", Name("nothing")),)),
    st.none() | expressions,
)
limits = spans | expressions


def verbs(inner: Any) -> Any:
    loops = st.builds(
        Loop,
        st.just("item"),
        st.sampled_from([Name("items"), Name("yes"), Literal([])]),
        st.none(),
        st.booleans(),
        st.none() | st.just("all"),
    )
    return st.one_of(
        st.builds(Do, st.sampled_from(["email.send", "xero.post"]), st.just(()), st.none(), st.none() | loops),
        st.builds(Set, st.just((("x", Literal(1)),))),
        st.builds(Wait, spans, st.none() | st.just(time(2, 30))),
        st.builds(lambda until: Wait(until=until), expressions),
        st.builds(WaitFor, phrases, limits, st.sampled_from(["stop", "continue", "fail"]) | inner),
        st.builds(Stop, expressions),
        st.builds(Fail, expressions),
        st.builds(Choose, st.lists(st.tuples(st.tuples(expressions), inner), max_size=2).map(tuple), inner),
        st.builds(ForEach, loops, inner),
    )


def steps(depth: int) -> Any:
    inner = st.just(()) if depth == 0 else steps(depth - 1)
    step = st.builds(
        Step,
        st.uuids().map(str),
        verbs(inner),
        st.just(PLACE),
        st.lists(expressions, max_size=1).map(tuple),
        st.none() | st.just("made"),
        st.none() | st.just(Retry(0, timedelta(0))),
        st.sampled_from(["stop", "continue"]) | inner,
        st.booleans(),
        st.none() | st.sampled_from(["stop", "continue"]) | spans,
        st.none() | limits,
    )
    return st.lists(step, max_size=3).map(tuple)


rules = st.builds(
    lambda steps, on_error, stop_if, stop_when, fresh, quiet: Rule(
        "a/b", "v1", "A rule", PLACE, steps=steps, on_error=on_error, stop_if=stop_if, stop_when=stop_when,
        keep_fresh=fresh, quiet_hours=quiet,
    ),
    steps(2),
    steps(1),
    st.lists(expressions, max_size=1).map(tuple),
    st.lists(phrases, max_size=2).map(tuple),
    st.sampled_from([(), ("invoice",), ("missing",)]),
    st.sampled_from(["keep", "ignore"]),
)  # fmt: skip
turns = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2000)), max_size=25)


def scene(hours: int) -> Scene:
    now = NOW + timedelta(hours=hours)
    return Scene(NAMES, now, "Australia/Sydney", Calendar(), {"invoice": "halaxy.find"}, {"email.send": "to"})


def happening(state: RunState, kind: int) -> Input:
    """Something that may happen next: mostly what the run waits for, sometimes what no longer fits."""
    waits = waits_of(state)
    path = waits[kind % len(waits)].path if waits else "nowhere"
    event = {"invoice": {"id": "7"}}
    inputs: list[Input] = [
        Settled(path, {"thing": {"id": "1"}}),
        Settled(path, {"thing": None}),
        Settled(path, None, FAILURE),
        Settled(path, None, Failure("x", "no", "", "NOT_FOUND")),
        TimerDue(path),
        TimerDue(f" at most {path}", parked=True),
        TimerDue(f" at most {path}"),
        EventArrived(path, event, f"evt_{kind}"),
        EventArrived(" stop when 0", event, "evt_9", parked=True),
        LookedBack(),
        Released(path),
        TriedAgain(),
        Moved(),
    ]
    return inputs[kind]


def play(rule: Rule, moves: list[tuple[int, int]]) -> list[RunState]:
    """The states of a run that these things happen to, each stored and read back in between."""
    states = [advance(rule, RunState(), Started(), scene(0)).state]
    for kind, hours in moves:
        state = from_plain(loads(dumps(to_plain(states[-1]))))
        assert state == states[-1]
        happened = happening(state, kind)
        moved = advance(rule, state, happened, scene(hours))
        if state.ended is not None and not isinstance(happened, TriedAgain):
            assert (moved.state, moved.commands) == (state, ())
        _check(moved.state, moved.commands)
        states.append(moved.state)
    return states


def _check(state: RunState, commands: Sequence[Any]) -> None:
    if state.ended is not None:
        assert (state.waiting, state.frames) == (None, ())
        return
    assert state.waiting is not None, "a run that has not ended waits for something"
    assert (state.waiting.at == "turns") <= any(turn.waiting is not None for turn in state.turns)
    asked = {command.path for command in commands if isinstance(command, Perform | StartTimer | Subscribe)}
    path = state.waiting.path
    if state.waiting.at in ("action", "timer", "event", "pause") and commands:
        assert path in asked or not asked - {f" at most {path}"} or any(p.startswith(" stop when") for p in asked)


@settings(max_examples=400, deadline=None)
@given(rules, turns)
def test_nothing_that_happens_crashes_a_run_and_the_same_again_gives_the_same(
    rule: Rule, moves: list[tuple[int, int]]
) -> None:
    states = play(rule, moves)

    assert states == play(rule, moves)


@settings(max_examples=150, deadline=None)
@given(rules, turns)
def test_a_run_stands_where_it_stood_in_the_same_rule(rule: Rule, moves: list[tuple[int, int]]) -> None:
    for state in play(rule, moves):
        assert rebase(rule, rule, state) == state


simple = st.lists(
    st.one_of(
        st.just(Set((("x", Literal(1)),))),
        st.just(Do("xero.post", ())),
        st.just(Wait(Span(1, "days"))),
        st.just(WaitFor(EventPhrase("a.b", (("invoice.id", Name("id")),)), Span(2, "days"), "continue")),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(simple, st.data())
def test_no_step_is_skipped_or_done_twice_whatever_comes_in_between(list_: list[Any], data: Any) -> None:
    plan = Rule("a/b", "v1", "A", PLACE, steps=tuple(Step(f"s{n}", verb, PLACE) for n, verb in enumerate(list_)))
    state, begun = RunState(), list[str]()
    happened: Input = Started()
    for turn in range(200):
        moved = advance(plan, state, happened, scene(turn))
        begun += [entry.step for entry in moved.history if entry.kind in ("asked", "waiting")]
        state = moved.state
        if state.ended is not None or state.waiting is None:
            break
        path = state.waiting.path
        fitting: list[Input] = {
            "action": [Settled(path, 1)],
            "timer": [TimerDue(path)],
            "event": [TimerDue(path), EventArrived(path, {}, f"e{turn}")],
        }[state.waiting.at]
        others: list[Input] = [TimerDue("s0"), Settled("s9", 1), Released(path), LookedBack(), EventArrived("s9", {})]
        others = [other for other in others if getattr(other, "path", "") != path or isinstance(other, Released)]
        happened = data.draw(st.sampled_from(fitting + others))

    if state.ended is not None:
        assert begun == [f"s{n}" for n, verb in enumerate(list_) if not isinstance(verb, Set)]
        assert state.ended == "succeeded"


def test_a_cancelled_run_ends_between_steps_only() -> None:
    plan = Rule("a/b", "v1", "A", PLACE, steps=(Step("post", Do("xero.post", ()), PLACE),))
    busy = advance(plan, RunState(), Started(), scene(0)).state

    assert advance(plan, busy, Cancelled("enough"), scene(0)).status == "running"
    assert advance(plan, busy, Cancelled("enough", parked=True), scene(0)).status == "cancelled"


def test_a_state_that_an_older_version_stored_is_read() -> None:
    plan = Rule("a/b", "v1", "A", PLACE, steps=(Step("pause", Wait(Span(1, "days")), PLACE),))
    plain = to_plain(advance(plan, RunState(), Started(), scene(0)).state)
    older = {key: value for key, value in plain.items() if key not in ("before", "served", "doubt")}
    older["frames"] = [{key: value for key, value in frame.items() if key != "since"} for frame in plain["frames"]]

    assert advance(plan, from_plain(loads(dumps(older))), TimerDue("pause"), scene(30)).status == "succeeded"
