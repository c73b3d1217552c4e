"""Why a condition came out as it did: the part that decided and the values it read.

Numbers, yes and no, days, ids, kinds and statuses are shown; any other text may be personal and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from engine.errors import CannotTell
from engine.lang.moments import in_practice
from engine.lang.show import show
from engine.lang.unparse import parts_of, unparse

Json = Any
Value = Callable[[nodes.Node], Json]

# Fields whose texts are ids or words of a fixed list, never about a person.
_PUBLIC = frozenset({"id", "number", "kind", "status", "type", "code", "version", "currency", "source", "connection"})
_PERSONAL = ("birth", "gender")
_MOST_VALUES = 6


def explain_node(node: nodes.Expr, names: Mapping[str, Json], value: Value) -> str:
    """One sentence about a node; `value` evaluates a part of it."""
    if isinstance(node, nodes.And | nodes.Or):
        decided = _decided(parts_of(node), isinstance(node, nodes.Or), value)
        return "; ".join(explain_node(part, names, value) for part in decided)
    seen = _values(node, names, value)
    return f"{unparse(node)} ({', '.join(seen)})" if seen else unparse(node)


def _decided(parts: tuple[nodes.Expr, ...], wanted: bool, value: Value) -> tuple[nodes.Expr, ...]:
    """The first part that settled it; all of them when none did alone."""
    for part in parts:
        try:
            if value(part) is wanted:
                return (part,)
        except CannotTell:
            return (part,)
    return parts


def _values(node: nodes.Expr, names: Mapping[str, Json], value: Value) -> list[str]:
    paths: dict[str, str] = {}
    waiting: list[nodes.Node] = [node]
    while waiting and len(paths) < _MOST_VALUES:
        part = waiting.pop(0)
        if isinstance(part, nodes.Name) and part.name in ("yes", "no"):
            continue
        if isinstance(part, nodes.Name | nodes.Getattr | nodes.Getitem):
            paths[unparse(part)] = _shown(part, names, value)
        elif isinstance(part, nodes.Filter) and part.node is not None:
            waiting.insert(0, part.node)
        else:
            waiting = [*part.iter_child_nodes(), *waiting]
    if len(paths) == 1:
        return [shown for shown in paths.values() if shown]
    return [f"{path} {shown}" for path, shown in paths.items() if shown]


def _shown(part: nodes.Expr, names: Mapping[str, Json], value: Value) -> str:
    name = part.attr if isinstance(part, nodes.Getattr) else unparse(part)
    try:
        found = value(part)
    except CannotTell:
        return "not known"
    if any(word in unparse(part) for word in _PERSONAL):
        return ""
    match found:
        case None:
            return "empty"
        case datetime():
            return show(in_practice(found, names))
        case bool() | int() | Decimal() | date():
            return show(found)
        case str() if name in _PUBLIC:
            return f'"{found[:60]}"'
        case list() | tuple():
            return f"{len(found)} entries"
    return ""
