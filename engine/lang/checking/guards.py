"""What a condition makes sure of for whatever stands behind it: paths that are not empty, events that are possible.

Follows `and`, `or`, `not`, the tests and comparisons with `event.type`; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jinja2 import nodes

from engine.core.expression import Expression
from engine.lang.checking.scope import Scope
from engine.lang.checking.shapes import ANY, Schema, Shape, field_of, fields_of
from engine.lang.expressions import Compiled
from engine.lang.filters import FILTERS
from engine.lang.unparse import unparse


def behind_all(scope: Scope, conditions: Sequence[Expression]) -> Scope:
    """The scope where all of these conditions hold."""
    for condition in conditions:
        if isinstance(condition, Compiled):
            for part in condition.parts:
                scope = behind(scope, part, True)
            scope = _holding(scope, condition)
    return scope


def behind_none(scope: Scope, conditions: Sequence[Expression]) -> Scope:
    """The scope where the conditions, taken together, did not hold."""
    ways = []
    for condition in conditions:
        if not isinstance(condition, Compiled) or not condition.parts:
            return scope
        ways.append(behind(scope, condition.parts[0], False))
        scope = behind(scope, condition.parts[0], True)
    if not ways:
        return scope
    joined = ways[0]
    for way in ways[1:]:
        joined = joined.joined(way)
    return joined


def behind(scope: Scope, node: nodes.Expr, holds: bool) -> Scope:
    """The scope where a condition came out as yes (or as no)."""
    return _ways(scope, node)[0 if holds else 1]


def _ways(scope: Scope, node: nodes.Expr) -> tuple[Scope, Scope]:
    """The scopes where a condition came out as yes and as no; both at once, so that no part is followed twice."""
    match node:
        case nodes.Not():
            yes, no = _ways(scope, node.node)
            return no, yes
        case nodes.And():
            left_yes, left_no = _ways(scope, node.left)
            yes, no = _ways(left_yes, node.right)
            return yes, left_no.joined(no)
        case nodes.Or():
            left_yes, left_no = _ways(scope, node.left)
            yes, no = _ways(left_no, node.right)
            return left_yes.joined(yes), no
        case nodes.Test():
            return _behind_test(scope, node, True), _behind_test(scope, node, False)
        case nodes.Compare():
            types = _types(scope, node)
            if types is not None:
                return scope.only(types), scope.only(frozenset(scope.events) - types)
    read = scope.with_given(_surely_read(node))
    # A plain yes or no, such as `looked.found`, may tell that what was found is there.
    return read.with_given(_together(scope, node)), read


def _holding(scope: Scope, condition: Compiled) -> Scope:
    return replace(scope, holds=scope.holds | {condition.text}, demands=(*scope.demands, condition))


def _behind_test(scope: Scope, node: nodes.Test, holds: bool) -> Scope:
    if node.name == "one_of":
        types = _types_of_test(scope, node)
        if types is not None:
            return scope.only(types if holds else frozenset(scope.events) - types)
        return scope.with_given(_surely_read(node.node))
    if (node.name == "given") is holds and node.name in ("given", "missing", "empty"):
        return scope.with_given(_chain(node.node)).with_given(_together(scope, node.node))
    return scope


def _types(scope: Scope, node: nodes.Compare) -> frozenset[str] | None:
    """The events for which a comparison with `event.type` is true; None when it is no such comparison."""
    if len(node.ops) != 1:
        return None
    left, right, sign = node.expr, node.ops[0].expr, node.ops[0].op
    if unparse(right) == "event.type" and sign in ("eq", "ne"):
        left, right = right, left
    if unparse(left) != "event.type":
        return None
    words = _constants(right)
    if words is None or sign not in ("eq", "ne", "in", "notin"):
        return None
    found = frozenset(words) & frozenset(scope.events)
    return found if sign in ("eq", "in") else frozenset(scope.events) - found


def _types_of_test(scope: Scope, node: nodes.Test) -> frozenset[str] | None:
    if unparse(node.node) != "event.type":
        return None
    words = [word for argument in node.args for word in _constants(argument) or ()]
    return frozenset(words) & frozenset(scope.events)


def _constants(node: nodes.Expr) -> list[str] | None:
    if isinstance(node, nodes.Const):
        return [str(node.value)]
    if isinstance(node, nodes.List | nodes.Tuple) and all(isinstance(item, nodes.Const) for item in node.items):
        return [str(item.value) for item in node.items if isinstance(item, nodes.Const)]
    return None


def _surely_read(node: nodes.Expr | None) -> Iterator[str]:
    """Paths that had to have a value for the expression to have one."""
    match node:
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            yield from _chain(node)
        case nodes.Filter() if node.name in FILTERS and not FILTERS[node.name].soft:
            yield from _surely_read(node.node)
        case nodes.Compare():
            yield from _surely_read(node.expr)
            yield from _surely_read(node.ops[0].expr)
        case nodes.And() | nodes.Or():
            yield from _surely_read(node.left)
        case nodes.BinExpr():
            yield from _surely_read(node.left)
            yield from _surely_read(node.right)
        case nodes.UnaryExpr():
            yield from _surely_read(node.node)


def _together(scope: Scope, node: nodes.Node | None) -> Iterator[str]:
    """The fields that are there whenever this one is, by the `x-given-when` of their schemas."""
    if not isinstance(node, nodes.Getattr):
        return
    fields = fields_of(_schema_at(scope, node.node))
    own = fields.get(node.attr)
    when = own.get("x-given-when", node.attr) if own is not None else node.attr
    for name, schema in fields.items():
        if schema.get("x-given-when") == when:
            yield f"{unparse(node.node)}.{name}"


def _schema_at(scope: Scope, node: nodes.Node) -> Schema:
    if isinstance(node, nodes.Name):
        found = scope.lookup(node.name)
        return found.schema if found is not None else ANY
    if isinstance(node, nodes.Getattr):
        field = field_of(_schema_at(scope, node.node), node.attr)
        return field.schema if isinstance(field, Shape) else ANY
    return ANY


def _chain(node: nodes.Node | None) -> Iterator[str]:
    """A path and everything that it leads through."""
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        yield unparse(node)
        node = node.node
    if isinstance(node, nodes.Name):
        yield node.name
    elif isinstance(node, nodes.Filter):
        yield unparse(node)
