"""Comparisons of values that have nothing to do with each other, or that can only ever come out one way.

Part of `judge`.
"""

from __future__ import annotations

import re

from jinja2 import nodes

from engine.lang.checking.notes import Spots
from engine.lang.checking.paths import start_of
from engine.lang.checking.shapes import Shape, items_of, kind_of, said, words_of
from engine.lang.faults import did_you_mean, shown
from engine.lang.unparse import unparse

Side = tuple[nodes.Expr, Shape]
_ORDERED = ("number", "date", "moment", "text", "")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def check_comparison(node: nodes.Compare, left: Side, sign: str, right: Side, spots: Spots) -> None:
    """One sign of a comparison with its two sides."""
    if sign in ("in", "notin"):
        _check_in(left, right, spots)
        return
    kinds = left[1].kind, right[1].kind
    if "" not in kinds and kinds[0] != kinds[1]:
        _told_unlike(node, left, right, spots)
    elif sign not in ("eq", "ne") and not set(kinds) <= set(_ORDERED):
        worse = left if kinds[0] not in _ORDERED else right
        what = f"{shown(unparse(worse[0]))} is {said(worse[1].schema)}, which is neither more nor less than another."
        spots.note(start_of(worse[0]), "unlike-types", what, "Compare with == or !=.", len(unparse(worse[0])))
    elif unparse(left[0]) == unparse(right[0]) or (left[1].constant and right[1].constant):
        what = "This comparison always comes out the same."
        spots.note(start_of(node), "always-the-same", what, "Compare with a field or a setting.", len(unparse(node)))
    else:
        _check_word(left[1], right, spots)
        _check_word(right[1], left, spots)


def check_one_of(node: nodes.Test, shape: Shape, choices: tuple[Shape, ...], spots: Spots) -> None:
    """The choices of `one_of`: of the value's own kind, and words that it can be."""
    for argument, choice in zip(node.args, choices, strict=True):
        if choice.kind == "list":
            _check_entries((node.node, shape), (argument, choice), spots)
        elif choice.kind and shape.kind and choice.kind != shape.kind:
            _told_unlike(node, (node.node, shape), (argument, choice), spots)
        else:
            _check_word(shape, (argument, choice), spots)


def _check_in(left: Side, right: Side, spots: Spots) -> None:
    kind = right[1].kind
    if kind == "list":
        _check_entries(left, right, spots)
    elif kind == "text" and right[1].constant and words_of(left[1].schema):
        what = "This looks for a part of a text; a choice is one of a list."
        listed = ", ".join(f'"{part.strip()}"' for part in str(right[1].value).split(","))
        spots.note(start_of(right[0]), "unlike-types", what, f"Write `in [{listed}]`.", len(unparse(right[0])))
    elif kind == "text" and left[1].kind not in ("", "text"):
        what = f"{said(left[1].schema).capitalize()} is looked for in a text."
        mend = f'Make a text of it: `({shown(unparse(left[0]))} ~ "")`.'
        spots.note(start_of(left[0]), "unlike-types", what, mend, len(unparse(left[0])))
    elif kind in ("number", "yes or no", "date", "moment"):
        what = f"`in` looks into a list or a text, but {shown(unparse(right[0]))} is {said(right[1].schema)}."
        spots.note(start_of(right[0]), "unlike-types", what, "Write == instead.", len(unparse(right[0])))


def _check_entries(left: Side, right: Side, spots: Spots) -> None:
    entries = right[0].items if isinstance(right[0], nodes.List | nodes.Tuple) else []
    for entry in entries:
        if isinstance(entry, nodes.Const):
            value = Shape({"type": _json_type(entry.value)}, constant=True, value=entry.value)
            if value.kind and left[1].kind and value.kind != left[1].kind:
                # The others are likely of the same kind; one mistake is told once.
                _told_unlike(entry, left, (entry, value), spots)
                return
            else:
                _check_word(left[1], (entry, value), spots)
    inner = kind_of(items_of(right[1].schema))
    if not entries and inner and left[1].kind and inner != left[1].kind:
        what = f"{said(left[1].schema).capitalize()} is looked for in a list of other values."
        spots.note(start_of(left[0]), "unlike-types", what, "Compare values of one kind.", len(unparse(left[0])))


def _json_type(value: object) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def _check_word(field: Shape, constant: Side, spots: Spots) -> None:
    """A text that the field can never be."""
    known = words_of(field.schema)
    value = constant[1].value
    if not known or field.constant or not constant[1].constant or not isinstance(value, str) or value in known:
        return
    what = f'It is never "{shown(value)}".'
    mend = did_you_mean(value, known)
    spots.note(start_of(constant[0]), "unknown-choice", what, mend, len(unparse(constant[0])))


def _told_unlike(node: nodes.Node, left: Side, right: Side, spots: Spots) -> None:
    what = f"{said(left[1].schema).capitalize()} is compared with {said(right[1].schema)}."
    begin = start_of(left[0])
    width = max(start_of(right[0]) + len(unparse(right[0])) - begin, len(unparse(left[0])))
    spots.note(begin, "unlike-types", what, _mend(left, right), width)


def _mend(left: Side, right: Side) -> str:
    kinds = {left[1].kind, right[1].kind}
    text = left if left[1].kind == "text" else right
    other = right if text is left else left
    if kinds == {"text", "number"}:
        if text[1].constant and _NUMBER.fullmatch(str(text[1].value)):
            return f"Write {text[1].value} without quotes."
        if other[1].constant:
            return f'Write "{other[1].value}" in quotes.'
        return "Compare numbers with numbers."
    if kinds == {"text", "date"}:
        is_day = text[1].constant and _DAY.fullmatch(str(text[1].value))
        return f"Write `{unparse(text[0])} | date`." if is_day else 'Write days as `"2026-01-31" | date`.'
    if kinds == {"text", "moment"}:
        return "Add `| date` to both, as in `invoice.changed_at | date`."
    if kinds == {"date", "moment"}:
        return "Add `| date` to the date and time."
    if kinds == {"text", "yes or no"}:
        return "Write yes or no without quotes."
    if "list" in kinds:
        return "Use `in` to look for an entry, or `| count` for how many there are."
    if "group" in kinds:
        fields = left if left[1].kind == "group" else right
        return f"Name a field of {shown(unparse(fields[0]))}, as in `{shown(unparse(fields[0]))}.id`."
    return "Compare values of one kind."
