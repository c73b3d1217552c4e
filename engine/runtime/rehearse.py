"""A rule rehearsed: its runs advanced purely, on a clock that is moved by hand; what happened is kept for looking.

The same state machine as live (`engine.core.match`, `engine.core.advance`), without store, queue or vendors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.core.advance import advance
from engine.core.almanac import Almanac
from engine.core.calendar import Calendar
from engine.core.events import Event, names_of
from engine.core.match import Verdict, judge
from engine.core.rule import Rule
from engine.core.run import (
    ENDED,
    Cancelled,
    Command,
    Entry,
    EventArrived,
    Failure,
    Forget,
    Input,
    LookedBack,
    NotReady,
    OpenHold,
    Perform,
    Released,
    RunState,
    Settled,
    Started,
    StartTimer,
    Status,
    Subscribe,
    TimerDue,
    Waiting,
    Withdraw,
    from_plain,
    held_at,
    status_of,
    to_plain,
)
from engine.core.stack import Scene
from engine.core.times import local_day
from engine.core.values import dumps, loads
from engine.errors import CannotTell
from engine.runtime.rehearsal_actions import Act, Answered, Parked, PutOff, Stage
from engine.runtime.templates import NoTemplates, Templates, filled_in
from engine.runtime.waits import at_path, index_text

Json = Any
_MOST_INPUTS = 10_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule sees beside its event; `names` are settings, ruleset, maps, practice and the absent objects.

    `readers` are by event type; they, `addressees` and `staff` are as in `engine.core.advance.Scene`.
    """

    names: Mapping[str, Json]
    timezone: str
    calendar: Calendar = field(default_factory=Calendar)
    readers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    addressees: Mapping[str, str] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()
    templates: Templates = field(default_factory=NoTemplates)


@dataclass(frozen=True, slots=True)
class Held:
    """A run waits at a step until a cause is gone."""

    step: str
    code: str
    what: str
    mend: str


@dataclass(slots=True)
class Rehearsed:
    """One run of the rehearsal; `performed` are the acts of each action in the order of asking."""

    number: int
    event: Event
    started: datetime
    verdict: Verdict
    state: RunState = field(default_factory=RunState)
    history: list[tuple[datetime, Entry]] = field(default_factory=list)
    holds: list[Held] = field(default_factory=list)
    timers: dict[str, datetime] = field(default_factory=dict)
    put_off: set[str] = field(default_factory=set)
    parked: set[str] = field(default_factory=set)
    subscriptions: dict[str, Subscribe] = field(default_factory=dict)
    arrived: list[Event] = field(default_factory=list)
    queued: bool = True
    performed: list[tuple[Act, ...]] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """One of the six statuses; a run whose action is held or put off waits."""
        if self.state.ended is None and (self.queued or self.parked or self.put_off):
            return "queued" if self.queued else "waiting"
        return status_of(self.state)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rule made of an event: the verdict, and whether a run came of it."""

    event: Event
    verdict: Verdict
    run: int | None
    why_none: str = ""


class Rehearsal:
    """Runs of one rule.

    Args:
        rule: The rule as it stands.
        around: What it sees.
        stage: Carries out its actions.
    """

    def __init__(self, rule: Rule, around: Surroundings, stage: Stage) -> None:
        self.rule, self.around, self.stage = rule, around, stage
        self.runs: list[Rehearsed] = []
        self.looked: list[Looked] = []
        self._once: set[str] = set()
        self._ran_at: dict[str, datetime] = {}

    def happens(self, event: Event, now: datetime) -> None:
        """An event arrives: runs that wait for it go on, and the rule may start."""
        for run in [run for run in self.runs if run.status not in ENDED]:
            run.arrived.append(event)
            for path in [path for path, wish in run.subscriptions.items() if _fits(event, wish)]:
                self._take(run, _arrival(path, event), now)
        looked = self._look(event, now)
        self.looked.append(looked)
        self._begin_queued(now)

    def until(self, now: datetime) -> None:
        """The clock moves on: timers fire in their order, each at its own time."""
        for _ in range(_MOST_INPUTS):
            due = min(self._due(now), default=None)
            if due is None:
                return
            at, number, path = due
            run = self.runs[number - 1]
            del run.timers[path]
            self._fire(run, path, max(at, run.started))
            self._begin_queued(at)

    def next_timer(self) -> datetime | None:
        """When something happens by itself next."""
        return min((at for run in self.runs if run.status not in ENDED for at in run.timers.values()), default=None)

    # --- starting ---

    def _look(self, event: Event, now: datetime) -> Looked:
        starts = event.type in self.rule.events or (event.type == "schedule" and self.rule.schedule is not None)
        if not starts:
            wanted = ", ".join(self.rule.events) or "its schedule"
            what = f"the rule starts with {wanted}, not with {event.type}"
            return Looked(event, Verdict("not matched", what), None, what)
        verdict = judge(self.rule, self._names(event, now), event.id)
        if verdict.result == "not matched":
            return Looked(event, verdict, None, verdict.reason)
        if verdict.once in self._once:
            return Looked(event, verdict, None, "the rule already ran for this")
        if (again := self._again_after(verdict, now)) is not None:
            return Looked(event, verdict, None, again)
        self._once.add(verdict.once)
        run = Rehearsed(len(self.runs) + 1, event, now, verdict)
        self.runs.append(run)
        if verdict.result == "cannot tell":
            run.queued, run.state = False, RunState(waiting=Waiting("hold", "start", verdict.code))
            run.holds.append(Held("", verdict.code, verdict.reason, ""))
        return Looked(event, verdict, run.number)

    def _again_after(self, verdict: Verdict, now: datetime) -> str | None:
        """Why the rule does not run again yet; None when it may."""
        wish = self.rule.again_after
        if wish is None or verdict.result != "matched":
            return None
        before = self._ran_at.get(verdict.again)
        almanac = Almanac(now, self.around.timezone, self.around.calendar)
        if before is not None and now < almanac.after(wish.span, before):
            return f"the rule ran for this within {wish.span.count} {wish.span.unit}"
        self._ran_at[verdict.again] = now
        return None

    def _begin_queued(self, now: datetime) -> None:
        for run in self.runs:
            if not run.queued or run.state.ended is not None:
                continue
            earlier = [one for one in self.runs[: run.number - 1] if self._shares(one, run)]
            if earlier and self.rule.when_busy == "skip":
                self._take(run, Cancelled("busy: an earlier run has not ended", parked=True), now)
                continue
            if self.rule.when_busy == "newest":
                for one in earlier:
                    self._take(one, Cancelled(f"superseded by run {run.number}", parked=True), now)
                earlier = [one for one in earlier if one.status not in ENDED]
            if not earlier:
                run.queued = False
                self._take(run, Started(), now)

    def _shares(self, one: Rehearsed, other: Rehearsed) -> bool:
        same = bool(one.verdict.serial) and one.verdict.serial == other.verdict.serial
        return same and one.status not in ENDED

    # --- going on ---

    def _due(self, now: datetime) -> list[tuple[datetime, int, str]]:
        alive = (run for run in self.runs if run.status not in ENDED)
        return [(at, run.number, path) for run in alive for path, at in run.timers.items() if at <= now]

    def _fire(self, run: Rehearsed, path: str, now: datetime) -> None:
        if path in run.put_off:
            run.put_off.discard(path)
            run.state = held_at(run.state, path)
            self._take(run, Released(path), now)
        else:
            self._take(run, TimerDue(path, parked=True), now)

    def _take(self, run: Rehearsed, happened: Input, now: datetime) -> None:
        inbox: list[Input] = [happened]
        for _ in range(_MOST_INPUTS):
            if not inbox:
                return
            transition = advance(self.rule, run.state, inbox.pop(0), self._scene(run, now))
            run.state = from_plain(loads(dumps(to_plain(transition.state))))
            run.history += [(now, entry) for entry in transition.history]
            for command in transition.commands:
                inbox += self._carry_out(run, command, now)
            wishes = [command for command in transition.commands if isinstance(command, Subscribe)]
            if wishes:
                inbox += [_arrival(wish.path, event) for event in run.arrived for wish in wishes if _fits(event, wish)]
                inbox.append(LookedBack())

    def _carry_out(self, run: Rehearsed, command: Command, now: datetime) -> list[Input]:
        match command:
            case Perform():
                return self._perform(run, command, now)
            case StartTimer(path, at):
                run.timers[path] = at
            case Subscribe(path):
                run.subscriptions[path] = command
            case Forget(path):
                run.timers.pop(path, None)
                run.subscriptions.pop(path, None)
            case Withdraw(path):
                run.timers.pop(path, None)
                run.parked.discard(path)
                run.put_off.discard(path)
            case OpenHold(_, step, code, what, mend):
                run.holds.append(Held(step, code, what, mend))
        return []

    def _perform(self, run: Rehearsed, command: Perform, now: datetime) -> list[Input]:
        before = len(self.stage.acts)
        skill = self.stage.skills.get(command.action)
        schema = skill.schema.inputs if skill is not None else {}
        try:
            ready = filled_in(command.inputs, schema, self.around.templates, self.rule.id, command.names)
        except CannotTell as problem:
            run.performed.append(())
            return [NotReady(command.path, problem.what, problem.mend, problem.code)]
        ending = self.stage.perform(replace(command, inputs=ready), now)
        run.performed.append(tuple(self.stage.acts[before:]))
        match ending:
            case Answered(result):
                return [Settled(command.path, result)]
            case Failure() as failure:
                return [Settled(command.path, None, failure)]
            case Parked(code, about, what, mend):
                run.holds.append(Held(command.step, code, f"{about}: {what}", mend))
                run.history.append((now, Entry("held", command.step, {"code": code, "about": about})))
                run.parked.add(command.path)
            case PutOff(at, why):
                run.timers[command.path] = at
                run.put_off.add(command.path)
                run.history.append((now, Entry("waiting", command.step, {"until": at, "why": why})))
        return []

    # --- names ---

    def _names(self, event: Event, now: datetime) -> dict[str, Json]:
        return {
            **self.around.names,
            **names_of(event),
            "now": now,
            "today": local_day(now, self.around.timezone),
            "rule": {"title": self.rule.title, "id": self.rule.id, "owner": self.rule.owner},
        }

    def _scene(self, run: Rehearsed, now: datetime) -> Scene:
        names = {**self._names(run.event, now), "run": {"id": f"run_{run.number}", "started": run.started}}
        around, readers = self.around, self.around.readers.get(run.event.type, {})
        return Scene(names, now, around.timezone, around.calendar, readers, around.addressees, around.staff)


def _fits(event: Event, wish: Subscribe) -> bool:
    same = all(index_text(at_path(event.data, path)) == index_text(value) for path, value in wish.same)
    return event.type == wish.type and same


def _arrival(path: str, event: Event) -> EventArrived:
    """Nothing of a rehearsal is ever in a call, so whatever waits may be ended."""
    return EventArrived(path, loads(dumps(dict(event.data))), event.id, parked=True)
