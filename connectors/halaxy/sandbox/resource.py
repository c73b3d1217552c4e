"""What makes a resource readable: its table, shape, scope, filters, includes and sort orders.

The single resources are in `finance`, `fees`, `people` and `bookings`; how filters compare is in `filters`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.halaxy.sandbox.records import Record
from connectors.halaxy.sandbox.shapes import Wire
from connectors.halaxy.sandbox.state import State, Table

Json = Any

FilterKind = Literal["date", "number", "token", "reference", "string"]


@dataclass(frozen=True, slots=True)
class Filter:
    """A search parameter that the server honours.

    `values` gives what the record holds: times, Decimals, texts, or `Type/id` for references.
    `targets` are the types that a reference may point at: with more than one, a bare id gets a 422.
    """

    name: str
    kind: FilterKind
    values: Callable[[Wire, Any], tuple[Any, ...]]
    targets: tuple[str, ...] = ()
    camel_name: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One type of the API, as it is read."""

    name: str
    scope: str
    table: Callable[[State], Table[Any]]
    shape: Callable[[Wire, Any], Json]
    filters: tuple[Filter, ...] = ()
    includes: Mapping[str, Callable[[State, Any], tuple[str, ...]]] = field(default_factory=dict)
    sorts: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    visible: Callable[[Wire, Any], bool] = lambda wire, row: True


def created(row: Record) -> tuple[Any, ...]:
    """When a record was made, for the `created` filter."""
    return (row.created_at,)


CREATED = Filter("created", "date", lambda wire, row: created(row))


def pointing(kind: str, identity: str | None) -> tuple[str, ...]:
    """The `Type/id` of a reference, or nothing."""
    return (f"{kind}/{identity}",) if identity is not None else ()
