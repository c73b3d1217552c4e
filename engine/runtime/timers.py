"""Wakes runs whose timer is due, and starts timed rules.

Timers are rows; downtime only makes them late, and a timed rule says what a missed start means.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from engine.core.events import Event
from engine.core.match import judge
from engine.core.rule import Rule, Schedule
from engine.core.run import TimerDue
from engine.core.schedule import next_time
from engine.core.times import text_of, time_of
from engine.errors import UserError
from engine.ports import Change, Delete, Insert, Put, Update
from engine.runtime.dispatch import match_and_run
from engine.runtime.parts import Parts
from engine.runtime.rows import event_row, send_input, wake
from engine.runtime.scene import rule_names
from engine.sdk.contract import NewEvent

Json = Any
_BATCH = 200
_MISSED_AFTER = timedelta(minutes=10)
_SET_BACK = timedelta(minutes=1)


class Timers:
    """Timers of runs and schedules of rules."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._seen: datetime | None = None

    def step(self, now: datetime) -> bool:
        """Handle what is due; True when something was."""
        due = self._parts.store.rows("timers_due", now=text_of(now), limit=_BATCH)
        units = []
        for row in due:
            where = {"run": row["run"], "path": row["path"], "due_at": row["due_at"]}
            taken = Delete("timers", where, expect=1)
            units.append((taken, send_input(row["run"], TimerDue(row["path"])), wake(row["run"], now)))
        moved = any(self._parts.store.write(*units)) if units else False
        return self._schedules(now) or moved

    def _schedules(self, now: datetime) -> bool:
        known = {row["rule"]: row for row in self._parts.store.rows("schedules")}
        # A clock that was ahead has left times that are too far off.
        moved, check = False, self._seen is None or now < self._seen - _SET_BACK
        self._seen = now
        for rule in self._parts.rules.active():
            if rule.schedule is not None:
                row = known.get(rule.id)
                due = row is None or row["text"] != rule.schedule.text or row["next_at"] <= text_of(now)
                if due or check:
                    moved = self._schedule(rule, rule.schedule, row, now) or moved
        return moved

    def _schedule(self, rule: Rule, schedule: Schedule, row: dict[str, Any] | None, now: datetime) -> bool:
        try:
            next_at = next_time(schedule, now, self._parts.practice.timezone, self._parts.calendar)
        except UserError:
            return False  # never due: the checker says so, and the other rules go on
        following = Put("schedules", {"rule": rule.id}, {"text": schedule.text, "next_at": text_of(next_at)})
        if row is None or row["text"] != schedule.text:
            return self._parts.store.write((following,))[0]
        due = time_of(row["next_at"])
        guard = Update("schedules", {"rule": rule.id, "next_at": row["next_at"]}, {"next_at": text_of(next_at)})
        if due > now:
            return due > next_at and self._parts.store.write((guard,))[0]
        if rule.if_missed == "skip" and now - due > _MISSED_AFTER:
            return self._parts.store.write((guard,))[0]
        return self._start(rule, due, guard, now)

    def _start(self, rule: Rule, due: datetime, guard: Change, now: datetime) -> bool:
        new = NewEvent("schedule", f"{rule.id} {text_of(due)}", due, f"Schedule of {rule.id}", {})
        if self._parts.store.rows("event_by_key", connection="schedule", key=new.key):
            return self._parts.store.write((guard,))[0]  # the clock was set back: this time has had its run
        row = event_row(new, self._parts.ids.new("evt"), "schedule", "schedule", now) | {"dispatched": 1}
        event = Event(row["id"], "schedule", "schedule", "schedule", new.key, due, new.title, now)
        verdict = judge(rule, rule_names(self._parts, rule, event, now), event.id)
        changes, run = match_and_run(self._parts, rule, event, verdict, now)
        landed = self._parts.store.write((guard, Insert("events", row), *changes))[0]
        if landed and run:
            self._parts.queue.hint(run)
        return landed
