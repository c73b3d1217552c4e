"""Answers for rehearsals that send nothing: those that a test lays down, else plausible ones.

A call's own `example` is used where its connector has one; else the output schema is filled in, ids counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.core.run import Perform
from engine.lang.types import schema_type
from engine.runtime.rehearsal_actions import How, Skill, Standing
from engine.sdk.contract import Done, Element, Link, LinkFacts, Outcome

Json = Any


@dataclass(slots=True)
class Simulated:
    """See `engine.runtime.rehearsal_actions.Hands`.

    Attributes:
        now: The time at which examples are dated; moved with the clock of the rehearsal.
        answers: By the name of an action or a step; the last one is given again and again.
        own_facts: Facts that a test states, by kind and id; they win over the plausible ones.
        used: How often each of the answers was given, by its name.
        objects: The objects of the events so far, for reading them again (`keep fresh`).
    """

    now: datetime
    answers: Mapping[str, Sequence[Outcome]] = field(default_factory=dict)
    own_facts: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    objects: dict[str, Json] = field(default_factory=dict)
    made: int = 0

    def given(self, command: Perform, action: str) -> Outcome | None:
        """The answer of the step, if it is the step's own action, else that of the action."""
        names = (command.step, action) if action == command.action else (action,)
        name = next((name for name in names if name in self.answers), None)
        if name is None:
            return None
        turn = self.used.get(name, 0)
        self.used[name] = turn + 1
        return self.answers[name][min(turn, len(self.answers[name]) - 1)]

    def call(self, skill: Skill, command: Perform, element: Element, standing: Standing) -> tuple[Outcome, How]:
        """A plausible answer; what is read again is as the last event showed it."""
        name = command.step.removeprefix("keep fresh: ")
        if command.path.startswith(" ") and name in self.objects:
            return Done({name: self.objects[name]}), "simulated"
        self.made += 1
        return simulated(skill, element, standing, self.now, self.made), "simulated"

    def facts(self, skill: Skill, command: Perform, inputs: Mapping[str, Json]) -> Mapping[str, Mapping[str, Json]]:
        """Facts that fit the step's inputs, with what the test says of them."""
        posting = skill.posting
        found = dict(posting.example_facts(inputs)) if posting is not None and posting.example_facts else {}
        for kind, rows in self.own_facts.items():
            known = found.get(kind, {})
            found[kind] = {**known, **{id: {**known.get(id, {}), **row} for id, row in rows.items()}}
        return found

    def links(self, skill: Skill, command: Perform, sources: frozenset[str]) -> tuple[Link, ...]:
        """Nothing beside what the test gives."""
        return ()


def simulated(skill: Skill, element: Element, standing: Standing, now: datetime, count: int) -> Outcome:
    """A plausible answer to one call: it goes well."""
    call = skill.connector.calls.get(skill.name)
    if call is not None and call.example is not None:
        return call.outcomes([element], call.example(element, standing.documents()))[0]
    result = example(skill.schema.outputs, now, count)
    plain: dict[str, Json] = result if isinstance(result, dict) else {}
    if not element.marker:
        return Done(plain)
    seen = {**element.payload, **plain, "id": str(element.payload.get("id") or f"example-{count}")}
    return Done({**plain, "id": seen["id"]}, LinkFacts(skill.name, seen["id"], element.marker, seen))


def example(schema: Mapping[str, Json], now: datetime, count: int) -> Json:
    """A value that a schema allows: its own example or default, else a plausible one; what may be none is none."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema or "const" in schema:
        return schema.get("default", schema.get("const"))
    for choices in (schema.get("anyOf"), schema.get("oneOf")):
        if choices:
            return example(choices[0], now, count)
    kind = schema.get("type")
    if isinstance(kind, list) and "null" in kind:
        return None
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        return {name: example(inner, now, count) for name, inner in properties.items()}
    if kind == "array":
        return []
    return {} if kind == "object" else _scalar(schema, now, count)


def _scalar(schema: Mapping[str, Json], now: datetime, count: int) -> Json:
    if schema.get("enum"):
        return schema["enum"][0]
    known: Mapping[str, Json] = {
        "id": f"example-{count}",
        "yes or no": True,
        "whole number": 1,
        "number": Decimal(1),
        "money": Decimal("100.00"),
        "percent": Decimal("0.10"),
        "date": now.date(),
        "date and time": now,
        "time of day": "09:00",
        "duration": "1 days",
        "email": "robin@sample.example",
        "phone": "+61400000000",
        "web address": "https://sample.example/",
    }
    return known.get(schema_type(schema), "example")
