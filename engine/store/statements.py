"""The SQL text of typed changes: one text for every database, with named parameters.

Table and column names come from our own code, never from data, and are checked all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.errors import Bug
from engine.ports import Change, Delete, Insert, Put, Row, Update

_NAME = re.compile(r"[a-z_]+\Z")


def statement(change: Change) -> tuple[str, dict[str, object]]:
    """A change as SQL and its parameters (`w_` for conditions, `s_` for new values)."""
    match change:
        case Insert():
            return _insert(change), _prefixed("s_", change.row)
        case Put():
            return _put(change), _prefixed("s_", {**change.row, **change.key})
        case Update():
            params = {**_prefixed("w_", change.where), **_prefixed("s_", change.set), **_prefixed("a_", change.add)}
            return _update(change), params
        case Delete():
            where = _conditions(change.where)
            return f"DELETE FROM {_checked(change.table)} WHERE {where}", _prefixed("w_", change.where)


def _insert(change: Insert) -> str:
    columns = ", ".join(_names(change.row))
    values = ", ".join(f":s_{name}" for name in change.row)
    tail = " ON CONFLICT DO NOTHING" if change.ignore else ""
    return f"INSERT INTO {_checked(change.table)} ({columns}) VALUES ({values}){tail}"


def _put(change: Put) -> str:
    row = {**change.row, **change.key}
    columns = ", ".join(_names(row))
    values = ", ".join(f":s_{name}" for name in row)
    key = ", ".join(_names(change.key))
    new = ", ".join(f"{name} = excluded.{name}" for name in _names(change.row))
    action = f"DO UPDATE SET {new}" if new else "DO NOTHING"
    return f"INSERT INTO {_checked(change.table)} ({columns}) VALUES ({values}) ON CONFLICT ({key}) {action}"


def _update(change: Update) -> str:
    sets = [f"{name} = :s_{name}" for name in _names(change.set)]
    sets += [f"{name} = {name} + :a_{name}" for name in _names(change.add)]
    return f"UPDATE {_checked(change.table)} SET {', '.join(sets)} WHERE {_conditions(change.where)}"


def _conditions(where: Row) -> str:
    if not where:
        raise Bug("A change without a condition would touch every row.")
    parts = [f"{name} IS NULL" if where[name] is None else f"{name} = :w_{name}" for name in _names(where)]
    return " AND ".join(parts)


def _prefixed(prefix: str, row: Row) -> dict[str, object]:
    return {prefix + name: value for name, value in row.items()}


def _names(row: Iterable[str]) -> list[str]:
    return [_checked(name) for name in row]


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise Bug("A table or column name is not of the schema's form.")
    return name
