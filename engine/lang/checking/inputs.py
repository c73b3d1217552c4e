"""The inputs of actions against what they declare: which are there, what kind they have, whether they may be empty.

Part of `flow`, which follows the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from engine.core.expression import Expression, Literal
from engine.core.rule import Do, Place
from engine.lang.catalogue import ActionSchema, Catalogue
from engine.lang.checking.judge import judges
from engine.lang.checking.notes import Notes
from engine.lang.checking.scope import Scope
from engine.lang.checking.shapes import (
    ANY,
    NoField,
    Schema,
    Shape,
    field_of,
    items_of,
    kind_of,
    may_be_empty,
    said,
    words_of,
)
from engine.lang.checking.templates import Templates, field_of_template
from engine.lang.expressions import Compiled
from engine.lang.faults import LangError, did_you_mean, nearest, shown
from engine.lang.templates import ListOf, MapOf
from engine.lang.types import RECORDS, cast_by_schema, schema_type
from engine.lang.unparse import unparse

Json = Any
_ADDRESSES = ("email", "phone", "web address")
_NO_ADDRESSES = ("text", "choice", "id", "person", "xero account", "halaxy practitioner", "halaxy location")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checks values where they are given to something with a schema."""

    catalogue: Catalogue
    notes: Notes
    made_later: frozenset[str]

    def check(self, do: Do, action: ActionSchema | None, scope: Scope, at: Place) -> None:
        """All inputs of a step; those of an unknown action only for what they read."""
        places = dict(do.places)
        schema = action.inputs if action is not None else ANY
        required = tuple(schema.get("required") or ())
        templates = Templates(self.catalogue.templates, self.notes, self.made_later)
        filled = templates.fills(do.inputs, schema, scope, places.get(field_of_template(schema) or "", at))
        given = filled | {name for name, _ in do.inputs}
        missing = [name for name in required if name not in given]
        for name, value in do.inputs:
            place = places.get(name, at)
            field = field_of(schema, name) if schema else Shape()
            if isinstance(field, NoField):
                what = f'{do.action} has no input "{shown(name)}".'
                mend = self._meant(name, tuple(filter(None, field.known)), missing)
                self.notes.note(place, "unknown-input", what, mend, len(name))
                field = Shape()
            # A connector takes an optional input that is none for one that was left out.
            may_miss = name not in required or may_be_empty(field.schema)
            self.value(name, value, Shape(field.schema, may_miss), scope, place)
        for name in missing:
            what = f'{do.action} needs the input "{name}".'
            self.notes.note(at, "input-missing", what, f"Add `{name}:` under `with:`.", len(do.action))

    @staticmethod
    def _meant(name: str, known: tuple[str, ...], missing: list[str]) -> str:
        """The mend of an unknown input; one that is still missing was probably meant, and is not told besides."""
        near = nearest(name, missing) or nearest(name, known)
        if near not in missing and (near or not missing):
            return did_you_mean(name, known)
        meant = near or missing[0]
        missing.remove(meant)
        return f'Did you mean "{meant}"? It is still missing.'

    def value(self, name: str, value: Expression, wanted: Shape, scope: Scope, place: Place) -> Shape:
        """One value; gives what it is.

        Args:
            name: The input's name, for messages.
            value: As written.
            wanted: What it should be; `empty` when nothing may be given.
            scope: What it sees.
            place: Where its name stands.
        """
        match value:
            case Literal():
                self._literal(name, value, wanted.schema, scope, place)
                return Shape(wanted.schema)
            case ListOf():
                for part in value.parts:
                    self.value(name, part, Shape(items_of(wanted.schema)), scope, place)
                if kind_of(wanted.schema) not in ("", "list"):
                    what = f"{name}: {said(wanted.schema)} is needed, but this is a list."
                    self.notes.note(place, "unlike-input", what, "Give one; for several add `for each`.", len(name))
                return Shape({"type": "array"})
            case MapOf():
                return self._map(name, value, wanted, scope, place)
            case Compiled():
                return self._computed(name, value, wanted, scope, place)
        return Shape()

    def _map(self, name: str, value: MapOf, wanted: Shape, scope: Scope, place: Place) -> Shape:
        required = wanted.schema.get("required") or ()
        missing = [key for key in required if key not in {key for key, _ in value.parts}]
        for key, part in value.parts:
            field = field_of(wanted.schema, key) if kind_of(wanted.schema) == "group" else Shape()
            at = _place_of(part) or place
            if isinstance(field, NoField):
                mend = self._meant(key, tuple(filter(None, field.known)), missing)
                self.notes.note(at, "unknown-input", f'{name} has no field "{shown(key)}".', mend, len(key))
                field = Shape()
            may_miss = key not in required or may_be_empty(field.schema)
            self.value(f"{name}.{key}", part, Shape(field.schema, may_miss), scope, at)
        if missing:
            what = f'{name} needs the field "{missing[0]}".'
            self.notes.note(place, "input-missing", what, f"Add `{missing[0]}:` below `{name}:`.", len(name))
        self._check_kind(name, Shape({"type": "object"}), wanted.schema, place, len(name))
        return Shape({"type": "object", "properties": {key: ANY for key, _ in value.parts}})

    def _computed(self, name: str, value: Compiled, wanted: Shape, scope: Scope, place: Place) -> Shape:
        typed = judges(value, self.notes, place, self.made_later)
        if not is_expression(value):
            if kind_of(wanted.schema) in ("list", "group"):
                what = f"{name}: {said(wanted.schema)} is needed, not a text."
                mend = f"Write `= {shown(unparse(typed[0][1]))}`."
                self.notes.note(value.place or place, "bad-value", what, mend, len(value.text))
                return Shape({"type": "string"})
            for judge, part in typed:
                judge.shown(part, scope)
            return Shape({"type": "string"})
        judge, part = typed[0]
        shape = judge.shape(part, scope, False)
        if shape.empty and not wanted.empty:
            judge.paths.empty(part)
        at = value.place_of((value.offsets or (0,))[0] + 1) or place
        self._check_kind(name, shape, wanted.schema, at, len(value.text))
        if shape.constant and isinstance(part, nodes.Const) and isinstance(shape.value, str):
            self._literal(name, Literal(shape.value, at), wanted.schema, scope, at)
        return shape

    def _check_kind(self, name: str, found: Shape, wanted: Schema, at: Place, width: int) -> None:
        needed = kind_of(wanted)
        if found.kind and needed and found.kind != needed and not (needed == "moment" and found.kind == "date"):
            what = f"{name}: {said(wanted)} is needed, but this is {said(found.schema)}."
            self.notes.note(at, "unlike-input", what, _mend(needed, found), width)
            return
        own, other = str(found.schema.get("x-type", "")), schema_type(wanted) if wanted else ""
        known = "x-type" in found.schema or "properties" in found.schema
        records = other in RECORDS and own != other and known and found.kind == "group"
        # What a connector calls a text, a choice or an id is no address; one that a setting or a rule made may be.
        if (
            (found.kind == "text" and "type" in found.schema and own in _NO_ADDRESSES and other in _ADDRESSES)
            or (records and not own.startswith("map of "))
            or (own in _ADDRESSES and other in _ADDRESSES and own != other)
        ):
            what = f"{name}: {_a(other)} is needed, but this is {_a(own) if own else 'another group of fields'}."
            self.notes.note(at, "unlike-input", what, f"Give {_a(other)}.", width)

    def _literal(self, name: str, value: Literal, schema: Schema, scope: Scope, place: Place) -> None:
        if not isinstance(value.literal, str):
            return
        at, text = _place_of(value) or place, value.literal
        if _reads_as_path(text, scope):
            what = f"{name}: this is the text {shown(text)}, not the value that stands there."
            self.notes.note(at, "equals-missing", what, f"Write `= {shown(text)}`.", len(text))
            return
        people = self.catalogue.people
        if schema_type(schema) == "person" and people is not None and "@" not in text:
            if text.casefold() not in {person.casefold() for person in people}:
                what, mend = f'{name}: there is no person or role "{shown(text)}".', did_you_mean(text, people)
                self.notes.note(at, "unknown-person", what, mend, len(text))
            return
        if not schema or (kind_of(schema) == "" and "x-type" not in schema):
            return
        self._cast(name, text, schema, at)

    def _cast(self, name: str, text: str, schema: Schema, at: Place) -> None:
        kind, declared = kind_of(schema), schema_type(schema)
        if kind in ("list", "group") and declared not in RECORDS:
            what, mend = f"{name}: {said(schema)} is needed, not a text.", "Write `= expression`, or entries below it."
            self.notes.note(at, "bad-value", what, mend, len(text))
            return
        words = words_of(schema)
        if words and declared != "choice" and text.strip() not in words:
            what = f'{name}: "{shown(text)}" is not among the choices.'
            self.notes.note(at, "bad-value", what, did_you_mean(text, words), len(text))
            return
        if declared == "choice" and not words:
            return
        try:
            cast_by_schema(text, {**schema, "enum": list(words)} if words else schema)
        except LangError as error:
            self.notes.note(at, error.code, f"{name}: {error.message}", error.mend, max(len(text), 1))


def is_expression(value: Compiled) -> bool:
    """Whether a compiled value is one expression, not a text with holes."""
    return len(value.parts) == 1 and "{{" not in value.text


def _place_of(value: Expression) -> Place | None:
    place = getattr(value, "place", None)
    return place if isinstance(place, Place) else None


def _reads_as_path(text: str, scope: Scope) -> bool:
    """Whether a plain text is word for word a path that leads somewhere."""
    parts = text.strip().split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts) or scope.lookup(parts[0]) is None:
        return False
    shape: Shape | NoField = scope.lookup(parts[0]) or Shape()
    for part in parts[1:]:
        if not isinstance(shape, Shape) or not shape.schema:
            return False
        shape = field_of(shape.schema, part)
    return isinstance(shape, Shape)


def _mend(needed: str, found: Shape) -> str:
    if needed == "text" and found.kind not in ("group", "list"):
        return 'Write it as a text with a hole: "{{ ... }}".'
    if needed == "date" and found.kind == "moment":
        return "Add `| date`."
    if needed == "text" and found.kind == "list":
        return "Add `| join`."
    if found.kind == "group":
        return "Name one of its fields."
    if needed == "list":
        return "Name the field that holds the list."
    return "Give a value of that kind."


def _a(type_name: str) -> str:
    return f"{'an' if type_name[:1] in 'aeiou' else 'a'} {type_name}"
