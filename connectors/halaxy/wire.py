"""Single values as Halaxy may write them, read into one form each.

Halaxy's pages and its live answers differ (fact sheet 4.5, 4.6, 11): objects come as arrays, coded
values as plain text, numbers as text, references full or relative. Whole resources: `payloads.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.money import decimal

Json = Any

_TAG = re.compile(r"</?[a-zA-Z!][^>]*>")
_NOTHING = {"", "null", "none"}


@dataclass(frozen=True, slots=True)
class Ref:
    """What a reference points to; the type is kept because ids of different types overlap (4.5)."""

    type: str
    id: str


def each(value: Json) -> tuple[Json, ...]:
    """The items of a value that may be one thing, an array of things or absent."""
    if value is None:
        return ()
    return tuple(item for item in value if item is not None) if isinstance(value, list | tuple) else (value,)


def text(value: Json) -> str:
    """Words without HTML and doubled spaces; "" when there are none."""
    for item in each(value):
        if isinstance(item, Mapping):
            found = text(item.get("text")) or text(item.get("value"))
        else:
            found = " ".join(html.unescape(_TAG.sub(" ", str(item))).split())
        if found:
            return found
    return ""


def coded(value: Json) -> str | None:
    """A coded value's own word, as written: plain text, `text`, or the display or code of a coding.

    Null, the text "null" and nothing at all are None (fact sheet 6.2, `status`).
    """
    for item in each(value):
        if isinstance(item, Mapping):
            inner = (item.get(name) for name in ("text", "coding", "display", "code", "value"))
            found = next((word for word in map(coded, inner) if word), None)
        else:
            found = " ".join(str(item).split())
        if found and found.lower() not in _NOTHING:
            return found
    return None


def code(value: Json) -> str | None:
    """Like `coded`, but the code itself before its words, as an item number needs it."""
    for item in each(value):
        if isinstance(item, Mapping):
            inner = (item.get(name) for name in ("coding", "code", "value", "text", "display"))
            found = next((word for word in map(code, inner) if word), None)
        else:
            found = coded(item)
        if found:
            return found
    return None


def number(value: Json) -> Decimal | None:
    """An exact number from a number, its text or a money object; None when absent or unreadable.

    Raises:
        ValueError: A binary float, which our JSON reader never makes.
    """
    for item in each(value):
        if isinstance(item, Mapping):
            return number(item.get("value"))
        if isinstance(item, str):
            return _from_text(item)
        return None if isinstance(item, bool) else decimal(item)
    return None


def reference(value: Json) -> Ref | None:
    """Where a reference points: full address, `/main/Type/id`, `Type/id`, or a bare id with its type."""
    for item in each(value):
        given = item if isinstance(item, Mapping) else {"reference": item}
        address = given.get("reference") or given.get("url") or ""
        if isinstance(address, str) and (found := _pointed(address, str(given.get("type") or ""))):
            return found
    return None


def instant(value: Json, zone: ZoneInfo) -> datetime | None:
    """An aware UTC time; without an offset it is taken as local to the practice; None if unreadable."""
    try:
        read = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    local = read if read.tzinfo else read.replace(tzinfo=zone)
    return local.astimezone(UTC)


def day(value: Json) -> date | None:
    """A date as written (a time behind it is cut off, never shifted); None if unreadable."""
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def noon(on: date, zone: ZoneInfo) -> datetime:
    """Midday of a local day as UTC, for facts whose hour is unknown."""
    return datetime.combine(on, time(12), zone).astimezone(UTC)


def components(value: Json) -> dict[str, Decimal]:
    """Sums by type of a price component list (`base`, `surcharge`, `tax`, ...)."""
    sums: dict[str, Decimal] = {}
    for item in each(value):
        if not isinstance(item, Mapping):
            continue
        kind, amount = coded(item.get("type")), number(item.get("amount"))
        if kind and amount is not None:
            sums[kind.lower()] = sums.get(kind.lower(), Decimal(0)) + amount
    return sums


def extension(resource: Mapping[str, Json], ending: str) -> Mapping[str, Json]:
    """The first extension whose address ends so; empty when there is none."""
    items: Iterable[Json] = each(resource.get("extension"))
    found = (item for item in items if isinstance(item, Mapping) and str(item.get("url", "")).endswith(ending))
    return next(found, {})


def _from_text(written: str) -> Decimal | None:
    try:
        return decimal(written.strip())
    except ValueError:
        return None


def _pointed(address: str, kind: str) -> Ref | None:
    parts = [part for part in re.split(r"[?#]", address)[0].split("/") if part]
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    if not parts:
        return None
    if len(parts) == 1:
        return Ref(kind, parts[0])
    return Ref(parts[-2], parts[-1])
