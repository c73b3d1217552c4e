"""Requests of the books' actions and their inputs.

PURE. Both travel as JSON that keeps Decimals and dates exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core import values
from engine.sdk.contract import Element, Request

Json = Any


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an input cannot be used; `what` names the field, never its value."""

    code: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Span:
    """What a step asks to compare; a day that is not given is None."""

    first: date | None
    last: date | None
    start: date | None


def read_span(inputs: Mapping[str, Json]) -> Span | Fault:
    """The days of `compare`: dates, times or ISO text."""
    days: list[date | None] = []
    for field in ("first", "last", "start_date"):
        day = read_day(inputs.get(field))
        if day is None and inputs.get(field) not in (None, ""):
            return Fault("BAD_DATE", f"The input {field} is no date.", "Write it like 2026-03-31.")
        days.append(day)
    first, last, start = days
    if first and last and first > last:
        return Fault("BAD_PERIOD", "The period ends before it begins.", "Exchange first and last.")
    return Span(first, last, start)


def read_day(value: Json) -> date | None:
    """A day from a date, a time or ISO text; nothing else counts."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def request_to(path: str, elements: Sequence[Element]) -> Request:
    """The request that carries elements to this connector's own door; types survive exactly."""
    items = [{"marker": element.marker, "inputs": dict(element.payload)} for element in elements]
    return Request("POST", path, body=values.dumps(items).encode("utf-8", "replace"))


def read_request(request: Request) -> tuple[Element, ...]:
    """The reverse of request_to."""
    return tuple(Element(item["marker"], item["inputs"]) for item in values.loads(request.body))
