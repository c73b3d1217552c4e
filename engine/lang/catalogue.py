"""What a rule may name: events, actions, settings, maps and people, as plain data for the checker.

Filled from the connectors' manifests by whoever reads them; holds no connector and reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
Schema = Mapping[str, Json]

# Records nest sale, line, discount; anything deeper refers to itself.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class ActionSchema:
    """The inputs and the result of an action as JSON Schema objects; `kind` is `call` or `posting`."""

    inputs: Schema = field(default_factory=dict)
    outputs: Schema = field(default_factory=dict)
    kind: str = "call"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that rules may name. None instead of a set of names means: not known, so not checked.

    Attributes:
        events: By type, the schema of each of its objects by the object's name.
        actions: By `connector.action`.
        ruleset_settings: Names of the form of the ruleset that the rules belong to.
        maps: Names of the mapping tables.
        people: Names and roles of `daybook.yaml`.
    """

    events: Mapping[str, Mapping[str, Schema]]
    actions: Mapping[str, ActionSchema]
    ruleset_settings: frozenset[str] | None = None
    maps: frozenset[str] | None = None
    people: frozenset[str] | None = None

    @property
    def connectors(self) -> frozenset[str]:
        """The connectors that offer anything."""
        return frozenset(name.split(".", 1)[0] for name in (*self.events, *self.actions))


def from_manifests(
    manifests: Mapping[str, Json],
    ruleset_settings: frozenset[str] | None = None,
    maps: frozenset[str] | None = None,
    people: frozenset[str] | None = None,
) -> Catalogue:
    """The catalogue of the connectors with these manifests, by connector name; `$ref`s to `$defs` are followed."""
    events: dict[str, Mapping[str, Schema]] = {}
    actions: dict[str, ActionSchema] = {}
    for name, manifest in manifests.items():
        defs = manifest.get("$defs") or {}
        for trigger, body in (manifest.get("triggers") or {}).items():
            schema = expanded(body.get("schema") or body.get("data") or {}, defs)
            events[f"{name}.{trigger}"] = schema.get("properties") or {}
        for action, body in (manifest.get("actions") or {}).items():
            inputs, outputs = expanded(body.get("inputs") or {}, defs), expanded(body.get("outputs") or {}, defs)
            actions[f"{name}.{action}"] = ActionSchema(inputs, outputs, body.get("kind", "call"))
    return Catalogue(events, actions, ruleset_settings, maps, people)


def expanded(schema: Json, defs: Mapping[str, Json], depth: int = 0) -> Json:
    """A schema with its references to `#/$defs/NAME` replaced; one that is unknown or too deep allows anything."""
    if isinstance(schema, list):
        return [expanded(item, defs, depth) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" not in schema:
        return {key: expanded(value, defs, depth) for key, value in schema.items()}
    target = defs.get(str(schema["$ref"]).removeprefix("#/$defs/"))
    if target is None or depth >= _DEEPEST:
        return {}
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    found = expanded(target, defs, depth + 1)
    return {**found, **expanded(beside, defs, depth)} if isinstance(found, Mapping) else found
