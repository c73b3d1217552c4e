"""How values look on the wire: dates, numbers, flags and ids, both ways.

Knows no resource. Source: Xero fact sheet section 2.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any
from uuid import UUID

from .problems import BadBody

Json = Any

NO_ID = "00000000-0000-0000-0000-000000000000"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_TICKS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_MILLISECOND = timedelta(milliseconds=1)
_LARGEST = Decimal("1e13")


class Ids:
    """UUIDs that depend on a seed and a count only, so that a replay gives the same ones."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def next(self) -> str:
        """The next id in Xero's form."""
        self._count += 1
        return derived_id(f"{self._seed}:{self._count}")


def derived_id(text: str) -> str:
    """A UUID made of a text; equal texts give equal ids."""
    return str(UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=4))


def is_guid(text: object) -> bool:
    """Whether a text has the form of an id."""
    return isinstance(text, str) and bool(_GUID.match(text))


def day_out(on: date) -> str:
    """A calendar day as Xero writes it: UTC midnight in milliseconds."""
    return f"/Date({(on - _FIRST_DAY).days * 86_400_000}+0000)/"


def day_text(on: date) -> str:
    """The readable twin of a calendar day."""
    return f"{on.isoformat()}T00:00:00"


def ticks(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def moment_out(at: datetime) -> str:
    """A timestamp as Xero writes it."""
    return f"/Date({ticks(at)}+0000)/"


def moment_text(at: datetime) -> str:
    """The ISO twin of a timestamp, in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_day(value: Json, name: str = "Date") -> date | None:
    """A calendar day from any form that Xero takes; None when it was not sent.

    Raises:
        BadBody: The text is no date.
    """
    if value is None or value == "":
        return None
    text = str(value)
    try:
        if found := _TICKS.match(text):
            return (_EPOCH + int(found[1]) * _MILLISECOND).date()
        return date.fromisoformat(text[:10]) if len(text) == 10 else datetime.fromisoformat(text).date()
    except (ValueError, OverflowError):
        raise BadBody(f"Error converting value to a date in {name}") from None


def read_moment(text: str) -> datetime | None:
    """The time of an If-Modified-Since header; None for any form that Xero does not read (HTTP dates)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read_number(value: Json, name: str) -> Decimal | None:
    """An exact number from a JSON number or a numeric text; None when it was not sent.

    Raises:
        BadBody: The value is no number.
    """
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) > _LARGEST:
        raise BadBody(f"Error converting value to a number in {name}")
    return number


def flag(text: str) -> bool:
    """A boolean of the query, in any case."""
    return text.strip().lower() == "true"


def text_of(value: Json) -> str:
    """A sent text, empty when it was not sent."""
    return "" if value is None else str(value)


def without_nulls(value: Json) -> Json:
    """A sent value as it may be shown again: null members are left out at every depth."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [without_nulls(part) for part in value if part is not None]
    return value


def present(fields: dict[str, Json]) -> dict[str, Json]:
    """The fields that have a value: Xero leaves absent fields out (sheet 13.3)."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}
