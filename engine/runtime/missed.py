"""Events that came while a rule was switched off: run for them now, or let them be.

A person decides when the rule is switched on again; each event is taken in a unit of its own.
"""

from __future__ import annotations

from datetime import datetime

from engine.core.match import judge
from engine.core.rule import Rule
from engine.core.times import text_of
from engine.ports import Delete, Update
from engine.runtime.dispatch import SWITCHED_OFF, match_and_run
from engine.runtime.parts import Parts
from engine.runtime.rows import event_of
from engine.runtime.scene import rule_names


def missed(parts: Parts, rule: Rule) -> int:
    """How many events the rule would have looked at further, had it been on."""
    return len(parts.store.rows("matches_kept", rule=rule.id))


def run_missed(parts: Parts, rule: Rule, now: datetime) -> int:
    """Judge the kept events by the rule as it is now, oldest first, and start its runs; gives how many it started."""
    started = 0
    for row in parts.store.rows("matches_kept", rule=rule.id):
        event = event_of(parts.store.rows("event", event=row["event"])[0])
        verdict = judge(rule, rule_names(parts, rule, event, now), event.id)
        changes, run = match_and_run(parts, rule, event, verdict, now, kept=True)
        if parts.store.write(tuple(changes))[0] and run:
            parts.queue.hint(run)
            started += 1
    return started


def skip_missed(parts: Parts, rule: Rule, now: datetime) -> None:
    """Let the kept events be; a timed rule starts at its next time."""
    where = {"rule": rule.id, "result": SWITCHED_OFF}
    skipped = {"result": "skipped", "reason": "came while the rule was switched off", "at": text_of(now)}
    parts.store.write((Update("matches", where, skipped, expect=None), Delete("schedules", {"rule": rule.id})))
