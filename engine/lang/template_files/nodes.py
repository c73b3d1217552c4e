"""A template file as data: its subject, its body, the macros in it.

Expressions are those of the language, compiled and placed in the file. Holds no behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.core.rule import Place
from engine.lang.expressions import Compiled

Kind = Literal["md", "txt"]


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """`{{ value }}`."""

    value: Compiled
    place: Place


@dataclass(frozen=True, slots=True)
class If:
    """`{% if %}`, `{% elif %}`: the first branch whose condition holds, else the last."""

    branches: tuple[tuple[Compiled, tuple[Node, ...]], ...]
    otherwise: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class For:
    """`{% for name in items if where %}`; `otherwise` stands for an empty list."""

    name: str
    items: Compiled
    where: Compiled | None
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class SetValue:
    """`{% set name = value %}`."""

    name: str
    value: Compiled
    place: Place


@dataclass(frozen=True, slots=True)
class SetText:
    """`{% set name %} ... {% endset %}`: the text that its body comes to."""

    name: str
    body: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Macro:
    """`{% macro name(a, b=1) %}`; an argument without a default has to be given."""

    name: str
    arguments: tuple[tuple[str, Compiled | None], ...]
    body: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MacroCall:
    """`{{ name(value) }}`: what the macro comes to; the values stand in the order of its arguments."""

    macro: Macro
    values: tuple[Compiled | None, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Include:
    """`{% include "name" %}`: the body of another template of the folder."""

    name: str
    place: Place


Node = Text | Hole | If | For | SetValue | SetText | MacroCall | Include


@dataclass(frozen=True, slots=True)
class Template:
    """One template file.

    Attributes:
        name: As steps name it: the file's name without its ending.
        file: As problems name it.
        text: What stands in the file.
        subject: None when the file has none.
        macros: Those of the file, in its order.
    """

    name: str
    file: str
    text: str
    kind: Kind
    body: tuple[Node, ...] = ()
    subject: tuple[Node, ...] | None = None
    macros: tuple[Macro, ...] = ()
    roots: frozenset[str] = frozenset()
    includes: tuple[Include, ...] = ()


Shelf = Mapping[str, Template]
EMPTY: Shelf = {}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a template comes to; `subject` is None when it has none. The body is of the template's kind."""

    body: str
    subject: str | None = None
    kind: Kind = "md"
