"""The names that an expression may read at its place in a rule, each with the schema of what it holds.

Built up by the checker as it follows the steps; a scope never changes, it is extended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.core.rule import Rule
from engine.lang.catalogue import Catalogue
from engine.lang.schemas import ANY

Json = Any
Schema = Mapping[str, Json]
TEXT: Schema = {"type": "string"}


def group(fields: Mapping[str, Schema]) -> Schema:
    """The schema of a group with exactly these fields."""
    return {"type": "object", "properties": dict(fields) or {"": ANY}}


def list_of(schema: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": schema}


EVENT = group(
    {
        "id": TEXT,
        "type": TEXT,
        "title": TEXT,
        "amount": {"type": "number"},
        "source": TEXT,
        "connection": TEXT,
        "time": TEXT,
    }
)
PRACTICE = group(
    {
        "name": TEXT,
        "timezone": TEXT,
        "currency": TEXT,
        "country": TEXT,
        "state": TEXT,
        "locations": ANY,
        "opening_hours": ANY,
        "holidays": ANY,
    }
)
ERROR = group({"step": TEXT, "what": TEXT, "mend": TEXT, "code": TEXT})


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and their schemas.

    Attributes:
        names: What may be read, by name.
        partial: Objects that not every starting event has.
        event_objects: Objects of the starting events.
        is_open: An event is not known, so further names may be there.
    """

    names: Mapping[str, Schema]
    partial: frozenset[str] = frozenset()
    event_objects: frozenset[str] = frozenset()
    is_open: bool = False

    def with_names(self, names: Mapping[str, Schema]) -> Scope:
        """The scope with further names."""
        return replace(self, names={**self.names, **names})

    def guarded(self, names: Iterable[str]) -> Scope:
        """The scope behind a condition that makes sure of some partial names."""
        return replace(self, partial=self.partial - frozenset(names))


def scope_of(rule: Rule, catalogue: Catalogue) -> Scope:
    """What a rule's conditions and steps see from the start."""
    known = [catalogue.events[kind] for kind in rule.events if kind in catalogue.events]
    objects: dict[str, Schema] = {}
    for event in known:
        for name, schema in event.items():
            objects[name] = {"anyOf": [objects[name], schema]} if name in objects else schema
    partial = {name for name in objects if any(name not in event for event in known)}
    # An unknown event is told once; what its objects would be cannot be told besides.
    is_open = len(known) < len(rule.events)
    names = {**objects, **_standing(rule, catalogue)}
    return Scope(names, frozenset() if is_open else frozenset(partial), frozenset(objects), is_open)


def _standing(rule: Rule, catalogue: Catalogue) -> dict[str, Schema]:
    ruleset, maps = catalogue.ruleset_settings, catalogue.maps
    return {
        "event": EVENT,
        "settings": group({setting.name: ANY for setting in rule.settings}),
        "ruleset": group({"settings": ANY if ruleset is None else group(dict.fromkeys(ruleset, ANY))}),
        "maps": ANY if maps is None else group(dict.fromkeys(maps, ANY)),
        "practice": PRACTICE,
        "now": TEXT,
        "today": TEXT,
        "rule": group({"title": TEXT, "id": TEXT, "owner": TEXT}),
        "run": group({"id": TEXT, "started": TEXT}),
    }
