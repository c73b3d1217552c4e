"""The inputs of an action as an editor should accept them: typed values, or anything that is worked out.

Part of `editor`. Takes the schemas of manifests; says less than the checker does, and never more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from engine.lang.types import RECORDS, schema_type

Json = Any
Schema = dict[str, Json]

_COMPUTED: Schema = {
    "title": "worked out",
    "description": "= an expression, or a text with {{ holes }}",
    "type": "string",
    "pattern": r"^=|\{\{",
}
# What a template file can stand for.
BY_TEMPLATE = ("subject", "body")
_NUMBERS = ("whole number", "number", "money")
_WORDS = {"yes or no": ("yes", "no", "true", "false", "on", "off")}


def inputs_schema(action: str, title: str, inputs: Mapping[str, Json]) -> Schema:
    """What `with` takes beside `do: action`."""
    schema = _fields(inputs)
    return {"title": f"Inputs of {action}", "description": title, "type": "object", **schema}


def _fields(schema: Mapping[str, Json]) -> Schema:
    fields = schema.get("properties") or {}
    is_open = schema.get("additionalProperties", not fields)
    required = list(schema.get("required") or ())
    template = next((name for name, inner in fields.items() if inner.get("x-type") == "template"), None)
    made: Schema = {
        "properties": {name: _field(name, inner, name in required) for name, inner in fields.items()},
        "required": [name for name in required if template is None or name not in BY_TEMPLATE],
        "additionalProperties": bool(is_open),
    }
    return made if template is None else {**made, "anyOf": [{"required": [template]}, {"required": required}]}


def _field(name: str, schema: Mapping[str, Json], required: bool) -> Schema:
    kind = str(schema.get("x-type") or schema_type(schema))
    said = " ".join(part for part in (str(schema.get("description") or ""), f"({kind})") if part)
    told: Schema = {"title": name if required else f"{name} (optional)", "description": said}
    if "default" in schema:
        told["default"] = schema["default"]
    return {**told, **_value(schema)}


def _value(schema: Mapping[str, Json]) -> Schema:
    kind, declared = schema_type(schema), schema.get("type")
    of_json = {declared} if isinstance(declared, str) else set(declared or ())
    if schema.get("enum"):
        return {"anyOf": [{"enum": _as_read(schema["enum"])}, _COMPUTED]}
    if "array" in of_json:
        return {"anyOf": [{"type": "array"}, _COMPUTED]}
    if "object" in of_json or kind in RECORDS:
        inner = _fields(schema) if schema.get("properties") else {}
        return {"anyOf": [{"title": "field by field", "type": "object", **inner}, _COMPUTED]}
    if kind in _NUMBERS:
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^=|\{\{|^-?[0-9]"}]}
    if kind in _WORDS:
        return {"anyOf": [{"type": "boolean"}, {"enum": list(_WORDS[kind])}, _COMPUTED]}
    if not of_json and "x-type" not in schema:
        return {}
    return {"not": {"type": ["object", "array"]}}


def _as_read(choices: list[Json]) -> list[Json]:
    """The choices, each also as the YAML of an editor may read it: yes as true, 1 as a number."""
    found: list[Json] = []
    for choice in choices:
        read = yaml.safe_load(choice) if isinstance(choice, str) else choice
        for one in (choice, read if isinstance(read, str | int | float) else choice):
            if not any(one == known and type(one) is type(known) for known in found):
                found.append(one)
    return found
