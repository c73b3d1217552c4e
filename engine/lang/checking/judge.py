"""Types whole expressions: what every node gives, whether it may be empty, and what does not fit.

Evaluates nothing. Paths, filters and comparisons have files of their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jinja2 import nodes

from engine.core.expression import Expression
from engine.core.rule import Place
from engine.lang.checking.comparing import check_comparison, check_one_of
from engine.lang.checking.filtering import after_filter
from engine.lang.checking.guards import behind
from engine.lang.checking.notes import Notes, Spots
from engine.lang.checking.paths import Paths, start_of
from engine.lang.checking.scope import Scope
from engine.lang.checking.shapes import (
    ANY,
    EMPTY,
    MONEY,
    NUMBER,
    TEXT,
    UNKNOWN,
    WHOLE,
    YES_OR_NO,
    Shape,
    kind_of,
    list_of,
    said,
)
from engine.lang.expressions import Compiled
from engine.lang.faults import shown
from engine.lang.filters import FILTERS
from engine.lang.unparse import parts_of, unparse

Json = Any


class Judge:
    """Types one syntax tree; `made_later` are the names that any step of the rule makes."""

    def __init__(self, spots: Spots, made_later: frozenset[str]) -> None:
        self.spots = spots
        self.paths = Paths(spots, self.shape, made_later)

    def needed(self, node: nodes.Node, scope: Scope) -> Shape:
        """What a node gives, where a value is needed; one that may be empty is told."""
        shape = self.shape(node, scope, False)
        if shape.empty:
            self.paths.empty(node)
        return shape.given()

    def condition(self, node: nodes.Node, scope: Scope, what: str = "This condition") -> Shape:
        """A node that has to be a yes or no."""
        shape = self.needed(node, scope)
        if shape.kind not in ("", "yes or no"):
            message = f"{what} gives {said(shape.schema)}, not a yes or no."
            mend = f"Compare it with something, or write `{shown(unparse(node))} is given`."
            self.spots.note(start_of(node), "no-yes-or-no", message, mend, len(unparse(node)))
        return Shape(YES_OR_NO)

    def shape(self, node: nodes.Node, scope: Scope, soft: bool = False) -> Shape:
        """What a node gives; a soft read may find nothing on its way."""
        match node:
            case nodes.Const():
                return _constant(node.value)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self.paths.read(node, scope, soft)
            case nodes.Filter():
                return self._filter(node, scope, soft)
            case nodes.Test():
                return self._test(node, scope)
            case nodes.Compare():
                return self._compare(node, scope)
            case nodes.And() | nodes.Or():
                return self._junction(node, scope)
            case nodes.Not():
                return self.condition(node.node, scope, "What stands after `not`")
            case nodes.Neg() | nodes.Pos():
                return self._number(node.node, scope, "A sign")
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div():
                return self._arithmetic(node, scope)
            case nodes.Concat():
                return self._concat(node, scope)
            case nodes.CondExpr():
                return self._choice(node, scope, soft)
            case nodes.List() | nodes.Tuple():
                return self._list(node, scope)
        return UNKNOWN

    def _filter(self, node: nodes.Filter, scope: Scope, soft: bool) -> Shape:
        known = FILTERS.get(node.name)
        if known is None or node.node is None:
            return UNKNOWN
        plain = node.args[known.fields :] if node.name != "any" else node.args[2:]
        if node.name == "default":
            other = self.shape(node.args[0], scope, soft)
            return _joined(self.shape(node.node, scope, True).given(), other)
        arguments = tuple(self.needed(argument, scope) for argument in plain)
        before = self.shape(node.node, scope, soft)
        if before.empty and not soft:
            self.paths.empty(node.node)
        return replace(after_filter(node, before.given(), arguments, self.spots), empty=before.empty and soft)

    def _test(self, node: nodes.Test, scope: Scope) -> Shape:
        if node.name == "one_of":
            shape = self.needed(node.node, scope)
            choices = tuple(self.needed(argument, scope) for argument in node.args)
            check_one_of(node, shape, choices, self.spots)
            return Shape(YES_OR_NO)
        shape = self.shape(node.node, scope, True)
        if node.name == "empty" and shape.kind not in ("", "text", "list", "group"):
            what = f"`is empty` asks a text or a list, but {shown(unparse(node.node))} is {said(shape.schema)}."
            self.spots.note(start_of(node), "filter-type", what, "Write `is missing`.", len(unparse(node)))
        return Shape(YES_OR_NO)

    def _compare(self, node: nodes.Compare, scope: Scope) -> Shape:
        left, before = self.needed(node.expr, scope), node.expr
        for operand in node.ops:
            right = self.needed(operand.expr, scope)
            check_comparison(node, (before, left), operand.op, (operand.expr, right), self.spots)
            left, before = right, operand.expr
        return Shape(YES_OR_NO)

    def _junction(self, node: nodes.And | nodes.Or, scope: Scope) -> Shape:
        word = "and" if isinstance(node, nodes.And) else "or"
        for part in parts_of(node):
            self.condition(part, scope, f"A part of `{word}`")
            scope = behind(scope, part, word == "and")
        return Shape(YES_OR_NO)

    def _number(self, node: nodes.Expr, scope: Scope, what: str) -> Shape:
        shape = self.needed(node, scope)
        if shape.kind not in ("", "number"):
            message = f"{what} needs numbers, but {shown(unparse(node))} is {said(shape.schema)}."
            mend = {"text": "Join texts with ~.", "date": 'Move a date with `| add("7 days")`.'}.get(shape.kind)
            mend = mend or "Check which field holds the number."
            self.spots.note(start_of(node), "unlike-types", message, mend, len(unparse(node)))
            return Shape(NUMBER)
        return shape

    def _arithmetic(self, node: nodes.BinExpr, scope: Scope) -> Shape:
        sign = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}[type(node)]
        sides = [self._number(side, scope, f"The sign {sign}") for side in (node.left, node.right)]
        if isinstance(node, nodes.Div) and sides[1].constant and sides[1].value == 0:
            self.spots.note(start_of(node.right), "divided-by-zero", "Nothing can be divided by zero.", "Mend it.")
        money = any(side.schema.get("x-type") == "money" for side in sides)
        return Shape(MONEY if money and sign in "+-" else NUMBER)

    def _concat(self, node: nodes.Concat, scope: Scope) -> Shape:
        for part in node.nodes:
            self.shown(part, scope)
        return Shape(TEXT)

    def shown(self, node: nodes.Node, scope: Scope) -> None:
        """A value that becomes part of a text."""
        shape = self.needed(node, scope)
        if shape.kind == "group":
            what = f"{shown(unparse(node))} is a group of fields and cannot be shown."
            fields = [name for name in shape.schema.get("properties") or () if name]
            mend = f"Name one of its fields: {', '.join(fields[:12])}." if fields else "Name one of its fields."
            self.spots.note(start_of(node), "group-shown", what, mend, len(unparse(node)))

    def _choice(self, node: nodes.CondExpr, scope: Scope, soft: bool) -> Shape:
        self.condition(node.test, scope, "What stands after `if`")
        first = self.shape(node.expr1, behind(scope, node.test, True), soft)
        second = self.shape(node.expr2, behind(scope, node.test, False), soft) if node.expr2 is not None else UNKNOWN
        return _joined(first, second)

    def _list(self, node: nodes.List | nodes.Tuple, scope: Scope) -> Shape:
        shapes = [self.shape(item, scope) for item in node.items]
        kinds = {shape.kind for shape in shapes}
        return Shape(list_of(shapes[0].schema if len(kinds) == 1 and shapes else ANY))


def _constant(value: Json) -> Shape:
    schema = ANY
    match value:
        case None:
            return Shape(EMPTY, empty=True)
        case bool():
            schema = YES_OR_NO
        case str():
            schema = TEXT
        case int():
            schema = WHOLE
        case _:
            schema = NUMBER
    return Shape(schema, constant=True, value=value)


def _joined(first: Shape, second: Shape) -> Shape:
    """One or the other."""
    empty = first.empty or second.empty
    if EMPTY in (first.schema, second.schema):
        return Shape(second.schema if first.schema == EMPTY else first.schema, empty)
    if kind_of(first.schema) == kind_of(second.schema):
        return Shape(first.schema if not first.constant else second.schema, empty)
    return Shape(ANY, empty)


def judges(
    expression: Expression, notes: Notes, place: Place, made_later: frozenset[str]
) -> tuple[tuple[Judge, nodes.Expr], ...]:
    """A judge for each syntax tree of an expression: one, or one for each hole of a text."""
    if not isinstance(expression, Compiled):
        return ()
    offsets = expression.offsets or (0,) * len(expression.parts)
    return tuple(
        (Judge(Spots(notes, expression, offset, place), made_later), part)
        for part, offset in zip(expression.parts, offsets, strict=True)
    )
