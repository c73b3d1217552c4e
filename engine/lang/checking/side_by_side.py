"""Loops whose turns go side by side: only the outermost of them can.

The engine would go through an inner one in order; a rule that asks for more is told so before it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.core.rule import Choose, Do, ForEach, Loop, Rule, Step, WaitFor
from engine.lang.checking.notes import Notes


def check_side_by_side(rule: Rule, notes: Notes) -> None:
    """Note each `side by side` inside another."""
    for step in (*_inner(rule.steps, False), *_inner(rule.on_error, False)):
        at = dict(step.places).get("side by side", step.place)
        what = f'"{step.name}" stands inside a loop that is side by side already.'
        notes.note(at, "side-by-side-inside", what, "Leave `side by side` out here: its turns go in order.", 3)


def _inner(steps: Sequence[Step], inside: bool) -> Iterator[Step]:
    for step in steps:
        loop = _loop(step)
        beside = loop is not None and loop.side_by_side
        if beside and inside:
            yield step
        yield from _inner(_below(step), inside or beside)


def _loop(step: Step) -> Loop | None:
    return step.verb.loop if isinstance(step.verb, Do | ForEach) else None


def _below(step: Step) -> tuple[Step, ...]:
    handled = step.on_error if isinstance(step.on_error, tuple) else ()
    match step.verb:
        case Choose(branches, otherwise):
            return (*(one for _, inner in branches for one in inner), *otherwise, *handled)
        case ForEach(steps=inner):
            return (*inner, *handled)
        case WaitFor(on_timeout=tuple() as inner):
            return (*inner, *handled)
    return handled
