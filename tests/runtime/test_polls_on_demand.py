"""A poll that costs calls runs only while somebody awaits what it brings, and begins anew when that comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import PLACE, World, calling_rule

from engine.core.rule import Do, EventPhrase, Rule, Span, Step, WaitFor
from engine.ports import Insert
from engine.runtime.parts import ActionTerms
from engine.runtime.poll import Polls
from engine.sdk.contract import Found, Poll

NEWS = "shop.news"


class Watching:
    """A world with a poll that notes from where it was asked to look."""

    def __init__(self, folder: Path, rule: Rule) -> None:
        self.world = World(folder, rule)
        self.cursors: list[Any] = []
        connector = replace(self.world.parts.connections["shop"].connector, polls=(Poll("news", self._look, 60),))
        connection = replace(
            self.world.parts.connections["shop"], connector=connector, poll_events={"news": frozenset({NEWS})}
        )
        self.parts = replace(self.world.parts, connections={"shop": connection})

    def look(self, rule: Rule | None = None) -> list[Any]:
        """The cursors with which it was asked on one step, a minute later."""
        if rule is not None:
            self.parts.rules.rule = rule
        self.world.clock.pass_time(61)
        asked = len(self.cursors)
        Polls(self.parts).step(self.world.clock.now())
        return self.cursors[asked:]

    def _look(self, cursor: Any, shelf: Any, time: Any) -> Iterator[Any]:
        self.cursors.append(cursor)
        yield from ()
        return Found(time.now.isoformat())


def waiting(**more: Any) -> Rule:
    step = Step("wait", WaitFor(EventPhrase(NEWS), Span(3, "days")), PLACE)
    return Rule("test/rule", "v1", "Wait", PLACE, events=("shop.asked",), steps=(step,), **more)


def inside() -> Rule:
    step = Step("do", Do("shop.create", ()), PLACE, on_error=waiting().steps)
    return Rule("test/rule", "v1", "Inside", PLACE, events=("shop.asked",), steps=(step,))


AWAITED = {
    "it starts a rule": replace(calling_rule(), events=("shop.asked", NEWS)),
    "a step waits for it": waiting(),
    "it stops a rule": replace(calling_rule(), stop_when=(EventPhrase(NEWS),)),
    "a step waits for it after an error": inside(),
}


@pytest.mark.parametrize("why", AWAITED)
def test_it_runs_when(tmp_path: Path, why: str) -> None:
    assert [None] == Watching(tmp_path, AWAITED[why]).look()


def test_it_rests_when_no_rule_awaits_its_events(tmp_path: Path) -> None:
    watching = Watching(tmp_path, calling_rule())
    assert [] == watching.look()
    assert [] == watching.world.store.rows("cursors")


def test_a_waiting_run_of_an_older_rule_keeps_it_going(tmp_path: Path) -> None:
    watching = Watching(tmp_path, calling_rule())
    row = {"run": "r", "path": "p", "type": NEWS, "index_path": "", "index_value": "null", "same": "[]"}
    watching.world.store.write((Insert("subscriptions", row),))
    assert [None] == watching.look()


def test_awaited_again_it_begins_from_then_and_not_from_long_ago(tmp_path: Path) -> None:
    watching, awaited = Watching(tmp_path, waiting()), waiting()
    assert [None] == watching.look()
    [goes_on] = watching.look()
    assert goes_on is not None, "it goes on where it stopped"
    assert [] == watching.look(calling_rule())
    assert [None] == watching.look(awaited)


def test_polls_that_are_not_on_demand_always_run(tmp_path: Path) -> None:
    watching = Watching(tmp_path, calling_rule())
    connection = replace(watching.parts.connections["shop"], poll_events={})
    watching.parts = replace(watching.parts, connections={"shop": connection})
    assert [None] == watching.look()


MARKED = [
    # the manifest's marker, the part of a posting, the element, what marks it
    ("number", "", '{"number": "HX-1"}', "HX-1"),
    ("number", "", "{}", ""),
    ("", "", '{"number": "HX-1"}', "run_1 step"),
    ("number", "invoice", '{"number": "HX-2"}', "run_1 step"),
]


@pytest.mark.parametrize("marker, part, element, expected", MARKED)
def test_a_rules_own_call_is_marked_by_the_input_that_its_manifest_names(
    marker: str, part: str, element: str, expected: str
) -> None:
    row = {"part": part, "marker": "run_1 step", "element": element}
    assert ActionTerms("create", "call", marker=marker).element(row).marker == expected
