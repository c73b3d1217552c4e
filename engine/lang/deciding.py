"""Closures that give yes or no: comparisons with a short way for plain numbers and texts, and `and`, `or`, `not`.

What the operators mean stands in `operators`; the short ways give the same answers, which a test holds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from engine.errors import CannotTell
from engine.lang import operators
from engine.lang.faults import shown
from engine.lang.unparse import unparse

Json = Any
Names = Mapping[str, Json]
Run = Callable[[Names], Json]
Answer = Callable[[Names], bool]
# What gives a value, and what it was made of, to name it in a message.
Part = tuple[Run, nodes.Expr]

_ORDERED: Mapping[str, tuple[Callable[[Any, Any], bool], tuple[int, ...]]] = {
    "lt": (operator.lt, (-1,)),
    "lteq": (operator.le, (-1, 0)),
    "gt": (operator.gt, (1,)),
    "gteq": (operator.ge, (0, 1)),
}
# Nodes whose closures give nothing but yes or no.
_SURE = (nodes.Compare, nodes.And, nodes.Or, nodes.Not, nodes.Test)


def present(part: Part, names: Names) -> Json:
    """The value of a part; CannotTell when it is empty."""
    value = part[0](names)
    if value is None:
        raise empty(part[1])
    return value


def empty(node: nodes.Node) -> CannotTell:
    """The fault of a part that has no value."""
    return CannotTell(f"{shown(unparse(node))} is empty.", "Test it first with `is given`, or add `| default(...)`.")


def answer(part: Part, names: Names) -> bool:
    """The yes or no of a part; CannotTell when it is anything else."""
    value = present(part, names)
    return value if isinstance(value, bool) else operators.yes_or_no(value, unparse(part[1]))


def compared(first: Part, sign: str, second: Part) -> Run:
    """Two parts compared by one of Jinja's signs."""
    if sign in _ORDERED:
        return _ordered(first, sign, second)
    if sign in ("eq", "ne"):
        if isinstance(second[1], nodes.Const) and type(second[1].value) is str:
            return _same_text(first, second, second[1].value, sign == "eq")
        return _same(first, second, sign == "eq")
    return lambda names: holds(sign, present(first, names), present(second, names))


def _ordered(first: Part, sign: str, second: Part) -> Run:
    (one, _), (two, _) = first, second
    compare, signs = _ORDERED[sign]

    def run(names: Names) -> bool:
        left, right = one(names), two(names)
        kind, other = type(left), type(right)
        if (kind is Decimal or kind is int) and (other is Decimal or other is int):
            try:
                return compare(left, right)
            except ArithmeticError:
                raise operators.no_number() from None
        _check_given(first, left, second, right)
        return operators.order(left, right) in signs

    return run


def _same(first: Part, second: Part, wanted: bool) -> Run:
    (one, _), (two, _) = first, second

    def run(names: Names) -> bool:
        left, right = one(names), two(names)
        _check_given(first, left, second, right)
        return operators.same(left, right) is wanted

    return run


def _same_text(first: Part, second: Part, text: str, wanted: bool) -> Run:
    one, _ = first

    def run(names: Names) -> bool:
        left = one(names)
        if type(left) is str:
            return (left == text) is wanted
        _check_given(first, left, second, text)
        return operators.same(left, text) is wanted

    return run


def _check_given(first: Part, left: Json, second: Part, right: Json) -> None:
    if left is None or right is None:
        raise empty(first[1] if left is None else second[1])


def chained(parts: Sequence[Part], signs: Sequence[str]) -> Run:
    """`a < b < c`: each compared with the next, up to the first that does not hold."""

    def run(names: Names) -> bool:
        left = present(parts[0], names)
        for sign, part in zip(signs, parts[1:], strict=True):
            right = present(part, names)
            if not holds(sign, left, right):
                return False
            left = right
        return True

    return run


def holds(sign: str, left: Json, right: Json) -> bool:
    """Whether two values that are given stand to each other as one of Jinja's signs says."""
    match sign:
        case "eq":
            return operators.same(left, right)
        case "ne":
            return not operators.same(left, right)
        case "in":
            return operators.within(left, right)
        case "notin":
            return not operators.within(left, right)
    return operators.order(left, right) in _ORDERED[sign][1]


def joined(parts: Sequence[Part], stop: bool) -> Run:
    """Parts joined by `or` (stop is true) or `and`, read up to the first that settles it."""
    runs = tuple(_sure(part) for part in parts)
    if len(runs) > 2:
        return _many(runs, stop)
    one, two = runs
    if stop:
        return lambda names: one(names) or two(names)
    return lambda names: one(names) and two(names)


def _many(runs: Sequence[Answer], stop: bool) -> Run:
    def run(names: Names) -> bool:
        for each in runs:
            if each(names) is stop:
                return stop
        return not stop

    return run


def denied(part: Part) -> Run:
    """`not` of a part."""
    run = _sure(part)
    return lambda names: not run(names)


def _sure(part: Part) -> Answer:
    """A closure that gives a yes or no and nothing else."""
    return part[0] if isinstance(part[1], _SURE) else lambda names: answer(part, names)
