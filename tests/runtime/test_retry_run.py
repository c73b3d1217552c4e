"""A failed run goes on from the step that failed; what was done is not done again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import PLACE, World, calling_rule, payers

from engine.core.expression import Literal
from engine.core.rule import Do, ForEach, Loop, Rule, Step
from engine.errors import UserError
from engine.runtime.retry_run import retry_run

Json = Any


class Poison:
    """An input that the shop refuses, until it is mended."""

    text = "poison"
    paths = ()

    def __init__(self, only: str = "") -> None:
        self.poisonous, self.only = True, only

    def value(self, names: Mapping[str, Json]) -> Json:
        return self.poisonous and names.get("item", "") == self.only

    def explain(self, names: Mapping[str, Json]) -> str:
        return "poison"


class Name:
    """A name of the run."""

    paths = ()

    def __init__(self, name: str) -> None:
        self.text = name

    def value(self, names: Mapping[str, Json]) -> Json:
        value = names
        for part in self.text.split("."):
            value = value[part]
        return value

    def explain(self, names: Mapping[str, Json]) -> str:
        return self.text


def make(name: str, poison: Poison | None = None, **more: Any) -> Step:
    inputs = (("poison", poison),) if poison else ()
    return Step(name, Do("shop.create", inputs), PLACE, **more)


def rule_of(*steps: Step, **more: Any) -> Rule:
    return Rule("test/rule", "v1", "Call", PLACE, events=("shop.asked",), steps=steps, **more)


def the_run(world: World) -> dict[str, Json]:
    return world.store.rows("run_list", status="", rule="", subject="", limit=10)[-1]


def kept(world: World) -> list[str]:
    return [item["marker"].partition(" ")[2] for item in world.shop.kept]


def again(world: World) -> None:
    retry_run(world.parts, the_run(world)["id"], world.clock.now())
    world.run()


def test_the_step_that_failed_is_performed_again_and_no_other(tmp_path: Path) -> None:
    poison = Poison()
    world = World(tmp_path, rule_of(make("one"), make("two", poison), make("three")))
    world.happen(*payers(1))
    world.run()
    failed = the_run(world)
    assert (failed["status"], kept(world)) == ("failed", ["one"])

    poison.poisonous = False
    again(world)

    assert ("succeeded", failed["id"]) == (the_run(world)["status"], the_run(world)["id"])
    assert kept(world) == ["one", "two", "three"]
    history = [line["kind"] for line in world.store.rows("history", run=failed["id"])]
    assert history[-6:] == ["tried again", "asked", "done", "asked", "done", "succeeded"]
    assert the_run(world)["ended_at"] is not None


def test_a_run_may_fail_and_be_tried_again_more_than_once(tmp_path: Path) -> None:
    poison = Poison()
    world = World(tmp_path, rule_of(make("one"), make("two", poison)))
    world.happen(*payers(1))
    world.run()
    again(world)
    assert the_run(world)["status"] == "failed"

    poison.poisonous = False
    again(world)
    assert (the_run(world)["status"], kept(world)) == ("succeeded", ["one", "two"])


def test_in_a_loop_only_the_item_that_failed_and_those_after_it_are_done(tmp_path: Path) -> None:
    poison = Poison(only="b")
    each = ForEach(Loop("item", Literal(["a", "b", "c"])), (make("make it", poison),))
    world = World(tmp_path, rule_of(Step("each", each, PLACE)))
    world.happen(*payers(1))
    world.run()
    assert kept(world) == ["make it[1]"]

    poison.poisonous = False
    again(world)
    assert kept(world) == ["make it[1]", "make it[2]", "make it[3]"]


def test_names_made_before_the_failure_are_still_there(tmp_path: Path) -> None:
    poison = Poison()
    last = Step("last", Do("shop.create", (("of", Name("first.id")),)), PLACE)
    world = World(tmp_path, rule_of(make("one", save_as="first"), make("two", poison), last))
    world.happen(*payers(1))
    world.run()
    poison.poisonous = False
    again(world)

    assert world.shop.kept[-1]["payload"] == {"of": "1"}


def test_steps_on_error_run_at_each_failure_and_not_after_a_success(tmp_path: Path) -> None:
    poison = Poison()
    world = World(tmp_path, rule_of(make("one", poison), make("two"), on_error=(make("tell"),)))
    world.happen(*payers(1))
    world.run()
    assert (the_run(world)["status"], kept(world)) == ("failed", ["on error/tell"])

    poison.poisonous = False
    again(world)
    assert (the_run(world)["status"], kept(world)) == ("succeeded", ["on error/tell", "one", "two"])


def test_stop_if_is_looked_at_before_the_step_is_performed_again(tmp_path: Path) -> None:
    poison, over = Poison(), Poison(only="never")
    rule = rule_of(make("one", poison), stop_if=(over,))
    world = World(tmp_path, rule)
    world.happen(*payers(1))
    world.run()
    over.only = ""
    again(world)

    assert (the_run(world)["status"], the_run(world)["reason"], kept(world)) == ("succeeded", "stop if poison", [])


def test_a_run_that_has_not_failed_or_does_not_exist_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.happen(*payers(1))
    world.run()

    with pytest.raises(UserError, match="has not failed: it is succeeded"):
        retry_run(world.parts, the_run(world)["id"], world.clock.now())
    with pytest.raises(UserError, match="There is no run"):
        retry_run(world.parts, "run_x", world.clock.now())


def test_a_run_waits_for_no_other_that_is_under_way_but_is_refused(tmp_path: Path) -> None:
    poison = Poison()
    rule = rule_of(make("one", poison), one_at_a_time_per=(Literal("all"),))
    world = World(tmp_path, rule)
    world.happen(*payers(1))
    world.run()
    first = the_run(world)["id"]
    world.rule = replace(rule, conditions=())
    poison.poisonous = False
    world.shop.faults = lambda _: "lost before"
    world.happen(*payers(2)[1:])
    for _ in range(20):
        world.loop.step(world.clock.now())

    with pytest.raises(UserError, match="Another run about the same is under way"):
        retry_run(world.parts, first, world.clock.now())

    world.shop.faults = lambda _: ""
    world.run()
    retry_run(world.parts, first, world.clock.now())
    world.run()
    assert world.statuses() == {"succeeded": 2}
