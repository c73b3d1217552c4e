"""Requests of the books' actions, and a comparison as the plain values that a rule sees.

PURE. Both travel as JSON that keeps Decimals and dates exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from connectors.books.comparison import Comparison, Side
from engine.core import values
from engine.sdk.contract import Element, Request
from engine.sdk.records import to_plain

Json = Any
Plain = dict[str, Json]

# Sums of a side that could not be read: unknown, never 0.
UNKNOWN: Plain = {"known": False, "invoices": None, "invoiced": None, "payments": None, "paid": None}


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


def result_of(compared: Comparison) -> Plain:
    """A comparison of two readable sides."""
    days = [{"day": day.day, "sales": side_of(day.sales), "ledger": side_of(day.ledger)} for day in compared.days]
    return {
        "first": compared.first,
        "last": compared.last,
        "agrees": compared.agrees,
        "difference": compared.difference,
        "unknown": [],
        "sales": side_of(compared.sales),
        "ledger": side_of(compared.ledger),
        "days": days,
        "items": to_plain(compared.items),
        "outside": to_plain(compared.outside),
        "waiting_approval": list(compared.waiting),
        "not_ours": compared.not_ours,
    }


def unknown_result(first: date, last: date, sides: Mapping[str, Plain]) -> Plain:
    """What can be said when a side could not be read: the sums of the readable one, and that nobody can tell.

    Args:
        first: First day of the period.
        last: Last day of the period.
        sides: `sales` and `ledger`: side_of(...) or UNKNOWN.
    """
    return {
        "first": first,
        "last": last,
        "agrees": False,
        "difference": None,
        "unknown": [name for name, side in sides.items() if not side["known"]],
        **sides,
        "days": [],
        "items": [],
        "outside": [],
        "waiting_approval": [],
        "not_ours": None,
    }


def side_of(side: Side) -> Plain:
    """The sums of a side that was read."""
    return {"known": True, **to_plain(side)}


def request_to(path: str, elements: Sequence[Element]) -> Request:
    """The request that carries elements to this connector's own door; types survive exactly."""
    items = [{"marker": element.marker, "inputs": dict(element.payload)} for element in elements]
    return Request("POST", path, body=values.dumps(items).encode("utf-8", "replace"))


def read_request(request: Request) -> tuple[Element, ...]:
    """The reverse of request_to."""
    return tuple(Element(item["marker"], item["inputs"]) for item in values.loads(request.body))
