"""Answering a list: filters with the ignored ones, order, paging, includes and the bundle (fact sheet 4.3, 4.4, 5).

Knows nothing of sign-in or faults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from connectors.halaxy.sandbox.filters import Test, Unreadable, moments, test_of
from connectors.halaxy.sandbox.records import Record
from connectors.halaxy.sandbox.resource import Filter, Resource
from connectors.halaxy.sandbox.shapes import Wire

Json = Any
Query = Sequence[tuple[str, str]]

LARGEST_PAGE = 100
USUAL_PAGE = 30
_GENERAL = frozenset(
    {"page", "_count", "_summary", "_total", "_include", "_include:iterate", "_sort", "_format", "pagination"}
)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are asked for, `number` from 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size


def bundle(wire: Wire, resources: Mapping[str, Resource], resource: Resource, query: Query, shift: int = 0) -> Json:
    """The searchset that answers a list request; `shift` takes its rows so many pages on, for faults.

    Raises:
        Unreadable: A value cannot be read, or an unknown parameter came while those are errors.
    """
    page = _page(wire, query)
    rows = _sorted(wire, resource, _matching(wire, resource, query), query)
    start = Page(max(1, page.number + shift), page.size).start
    shown = rows[start : start + page.size]
    counted = _value(query, "_total") != "none"
    answer: dict[str, Json] = {"resourceType": "Bundle", "type": "searchset"}
    if counted or _value(query, "_summary") == "count":
        answer["total"] = len(rows)
    if links := _links(wire, resource, query, page, len(rows) if counted else None, len(rows)):
        answer["link"] = links
    if _value(query, "_summary") == "count":
        return answer
    entries = [_entry(wire, resource, row, "match") for row in shown]
    entries += [_entry(wire, kind, row, "include") for kind, row in _included(wire, resources, resource, shown, query)]
    if entries or wire.switches.empty_entry_present:
        answer["entry"] = entries
    return answer


def _value(query: Query, name: str) -> str:
    return next((value for key, value in query if key == name), "")


def _page(wire: Wire, query: Query) -> Page:
    number, size = _whole(query, "page", 1), _whole(query, "_count", USUAL_PAGE)
    if size > LARGEST_PAGE and wire.switches.count_over_limit == "error":
        raise Unreadable(f"_count is at most {LARGEST_PAGE}")
    return Page(number, min(size, LARGEST_PAGE))


def _whole(query: Query, name: str, default: int) -> int:
    text = _value(query, name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise Unreadable(f"{name} is a whole number from 1")
    return int(text)


def _matching(wire: Wire, resource: Resource, query: Query) -> list[Any]:
    tests = _tests(wire, resource, query)
    rows = resource.table(wire.state).ordered()
    for test in (*tests, resource.visible):
        rows = [row for row in rows if test(wire, row)]
    return rows


def _tests(wire: Wire, resource: Resource, query: Query) -> list[Test]:
    known = {_wire_name(wire, one): one for one in resource.filters}
    tests: list[Test] = []
    for key, value in query:
        if key in _GENERAL:
            continue
        name, _, modifier = key.partition(":")
        test = _common_test(wire, name, value)
        if test is None and name in known:
            test = test_of(wire, known[name], modifier, value)
        if test is not None:
            tests.append(test)
        elif wire.switches.unknown_param == "error":
            raise Unreadable(f"unknown search parameter: {key[:40]}")
    return tests


def _wire_name(wire: Wire, one: Filter) -> str:
    return one.camel_name if one.camel_name and wire.switches.total_filter_names == "camel" else one.name


def _common_test(wire: Wire, name: str, value: str) -> Test | None:
    if name == "_id":
        wanted = {one.strip() for one in value.split(",")}
        return lambda wire, row: row.id in wanted
    if name == "_lastUpdated":
        test = moments(wire, value)
        return lambda wire, row: test(row.changed_at)
    return None


def _sorted(wire: Wire, resource: Resource, rows: list[Any], query: Query) -> list[Any]:
    if wire.switches.unsorted:
        rows = sorted(rows, key=lambda row: crc32(row.id.encode()))
    for field in reversed(_value(query, "_sort").split(",")):
        name = field.strip().removeprefix("-")
        if name in resource.sorts:
            rows = sorted(rows, key=resource.sorts[name], reverse=field.strip().startswith("-"))
    return rows


def _links(
    wire: Wire, resource: Resource, query: Query, page: Page, total: int | None, found: int
) -> list[dict[str, str]]:
    if wire.switches.links_style == "none":
        return []
    last = max(1, -(-found // page.size))
    numbers = {"self": page.number}
    if wire.switches.links_style == "all":
        numbers["first"] = 1
        if page.number > 1:
            numbers["previous"] = min(page.number - 1, last)
    if page.number < last:
        numbers["next"] = page.number + 1
    if total is not None:
        numbers["last"] = last
    rest = [(key, value) for key, value in query if key not in ("page", "_count")]
    return [
        {
            "relation": relation,
            "url": f"{wire.base}/{resource.name}?" + urlencode([*rest, ("_count", page.size), ("page", number)]),
        }
        for relation, number in numbers.items()
    ]


def _included(
    wire: Wire, resources: Mapping[str, Resource], resource: Resource, rows: list[Any], query: Query
) -> list[tuple[Resource, Any]]:
    found: dict[tuple[str, str], tuple[Resource, Any]] = {}
    asked = [value for key, value in query if key == "_include" and value.startswith(resource.name + ":")]
    fresh = [(resource, row) for row in rows]
    front = _followed(wire, resources, fresh, asked, found)
    again = [value for key, value in query if key == "_include:iterate"]
    while front and again:
        front = _followed(wire, resources, front, again, found)
    return list(found.values())


def _followed(
    wire: Wire,
    resources: Mapping[str, Resource],
    rows: list[tuple[Resource, Any]],
    asked: list[str],
    found: dict[tuple[str, str], tuple[Resource, Any]],
) -> list[tuple[Resource, Any]]:
    fresh = []
    for resource, row in rows:
        for name in asked:
            kind, _, parameter = name.partition(":")
            if kind != resource.name or parameter not in resource.includes:
                continue
            for reference in resource.includes[parameter](wire.state, row):
                target, _, identity = reference.partition("/")
                other = resources[target].table(wire.state).get(identity)
                if other is not None and (target, identity) not in found:
                    found[target, identity] = (resources[target], other)
                    fresh.append(found[target, identity])
    return fresh


def _entry(wire: Wire, resource: Resource, row: Record, mode: str) -> Json:
    entry = {"resource": resource.shape(wire, row)}
    if wire.switches.entry_extras:
        return {"fullUrl": f"{wire.base}/{resource.name}/{row.id}", **entry, "search": {"mode": mode}}
    return entry
