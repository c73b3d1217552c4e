"""The values of a rule's fields: plain text, text with `{{ holes }}`, `= expressions`, and lists and maps of them.

Only `{{ }}` and a leading `= ` are special; `{%` and `{#` are plain text here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from engine.core.expression import Expression, Literal
from engine.errors import CannotTell
from engine.lang.compiler import Read, Run
from engine.lang.expressions import Compiled, compiled
from engine.lang.faults import LangError
from engine.lang.moments import in_practice
from engine.lang.show import capped, show
from engine.lang.unparse import unparse

Json = Any
Names = Mapping[str, Json]
MOST_HOLES = 200


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list written as YAML, entry by entry."""

    parts: tuple[Expression, ...]

    @property
    def text(self) -> str:
        """The entries as written."""
        return ", ".join(part.text for part in self.parts)

    @property
    def paths(self) -> tuple[str, ...]:
        """What its entries read."""
        return tuple(dict.fromkeys(path for part in self.parts for path in part.paths))

    def value(self, names: Names) -> Json:
        """The list of their values; raises CannotTell when one has none."""
        return [part.value(names) for part in self.parts]

    def explain(self, names: Names) -> str:
        """As written."""
        return self.text


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map written as YAML, field by field."""

    parts: tuple[tuple[str, Expression], ...]

    @property
    def text(self) -> str:
        """The fields as written."""
        return ", ".join(f"{name}: {part.text}" for name, part in self.parts)

    @property
    def paths(self) -> tuple[str, ...]:
        """What its fields read."""
        return tuple(dict.fromkeys(path for _, part in self.parts for path in part.paths))

    def value(self, names: Names) -> Json:
        """The map of their values; raises CannotTell when one has none."""
        return {name: part.value(names) for name, part in self.parts}

    def explain(self, names: Names) -> str:
        """As written."""
        return self.text


def compile_value(text: str) -> Expression:
    """Compile a field's value: `= expression` keeps its type, holes make a text, anything else is the text itself.

    Raises:
        LangError: A hole or expression cannot be read; `col` says where.
    """
    if text.startswith("= ") or text.strip() == "=":
        lead = len(text) - len(text[1:].lstrip())
        try:
            return compiled(text[1:].strip()).moved(lead)
        except LangError as error:
            raise error.shifted(lead) from None
    if text.startswith("=") and not text.startswith("=="):
        raise LangError(
            "space-after-equals",
            "A value that begins with = needs a space after it to be an expression.",
            f"Write `= {text[1:].strip()[:60]}`.",
            1,
        )
    return _template(text) if "{{" in text or "}}" in text else Literal(text)


def _template(text: str) -> Expression:
    pieces: list[str | tuple[Run, str]] = []
    reads: list[Read] = []
    parts: list[nodes.Expr] = []
    offsets: list[int] = []
    at = 0
    while (start := text.find("{{", at)) >= 0:
        _check_stray(text, at, start)
        end = _hole_end(text, start)
        hole = _hole(text, start + 2, end)
        pieces += [text[at:start], (hole.run, unparse(hole.parts[0]))]
        reads += hole.reads
        parts += hole.parts
        offsets += hole.offsets
        at = end + 2
        if len(parts) > MOST_HOLES:
            raise LangError("too-many-holes", f"A text has more than {MOST_HOLES} holes.", "Use a template file.")
    _check_stray(text, at, len(text))
    pieces.append(text[at:])
    return Compiled(text, tuple(reads), _filled(tuple(pieces)), tuple(parts), offsets=tuple(offsets))


def _hole(text: str, start: int, end: int) -> Compiled:
    inner = text[start:end]
    lead = start + len(inner) - len(inner.lstrip())
    try:
        hole = compiled(inner.strip())
    except LangError as error:
        raise error.shifted(lead) from None
    return hole.moved(lead)


def _hole_end(text: str, start: int) -> int:
    quote = ""
    at = start + 2
    while at < len(text):
        sign = text[at]
        if quote:
            if sign == "\\":
                at += 1
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        elif text.startswith("}}", at):
            return at
        elif text.startswith("{{", at):
            break
        at += 1
    raise LangError("hole-open", "A hole {{ is opened and never closed.", "Close it with }}.", start + 1)


def _check_stray(text: str, start: int, end: int) -> None:
    stray = text.find("}}", start, end)
    if stray >= 0:
        raise LangError("hole-not-open", "}} closes a hole that was never opened.", "Open it with {{.", stray + 1)


def _filled(pieces: tuple[str | tuple[Run, str], ...]) -> Run:
    def run(names: Names) -> Json:
        texts = []
        for piece in pieces:
            if isinstance(piece, str):
                texts.append(piece)
                continue
            value = piece[0](names)
            if value is None:
                raise CannotTell(f"{piece[1]} is empty and cannot be shown.", 'Add `| default("...")` or a condition.')
            texts.append(show(in_practice(value, names) if hasattr(value, "astimezone") else value, piece[1]))
        return capped("".join(texts))

    return run
