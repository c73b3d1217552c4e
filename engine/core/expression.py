"""How the core sees an expression: something that reads names and has a value.

`engine.lang` compiles text into these; the core never sees text or syntax trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.errors import CannotTell

Json = Any
Names = Mapping[str, Json]


class Expression(Protocol):
    """A compiled value of a rule: an expression, a text with holes, or a literal."""

    @property
    def text(self) -> str:
        """As the admin wrote it."""
        ...

    @property
    def paths(self) -> tuple[str, ...]:
        """Every name path that it reads, such as `invoice.totals.gross`, for the checker."""
        ...

    def value(self, names: Names) -> Json:
        """Its value; raises CannotTell (code CANNOT_TELL or UNMAPPED) when it has none."""
        ...

    def explain(self, names: Names) -> str:
        """Which part decided, with ids and sums but no personal values: `invoice.totals.gross > 0 (0.00)`."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written as such; `place` is where it stands in a file, for whoever put it there."""

    literal: Json
    place: object = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The value as text."""
        return str(self.literal)

    @property
    def paths(self) -> tuple[str, ...]:
        """Reads nothing."""
        return ()

    def value(self, names: Names) -> Json:
        """The value itself."""
        return self.literal

    def explain(self, names: Names) -> str:
        """The value as text."""
        return self.text


def truth(expression: Expression, names: Names) -> bool:
    """The yes or no of a condition; anything else cannot be told."""
    value = expression.value(names)
    if not isinstance(value, bool):
        raise CannotTell(
            f'"{expression.text}" does not give yes or no.', "Compare it with something, or write `is given`."
        )
    return value
