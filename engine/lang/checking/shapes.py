"""What a value is, as far as its schema tells: its kind in an admin's words, whether it may be empty, its fields.

Works on JSON Schemas as manifests write them; looks at no value and knows no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.core.rule import Setting
from engine.lang.types import RECORDS, REFERENCES

Json = Any
Schema = Mapping[str, Json]

ANY: Schema = {}
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
MONEY: Schema = {"type": "number", "x-type": "money"}
WHOLE: Schema = {"type": "integer"}
YES_OR_NO: Schema = {"type": "boolean"}
DATE: Schema = {"type": "string", "x-type": "date"}
MOMENT: Schema = {"type": "string", "x-type": "date and time"}
EMPTY: Schema = {"type": "null"}

_BY_TYPE = {
    "yes or no": "yes or no",
    "whole number": "number",
    "number": "number",
    "money": "number",
    "percent": "number",
    "date": "date",
    "date and time": "moment",
    **dict.fromkeys(("text", "time of day", "duration", "email", "phone", "web address", "id", "choice"), "text"),
    **dict.fromkeys(REFERENCES, "text"),
    **dict.fromkeys((*RECORDS, "file"), "group"),
}
_BY_JSON = {
    "boolean": "yes or no",
    "integer": "number",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "group",
}
_WORDS = {
    "text": "a text",
    "number": "a number",
    "yes or no": "a yes or no",
    "date": "a date",
    "moment": "a date and time",
    "list": "a list",
    "group": "a group of fields",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a value.

    Attributes:
        schema: Of the value when it is there; ANY where nothing is known.
        empty: It may be none.
        constant: It is written in the rule itself, as `value`.
    """

    schema: Schema = field(default_factory=dict)
    empty: bool = False
    constant: bool = False
    value: Json = None

    @property
    def kind(self) -> str:
        """One of text, number, yes or no, date, moment, list, group; empty where it is not known."""
        return kind_of(self.schema)

    def given(self) -> Shape:
        """The same value behind a guard."""
        return replace(self, empty=False)


UNKNOWN = Shape()


def kind_of(schema: Json) -> str:
    """The kind of a schema's values, empty where it is not known or differs."""
    if not isinstance(schema, Mapping) or not schema:
        return ""
    choices = _choices(schema)
    if choices:
        kinds = {kind_of(choice) for choice in choices}
        return kinds.pop() if len(kinds) == 1 else ""
    declared = str(schema.get("x-type", ""))
    if declared in _BY_TYPE:
        return _BY_TYPE[declared]
    if declared.startswith(("list of ", "map of ")):
        return "list" if declared.startswith("list") else "group"
    types = _types(schema)
    if not types:
        return "text" if words_of(schema) else "group" if "properties" in schema else ""
    if types == {"string"} and schema.get("format") in ("date", "date-time"):
        return "date" if schema["format"] == "date" else "moment"
    kinds = {_BY_JSON.get(kind, "") for kind in types}
    return kinds.pop() if len(kinds) == 1 else ""


def said(schema: Json) -> str:
    """The kind in an admin's words: "a sum of money", "a text"; "something else" where it is not known."""
    if isinstance(schema, Mapping) and schema.get("x-type") == "money":
        return "a sum of money"
    return _WORDS.get(kind_of(schema), "something else")


def said_kind(kind: str) -> str:
    """A kind in an admin's words."""
    return _WORDS.get(kind, "something else")


def may_be_empty(schema: Json) -> bool:
    """Whether the schema itself allows none."""
    if not isinstance(schema, Mapping):
        return False
    kinds = schema.get("type")
    if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
        return True
    return any(may_be_empty(choice) for choice in schema.get("anyOf") or schema.get("oneOf") or ())


def or_empty(schema: Schema) -> Schema:
    """The schema of a value that may as well be none."""
    return schema if may_be_empty(schema) else {"anyOf": [schema, EMPTY]}


def words_of(schema: Json) -> tuple[str, ...]:
    """The only texts that a value may be; nothing where they are not listed."""
    if not isinstance(schema, Mapping):
        return ()
    choices = _choices(schema)
    if choices:
        each = [words_of(choice) for choice in choices]
        return tuple(word for words in each for word in words) if all(each) else ()
    listed = schema.get("x-choices") or schema.get("enum") or ()
    return tuple(listed) if all(isinstance(word, str) for word in listed) else ()


def items_of(schema: Json) -> Schema:
    """What a list holds."""
    choices = _choices(schema) if isinstance(schema, Mapping) else ()
    if choices:
        found = [items_of(choice) for choice in choices]
        return found[0] if len(found) == 1 else {"anyOf": found}
    items = schema.get("items") if isinstance(schema, Mapping) else None
    if isinstance(items, Mapping):
        return items
    declared = str(schema.get("x-type", "")) if isinstance(schema, Mapping) else ""
    inner = declared.removeprefix("list of ")
    return {"x-type": inner} if declared.startswith("list of ") and inner in _BY_TYPE else ANY


def list_of(schema: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": schema}


def group(fields: Mapping[str, Schema]) -> Schema:
    """The schema of a group with exactly these fields, all of them always there unless they say otherwise."""
    return {"type": "object", "properties": dict(fields) or {"": ANY}, "required": list(fields)}


def of_setting(setting: Setting) -> Schema:
    """The schema of a filled-in setting."""
    return of_type(setting.type, setting.choices)


def of_type(name: str, choices: tuple[str, ...] = ()) -> Schema:
    """The schema of a declared type."""
    if name.startswith("list of "):
        return {"type": "array", "x-type": name, "items": of_type(name.removeprefix("list of "), choices)}
    if name.startswith("map of "):
        return {
            "type": "object",
            "x-type": name,
            "additionalProperties": of_type(name.removeprefix("map of "), choices),
        }
    return {"x-type": name, "x-choices": list(choices)} if choices else {"x-type": name}


def _choices(schema: Mapping[str, Json]) -> list[Json]:
    found = schema.get("anyOf") or schema.get("oneOf") or ()
    return [choice for choice in found if not (isinstance(choice, Mapping) and choice.get("type") == "null")]


def _types(schema: Mapping[str, Json]) -> set[str]:
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else kind if isinstance(kind, list) else []
    return {str(each) for each in kinds if each != "null"}


@dataclass(frozen=True, slots=True)
class NoField:
    """A group has no such field; `known` are those that it has."""

    known: tuple[str, ...] = ()
    is_list: bool = False
    is_single: bool = False


def field_of(schema: Json, name: str) -> Shape | NoField:
    """One field of a group, or the row of a map."""
    if not isinstance(schema, Mapping) or not schema:
        return UNKNOWN
    choices = _choices(schema)
    if choices:
        return _field_of_any(choices, name)
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and name in properties:
        # A schema that requires nothing says nothing about what is always there.
        absent = "required" in schema and name not in (schema.get("required") or ())
        return Shape(properties[name], absent or may_be_empty(properties[name]))
    more = schema.get("additionalProperties")
    if more:
        return Shape(more) if isinstance(more, Mapping) else UNKNOWN
    if isinstance(properties, Mapping) and properties:
        return NoField(tuple(sorted(map(str, properties))))
    kind = kind_of(schema)
    if kind == "list":
        return NoField(is_list=True)
    return NoField(is_single=True) if kind not in ("", "group") else UNKNOWN


def fields_of(schema: Json) -> Mapping[str, Schema]:
    """The declared fields of a group, by name; of one that may be empty those of the group itself."""
    if not isinstance(schema, Mapping):
        return {}
    choices = _choices(schema)
    if len(choices) == 1:
        return fields_of(choices[0])
    found = schema.get("properties") or {}
    return {str(name): each for name, each in found.items() if isinstance(each, Mapping)}


def _field_of_any(choices: list[Json], name: str) -> Shape | NoField:
    found = [field_of(choice, name) for choice in choices]
    shapes = [shape for shape in found if isinstance(shape, Shape)]
    if not shapes:
        return found[0]
    schema = shapes[0].schema if len(shapes) == 1 else {"anyOf": [shape.schema for shape in shapes]}
    return Shape(schema, any(shape.empty for shape in shapes))
