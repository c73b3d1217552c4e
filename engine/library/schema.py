"""JSON Schemas out of YAML texts: numbers and yes-or-no cast where the standard wants them, `$ref` put in place.

PURE. Only what manifests use of draft 2020-12; checks no value against a schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.core.money import decimal

Json = Any

_REF = "#/$defs/"
_COUNTS = {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"}
_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_YES_OR_NO = {"uniqueItems", "additionalProperties", "deprecated"}
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_OF_NAMES = {"properties", "patternProperties", "$defs"}
_OF_SCHEMAS = {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
_LISTS = {"anyOf", "oneOf", "allOf", "prefixItems"}


class _Fault(Exception):
    """The schema cannot be read."""


def read_schema(raw: Json, shared: Mapping[str, Json]) -> tuple[dict[str, Json], str]:
    """A schema as JSON, and what is wrong with it ("" for nothing).

    Args:
        raw: The schema as texts, lists and maps.
        shared: The file's `$defs`, as raw as `raw`; references to them are put in place.
    """
    try:
        return _schema(raw, shared, ()), ""
    except _Fault as fault:
        return {}, str(fault)


def sensitive_paths(schema: Mapping[str, Json], above: str = "", inside: bool = False) -> Iterator[str]:
    """The dotted paths of an object's sensitive fields, and of all that stands below one."""
    for form in (schema, *(form for word in ("anyOf", "oneOf", "allOf") for form in schema.get(word, ()))):
        for name, field in form.get("properties", {}).items():
            path = f"{above}.{name}" if above else name
            sensitive = inside or field.get("x-class") == "sensitive"
            if sensitive:
                yield path
            yield from sensitive_paths(field, path, sensitive)


def _schema(raw: Json, shared: Mapping[str, Json], within: tuple[str, ...]) -> dict[str, Json]:
    if not isinstance(raw, Mapping):
        raise _Fault("a schema is a map.")
    reference = raw.get("$ref")
    if reference is not None:
        beside = {key: value for key, value in raw.items() if key != "$ref"}
        return {**_referred(str(reference), shared, within), **_schema(beside, shared, within)}
    return {key: _value(key, value, raw, shared, within) for key, value in raw.items()}


def _referred(reference: str, shared: Mapping[str, Json], within: tuple[str, ...]) -> dict[str, Json]:
    name = reference.removeprefix(_REF)
    if not reference.startswith(_REF) or name not in shared:
        raise _Fault(f'"{reference}" leads nowhere; references are written {_REF}NAME.')
    if name in within:
        raise _Fault(f'"{reference}" contains itself.')
    return _schema(shared[name], shared, (*within, name))


def _value(
    key: str, value: Json, schema: Mapping[str, Json], shared: Mapping[str, Json], within: tuple[str, ...]
) -> Json:
    if key in _OF_NAMES:
        return {name: _schema(inner, shared, within) for name, inner in _map(key, value).items()}
    if key in _LISTS and isinstance(value, list):
        return [_schema(inner, shared, within) for inner in value]
    if key in _OF_SCHEMAS and isinstance(value, Mapping):
        return _schema(value, shared, within)
    if key in _YES_OR_NO:
        return _cast(key, "boolean", value)
    if key in _COUNTS:
        return _cast(key, "integer", value)
    if key in _NUMBERS:
        return _cast(key, "number", value)
    if key in ("default", "const"):
        return _cast(key, schema.get("type"), value)
    if key in ("enum", "examples") and isinstance(value, list):
        return [_cast(key, schema.get("type"), item) for item in value]
    return value


def _map(key: str, value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise _Fault(f"{key} is a map of names.")
    return value


def _cast(key: str, kind: Json, value: Json) -> Json:
    """A text as the type that the schema names; what has another type stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        match kind:
            case "boolean":
                return _WORDS[value]
            case "integer":
                return int(value)
            case "number":
                return decimal(value)
    except (KeyError, ValueError):
        raise _Fault(f"{key} is no {kind}.") from None
    return value
