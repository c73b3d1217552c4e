"""Conditions that can never hold together: a field that would have to be two things, or more and less at once.

Looks only at what single paths are asked for, joined by `and`, written as a list, or asked above.
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
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "gteq", "lteq": "gt", "gt": "lteq", "gteq": "lt", "in": "notin"}
_NUMBERS = (int, Decimal)


@dataclass(slots=True)
class _Known:
    """What earlier parts demand of one path."""

    equal: list[Json] = field(default_factory=list)
    unequal: list[Json] = field(default_factory=list)
    among: list[tuple[Json, ...]] = field(default_factory=list)
    given: set[bool] = field(default_factory=set)
    least: Decimal = Decimal("-Infinity")
    least_itself: bool = True
    most: Decimal = Decimal("Infinity")
    most_itself: bool = True


def check_together(
    above: Sequence[Expression], conditions: Sequence[Expression], changing: frozenset[str], notes: Notes, place: Place
) -> None:
    """Tell the first part of these conditions, which all have to hold, that the parts before it rule out.

    Args:
        above: Conditions that hold already.
        conditions: Those that are asked now.
        changing: Names that stand for several values one after the other; nothing is known of them.
        notes: Get the problem.
        place: Of the word that the conditions belong to.
    """
    known: dict[str, _Known] = {}
    for condition in above:
        for node in _parts(condition):
            _add_part(known, node, changing)
    for condition in conditions:
        for node in _parts(condition):
            path = _add_part(known, node, changing)
            if path is None or not _is_impossible(known[path]):
                continue
            offset = condition.offsets[0] if isinstance(condition, Compiled) and condition.offsets else 0
            what = f"This can never hold together with what else is asked of {shown(path)}."
            mend = "Join the parts with `or`, or mend one."
            Spots(notes, condition, offset, place).note(start_of(node), "never-holds", what, mend, len(unparse(node)))
            return


def _parts(condition: Expression) -> Iterator[nodes.Expr]:
    if isinstance(condition, Compiled) and len(condition.parts) == 1:
        yield from _all_of(condition.parts[0])


def _all_of(node: nodes.Expr) -> Iterator[nodes.Expr]:
    if isinstance(node, nodes.And):
        for part in parts_of(node):
            yield from _all_of(part)
    elif isinstance(node, nodes.Compare) and len(node.ops) > 1:
        # `1 < x < 3` is two comparisons.
        left = node.expr
        for operand in node.ops:
            yield nodes.Compare(left, [operand], lineno=left.lineno)
            left = operand.expr
    else:
        yield node


def _add_part(known: dict[str, _Known], node: nodes.Expr, changing: frozenset[str]) -> str | None:
    """Take up what one part demands; the path that it is about, None when it is about no single path."""
    found = _demand(node)
    if found is None or _root(found[0]) in changing:
        return None
    node, sign, value = found
    path = unparse(node)
    if isinstance(value, nodes.Node):
        if _root(value) in changing:
            return None
        # Two paths are told apart by what lies between them: less than nothing, nothing, or more.
        path, value = f"{path} and {unparse(value)}", 0
    _add(known.setdefault(path, _Known()), sign, value)
    return path


def _demand(node: nodes.Expr) -> tuple[nodes.Expr, str, Json] | None:
    """A path, a sign and a constant."""
    match node:
        case nodes.Not():
            found = _demand(node.node)
            return _not(found) if found is not None else None
        case nodes.Compare():
            return _comparison(node)
        case nodes.Test() if node.name in ("given", "missing") and _is_path(node.node):
            return node.node, "given", node.name == "given"
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            return node, "eq", True
    return None


def _not(found: tuple[nodes.Expr, str, Json]) -> tuple[nodes.Expr, str, Json] | None:
    path, sign, value = found
    if isinstance(value, bool) and sign in ("eq", "given"):
        return path, sign, not value
    return (path, _OPPOSITE[sign], value) if sign in _OPPOSITE else None


def _comparison(node: nodes.Compare) -> tuple[nodes.Expr, str, Json] | None:
    if len(node.ops) != 1:
        return None
    left, right, sign = node.expr, node.ops[0].expr, node.ops[0].op
    if isinstance(left, nodes.Const):
        left, right, sign = right, left, _FLIPPED.get(sign, sign)
    if not _is_path(left):
        return None
    if isinstance(right, nodes.Const):
        return left, sign, right.value
    if isinstance(right, nodes.Name) and right.name in ("yes", "no") and sign in ("eq", "ne"):
        return left, "eq", (right.name == "yes") is (sign == "eq")
    if _is_path(right) and sign in ("eq", "ne", "lt", "lteq", "gt", "gteq"):
        return (left, sign, right) if unparse(left) <= unparse(right) else (right, _FLIPPED.get(sign, sign), left)
    if sign == "in" and isinstance(right, nodes.List | nodes.Tuple):
        words = tuple(entry.value for entry in right.items if isinstance(entry, nodes.Const))
        return (left, sign, words) if len(words) == len(right.items) else None
    return None


def _is_path(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem)


def _root(node: nodes.Node) -> str:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""


def _add(known: _Known, sign: str, value: Json) -> None:
    known.given.add(value if sign == "given" else True)
    if sign == "eq":
        known.equal.append(value)
    elif sign == "ne":
        known.unequal.append(value)
    elif sign == "in" and isinstance(value, tuple):
        known.among.append(value)
    number = Decimal(value) if isinstance(value, _NUMBERS) and not isinstance(value, bool) else None
    if number is None:
        return
    if sign in ("gt", "gteq", "eq") and (number, sign == "gt") > (known.least, not known.least_itself):
        known.least, known.least_itself = number, sign != "gt"
    if sign in ("lt", "lteq", "eq") and (-number, sign == "lt") > (-known.most, not known.most_itself):
        known.most, known.most_itself = number, sign != "lt"


def _is_impossible(known: _Known) -> bool:
    equal = known.equal
    if len(known.given) > 1:
        return True
    if equal and (equal[-1] != equal[0] or equal[0] in known.unequal):
        return True
    if known.among:
        left = [word for word in known.among[0] if all(word in words for words in known.among[1:])]
        left = [word for word in left if word not in known.unequal and (not equal or word == equal[0])]
        if not left:
            return True
    return known.least > known.most or (known.least == known.most and not (known.least_itself and known.most_itself))
