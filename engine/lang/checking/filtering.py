"""What each filter takes and gives, by kind: the checker's side of the filter table.

The table itself and what filters do stand in `engine.lang.filters`; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jinja2 import nodes

from engine.errors import CannotTell
from engine.lang import checks
from engine.lang.checking.notes import Spots
from engine.lang.checking.paths import start_of
from engine.lang.checking.shapes import (
    ANY,
    DATE,
    NUMBER,
    TEXT,
    UNKNOWN,
    WHOLE,
    YES_OR_NO,
    NoField,
    Schema,
    Shape,
    field_of,
    group,
    items_of,
    kind_of,
    list_of,
    said,
    said_kind,
    words_of,
)
from engine.lang.durations import read_signed
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.moments import WEEKDAYS, date_text, day_or_moment
from engine.lang.unparse import path_of, unparse

# Any day: forms are tried out on it.
_SOME_TIME = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
_WHEN = ("date", "moment", "text")


@dataclass(frozen=True, slots=True)
class Use:
    """One filter as used: its node, the value before it, its arguments and the field that it names."""

    node: nodes.Filter
    before: Shape
    arguments: tuple[Shape, ...]
    field: Shape | None

    @property
    def entries(self) -> Schema:
        """What is looked at of each entry: the named field, or the entry itself."""
        return self.field.schema if self.field is not None else items_of(self.before.schema)


@dataclass(frozen=True, slots=True)
class Terms:
    """The kinds that a filter takes, what it gives, and the kinds of its plain arguments."""

    takes: tuple[str, ...]
    gives: Callable[[Use], Schema]
    entries: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


def _always(schema: Schema) -> Callable[[Use], Schema]:
    return lambda use: schema


def _same(use: Use) -> Schema:
    return use.before.schema


def _entry(use: Use) -> Schema:
    return use.entries


def _number_of_entry(use: Use) -> Schema:
    return use.entries if kind_of(use.entries) == "number" else NUMBER


def _item(use: Use) -> Schema:
    return items_of(use.before.schema)


def _groups(use: Use) -> Schema:
    return list_of(group({"key": use.entries, "items": list_of(items_of(use.before.schema))}))


def _moved(use: Use) -> Schema:
    return DATE if use.before.kind == "text" else use.before.schema


def _day(use: Use) -> Schema:
    return TEXT if use.arguments else DATE


_ORDERED = ("number", "date", "moment", "text")
_TERMS: Mapping[str, Terms] = {
    "money": Terms(("number",), _always(TEXT)),
    "round": Terms(("number",), _same, arguments=("number",)),
    "abs": Terms(("number",), _same),
    "percent": Terms(("number",), _always(TEXT)),
    "upper": Terms(("text",), _always(TEXT)),
    "lower": Terms(("text",), _always(TEXT)),
    "trim": Terms(("text",), _always(TEXT)),
    "shorten": Terms(("text",), _always(TEXT), arguments=("number",)),
    "count": Terms(("list", "group"), _always(WHOLE)),
    "sum": Terms(("list",), _number_of_entry, ("number",)),
    "min": Terms(("list",), _entry, _ORDERED),
    "max": Terms(("list",), _entry, _ORDERED),
    "first": Terms(("list",), _item),
    "last": Terms(("list",), _item),
    "where": Terms(("list",), _same),
    "any": Terms(("list",), _always(YES_OR_NO)),
    "sort": Terms(("list",), _same, _ORDERED),
    "unique": Terms(("list",), _same),
    "group": Terms(("list",), _groups),
    "map": Terms(("list",), lambda use: list_of(use.entries)),
    "join": Terms(("list",), _always(TEXT), ("text", "number", "date", "moment", "yes or no"), ("text",)),
    "add": Terms(_WHEN, _moved, arguments=("text",)),
    "date": Terms(_WHEN, _day, arguments=("text",)),
    "time": Terms(("moment",), _always(TEXT)),
    "weekday": Terms(_WHEN, _always({"type": "string", "x-choices": list(WEEKDAYS)})),
    "days_until": Terms(_WHEN, _always(WHOLE)),
}
_FIELDS = ("sum", "min", "max", "where", "any", "sort", "unique", "group", "map")
_NEEDS_ALL = ("sum", "min", "max", "sort")
TYPED = frozenset({*_TERMS, "default"})


def after_filter(node: nodes.Filter, before: Shape, arguments: tuple[Shape, ...], spots: Spots) -> Shape:
    """What a filter gives; its value, arguments and field name are looked at.

    Args:
        node: The filter; `default` is not for here.
        before: The value that it is applied to, not empty.
        arguments: Its arguments that are no field names.
        spots: Gets the problems.
    """
    terms = _TERMS.get(node.name)
    if terms is None:
        return UNKNOWN
    if before.kind and before.kind not in terms.takes:
        _told_kind(node, before, terms.takes, spots)
        return Shape(terms.gives(Use(node, UNKNOWN, arguments, None)))
    field = _field(node, before, spots) if node.name in _FIELDS else None
    if node.name in ("date", "weekday", "days_until", "add") and before.constant and before.kind == "text":
        _check_day(str(before.value), node, spots)
    if node.name == "any" and field is not None:
        _check_any(node, field, spots)
    use = Use(node, before, arguments, field)
    if terms.entries and kind_of(use.entries) and kind_of(use.entries) not in terms.entries:
        what = f"`{node.name}` needs {_either(terms.entries)}, but each entry is {said(use.entries)}."
        spots.note(node.lineno, "filter-type", what, _field_mend(node.name, before), len(node.name))
    _check_arguments(use, terms, spots)
    return Shape(terms.gives(use))


def _told_kind(node: nodes.Filter, before: Shape, takes: tuple[str, ...], spots: Spots) -> None:
    inner = unparse(node.node) if node.node is not None else ""
    what = f"`{node.name}` needs {_either(takes)}, but {shown(inner)} is {said(before.schema)}."
    mend = "Check which field holds it."
    if "list" in takes and before.kind == "group":
        mend = "Name the field that holds the list."
    elif takes == ("text",) and before.kind == "number":
        mend = f'Make a text of it first: `({shown(inner)} ~ "") | {node.name}`.'
    elif takes == ("number",) and before.kind == "list":
        mend = "Add its entries up first, as in `lines | sum(gross)`."
    spots.note(node.lineno, "filter-type", what, mend, len(node.name))


def _either(kinds: tuple[str, ...]) -> str:
    words = [said_kind(kind) for kind in kinds]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _field_mend(name: str, before: Shape) -> str:
    fields = items_of(before.schema).get("properties")
    fitting = [field for field, schema in (fields or {}).items() if kind_of(schema) in _TERMS[name].entries]
    return f"Name a field, as in `{name}({fitting[0]})`." if fitting else "Name another field."


def _field(node: nodes.Filter, before: Shape, spots: Spots) -> Shape | None:
    """The field that the first argument names, in each entry of the list."""
    if not node.args:
        return None
    argument = node.args[0]
    path = argument.value if isinstance(argument, nodes.Const) else path_of(argument)
    shape = Shape(items_of(before.schema))
    is_empty = False
    for part in str(path).split("."):
        found = field_of(shape.schema, part)
        if isinstance(found, NoField):
            known = tuple(word for word in found.known if word)
            what = f'The entries of {shown(unparse(node.node or node))} have no field "{shown(str(path))}".'
            spots.note(start_of(argument), "unknown-path", what, did_you_mean(part, known), len(str(path)))
            return UNKNOWN
        shape, is_empty = found, is_empty or found.empty
    if is_empty and node.name in _NEEDS_ALL:
        what = f"{shown(str(path))} may be empty in some entries."
        mend = f"`{node.name}` needs a field that is always there."
        spots.note(start_of(argument), "unguarded-value", what, mend, len(str(path)))
    return shape


def _check_arguments(use: Use, terms: Terms, spots: Spots) -> None:
    node = use.node
    if node.name == "where" and use.arguments and use.field is not None:
        _check_wanted(use, spots)
    for number, kind in enumerate(terms.arguments):
        if number < len(use.arguments) and use.arguments[number].kind not in ("", kind):
            what = f"`{node.name}` takes {said_kind(kind)}, not {said(use.arguments[number].schema)}."
            spots.note(start_of(node.args[number]), "filter-type", what, "Mend the argument.", 1)
    first = use.arguments[0] if use.arguments else UNKNOWN
    if not first.constant:
        return
    argument = node.args[0]
    if node.name == "add" and isinstance(first.value, str):
        _check_span(first.value, use, argument, spots)
    elif node.name == "date" and isinstance(first.value, str):
        _check_form(first.value, use, argument, spots)
    elif node.name in ("round", "shorten") and not _is_count(first.value, node.name):
        what = f"`{node.name}` takes a whole number {'from 0 to 10' if node.name == 'round' else 'from 1 up'}."
        spots.note(start_of(argument), "filter-type", what, f"As in `| {node.name}(2)`.", len(unparse(argument)))


def _is_count(value: object, name: str) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and (0 <= int(str(value)) <= 10 if name == "round" else int(str(value)) >= 1)


def _check_day(text: str, node: nodes.Filter, spots: Spots) -> None:
    try:
        day_or_moment(text, {})
    except CannotTell:
        what, mend = f'"{shown(text)}" is no day.', 'Write year, month, day: "2026-01-31".'
        spots.note(start_of(node), "filter-type", what, mend, len(text) + 2)


def _check_form(text: str, use: Use, argument: nodes.Expr, spots: Spots) -> None:
    mend = 'As in `| date("%-d %B %Y")` for 31 January 2026, or "%d/%m/%Y".'
    try:
        shown_as = date_text(_SOME_TIME if use.before.kind != "date" else _SOME_TIME.date(), text)
    except CannotTell as error:
        spots.note(start_of(argument), "filter-type", error.what, error.mend, len(text) + 2)
        return
    if shown_as == text:
        what = f'"{shown(text)}" has no sign of a date in it, so every date would look the same.'
        spots.note(start_of(argument), "filter-type", what, mend, len(text) + 2)


def _check_span(text: str, use: Use, argument: nodes.Expr, spots: Spots) -> None:
    try:
        span = read_signed(text)
    except LangError as error:
        spots.note(start_of(argument), error.code, error.message, error.mend, len(text) + 2)
        return
    if span.unit in ("minutes", "hours") and use.before.kind == "date":
        what = f"A day has no time of day that {span.unit} could be added to."
        spots.note(start_of(argument), "filter-type", what, "Add days, or begin with a date and time.", len(text) + 2)


def _check_wanted(use: Use, spots: Spots) -> None:
    wanted, argument = use.arguments[-1], use.node.args[-1]
    field = use.field.schema if use.field is not None else ANY
    if wanted.kind and kind_of(field) and wanted.kind != kind_of(field):
        what = f"`where` compares {said(field)} with {said(wanted.schema)}."
        spots.note(
            start_of(argument), "unlike-types", what, "Give a value of the field's kind.", len(unparse(argument))
        )
    elif wanted.constant and words_of(field) and wanted.value not in words_of(field):
        what = f'It is never "{shown(str(wanted.value))}".'
        mend = did_you_mean(str(wanted.value), words_of(field))
        spots.note(start_of(argument), "unknown-choice", what, mend, len(unparse(argument)))


def _check_any(node: nodes.Filter, field: Shape, spots: Spots) -> None:
    """A field alone has to be a yes or no."""
    if len(node.args) == 1 and field.kind not in ("", "yes or no"):
        name = unparse(node.args[0])
        what = f"`any` needs a yes or no, but {name} is {said(field.schema)}."
        mend = f"Name a test as well, as in `any({name}, {next(iter(checks.TESTS))})`."
        spots.note(start_of(node.args[0]), "filter-type", what, mend, len(name))
