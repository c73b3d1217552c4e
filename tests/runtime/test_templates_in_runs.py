"""A template in a step's inputs: filled in before the call is written, held when it cannot be, let go when mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import PLACE, TERMS, World, payers

from engine.core.expression import Literal
from engine.core.rule import Do, Rule, Set, Span, Step
from engine.lang.template_files.nodes import Template
from engine.lang.template_files.reading import read_template
from engine.lang.templates import compile_value
from engine.runtime.changes import notice_changes
from engine.runtime.loop import Loop
from engine.runtime.templates import TemplateFiles

Json = Any
SCHEMA = {"type": "object", "properties": {"template": {"type": "string", "x-type": "template"}}}


def mailing_rule(**more: Any) -> Rule:
    steps = (
        Step("name it", Set((("colour", compile_value("red {{ payer.id }}")),)), PLACE),
        Step("mail it", Do("shop.create", (("template", Literal("hello")),)), PLACE, **more),
    )
    return Rule("test/rule", "v1", "Mail", PLACE, events=("shop.asked",), steps=steps)


class Shelf:
    """Templates that a person may change."""

    def __init__(self, text: str) -> None:
        self.texts = {"hello": text}

    def __call__(self, rule: str) -> Mapping[str, Template]:
        read = {name: read_template(name, f"templates/{name}.md", text)[0] for name, text in self.texts.items()}
        return {name: template for name, template in read.items() if template is not None}

    def seen(self) -> dict[str, str]:
        return {f"template templates/{name}.md": text for name, text in self.texts.items()}


def mailing_world(folder: Path, text: str, **more: Any) -> tuple[World, Shelf]:
    world, shelf = World(folder, mailing_rule(**more)), Shelf(text)
    terms = {**TERMS, "create": replace(TERMS["create"], inputs=SCHEMA)}
    shop = replace(world.parts.connections["shop"], terms=terms)
    world.parts = replace(world.parts, connections={"shop": shop}, templates=TemplateFiles(shelf))
    world.loop = Loop(world.parts)
    notice_changes(world.parts, shelf.seen(), world.clock.now())
    return world, shelf


def sent(world: World) -> list[Json]:
    return [item["payload"] for item in world.shop.kept]


def test_what_is_sent_is_the_text_with_the_names_of_its_step(tmp_path: Path) -> None:
    world, _ = mailing_world(tmp_path, "---\nsubject: For {{ payer.name }}\n---\nIt is {{ colour }}.\n")

    world.happen(*payers(1))
    world.run()

    assert sent(world) == [{"subject": "For P", "body": "It is red 0.\n"}]
    assert world.statuses() == {"succeeded": 1}


@pytest.mark.parametrize("limit", [None, Span(1, "days")])
def test_a_template_that_cannot_be_filled_in_holds_its_run_until_it_is_mended(tmp_path: Path, limit: Span) -> None:
    world, shelf = mailing_world(tmp_path, "{{ payer.nickname }}", at_most=limit)
    world.happen(*payers(2))
    world.run()
    holds = world.store.rows("holds")
    assert [hold["code"] for hold in holds] == ["TEMPLATE_FAILED"] * 2
    assert "templates/hello.md:1: payer.nickname is not known here." in holds[0]["what"]
    assert sent(world) == []

    shelf.texts["hello"] = "Hello {{ payer.id }}"
    notice_changes(world.parts, shelf.seen(), world.clock.now())
    world.run()

    assert sorted(payload["body"] for payload in sent(world)) == ["Hello 0", "Hello 1"]
    assert world.statuses() == {"succeeded": 2}
    assert world.store.rows("holds") == []


def test_a_template_that_is_gone_holds_its_run(tmp_path: Path) -> None:
    world, shelf = mailing_world(tmp_path, "x")
    shelf.texts = {}
    world.happen(*payers(1))
    world.run()
    assert [hold["code"] for hold in world.store.rows("holds")] == ["TEMPLATE_UNKNOWN"]


def test_the_history_tells_that_the_step_was_held(tmp_path: Path) -> None:
    world, _ = mailing_world(tmp_path, "{{ 1 / 0 }}")
    world.happen(*payers(1))
    world.run()
    (hold,) = world.store.rows("holds")
    kinds = [(row["kind"], row["step"]) for row in world.store.rows("history", run=hold["run"])]
    assert kinds[-2:] == [("asked", "mail it"), ("held", "mail it")]
