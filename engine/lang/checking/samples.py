"""The data of a sample file against a schema: fields that no schema knows, groups and lists in the wrong place.

Looks at no single values: a sample may write money and dates as texts, which are cast when a test is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.lang.checking.shapes import NoField, Schema, field_of, items_of, kind_of, said
from engine.lang.faults import did_you_mean, shown

Json = Any
_MOST_ENTRIES = 50


def wrong_field(data: Json, schema: Schema, path: str = "") -> tuple[str, str] | None:
    """What is wrong with the first field that does not fit, and how to mend it; None when all do."""
    kind = kind_of(schema)
    if data is None or not kind:
        return None
    if isinstance(data, Mapping):
        if kind != "group":
            return f"{shown(path)} is a group of fields, not {said(schema)}.", "Mend the sample."
        return _wrong_in(data, schema, path)
    if isinstance(data, list):
        if kind != "list":
            return f"{shown(path)} is a list, not {said(schema)}.", "Mend the sample."
        each = (wrong_field(item, items_of(schema), f"{path}[{n}]") for n, item in enumerate(data[:_MOST_ENTRIES]))
        return next((wrong for wrong in each if wrong is not None), None)
    if kind in ("group", "list"):
        return f"{shown(path) or 'It'} is a single value, not {said(schema)}.", "Mend the sample."
    return None


def _wrong_in(data: Mapping[str, Json], schema: Schema, path: str) -> tuple[str, str] | None:
    for name, value in data.items():
        field = field_of(schema, str(name))
        inner = f"{path}.{name}" if path else str(name)
        if isinstance(field, NoField):
            known = filter(None, field.known)
            return f"{shown(inner)} is not known.", did_you_mean(str(name), known) or "Remove it from the sample."
        wrong = wrong_field(value, field.schema, inner)
        if wrong is not None:
            return wrong
    return None
