"""Values in the words that commands print: local times, plain texts, masked personal values.

Prints nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engine import logs
from engine.core.times import time_of

Json = Any
_TAGS = ("$number", "$date", "$time")


def local(text: str | None, timezone: str) -> str:
    """A stored time in the practice's zone, to the second; empty for none."""
    return time_of(text).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def plain(value: Json) -> Json:
    """A stored value without its type tags: sums, dates and times as text."""
    match value:
        case Mapping():
            tag = next(iter(value)) if len(value) == 1 else None
            return str(value[tag]) if tag in _TAGS else {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return value


def masked(value: Mapping[str, Json]) -> dict[str, Json]:
    """The same with names, addresses and what else is personal masked; ids, kinds, dates and sums stay."""
    return dict(logs.redact(None, "", dict(value)))


def flat(value: Json) -> str:
    """A value on one line: `code UNMAPPED, about halaxy invoice 1001`."""
    match value:
        case Mapping():
            return ", ".join(f"{key} {flat(item)}".strip() for key, item in value.items() if item not in (None, "", {}))
        case list() | tuple():
            return "; ".join(flat(item) for item in value)
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
    return str(value)
