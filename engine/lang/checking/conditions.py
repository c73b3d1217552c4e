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
from engine.lang.expressions import Compiled
from engine.lang.faults import shown


@dataclass(frozen=True, slots=True)
class Conditions:
    """Checks conditions of one rule."""

    notes: Notes
    made_later: frozenset[str]

    def check(self, conditions: Sequence[Expression], scope: Scope, at: Place) -> None:
        """Conditions that all have to hold."""
        above = scope.demands
        for condition in conditions:
            self._judged(condition, scope, at)
            scope = behind_all(scope, (condition,))
        check_together(above, conditions, self.made_later, self.notes, at)

    def one(self, condition: Expression, scope: Scope, at: Place) -> None:
        """One condition by itself."""
        self._judged(condition, scope, at)
        check_together((), (condition,), self.made_later, self.notes, at)

    def _judged(self, condition: Expression, scope: Scope, at: Place) -> None:
        for judge, part in judges(condition, self.notes, at, self.made_later):
            judge.condition(part, scope)

    def key(self, expression: Expression, scope: Scope, at: Place) -> None:
        """A part of a key: one value that is always there."""
        for judge, part in judges(expression, self.notes, at, self.made_later):
            judge.single(part, scope)

    def changing(self, expression: Expression, at: Place) -> None:
        """A key that is not the same for every event."""
        if isinstance(expression, Compiled) and not expression.paths:
            place = expression.place_of(sum(expression.offsets[:1]) + 1) or at
            what = f"{shown(expression.text)} is the same for every event, so the rule would run once, ever."
            mend = "Name what differs, as in invoice.id, or leave the word out."
            self.notes.note(place, "always-the-same", what, mend, len(expression.text))
