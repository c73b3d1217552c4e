"""What happens between a worker's reading and its writing: the unit is lost and decided again, nothing is doubled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from shop import POST, World, payers, posting_rule

from engine.ports import Delete, Insert
from engine.runtime.loop import Loop
from engine.runtime.rows import put_link
from engine.sdk.contract import Known, Link, Today
from engine.sdk.records import Payer

Json = Any


def test_what_another_run_made_in_the_moment_of_asking_is_not_made_again(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    made: list[Link] = []

    def decide(payer: Payer, known: Known, inputs: Mapping[str, Json], today: Today) -> Any:
        decision = POST.decide(payer, known, inputs, today)
        if not made:
            # Another worker's call for the shared home is settled right now.
            made.append(Link("home h0", "home", "thing", "77", "home-h0", 0))
            world.store.write((put_link("shop", made[0], world.clock.now()),))
        return decision

    shop = world.parts.connections["shop"]
    connector = replace(shop.connector, postings={"post": replace(POST, decide=decide)})
    world.parts = replace(world.parts, connections={"shop": replace(shop, connector=connector)})
    world.loop = Loop(world.parts)
    world.happen(*payers(1))
    world.run()

    assert world.statuses() == {"succeeded": 1}
    assert [item["marker"] for item in world.shop.kept] == ["thing-0"]


def test_a_run_that_nobody_saw_waiting_for_keys_looks_itself(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    claim = {
        "connection": "shop",
        "key": "shop payer 0",
        "run": "run_other",
        "place": 0,
        "work_class": "live",
        "granted": 1,
    }
    world.store.write((Insert("claims", claim),))
    world.happen(*payers(1))
    for _ in range(5):
        world.loop.step(world.clock.now())
    assert world.statuses() == {"running": 1}

    world.store.write((Delete("claims", {"run": "run_other"}),))
    world.clock.pass_time(31)
    world.run()
    assert world.statuses() == {"succeeded": 1}
