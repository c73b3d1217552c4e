"""Advances runs: takes what is in a run's inbox, decides purely, writes everything in one unit.

A run is never locked: two workers that look at the same run decide the same, and only one unit lands
(the row's version is its claim). Nothing sleeps, waits or calls here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.core.advance import advance
from engine.core.match import Verdict, judge
from engine.core.rule import Rule
from engine.core.run import (
    ENDED,
    Cancelled,
    Command,
    EventArrived,
    Failure,
    Forget,
    Input,
    NotReady,
    OpenHold,
    Perform,
    Released,
    RunState,
    Settled,
    Started,
    StartTimer,
    Subscribe,
    TimerDue,
    Withdraw,
    from_plain,
    held_at,
    status_of,
    to_plain,
)
from engine.core.stack import LIMIT
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.errors import CannotTell
from engine.lang.faults import LangError
from engine.lang.types import cast_by_schema
from engine.ports import Change, Delete, Insert, Put, Unit, Update
from engine.runtime.again import TooSoon, mark_start, too_soon
from engine.runtime.claims import give_back
from engine.runtime.dispatch import hold_undecided, rule_version_row
from engine.runtime.holds import open_hold
from engine.runtime.parts import Connection, Parts
from engine.runtime.postings import Postings
from engine.runtime.rows import event_of, history_rows, input_of, retry_text, send_input, wake, withdraw
from engine.runtime.scene import rule_names, scene_of
from engine.runtime.templates import filled_in
from engine.runtime.waits import look_back, subscribe

Json = Any
_BATCH = 200
# Whose turn is next is woken when the run before ends; one that joins the line in that moment looks by itself.
_BUSY_LOOK_SECONDS = 30
_WAITING_LOOK_SECONDS = 600


class Runner:
    """Looks at runs that have something to do."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._postings = Postings(parts)

    def step(self, now: datetime) -> bool:
        """Advance a batch of runs by one input each; True when one of them moved."""
        store, queue = self._parts.store, self._parts.queue
        runs = queue.take(_BATCH, 0)
        if not runs:
            runs = tuple(row["id"] for row in store.rows("due_runs", now=text_of(now), limit=_BATCH))
        units = [unit for run in runs if (unit := self._unit(run, now))]
        return any(store.write(*units)) if units else False

    def _unit(self, run_id: str, now: datetime) -> Unit:
        rows = self._parts.store.rows("run", run=run_id)
        if not rows or (rows[0]["wake_at"] is None or rows[0]["wake_at"] > text_of(now)):
            return ()
        run = rows[0]
        if run["status"] in ENDED:
            return (_sleep(run, None), Delete("inbox", {"run": run_id}))
        looked = look_back(self._parts, run, now)
        if looked:
            return looked
        inbox = self._parts.store.rows("inbox", run=run_id)
        if inbox:
            return self._take(run, input_of(inbox[0]), inbox[0]["seq"], len(inbox) > 1, now)
        if run["status"] == "queued":
            return self._start(run, now)
        actions = self._parts.store.rows("actions", run=run_id)
        return self._postings.look(run, actions, now) if actions else (_sleep(run, None),)

    def _start(self, run: dict[str, Any], now: datetime) -> Unit:
        rule = self._parts.rules.plan(run["rule"], run["rule_version"])
        if run["serial"]:
            key = {"rule": run["rule"], "serial": run["serial"], "seq": run["seq"]}
            later = self._parts.store.rows("serial_after", **key)
            if rule.when_busy == "newest" and any(row["status"] == "queued" for row in later):
                return self._take(run, Cancelled(f"superseded by {later[-1]['id']}"), None, False, now)
            earlier = self._parts.store.rows("serial_before", **key)
            if earlier and rule.when_busy == "skip":
                return self._take(run, Cancelled("busy: an earlier run has not ended"), None, False, now)
            if earlier:
                waiting = [row["id"] for row in earlier if row["status"] == "waiting" and rule.when_busy == "newest"]
                at_work = any(row["status"] != "waiting" for row in earlier)
                look_again = now + timedelta(seconds=_BUSY_LOOK_SECONDS if at_work else _WAITING_LOOK_SECONDS)
                return (_sleep(run, look_again), *_supersede(waiting, run, now))
        return self._take(run, Started(), None, False, now)

    def _take(self, run: dict[str, Any], happened: Input, inbox: int | None, more: bool, now: datetime) -> Unit:
        rule = self._parts.rules.plan(run["rule"], run["rule_version"])
        event = event_of(self._parts.store.rows("event", event=run["event"])[0])
        state = from_plain(loads(run["state"]))
        changes: list[Change] = [Delete("inbox", {"seq": inbox}, expect=1)] if inbox is not None else []
        if isinstance(happened, Released) and happened.path == "start":
            rule, verdict = self._judge_again(rule, event, now)
            if verdict.result == "cannot tell":
                return (*changes, *self._still_held(run, rule, verdict, now))
            refusal = too_soon(self._parts, rule, verdict, now)
            happened = _begin(verdict, refusal)
            if isinstance(happened, Started):
                changes += mark_start(self._parts, rule, verdict, run["id"], now)
            if rule.version != run["rule_version"]:
                changes.append(rule_version_row(self._parts, rule, now))
            run, state, more = {**run, "rule_version": rule.version}, RunState(), True
        if isinstance(happened, Cancelled | EventArrived):
            happened = replace(happened, parked=self._is_parked(run["id"]))
        if isinstance(happened, TimerDue):
            happened = replace(happened, parked=self._is_parked(run["id"], happened.path.removeprefix(LIMIT)))
        if isinstance(happened, Settled):
            changes.append(Delete("actions", {"run": run["id"], "path": happened.path}))
        if isinstance(happened, Released | TimerDue) and self._has_parked(run["id"], happened.path):
            changes.append(Delete("actions", {"run": run["id"], "path": happened.path}, expect=1))
            state = held_at(state, happened.path)
            happened = Released(happened.path)
        transition = advance(rule, state, happened, scene_of(self._parts, rule, event, run, now))
        status = status_of(transition.state)
        at_once = more
        for command in transition.commands:
            added, soon = self._carry_out(run, command, now)
            changes += added
            at_once = at_once or soon
        others = self._other_actions(run["id"], happened)
        if transition.state.closing is not None or transition.state.stopping is not None:
            given_up = [change for action in others for change in self._give_up_turn(action, now)]
            changes, at_once = changes + given_up, at_once or bool(given_up)
        at_once = at_once or any(action["record_kind"] and action["state"] == "new" for action in others)
        changes += history_rows(run["id"], transition.history, now)
        waiting = transition.state.waiting
        reason = waiting.code if waiting and waiting.code else transition.state.reason
        row = {
            "rule_version": run["rule_version"],
            "state": dumps(to_plain(transition.state)),
            "status": status,
            "reason": reason,
            "wake_at": text_of(now) if at_once and status not in ENDED else None,
            "updated_at": text_of(now),
            "ended_at": text_of(now) if status in ENDED else None,
        }
        if status in ENDED:
            changes += self._clear(run, now)
        return (Update("runs", {"id": run["id"], "version": run["version"]}, row, {"version": 1}), *changes)

    def _judge_again(self, rule: Rule, event: Any, now: datetime) -> tuple[Rule, Verdict]:
        """A run that has not begun is judged by the rule as it is now, since its mending may be what released it."""
        current = next((known for known in self._parts.rules.active() if known.id == rule.id), rule)
        return current, judge(current, rule_names(self._parts, current, event, now), event.id)

    def _still_held(self, run: dict[str, Any], rule: Rule, verdict: Verdict, now: datetime) -> Unit:
        asleep = {"wake_at": None, "status": "waiting", "reason": verdict.code, "updated_at": text_of(now)}
        return (
            Update("runs", {"id": run["id"], "version": run["version"]}, asleep, {"version": 1}),
            *hold_undecided(self._parts, run, rule, verdict, now),
        )

    def _has_parked(self, run: str, path: str) -> bool:
        """Whether a path is a posting's that was held or put off: its step is begun again, with fresh inputs."""
        rows = self._parts.store.rows("actions", run=run)
        return any(row["path"] == path and row["state"] in ("held", "later") for row in rows)

    def _is_parked(self, run: str, path: str | None = None) -> bool:
        """Whether no attempt of the run, or of one path, is in a call or unknown, or shares the outcome of such one."""
        rows = self._parts.store.rows("open_attempts_of_run", run=run)
        return all(row["state"] == "ready" for row in rows if path in (None, row["path"]))

    # --- turns of a side-by-side loop ---

    def _other_actions(self, run: str, happened: Input) -> list[dict[str, Any]]:
        """The actions under way that an input is not about."""
        path = getattr(happened, "path", None)
        return [row for row in self._parts.store.rows("actions", run=run) if row["path"] != path]

    def _give_up_turn(self, action: dict[str, Any], now: datetime) -> list[Change]:
        """Another turn ends the run: what of this one waits, and is in no call, is not waited for."""
        rows = self._parts.store.rows("attempts_of", run=action["run"], path=action["path"])
        states = {row["state"] for row in rows}
        begun = action["record_kind"] and action["state"] == "working"
        if begun or states & {"in call", "unknown", "joined", "held"}:
            return []
        mend = "It is begun when the run is tried again."
        failure = Failure(action["step"], "It was given up, because the run is ending.", mend, "GIVEN_UP")
        where = {"run": action["run"], "path": action["path"]}
        changes = self._give_up(action["run"], now, action["path"])
        return [
            Delete("actions", where, expect=1),
            *changes,
            send_input(action["run"], Settled(action["path"], None, failure)),
        ]

    # --- commands ---

    def _carry_out(self, run: dict[str, Any], command: Command, now: datetime) -> tuple[list[Change], bool]:
        id = run["id"]
        match command:
            case Perform():
                return self._perform(run, command, now)
            case StartTimer(path, at):
                return [Put("timers", {"run": id, "path": path}, {"due_at": text_of(at)})], False
            case Subscribe():
                return [subscribe(self._parts, id, command)], True
            case Withdraw(path):
                return [Delete("actions", {"run": id, "path": path}), *self._give_up(id, now, path)], True
            case Forget(path):
                where = {"run": id, "path": path}
                return [Delete("timers", where), Delete("subscriptions", where)], False
            case OpenHold(path, step, code, what, mend):
                releases = (f"rule {run['rule']}", "settings", "maps", "templates")
                about = f"{run['rule']}: {step}"
                text = f"{what} {mend}".strip()
                return open_hold(
                    self._parts, run, path, step, code, about, f"{code} {what}", text, releases, (), now
                ), False

    def _perform(self, run: dict[str, Any], command: Perform, now: datetime) -> tuple[list[Change], bool]:
        connector, _, name = command.action.partition(".")
        connection = self._parts.connection_for(connector, command.connection)
        if connection is None or name not in connection.terms:
            what = f"The action {command.action} has no connection of its own here."
            mend = f"Connect {connector}, or name one of its connections."
            failure = Failure(command.step, what, mend, "NO_CONNECTION")
            return [send_input(run["id"], Settled(command.path, None, failure))], True
        try:
            schema = connection.terms[name].inputs
            ready = filled_in(command.inputs, schema, self._parts.templates, run["rule"], command.names)
            inputs = cast_by_schema(ready, schema)
        except CannotTell as problem:
            return [send_input(run["id"], NotReady(command.path, problem.what, problem.mend, problem.code))], True
        except LangError as fault:
            failure = Failure(command.step, fault.message, fault.mend, "BAD_INPUT")
            return [send_input(run["id"], Settled(command.path, None, failure))], True
        posting = self._parts.posting(connection, name)
        row = {
            "run": run["id"],
            "path": command.path,
            "step": command.step,
            "action": name,
            "connection": connection.name,
            "inputs": dumps(inputs),
            "state": "new" if posting else "working",
            "started_at": text_of(now),
            "retry": retry_text(command.retry),
        }
        if posting is not None:
            wanted = inputs.get(posting.input)
            row |= {"record_kind": posting.record, "record_id": str((wanted or {}).get("id", ""))}
            return [Insert("actions", row)], True
        attempt = self._attempt(run, command.path, connection, name, now)
        own = {"element": dumps(inputs), "retry": row["retry"]}
        return [Insert("actions", row), Insert("attempts", {**attempt, **own})], False

    def _attempt(
        self, run: dict[str, Any], path: str, connection: Connection, name: str, now: datetime
    ) -> dict[str, Any]:
        marker = f"{run['id']} {path}" if connection.terms[name].writes else ""
        return {
            "id": self._parts.ids.new("att"),
            "run": run["id"],
            "path": path,
            "part": "",
            "number": 1,
            "connection": connection.name,
            "action": name,
            "state": "ready",
            "work_class": run["work_class"],
            "marker": marker,
            "not_before": text_of(now),
            "first_at": text_of(now),
        }

    # --- ends ---

    def _clear(self, run: dict[str, Any], now: datetime) -> list[Change]:
        id = run["id"]
        changes: list[Change] = [
            Delete("timers", {"run": id}),
            Delete("subscriptions", {"run": id}),
            Delete("actions", {"run": id}),
            Delete("inbox", {"run": id}),
            *self._give_up(id, now),
        ]
        if run["serial"]:
            key = {"rule": run["rule"], "serial": run["serial"], "seq": run["seq"]}
            for row in self._parts.store.rows("serial_after", **key)[:1]:
                changes.append(wake(row["id"], now))
        return changes

    def _give_up(self, run: str, now: datetime, path: str | None = None) -> list[Change]:
        """Attempts that nobody has sent are withdrawn, keys are given back, holds are over; of one path, or of all."""
        over = {"released_at": text_of(now), "released_by": "end"}
        where = {"run": run, "released_at": None} | ({"path": path} if path is not None else {})
        changes: list[Change] = [Update("holds", where, over, expect=None)]
        for row in self._parts.store.rows("open_attempts_of_run", run=run):
            if row["state"] == "ready" and path in (None, row["path"]):
                changes += withdraw(row["id"], now)  # lost when a lane took it meanwhile: the run has to wait for it
        return (
            changes
            if path is not None and not self._has_keys(run, path)
            else changes + give_back(self._parts.store, run, now)
        )

    def _has_keys(self, run: str, path: str) -> bool:
        """Whether the keys that a run has or waits for are those of this path: one posting of a run at a time."""
        rows = self._parts.store.rows("actions", run=run)
        asking = [row["path"] for row in rows if row["record_kind"] and row["state"] in ("new", "working")]
        return not asking or path in asking[:1]


def _begin(verdict: Verdict, refusal: TooSoon | None) -> Input:
    """What becomes of a run that was held before its first step, now that its rule can be judged."""
    if verdict.result != "matched":
        return Cancelled(f"not matched: {verdict.reason}")
    return Cancelled(refusal.reason) if refusal is not None else Started()


def _supersede(waiting: list[str], by: dict[str, Any], now: datetime) -> list[Change]:
    """The newest run of a serial key replaces those that wait."""
    changes: list[Change] = []
    for run in waiting:
        changes += [send_input(run, Cancelled(f"superseded by {by['id']}")), wake(run, now)]
    return changes


def _sleep(run: dict[str, Any], until: datetime | None) -> Change:
    wake_at = text_of(until) if until else None
    return Update("runs", {"id": run["id"], "version": run["version"]}, {"wake_at": wake_at}, {"version": 1})
