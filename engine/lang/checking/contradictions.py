"""Conditions that can never hold together: a field that would have to be two things, or more and less at once.

Looks only at comparisons of one path with constants, joined by `and` or written as a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from engine.core.expression import Expression
from engine.core.rule import Place
from engine.lang.checking.notes import Notes, Spots
from engine.lang.checking.paths import start_of
from engine.lang.expressions import Compiled
from engine.lang.faults import shown
from engine.lang.unparse import parts_of, unparse

Json = Any
_FLIPPED = {"lt": "gt", "lteq": "gteq", "gt": "lt", "gteq": "lteq"}
_NUMBERS = (int, Decimal)


@dataclass(slots=True)
class _Known:
    """What earlier parts demand of one path."""

    equal: list[Json] = field(default_factory=list)
    unequal: list[Json] = field(default_factory=list)
    least: Decimal = Decimal("-Infinity")
    least_itself: bool = True
    most: Decimal = Decimal("Infinity")
    most_itself: bool = True


def check_together(conditions: Sequence[Expression], notes: Notes, place: Place) -> None:
    """Tell the first part of these conditions, which all have to hold, that the parts before it rule out."""
    known: dict[str, _Known] = {}
    for condition in conditions:
        if not isinstance(condition, Compiled) or len(condition.parts) != 1:
            continue
        spots = Spots(notes, condition, condition.offsets[0] if condition.offsets else 0, place)
        for part in _all_of(condition.parts[0]):
            found = _comparison(part)
            if found is None:
                continue
            path, sign, value = found
            demands = known.setdefault(path, _Known())
            _add(demands, sign, value)
            if _is_impossible(demands):
                what = f"This can never hold together with what else is asked of {shown(path)}."
                spots.note(
                    start_of(part), "never-holds", what, "Join the parts with `or`, or mend one.", len(unparse(part))
                )
                return


def _all_of(node: nodes.Expr) -> Iterator[nodes.Expr]:
    if isinstance(node, nodes.And):
        for part in parts_of(node):
            yield from _all_of(part)
    else:
        yield node


def _comparison(node: nodes.Expr) -> tuple[str, str, Json] | None:
    if not isinstance(node, nodes.Compare) or len(node.ops) != 1:
        return None
    left, right, sign = node.expr, node.ops[0].expr, node.ops[0].op
    if isinstance(left, nodes.Const):
        left, right, sign = right, left, _FLIPPED.get(sign, sign)
    if not isinstance(left, nodes.Name | nodes.Getattr | nodes.Getitem) or not isinstance(right, nodes.Const):
        return None
    return unparse(left), sign, right.value


def _add(known: _Known, sign: str, value: Json) -> None:
    number = Decimal(value) if isinstance(value, _NUMBERS) and not isinstance(value, bool) else None
    if sign == "eq":
        known.equal.append(value)
    elif sign == "ne":
        known.unequal.append(value)
    if number is None:
        return
    if sign in ("gt", "gteq", "eq") and (number, sign == "gt") > (known.least, not known.least_itself):
        known.least, known.least_itself = number, sign != "gt"
    if sign in ("lt", "lteq", "eq") and (-number, sign == "lt") > (-known.most, not known.most_itself):
        known.most, known.most_itself = number, sign != "lt"


def _is_impossible(known: _Known) -> bool:
    equal = known.equal
    if equal and (equal[-1] != equal[0] or equal[0] in known.unequal):
        return True
    return known.least > known.most or (known.least == known.most and not (known.least_itself and known.most_itself))
