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
# What other languages call none; `none` itself is turned away when the expression is read.
_NONES = ("null", "nil", "undefined", "None", "NULL", "empty")
SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "=="}
_NO_NUMBER = {
    "text": "Join texts with ~.",
    "date": 'Move a date with `| add("7 days")`.',
    "moment": 'Move it with `| add("7 days")`.',
}


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

    def single(self, node: nodes.Node, scope: Scope) -> None:
        """A node that has to be one value which can be compared with that of another event."""
        if isinstance(node, nodes.And | nodes.Or):
            what, mend = (
                "A key is no condition.",
                "Separate the parts of a key by commas, as in `invoice.id, invoice.version`.",
            )
            self.spots.note(start_of(node), "unlike-types", what, mend, len(unparse(node)))
            return
        shape = self.needed(node, scope)
        if shape.kind in ("group", "list"):
            path = shown(unparse(node))
            what = f"{path} is {said(shape.schema)} and cannot be a key."
            mend = f"Name its id, as in `{path}.id`." if shape.kind == "group" else "Name a single field."
            self.spots.note(start_of(node), "unlike-types", what, mend, len(unparse(node)))

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
        if self._check_none(node, scope):
            return Shape(YES_OR_NO)
        left, before = self.needed(node.expr, scope), node.expr
        for operand in node.ops:
            right = self.needed(operand.expr, scope)
            check_comparison(node, (before, left), operand.op, (operand.expr, right), self.spots)
            left, before = right, operand.expr
        return Shape(YES_OR_NO)

    def _told_constant(self, part: nodes.Expr, before: nodes.Expr | None, word: str) -> bool:
        """Whether a part of `and` or `or` is a plain value, which is told: the rest of a comparison is missing."""
        is_constant = isinstance(part, nodes.Const) or (isinstance(part, nodes.Name) and part.name in ("yes", "no"))
        if not is_constant:
            return False
        what = f"{shown(unparse(part))} stands alone in this `{word}`, so it always comes out the same."
        mend = "Compare it with something, or remove it."
        if isinstance(before, nodes.Compare):
            sides = f"{shown(unparse(before.expr))} {SIGNS.get(before.ops[0].op, '==')}"
            mend = f"Write the comparison out: `{sides} {shown(unparse(part))}`."
        self.spots.note(start_of(part), "always-the-same", what, mend, len(unparse(part)))
        return True

    def _check_none(self, node: nodes.Compare, scope: Scope) -> bool:
        """Whether a side is what other languages call none, which is told."""
        for side in (node.expr, *(operand.expr for operand in node.ops)):
            if isinstance(side, nodes.Name) and side.name in _NONES and scope.lookup(side.name) is None:
                other = unparse(node.ops[0].expr if side is node.expr else node.expr)
                what, mend = "Nothing can be compared with none.", f"Write `{shown(other)} is missing` or `is given`."
                self.spots.note(start_of(node), "compared-with-none", what, mend, len(unparse(node)))
                return True
        return False

    def _junction(self, node: nodes.And | nodes.Or, scope: Scope) -> Shape:
        word = "and" if isinstance(node, nodes.And) else "or"
        before: nodes.Expr | None = None
        for part in parts_of(node):
            if not self._told_constant(part, before, word):
                self.condition(part, scope, f"A part of `{word}`")
            before = part
            scope = behind(scope, part, word == "and")
        return Shape(YES_OR_NO)

    def _number(self, node: nodes.Expr, scope: Scope, what: str) -> Shape:
        shape = self.needed(node, scope)
        if shape.kind in ("", "number"):
            return shape
        message = f"{what} needs numbers, but {shown(unparse(node))} is {said(shape.schema)}."
        mend = _NO_NUMBER.get(shape.kind, "Check which field holds the number.")
        if what == "The sign -" and shape.kind in ("date", "moment"):
            mend = 'Count days with `| days_until`, or move a date with `| add("-7 days")`.'
        self.spots.note(start_of(node), "unlike-types", message, mend, len(unparse(node)))
        return UNKNOWN

    def _arithmetic(self, node: nodes.BinExpr, scope: Scope) -> Shape:
        sign = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}[type(node)]
        sides = [self._number(node.left, scope, f"The sign {sign}")]
        before = len(self.spots.notes.problems)
        if sides[0] is UNKNOWN and before and self.spots.notes.problems[-1].code == "unlike-types":
            return UNKNOWN
        sides.append(self._number(node.right, scope, f"The sign {sign}"))
        if len(self.spots.notes.problems) > before:
            return UNKNOWN
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
