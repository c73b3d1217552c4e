"""Reading filter values and holding records against them: dates, numbers, references, strings, tokens.

Which filters a resource has is said in that resource's file; paging and bundles are in `search`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.halaxy.sandbox.resource import Filter
from connectors.halaxy.sandbox.shapes import Wire
from connectors.halaxy.sandbox.times import start_of, zone_of

Test = Callable[[Wire, Any], bool]

# Halaxy's page also writes gte and lte (fact sheet 4.4), so they are understood as well.
_PREFIX = re.compile(r"(gte|lte|eq|ne|gt|lt|ge|le)?(.+)", re.DOTALL)
_SAME = {"gte": "ge", "lte": "le", None: "eq"}
_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?P<fraction>\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?")


class Unreadable(ValueError):
    """A filter value that the server answers with an error; `status` is 0 for the configured one."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of values from `low` up to, without, `high`; one point when both are the same."""

    low: Any
    high: Any

    def test(self, prefix: str) -> Callable[[Any], bool]:
        """The test that a value stands to this span as the prefix says."""
        low, high = self.low, self.high
        point = low == high
        match prefix:
            case "ge":
                return lambda value: bool(value >= low)
            case "lt":
                return lambda value: bool(value < low)
            case "gt":
                return lambda value: bool(value > low if point else value >= high)
            case "le":
                return lambda value: bool(value <= low if point else value < high)
            case "ne":
                return lambda value: bool(value != low if point else not low <= value < high)
            case _:
                return lambda value: bool(value == low if point else low <= value < high)


def test_of(wire: Wire, known: Filter, modifier: str, raw: str) -> Test | None:
    """What a record must pass for one given parameter; None when its modifier is not understood.

    Raises:
        Unreadable: The value is none of the filter's kind.
    """
    match known.kind:
        case "date":
            return _any(known, [_compared(text, lambda part: _span(wire, part)) for text in raw.split(",")])
        case "number":
            return _any(known, [_compared(text, _number) for text in raw.split(",")])
        case "reference":
            return _any(known, [_pointed(known, text) for text in raw.split(",")]) if not modifier else None
        case "string":
            return _any(known, [_worded(modifier, text) for text in raw.split(",")]) if _is_string(modifier) else None
        case _:
            wanted = {text.rpartition("|")[2].casefold() for text in raw.split(",")}
            return _any(known, [lambda value: value.casefold() in wanted]) if not modifier else None


def moments(wire: Wire, raw: str) -> Callable[[Any], bool]:
    """The test of a date filter on a bare value, for `_lastUpdated`."""
    tests = [_compared(text, lambda part: _span(wire, part)) for text in raw.split(",")]
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _any(known: Filter, tests: list[Callable[[Any], bool]]) -> Test:
    values = known.values
    if len(tests) == 1:
        only = tests[0]
        return lambda wire, row: any(map(only, values(wire, row)))
    return lambda wire, row: any(test(value) for value in values(wire, row) for test in tests)


def _compared(text: str, read: Callable[[str], Span]) -> Callable[[Any], bool]:
    found = _PREFIX.fullmatch(text.strip())
    if found is None:
        raise Unreadable("a filter without a value")
    return read(found[2]).test(_SAME.get(found[1], found[1]))


def _span(wire: Wire, text: str) -> Span:
    zone = zone_of(wire.switches.date_only_zone)
    try:
        if found := _PARTIAL.fullmatch(text):
            return _days(found, zone)
        if found := _MOMENT.fullmatch(text):
            low = datetime.fromisoformat(text)
            low = (low if found["zone"] else low.replace(tzinfo=zone)).astimezone(UTC)
            return Span(low, low if found["fraction"] else low + timedelta(seconds=1))
    except ValueError:
        pass
    raise Unreadable(f"not a date or date-time: {text[:40]}")


def _days(found: re.Match[str], zone: tzinfo) -> Span:
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    low = date(year, month, day)
    if found[3]:
        high = low + timedelta(days=1)
    elif found[2]:
        high = date(year + month // 12, month % 12 + 1, 1)
    else:
        high = date(year + 1, 1, 1)
    return Span(start_of(low, zone), start_of(high, zone))


def _number(text: str) -> Span:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unreadable(f"not a number: {text[:40]}") from None
    if not value.is_finite():
        raise Unreadable(f"not a number: {text[:40]}")
    return Span(value, value)


def _pointed(known: Filter, text: str) -> Callable[[Any], bool]:
    *path, identity = text.strip().strip("/").split("/")
    if not path and len(known.targets) > 1:
        # Seen live: a bare id on a parameter with several target types is refused (fact sheet 3.6).
        raise Unreadable(f"{known.name} needs a resource type: {known.targets[0]}/{identity[:40]}", 422)
    wanted = f"{path[-1]}/{identity}" if path else f"{known.targets[0]}/{identity}"
    return lambda value: bool(value == wanted)


def _is_string(modifier: str) -> bool:
    return modifier in ("", "contains", "exact")


def _worded(modifier: str, text: str) -> Callable[[Any], bool]:
    folded = text.casefold()
    if modifier == "exact":
        return lambda value: bool(value == text)
    if modifier == "contains":
        return lambda value: folded in value.casefold()
    return lambda value: bool(value.casefold().startswith(folded))
