"""A person's word on a hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import TERMS, World, calling_rule, payers, posting_rule

from engine.core.expression import Literal
from engine.errors import UserError
from engine.runtime.loop import Loop
from engine.runtime.resolve_hold import choices_of, resolve_hold

Json = Any


def asking_world(folder: Path, fault: str) -> World:
    """A call whose answer is lost once, at a vendor at which nobody can look up what stands."""
    world = World(folder, calling_rule())
    terms = {**TERMS, "create": replace(TERMS["create"], unknown=("ask",))}
    shop = replace(world.parts.connections["shop"], terms=terms)
    world.parts = replace(world.parts, connections={"shop": shop})
    world.loop = Loop(world.parts)
    faults = iter([fault])
    world.shop.faults = lambda _: next(faults, "")
    world.happen(*payers(1))
    world.run()
    return world


def the_hold(world: World) -> dict[str, Json]:
    (hold,) = world.store.rows("holds")
    return hold


@pytest.mark.parametrize(
    "fault, choice, sent",
    [("lost after", "it went out", 1), ("lost before", "it went out", 0), ("lost before", "send it again", 1)],
)
def test_a_person_says_whether_an_unknown_message_went_out(tmp_path: Path, fault: str, choice: str, sent: int) -> None:
    world = asking_world(tmp_path, fault)
    hold = the_hold(world)
    assert (hold["code"], choices_of(hold)) == ("OUTCOME_UNKNOWN", ("it went out", "send it again"))

    resolve_hold(world.parts, hold["id"], choice, world.clock.now())
    world.run()

    assert (world.statuses(), len(world.shop.kept)) == ({"succeeded": 1}, sent)
    assert world.store.rows("hold", hold=hold["id"])[0]["released_by"] == f"a person: {choice}"
    assert world.store.rows("holds") == []


@pytest.mark.parametrize("choice", ["try again", "", "IT WENT OUT", "it went out "])
def test_another_choice_is_refused_and_changes_nothing(tmp_path: Path, choice: str) -> None:
    world = asking_world(tmp_path, "lost before")

    with pytest.raises(UserError, match="no choice for this hold"):
        resolve_hold(world.parts, the_hold(world)["id"], choice, world.clock.now())
    assert world.statuses() == {"waiting": 1}


def test_a_hold_is_resolved_once(tmp_path: Path) -> None:
    world = asking_world(tmp_path, "lost before")
    hold = the_hold(world)["id"]
    resolve_hold(world.parts, hold, "send it again", world.clock.now())

    with pytest.raises(UserError, match="released already, by a person: send it again"):
        resolve_hold(world.parts, hold, "it went out", world.clock.now())
    with pytest.raises(UserError, match="There is no hold"):
        resolve_hold(world.parts, "hold_x", "it went out", world.clock.now())
    world.run()
    assert len(world.shop.kept) == 1


def test_a_hold_whose_cause_is_gone_goes_on_when_a_person_says_so(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule(conditions=(Literal("maybe"),)))
    world.happen(*payers(1))
    world.run()
    world.rule = replace(world.rule, conditions=(Literal(True),), version="v2")
    world.start()
    resolve_hold(world.parts, the_hold(world)["id"], "try again", world.clock.now())
    world.run()

    assert world.statuses() == {"succeeded": 1}
    run = world.store.rows("run_list", status="", rule="", subject="", limit=1)[0]
    assert world.store.rows("run", run=run["id"])[0]["rule_version"] == "v2"


def test_a_hold_whose_cause_stands_is_opened_again(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule(conditions=(Literal("maybe"),)))
    world.happen(*payers(1))
    world.run()
    first = the_hold(world)["id"]
    resolve_hold(world.parts, first, "try again", world.clock.now())
    world.run()

    assert world.statuses() == {"waiting": 1}
    assert the_hold(world)["id"] != first
