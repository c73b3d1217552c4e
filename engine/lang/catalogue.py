"""What a rule may name: events, actions, settings, maps and people, as plain data for the checker.

Filled from the connectors' manifests, their `$ref`s resolved, by whoever reads them; reads no file itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.lang.template_files.nodes import Shelf

Json = Any
Schema = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ActionSchema:
    """The inputs and the result of an action as JSON Schema objects; `kind` is `call` or `posting`.

    `emits` are the types of the events that doing it can set off.
    """

    inputs: Schema = field(default_factory=dict)
    outputs: Schema = field(default_factory=dict)
    kind: str = "call"
    emits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that rules may name. None instead of a table means: not known, so not checked.

    Attributes:
        events: By type, the schema of each of its objects by the object's name; one that is not always there allows
            null.
        actions: By `connector.action`.
        ruleset_settings: The form of the ruleset that the rules belong to, as schemas by name.
        maps: The mapping tables, as schemas by name.
        people: Names and roles of `daybook.yaml`.
        connections: Those of `daybook.yaml`, each with its connector.
        templates: The template files that rules may name.
    """

    events: Mapping[str, Mapping[str, Schema]]
    actions: Mapping[str, ActionSchema]
    ruleset_settings: Mapping[str, Schema] | None = None
    maps: Mapping[str, Schema] | None = None
    people: frozenset[str] | None = None
    templates: Shelf | None = None
    connections: Mapping[str, str] | None = None

    @property
    def connectors(self) -> frozenset[str]:
        """The connectors that offer anything."""
        return frozenset(name.split(".", 1)[0] for name in (*self.events, *self.actions))
