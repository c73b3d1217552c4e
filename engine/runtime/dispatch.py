"""Looks at accepted events: a match row for each rule of the type, a run for each match, one unit an event.

Cost does not grow with rules that don't care: rules are indexed by event type, waits by (type, path, value).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.core.events import Event
from engine.core.match import Verdict, judge
from engine.core.rule import Rule
from engine.core.run import RunState, Waiting, to_plain
from engine.core.times import text_of
from engine.core.values import dumps
from engine.ports import Change, Insert, Unit, Update
from engine.runtime.again import mark_start, too_soon
from engine.runtime.holds import open_hold
from engine.runtime.parts import Parts
from engine.runtime.rows import event_of
from engine.runtime.scene import rule_names
from engine.runtime.waits import wake_waiting

Json = Any
_BATCH = 200
SWITCHED_OFF = "switched off"


class Dispatch:
    """Turns events into matches and runs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def step(self, now: datetime) -> bool:
        """Look at the oldest events that nobody looked at; True when there were any."""
        rows = self._parts.store.rows("undispatched", limit=_BATCH)
        if not rows:
            return False
        index, off = _by_event(self._parts.rules.active()), _by_event(self._parts.rules.switched_off())
        made: list[list[str]] = []
        units: list[Unit] = []
        for row in rows:
            unit, runs = self._unit(event_of(row), index.get(row["type"], ()), off.get(row["type"], ()), now)
            units.append(unit)
            made.append(runs)
        for landed, runs in zip(self._parts.store.write(*units), made, strict=True):
            if landed:
                for run in runs:
                    self._parts.queue.hint(run)
        return True

    def _unit(
        self, event: Event, rules: tuple[Rule, ...], off: tuple[Rule, ...], now: datetime
    ) -> tuple[Unit, list[str]]:
        changes: list[Change] = [Update("events", {"id": event.id, "dispatched": 0}, {"dispatched": 1})]
        runs: list[str] = []
        for rule in rules:
            verdict = judge(rule, rule_names(self._parts, rule, event, now), event.id)
            added, run = match_and_run(self._parts, rule, event, verdict, now)
            changes += added
            if run:
                runs.append(run)
        for rule in off:
            verdict = judge(rule, rule_names(self._parts, rule, event, now), event.id)
            result = verdict.result if verdict.result == "not matched" else SWITCHED_OFF
            changes.append(Insert("matches", _match(rule, event, result, verdict.reason, None, now)))
        woken, waiting = wake_waiting(self._parts, event, now)
        return (*changes, *woken), runs + waiting


def _by_event(rules: tuple[Rule, ...]) -> Mapping[str, tuple[Rule, ...]]:
    index: dict[str, tuple[Rule, ...]] = {}
    for rule in rules:
        for type_ in rule.events:
            index[type_] = (*index.get(type_, ()), rule)
    return index


def match_and_run(
    parts: Parts,
    rule: Rule,
    event: Event,
    verdict: Verdict,
    now: datetime,
    kept: bool = False,
    work_class: str = "live",
) -> tuple[list[Change], str | None]:
    """The match row of a verdict, and the run that it starts, if any.

    Args:
        kept: The event came while the rule was switched off: its match row is there already.
        work_class: Whose work it is; see `engine.core.keys.CLASS_ORDER`.
    """
    run: str | None = None
    result: str = verdict.result
    reason, changes = verdict.reason, list[Change]()
    if verdict.result != "not matched":
        known = parts.store.rows("run_by_once", rule=rule.id, once=verdict.once)
        if known:
            result, reason, run = "repeated", "the rule already ran for this", known[0]["id"]
        elif refusal := too_soon(parts, rule, verdict, now):
            result, reason, run = "repeated", refusal.reason, refusal.run
        else:
            run = parts.ids.new("run")
            changes = [
                *_new_run(parts, rule, event, verdict, run, now, work_class),
                *mark_start(parts, rule, verdict, run, now),
            ]
    match = _match(rule, event, result, reason, run, now)
    if kept:
        where = {"event": event.id, "rule": rule.id, "result": SWITCHED_OFF}
        return [Update("matches", where, match), *changes], (run if changes else None)
    return [Insert("matches", match), *changes], (run if changes else None)


def _match(rule: Rule, event: Event, result: str, reason: str, run: str | None, now: datetime) -> dict[str, Any]:
    return {
        "event": event.id,
        "rule": rule.id,
        "rule_version": rule.version,
        "result": result,
        "reason": reason,
        "run": run,
        "at": text_of(now),
    }


def _new_run(
    parts: Parts, rule: Rule, event: Event, verdict: Verdict, run: str, now: datetime, work_class: str
) -> list[Change]:
    held = verdict.result == "cannot tell"
    state = RunState(waiting=Waiting("hold", "start", verdict.code) if held else None)
    row = {
        "id": run,
        "rule": rule.id,
        "rule_version": rule.version,
        "event": event.id,
        "status": "waiting" if held else "queued",
        "reason": verdict.code if held else "",
        "work_class": work_class,
        "once": verdict.once,
        "serial": verdict.serial,
        "subject": event.subject,
        "state": dumps(to_plain(state)),
        "wake_at": None if held else text_of(now),
        "created_at": text_of(now),
        "updated_at": text_of(now),
    }
    changes: list[Change] = [Insert("runs", row), rule_version_row(parts, rule, now)]
    if held:
        changes += hold_undecided(parts, row, rule, verdict, now)
    return changes


def rule_version_row(parts: Parts, rule: Rule, now: datetime) -> Change:
    """Keeps the text that a run begins with."""
    file, text = parts.rules.text_of(rule.id)
    version = {"rule": rule.id, "version": rule.version, "file": file, "body": text, "first_at": text_of(now)}
    return Insert("rule_versions", version, ignore=True)


def hold_undecided(parts: Parts, run: dict[str, Any], rule: Rule, verdict: Verdict, now: datetime) -> list[Change]:
    """Holds a run before its first step, until the rule, a setting or a map changes."""
    releases = (f"rule {rule.id}", "settings", "maps")
    return open_hold(
        parts,
        run,
        "start",
        "",
        verdict.code,
        f"rule {rule.id}",
        f"rule {rule.id}: {verdict.reason}",
        verdict.reason,
        releases,
        (),
        now,
    )
