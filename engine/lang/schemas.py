"""Walking a dotted path through a JSON Schema: what stands there, or which name is not known.

Says nothing about values; knows only what the schemas of manifests use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.lang.faults import did_you_mean

Json = Any
ANY: Mapping[str, Json] = {}
_SCALARS = ("string", "number", "integer", "boolean")


@dataclass(frozen=True, slots=True)
class UnknownPath:
    """The path leads nowhere; `part` is the number of the part that is not known."""

    part: int
    message: str
    mend: str


def parts_of(path: str) -> tuple[str, ...]:
    """`invoice.lines[].gross` as its parts, an entry of a list as `[]`."""
    return tuple(re.findall(r"\[\]|[^.\[\]]+", path))


def walk(schema: Json, parts: tuple[str, ...], at: int = 1) -> Json | UnknownPath:
    """The schema at the end of a path.

    Args:
        schema: Of what the first part names.
        parts: The whole path.
        at: Number of the part to look up first.

    Returns:
        A schema (ANY where nothing is declared), or UnknownPath.
    """
    for number in range(at, len(parts)):
        if not isinstance(schema, Mapping) or not schema:
            return ANY
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return _walk_any(choices, parts, number)
        schema = _step(schema, parts, number)
        if isinstance(schema, UnknownPath):
            return schema
    return schema


def _walk_any(choices: Json, parts: tuple[str, ...], number: int) -> Json | UnknownPath:
    found = [walk(choice, parts, number) for choice in choices if not _is_null(choice)]
    return next((schema for schema in found if not isinstance(schema, UnknownPath)), found[0] if found else ANY)


def _step(schema: Mapping[str, Json], parts: tuple[str, ...], number: int) -> Json | UnknownPath:
    part, path = parts[number], _text(parts[: number + 1])
    kinds = _kinds(schema)
    if part == "[]":
        return schema.get("items", ANY) if "array" in kinds else schema.get("additionalProperties", ANY)
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and part in properties:
        return properties[part]
    more = schema.get("additionalProperties")
    if more:
        return more if isinstance(more, Mapping) else ANY
    if isinstance(properties, Mapping) and properties:
        mend = did_you_mean(part, map(str, properties))
        return UnknownPath(number, f"{path} is not known: there is no {part} there.", mend)
    if "array" in kinds:
        mend = f"Write `| map({part})` for the field of each entry, or `| first`."
        return UnknownPath(number, f"{path} is not known: a list has no fields.", mend)
    if kinds and not {"object", "array"} & kinds:
        mend = f"End the path at {_text(parts[:number])}."
        return UnknownPath(number, f"{path} is not known: {_text(parts[:number])} has no fields.", mend)
    return ANY


def _kinds(schema: Mapping[str, Json]) -> frozenset[str]:
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
    return frozenset(str(each) for each in kinds if each != "null")


def _is_null(schema: Json) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _text(parts: tuple[str, ...]) -> str:
    return ".".join(parts).replace(".[]", "[]")
