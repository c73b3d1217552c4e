"""Whether a rule runs for an event: matched, not matched with the reason, or cannot tell.

Pure. The three results are recorded; an error never counts as "no".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.core.expression import Expression, Names, truth
from engine.core.rule import Rule
from engine.core.values import Json, dumps
from engine.errors import CannotTell


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one rule for one event; `once`, `serial` and `again` are its keys, empty when it has none."""

    result: Literal["matched", "not matched", "cannot tell"]
    reason: str = ""
    code: str = ""
    once: str = ""
    serial: str = ""
    again: str = ""


def judge(rule: Rule, names: Names, event_id: str) -> Verdict:
    """Look at a rule's conditions and keys for an event's names."""
    try:
        failed = _failed_part(rule, names)
        if failed:
            return Verdict("not matched", failed)
        once = _key(rule.once_per, names) if rule.once_per else f"event {event_id}"
        return Verdict("matched", "", "", once, _key(rule.one_at_a_time_per, names), _again(rule, names))
    except CannotTell as problem:
        return Verdict("cannot tell", str(problem), problem.code, f"event {event_id}")


def _failed_part(rule: Rule, names: Names) -> str:
    for condition in rule.conditions:
        if not truth(condition, names):
            return condition.explain(names)
    if rule.any_conditions and not any([truth(condition, names) for condition in rule.any_conditions]):
        return "none of: " + "; ".join(condition.explain(names) for condition in rule.any_conditions)
    return ""


def _again(rule: Rule, names: Names) -> str:
    if rule.again_after is None:
        return ""
    return _key((rule.again_after.per,), names) if rule.again_after.per is not None else "always"


def _key(expressions: Sequence[Expression], names: Names) -> str:
    if not expressions:
        return ""
    values: list[Json] = [expression.value(names) for expression in expressions]
    if any(value is None for value in values):
        raise CannotTell("A key of the rule is missing.", "Use a field that is always given.")
    return dumps(values)
