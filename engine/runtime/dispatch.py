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
from engine.core.run import EventArrived, RunState, Waiting, to_plain
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.ports import Change, Insert, Unit, Update
from engine.runtime.holds import open_hold
from engine.runtime.parts import Parts
from engine.runtime.rows import event_of, send_input, wake
from engine.runtime.scene import rule_names

Json = Any
_BATCH = 200


class Dispatch:
    """Turns events into matches and runs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def step(self, now: datetime) -> bool:
        """Look at the oldest events that nobody looked at; True when there were any."""
        rows = self._parts.store.rows("undispatched", limit=_BATCH)
        if not rows:
            return False
        index = self._index()
        made: list[list[str]] = []
        units: list[Unit] = []
        for row in rows:
            unit, runs = self._unit(event_of(row), index.get(row["type"], ()), now)
            units.append(unit)
            made.append(runs)
        for landed, runs in zip(self._parts.store.write(*units), made, strict=True):
            if landed:
                for run in runs:
                    self._parts.queue.hint(run)
        return True

    def _index(self) -> Mapping[str, tuple[Rule, ...]]:
        index: dict[str, tuple[Rule, ...]] = {}
        for rule in self._parts.rules.active():
            for type_ in rule.events:
                index[type_] = (*index.get(type_, ()), rule)
        return index

    def _unit(self, event: Event, rules: tuple[Rule, ...], now: datetime) -> tuple[Unit, list[str]]:
        changes: list[Change] = [Update("events", {"id": event.id, "dispatched": 0}, {"dispatched": 1})]
        runs: list[str] = []
        for rule in rules:
            verdict = judge(rule, rule_names(self._parts, rule, event, now), event.id)
            added, run = match_and_run(self._parts, rule, event, verdict, now)
            changes += added
            if run:
                runs.append(run)
        changes += self._wake_waiting(event, now, runs)
        return tuple(changes), runs

    def _wake_waiting(self, event: Event, now: datetime, runs: list[str]) -> list[Change]:
        changes: list[Change] = []
        for row in self._parts.store.rows("subscribed_paths", type=event.type):
            value = at_path(event.data, row["index_path"])
            found = self._parts.store.rows("subscribers", type=event.type, path=row["index_path"], value=dumps(value))
            for waiting in found:
                same = dict(_pairs(waiting["same"]))
                if all(dumps(at_path(event.data, path)) == wanted for path, wanted in same.items()):
                    changes += [
                        send_input(waiting["run"], EventArrived(waiting["path"], event.data)),
                        wake(waiting["run"], now),
                    ]
                    runs.append(waiting["run"])
        return changes


def match_and_run(
    parts: Parts, rule: Rule, event: Event, verdict: Verdict, now: datetime
) -> tuple[list[Change], str | None]:
    """The match row of a verdict, and the run that it starts, if any."""
    run: str | None = None
    result: str = verdict.result
    reason, changes = verdict.reason, list[Change]()
    if verdict.result != "not matched":
        known = parts.store.rows("run_by_once", rule=rule.id, once=verdict.once)
        if known:
            result, reason, run = "repeated", "the rule already ran for this", known[0]["id"]
        else:
            run = parts.ids.new("run")
            changes = _new_run(parts, rule, event, verdict, run, now)
    match = {
        "event": event.id,
        "rule": rule.id,
        "rule_version": rule.version,
        "result": result,
        "reason": reason,
        "run": run,
        "at": text_of(now),
    }
    return [Insert("matches", match), *changes], (run if changes else None)


def _new_run(parts: Parts, rule: Rule, event: Event, verdict: Verdict, run: str, now: datetime) -> list[Change]:
    held = verdict.result == "cannot tell"
    state = RunState(waiting=Waiting("hold", "start", verdict.code) if held else None)
    row = {
        "id": run,
        "rule": rule.id,
        "rule_version": rule.version,
        "event": event.id,
        "status": "waiting" if held else "queued",
        "reason": verdict.code if held else "",
        "work_class": "live",
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


def at_path(data: Mapping[str, Json], path: str) -> Json:
    """The value at a dotted path of plain maps; None where there is none."""
    value: Json = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(path, value) for path, value in loads(text)]
