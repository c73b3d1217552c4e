"""What every list call shares: If-Modified-Since, where, order and pages.

Source: Xero fact sheet section 6. Each resource names its fields and its own extra filters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from .call import Call
from .problems import BadQuery
from .where import Fields, comparable, parse_where
from .wire import read_moment

Json = Any

_ORDER = re.compile(r"\s*([\w.]+)(?:\s+(ASC|ASCENDING|DESC|DESCENDING))?\s*$", re.IGNORECASE)


class Dated(Protocol):
    """Anything with an id and the time of its last change."""

    id: str
    updated: datetime


Row = TypeVar("Row", bound=Dated)
Any_ = TypeVar("Any_")


@dataclass(frozen=True, slots=True)
class Page(Generic[Any_]):
    """The rows to show; `pagination` is None when no page was asked for."""

    rows: list[Any_]
    pagination: Json = None

    @property
    def full(self) -> bool:
        """Whether line items are shown in this list."""
        return self.pagination is not None


def select(call: Call, rows: Iterable[Row], fields: Fields[Row], always_paged: bool = False) -> Page[Row]:
    """Filter, sort and cut by the query of a list call that knows pages.

    Raises:
        BadQuery: An unreadable where or order clause.
    """
    found = sort(call, filtered(call, changed_since(call, rows), fields), fields)
    paged = always_paged or call.asked.param("page") != "" or call.asked.param("pageSize") != ""
    if not paged:
        return Page(found)
    size = _within(call.asked.param("pageSize"), 100, 1, 1000)
    page = _within(call.asked.param("page"), 1, 1, 10**9)
    count = -(-len(found) // size)
    pagination = {"page": page, "pageSize": size, "pageCount": count, "itemCount": len(found)}
    return Page(found[(page - 1) * size : page * size], pagination)


def changed_since(call: Call, rows: Iterable[Row]) -> list[Row]:
    """The rows created or changed since the If-Modified-Since header, all without a readable one."""
    since = read_moment(call.asked.headers.get("if-modified-since", ""))
    return [row for row in rows if since is None or row.updated >= since]


def filtered(call: Call, rows: Iterable[Any_], fields: Fields[Any_]) -> list[Any_]:
    """The rows that the where clause lets through."""
    clause = call.asked.param("where")
    if not clause.strip():
        return list(rows)
    test = parse_where(clause, fields)
    return [row for row in rows if test(row)]


def sort(call: Call, rows: list[Row], fields: Fields[Row]) -> list[Row]:
    """The rows in the order asked for; else by UpdatedDateUTC, then id."""
    rows.sort(key=lambda row: (row.updated, row.id))
    clauses = [part for part in call.asked.param("order").split(",") if part.strip()]
    for clause in reversed(clauses):
        getter, descending = _order(clause, fields)
        rows.sort(key=_sort_key(getter), reverse=descending)
    return rows


def _order(clause: str, fields: Fields[Row]) -> tuple[Callable[[Row], Any], bool]:
    found = _ORDER.match(clause)
    getter = {name.lower(): value for name, value in fields.items()}.get(found[1].lower()) if found else None
    if found is None or getter is None:
        raise BadQuery(f"No property or field '{clause.strip()}' exists in type")
    return getter, (found[2] or "").upper().startswith("DESC")


def _sort_key(getter: Callable[[Row], Any]) -> Callable[[Row], tuple[bool, Any]]:
    def key(row: Row) -> tuple[bool, Any]:
        value = comparable(getter(row))
        return value is not None, value if value is not None else ""

    return key


def _within(text: str, default: int, least: int, most: int) -> int:
    try:
        return min(max(int(text), least), most) if text else default
    except ValueError:
        return default
