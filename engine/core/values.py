"""Values of rules and records as JSON and back, keeping their types exactly.

A Decimal, a date and an aware time survive as tagged objects; floats are refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Json = Any

_TAGS = ("$number", "$date", "$time")


def encode(value: Json) -> Json:
    """Turn a plain value (text, whole number, Decimal, yes/no, date, time, list, map) into JSON."""
    match value:
        case None | bool() | str() | int():
            return value
        case Decimal():
            return {"$number": str(value)}
        case datetime():
            return {"$time": value.astimezone(UTC).isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case Mapping():
            return {str(key): encode(item) for key, item in value.items()}
        case list() | tuple():
            return [encode(item) for item in value]
    raise TypeError(f"a {type(value).__name__} cannot be stored exactly")


def decode(value: Json) -> Json:
    """The reverse of encode; lists stay lists, maps become dicts."""
    if isinstance(value, dict):
        if len(value) == 1:
            tag, text = next(iter(value.items()))
            if tag in _TAGS:
                return _untag(tag, text)
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


def dumps(value: Json) -> str:
    """Canonical JSON text of a plain value: sorted keys, no spaces; equal values, equal text."""
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def loads(text: str | bytes) -> Json:
    """Read what dumps wrote."""
    return decode(json.loads(text))


def _untag(tag: str, text: str) -> Json:
    if tag == "$number":
        return Decimal(text)
    if tag == "$date":
        return date.fromisoformat(text)
    return datetime.fromisoformat(text)
