"""The problems of one rule as they are found, and places inside its expressions.

Knows nothing of what is checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.core.expression import Expression
from engine.core.rule import Place
from engine.errors import Problem
from engine.lang.expressions import Compiled

MOST_PROBLEMS = 50


class Enough(Exception):
    """The rule has as many problems as anyone will read at once; checking it ends."""


@dataclass(slots=True)
class Notes:
    """Problems of the rule with this id, each once; raises Enough after MOST_PROBLEMS."""

    rule: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, place: Place, code: str, message: str, mend: str, width: int = 1, severity: str = "error") -> None:
        """Add a problem at a place; `width` is the number of characters that it is about."""
        end = place.col + max(width, 1)
        found = Problem(place.file, place.line, place.col, code, message, mend, end, severity, self.rule)
        if found not in self.problems:
            self.problems.append(found)
        if len(self.problems) >= MOST_PROBLEMS:
            raise Enough


@dataclass(frozen=True, slots=True)
class Spots:
    """Where the columns of one syntax tree stand in the file.

    Attributes:
        notes: Gets the problems.
        expression: The whole expression.
        offset: How many characters of its text stand before this tree.
        otherwise: The place of the word that the expression belongs to, where its own is not known.
    """

    notes: Notes
    expression: Expression
    offset: int
    otherwise: Place

    def note(self, col: int, code: str, message: str, mend: str, width: int = 1) -> None:
        """Add a problem at a column of the tree, counted from one."""
        place = self.expression.place_of(self.offset + col) if isinstance(self.expression, Compiled) else None
        self.notes.note(place or self.otherwise, code, message, mend, width)
