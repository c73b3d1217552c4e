"""What becomes of the runs that began with an older text of a rule: left as they are, moved over, or ended.

A run keeps the version that it began with until a person says otherwise. Each run is taken in a unit of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from engine.core.rebase import rebase
from engine.core.rule import Rule
from engine.core.run import Cancelled, Moved, RunState, from_plain, to_plain, waits_of
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.ports import Change, Delete, Update
from engine.runtime.dispatch import rule_version_row
from engine.runtime.parts import Parts
from engine.runtime.rows import send_input, wake

Json = Any
Row = dict[str, Any]
Choice = Literal["keep", "move", "stop"]
_BEGUN_AGAIN = ("timer", "event", "pause", "looking")


@dataclass(frozen=True, slots=True)
class OlderRun:
    """An open run of an older version of its rule.

    `step` is where it stands, as far as that is known; `kept` tells that a person let it be, the rule being as it is.
    """

    id: str
    rule: str
    version: str
    status: str
    subject: str
    step: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """How many runs were moved or ended; `left` are the ids of those that could not be."""

    done: int
    left: tuple[str, ...] = ()


def older_runs(parts: Parts, rules: Sequence[Rule]) -> tuple[OlderRun, ...]:
    """The open runs that began with another text of these rules, oldest first within a rule."""
    return tuple(_older(row, rule) for rule in rules for row in _rows(parts, rule))


def apply_rule(parts: Parts, rule: Rule, choice: Choice, now: datetime) -> Applied:
    """Do with the older runs of a rule as a person chose.

    `move` takes a run that waits, at a step that the rule still has by that name, over to the rule as it is now: a wait
    is measured anew from when it began. One that has not begun simply begins with it. What has an action under way, or
    whose step is gone, is left. `stop` ends runs between steps. `keep` is remembered until the rule changes again.
    """
    done, left = 0, list[str]()
    for row in _rows(parts, rule):
        changes = _changes(parts, rule, row, choice, now)
        if changes and parts.store.write(tuple(changes))[0]:
            parts.queue.hint(row["id"])
            done += 1
        else:
            left.append(row["id"])
    return Applied(done, tuple(left))


def _rows(parts: Parts, rule: Rule) -> list[Row]:
    return parts.store.rows("open_runs_of", rule=rule.id, version=rule.version)


def _changes(parts: Parts, rule: Rule, row: Row, choice: Choice, now: datetime) -> list[Change]:
    match choice:
        case "keep":
            return [Update("runs", {"id": row["id"], "ended_at": None}, {"kept_version": rule.version})]
        case "move":
            return _moved(parts, rule, row, now)
        case "stop":
            return _stopped(row, now)


def _older(row: Row, rule: Rule) -> OlderRun:
    waiting = from_plain(loads(row["state"])).waiting
    step = waiting.path.strip() if waiting is not None else ""
    kept = row["kept_version"] == rule.version
    return OlderRun(row["id"], row["rule"], row["rule_version"], row["status"], row["subject"], step, kept)


def _stopped(row: Row, now: datetime) -> list[Change]:
    return [send_input(row["id"], Cancelled("its rule was changed")), wake(row["id"], now)]


def _moved(parts: Parts, rule: Rule, row: Row, now: datetime) -> list[Change]:
    state = from_plain(loads(row["state"]))
    if row["status"] == "queued":
        return [_over_to(row, rule, state, now), rule_version_row(parts, rule, now)]
    if row["status"] != "waiting" or parts.store.rows("inbox", run=row["id"]):
        return []  # something has just happened to it: it goes on by itself first
    if state.waiting is not None and state.waiting.path == "start":
        return []  # it has not begun: when its hold is released, the rule as it is then counts
    moved = rebase(parts.rules.plan(rule.id, row["rule_version"]), rule, state)
    if moved is None or moved.waiting is None:
        return []
    changes = [_over_to(row, rule, _without_doubt(moved), now), rule_version_row(parts, rule, now)]
    changes.append(Delete("subscriptions", {"run": row["id"]}))
    begun_again = [waiting.path for waiting in waits_of(moved) if waiting.at in _BEGUN_AGAIN]
    changes += [Delete("timers", {"run": row["id"], "path": path}) for path in begun_again]
    return [*changes, send_input(row["id"], Moved())]


def _over_to(row: Row, rule: Rule, state: RunState, now: datetime) -> Change:
    new = {"rule_version": rule.version, "state": dumps(to_plain(state)), "wake_at": text_of(now)}
    where = {"id": row["id"], "version": row["version"]}
    return Update("runs", where, {**new, "updated_at": text_of(now)}, {"version": 1})


def _without_doubt(state: RunState) -> RunState:
    """What could not be told was a condition of the older text."""
    return replace(state, doubt=None)
