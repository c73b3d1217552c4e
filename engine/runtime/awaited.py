"""Which events anybody waits for: rules by their `when`, `wait for` and `stop when`, and runs that are waiting now.

Only types; which run an event wakes is found in `waits.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.rule import Rule, WaitFor
from engine.lang.checking.flow import all_steps
from engine.runtime.parts import Parts


def awaited(parts: Parts) -> frozenset[str]:
    """The types of all awaited events; a rule that is switched off counts, for its events are kept."""
    rules = (*parts.rules.active(), *parts.rules.switched_off())
    own = {kind for rule in rules for kind in awaited_by(rule)}
    return frozenset(own | {row["type"] for row in parts.store.rows("awaited_types")})


def awaited_by(rule: Rule) -> Iterator[str]:
    """The types of the events that start a rule, stop it, or that one of its steps waits for."""
    yield from rule.events
    yield from (phrase.type for phrase in rule.stop_when)
    for step in all_steps((*rule.steps, *rule.on_error)):
        if isinstance(step.verb, WaitFor):
            yield step.verb.event.type
