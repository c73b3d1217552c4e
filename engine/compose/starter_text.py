"""The text of a starter rule: every required input with a value that can stand, every other as a hint.

Pure. What is filled in is a placeholder that the checker accepts; the person who asked for the rule replaces it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import UserError
from engine.lang.types import RECORDS, REFERENCES, schema_type
from engine.library.manifest import Action

Json = Any
Schema = Mapping[str, Json]
_WIDTH = 100
_TEXT = "Fill this in - {{ event.title }}"
_ID = "00000000-0000-4000-8000-000000000001"
_PLACEHOLDERS = {
    "yes or no": "yes",
    "whole number": "1",
    "number": "1",
    "money": "1.00",
    "percent": "10%",
    "date": "= today",
    "date and time": "= now",
    "time of day": "09:00",
    "duration": "1 day",
    "email": "someone@practice.example",
    "phone": "+61 400 000 000",
    "web address": "https://practice.example/",
    "id": _ID,
    "xero contact": _ID,
    "text": _TEXT,
}
# Stands in a rule as it is written: a real file comes from an earlier step, such as `= made.file`.
_FILE = {
    "name": "fill_this_in.txt",
    "kind": "text/plain",
    "size": "12",
    "digest": "2baa9fccae34fbbacfe51314a80a06cc249c508411d8874a4d38bf0ab1096b4f",
    "content": "RmlsbCB0aGlzIGlu",
}


@dataclass(frozen=True, slots=True)
class Start:
    """What the rule begins with: its id, its event or schedule, and one action; `schema` is that of the event."""

    id: str
    when: str
    title: str
    do: str
    action: Action
    schema: Schema = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of the workspace: the way from the rule to its schema, someone to be told, the mapping tables."""

    schema: str
    person: str
    maps: tuple[str, ...] = ()


def starter_text(start: Start, around: Surroundings) -> str:
    """The whole file.

    Raises:
        UserError: The action needs something that this event does not bring.
    """
    return "\n".join(
        [
            f"# yaml-language-server: $schema={around.schema}",
            "# A starter: replace what it says, then run `daybook check` and `daybook test`.",
            f"rule: {_scalar(f'{start.action.title} - say here in a sentence what the rule is for')}",
            "about: What a colleague should know about it.",
            "",
            f"# {start.title}",
            f"when: {start.when}",
            "",
            "# Conditions that all have to hold, one a line:",
            "# if:",
            "#   - event.title is given",
            "",
            "steps:",
            f"  - {_scalar(_lowered(start.action.title))}:",
            *_commented(start.action.about, 6),
            f"      do: {start.do}",
            *_inputs(start, around),
            "",
            "tests:",
            "  - name: it runs once",
            *_test(start),
            "",
        ]
    )


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]


def _inputs(start: Start, around: Surroundings) -> Iterator[str]:
    fields: Mapping[str, Schema] = start.action.inputs.get("properties") or {}
    filled = _filled(fields, tuple(start.action.inputs.get("required") or ()))
    if not fields:
        return
    yield "      with:" if filled else "      # with:"
    for name in sorted(fields, key=lambda name: name not in filled):
        schema = fields[name]
        yield from _commented(_hint(schema), 8)
        if name in filled:
            yield from _yaml(name, _placeholder(name, schema, start, around), 8)
        else:
            yield f"        # {name}:"


def _filled(fields: Mapping[str, Schema], required: tuple[str, ...]) -> tuple[str, ...]:
    """The required inputs, and one for each kind of id: where several may name a thing, one has to."""
    filled = list(required)
    kinds = {schema_type(fields[name]) for name in required if name in fields}
    for name, schema in fields.items():
        kind = schema_type(schema)
        if kind in ("id", *REFERENCES) and kind not in kinds:
            filled.append(name)
            kinds.add(kind)
    return tuple(filled)


def _hint(schema: Schema) -> str:
    kind = str(schema.get("x-type") or schema_type(schema))
    choices = f"one of {', '.join(map(str, schema['enum']))}" if schema.get("enum") else kind
    return f"{schema['description']} ({choices})" if schema.get("description") else choices


def _test(start: Start) -> Iterator[str]:
    if start.schema:
        yield f"    event: samples/{start.id.rpartition('/')[2]}.json"
    yield "    expect:"
    if start.action.kind == "posting":
        yield "      - runs: 1"
    else:
        yield f"      - do: {start.do}"
        yield "        times: 1"


# --- placeholders ---------------------------------------------------------------------------------------


def _placeholder(name: str, schema: Schema, start: Start, around: Surroundings) -> Json:
    kind = schema_type(schema)
    of_json = schema.get("type")
    if schema.get("enum"):
        return str(schema["enum"][0])
    if kind in RECORDS:
        return _record(kind, start)
    if kind == "file":
        return _FILE
    if kind == "person":
        return around.person
    if kind == "id" and schema.get("x-about") in (start.schema.get("properties") or {}):
        return f"= {schema['x-about']}.id"
    if of_json == "array":
        items = schema.get("items")
        return [_placeholder(name, items, start, around)] if isinstance(items, Mapping) and items else [_TEXT]
    if of_json == "object":
        table = name.replace(" ", "_")
        return f"= maps.{table}" if table in around.maps else _group(schema, start, around)
    return _PLACEHOLDERS.get(kind, "fill_this_in")


def _group(schema: Schema, start: Start, around: Surroundings) -> dict[str, Json]:
    fields = schema.get("properties") or {}
    return {name: _placeholder(name, fields[name], start, around) for name in schema.get("required") or ()}


def _record(kind: str, start: Start) -> str:
    """The event's own record of that kind, or the part of one."""
    objects: Mapping[str, Schema] = start.schema.get("properties") or {}
    promised = start.schema.get("required") or ()
    for name in promised:
        if objects[name].get("x-type") == kind:
            return f"= {name}"
    for name in promised:
        for inner, schema in (objects[name].get("properties") or {}).items():
            if schema.get("x-type") == kind and inner in (objects[name].get("required") or ()):
                return f"= {name}.{inner}"
    what = f"{start.do} needs a {kind}, which {start.when} does not bring."
    raise UserError(what, "Start it with another event, such as --when halaxy.invoice.paid.", "event-does-not-fit")


# --- lines ----------------------------------------------------------------------------------------------


def _yaml(name: str, value: Json, depth: int) -> Iterator[str]:
    room = " " * depth
    if isinstance(value, dict) and value:
        yield f"{room}{name}:"
        for key, inner in value.items():
            yield from _yaml(key, inner, depth + 2)
    elif isinstance(value, list):
        yield f"{room}{name}:"
        for item in value:
            lines = [line for key, inner in item.items() for line in _yaml(key, inner, 0)] if isinstance(item, dict) \
                else [_scalar(item)]  # fmt: skip
            yield from (f"{room}  {'- ' if not number else '  '}{line}" for number, line in enumerate(lines))
    else:
        yield f"{room}{name}: {'{}' if isinstance(value, dict) else _scalar(value)}"


def _scalar(value: str) -> str:
    """A text as YAML reads it back."""
    plain = re.fullmatch(r"[A-Za-z0-9+=][^#\n]*", value) and ": " not in value and not value.endswith(":")
    return value if plain else json.dumps(value, ensure_ascii=False)


def _commented(text: str, depth: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= _WIDTH:
            yield f"{' ' * depth}#{line}"
            line = ""
        line += f" {word}"
    if line:
        yield f"{' ' * depth}#{line}"
