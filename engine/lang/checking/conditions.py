"""Conditions: each gives a yes or no, each sees what those before it make sure of, and all can hold together.

Part of `flow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.expression import Expression
from engine.core.rule import Place
from engine.lang.checking.contradictions import check_together
from engine.lang.checking.guards import behind_all
from engine.lang.checking.judge import judges
from engine.lang.checking.notes import Notes
from engine.lang.checking.scope import Scope


@dataclass(frozen=True, slots=True)
class Conditions:
    """Checks conditions of one rule."""

    notes: Notes
    made_later: frozenset[str]

    def check(self, conditions: Sequence[Expression], scope: Scope, at: Place) -> None:
        """Conditions that all have to hold."""
        for condition in conditions:
            self.one(condition, scope, at)
            scope = behind_all(scope, (condition,))
        check_together(conditions, self.notes, at)

    def one(self, condition: Expression, scope: Scope, at: Place) -> None:
        """One condition by itself."""
        for judge, part in judges(condition, self.notes, at, self.made_later):
            judge.condition(part, scope)
        check_together((condition,), self.notes, at)

    def value(self, expression: Expression, scope: Scope, at: Place) -> None:
        """An expression that has to have a value, of whatever kind: the parts of a key."""
        for judge, part in judges(expression, self.notes, at, self.made_later):
            judge.needed(part, scope)
