"""The state machine of a run: `advance(rule, state, input, scene) -> Transition`, pure.

It decides which step comes next and what to ask for; it sends nothing, stores nothing, knows no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from engine.core.almanac import Almanac
from engine.core.blocks import ON_ERROR, steps_at
from engine.core.calendar import Calendar
from engine.core.expression import Expression, truth
from engine.core.missing import GONE, is_missing
from engine.core.rule import Choose, Do, EventPhrase, Fail, ForEach, Loop, Rule, Set, Span, Step, Stop, Wait, WaitFor
from engine.core.run import (
    Cancelled,
    Command,
    Entry,
    EventArrived,
    Failure,
    Forget,
    Frame,
    Input,
    LookedBack,
    LoopState,
    Moved,
    OpenHold,
    Perform,
    Released,
    RunState,
    Settled,
    Started,
    StartTimer,
    Subscribe,
    TimerDue,
    Transition,
    TriedAgain,
    Waiting,
    Withdraw,
)
from engine.errors import Bug, CannotTell

Json = Any
_LONGEST_WALK = 10_000
_LOOK_AGAIN = timedelta(seconds=30)

# Paths of the machine's own: names of steps never begin with a blank.
_STOP_WHEN = " stop when "
_FRESH = " keep fresh "
_LIMIT = " at most "
_LOOKING = " looking back"
_END = " end"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step sees beside its own names, at the time it began.

    Attributes:
        names: The event's objects, settings, ruleset, maps, practice, rule, run, now, today.
        now: Aware time; `today` and daily times are in `timezone`.
        readers: The action that reads an object of the starting event again, by the object's name.
        addressees: The input that holds the address, of each action that writes to people's addresses.
        staff: Addresses of the practice's own people, in lower case.
    """

    names: Mapping[str, Json]
    now: datetime
    timezone: str
    calendar: Calendar
    readers: Mapping[str, str] = field(default_factory=dict)
    addressees: Mapping[str, str] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()


def advance(rule: Rule, state: RunState, happened: Input, scene: Scene) -> Transition:
    """Take one input; go on until the run ends, waits or asks for something.

    An input that no longer fits (a late timer, a second answer) changes nothing.
    """
    if state.ended is not None and not (isinstance(happened, TriedAgain) and state.failed_at):
        return Transition(state, (), ())
    walk = _Walk(rule, state, scene)
    walk.take(happened)
    return Transition(walk.state(), tuple(walk.commands), tuple(walk.history))


class _Walk:
    """One walk through a rule from one input; collects what it decides."""

    def __init__(self, rule: Rule, state: RunState, scene: Scene) -> None:
        self.rule, self.scene = rule, scene
        self.frames = list(state.frames)
        self.waiting, self.failure, self.stopping = state.waiting, state.failure, state.stopping
        self.ended, self.reason, self.failed_at = state.ended, state.reason, state.failed_at
        self.before, self.served, self.doubt = state.before, state.served, state.doubt
        self.almanac = Almanac(scene.now, scene.timezone, scene.calendar)
        self.commands: list[Command] = []
        self.history: list[Entry] = []

    def state(self) -> RunState:
        return RunState(
            tuple(self.frames),
            self.waiting,
            self.failure,
            self.stopping,
            self.ended,
            self.reason,
            self.failed_at,
            self.before,
            self.served,
            self.doubt,
        )

    # --- inputs ---

    def take(self, happened: Input) -> None:
        match happened:
            case Started():
                self._start()
            case TriedAgain():
                self._try_again()
            case Cancelled(reason, parked):
                self._cancel(reason, parked)
            case Settled() if self._waits_at("action", happened.path):
                self._settle(happened)
            case TimerDue(path) if self._waits_at("timer", path):
                self._resume(None)
            case TimerDue(path) if self._waits_at("event", path):
                self._time_out()
            case TimerDue(path, parked) if path.startswith(_LIMIT) and self._waits_at("action", path[len(_LIMIT) :]):
                self._reach_limit(path, parked)
            case TimerDue(path) if self._waits_at("pause", path):
                self._begin_again()
            case EventArrived(path) if path.startswith(_STOP_WHEN):
                self._meet_stop_when(happened)
            case EventArrived(path) if self._waits_at("event", path) and happened.event not in self.served:
                self._meet_awaited(happened)
            case LookedBack() if self._waits_at("looking", _LOOKING):
                self.waiting = None
                self._go()
            case Released(path) if self._waits_at("hold", path):
                self._begin_again()
            case Moved():
                self._move()

    def _waits_at(self, at: str, path: str) -> bool:
        return self.waiting is not None and self.waiting.at == at and self.waiting.path == path

    def _start(self) -> None:
        self.history.append(Entry("started"))
        self.before = (*self._subscribing(), "stop if")
        self._go()

    def _try_again(self) -> None:
        if self.ended is None:
            return
        self.frames, self.failed_at = list(self.failed_at), ()
        self.frames[-1] = replace(self.frames[-1], since=None)
        self.ended, self.reason, self.failure = None, "", None
        self.history.append(Entry("tried again", self._step_name()))
        self.before = (*self._subscribing(), *self._after_wait())
        self._go()

    def _move(self) -> None:
        self.history.append(Entry("moved", self._step_name(), {"version": self.rule.version}))
        if self.waiting is not None and self.waiting.at in ("hold", "action"):
            try:
                self._subscribe()
            except CannotTell:
                self.before = ("subscribe", *self.before)
            return
        if self.waiting is not None:
            self.commands.append(Forget(self.waiting.path))
        self.waiting = None
        self.before = (*self._subscribing(), *self._after_wait())
        self._go()

    def _begin_again(self) -> None:
        """The step at which the run waited is begun again, with what has changed meanwhile."""
        self.waiting = None
        subscribing = tuple(word for word in self.before if word == "subscribe")
        self.before = (*subscribing, *self._after_wait())
        self._go()

    def _meet_stop_when(self, arrived: EventArrived) -> None:
        number = int(arrived.path.removeprefix(_STOP_WHEN))
        if number >= len(self.rule.stop_when) or self.failure is not None:
            return
        phrase = self.rule.stop_when[number]
        try:
            if not self._suits(phrase.where, arrived):
                return
        except CannotTell as problem:
            self._doubt(problem)
            return
        self._cancel(f"stop when {phrase.type}", arrived.parked)

    def _doubt(self, problem: CannotTell) -> None:
        """Whether the run has to stop cannot be told: it is held before anything else is done."""
        self.doubt = (problem.what, problem.mend, problem.code)
        if self.waiting is not None and self.waiting.at in ("timer", "event", "pause"):
            self.commands.append(Forget(self.waiting.path))
            self.waiting = None
            self._go()

    def _meet_awaited(self, arrived: EventArrived) -> None:
        verb = self._step().verb
        try:
            if not isinstance(verb, WaitFor) or not self._suits(verb.event.where, arrived):
                return
        except CannotTell as problem:
            self.commands.append(Forget(arrived.path))
            self._hold(problem)
            return
        self.served = (*self.served, arrived.event) if arrived.event else self.served
        self._resume(dict(arrived.objects))

    def _suits(self, where: Expression | None, arrived: EventArrived) -> bool:
        return where is None or truth(where, {**self._names(), "new": dict(arrived.objects)})

    def _cancel(self, reason: str, parked: bool) -> None:
        if self.waiting is not None and self.waiting.at == "action" and not parked:
            self.stopping = reason
            return
        if self.waiting is not None:
            self.commands.append(Forget(self.waiting.path))
        self._end("cancelled", reason)

    def _settle(self, settled: Settled) -> None:
        self.waiting = None
        if settled.path.startswith(_FRESH):
            self._refreshed(settled.path.removeprefix(_FRESH), settled)
        else:
            self._settle_step(self._step(), settled)
        self._go()

    def _settle_step(self, step: Step, settled: Settled) -> None:
        failure = settled.failure
        if step.at_most is not None:
            self.commands.append(Forget(f"{_LIMIT}{settled.path}"))
        if step.if_missing is not None and is_missing(settled):
            self._miss(step, settled.path)
        elif failure is not None:
            self.history.append(Entry("failed", step.name, {"code": failure.code, "what": failure.what}))
            self._fail(step, failure)
        else:
            self.history.append(Entry("done", step.name, {"result": settled.result}))
            self._finish_step(step, settled.result)

    def _miss(self, step: Step, path: str) -> None:
        """What the step asked for is not there: `if missing` says what follows."""
        self.history.append(Entry("missing", step.name))
        if step.if_missing == "stop":
            self._end("succeeded", f"{step.name}: nothing was found")
        elif isinstance(step.if_missing, Span):
            until = self.almanac.after(step.if_missing, self._since())
            if self.scene.now >= until:
                mend = "Check what the step looks for, or try the run again."
                self._fail(step, Failure(step.name, "Nothing was found in time.", mend, "MISSING"))
            else:
                self._pause(step, path, self.almanac.look_again(self._since(), until), "MISSING")
        else:
            self._finish_step(step, None)

    def _reach_limit(self, path: str, parked: bool) -> None:
        """The step has had its time; what is in a call is never given up, its outcome is waited for."""
        if not parked:
            self.commands.append(StartTimer(path, self.scene.now + _LOOK_AGAIN))
            return
        step, self.waiting = self._step(), None
        self.commands.append(Withdraw(path.removeprefix(_LIMIT)))
        self.history.append(Entry("timed out", step.name))
        self._fail(step, Failure(step.name, "It was not done in time.", "Try the run again.", "TIMED_OUT"))
        self._go()

    def _resume(self, result: Json) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self.commands.append(Forget(waiting.path))
        step = self._step()
        self.history.append(Entry("done", step.name))
        self._finish_step(step, result)
        self.before = self._after_wait()
        self._go()

    def _time_out(self) -> None:
        waiting, self.waiting = self.waiting, None
        step = self._step()
        verb = step.verb
        if not isinstance(verb, WaitFor) or waiting is None:
            raise Bug(f'The step "{step.name}" cannot time out.')
        self.commands.append(Forget(waiting.path))
        self.history.append(Entry("timed out", step.name))
        match verb.on_timeout:
            case "stop":
                self._end("succeeded", f"{step.name}: nothing came in time")
            case "continue":
                self._finish_step(step, None)
            case "fail":
                self._fail(step, Failure(step.name, "Nothing came in time.", "", "TIMED_OUT"))
            case _:
                self._enter("on timeout")
        self.before = self._after_wait()
        self._go()

    # --- before the next step ---

    def _subscribing(self) -> tuple[str, ...]:
        return ("subscribe",) if self.rule.stop_when else ()

    def _after_wait(self) -> tuple[str, ...]:
        """What follows a wait; a run that is failing only has its say."""
        if self.failure is not None:
            return ()
        return (*(f"fresh {name}" for name in self.rule.keep_fresh), "stop if")

    def _prepare(self, word: str) -> None:
        if word == "subscribe":
            self._subscribe()
            self.waiting = Waiting("looking", _LOOKING)
        elif word == "stop if":
            self._look_at_stop_if()
        elif self._refresh(word.removeprefix("fresh ")):
            return  # the word is done when the answer has come
        self.before = self.before[1:]

    def _subscribe(self) -> None:
        wanted = [(f"{_STOP_WHEN}{n}", phrase.type, self._same(phrase)) for n, phrase in enumerate(self.rule.stop_when)]
        self.commands += [Subscribe(*each) for each in wanted]

    def _same(self, phrase: EventPhrase) -> tuple[tuple[str, Json], ...]:
        names = self._names()
        same = tuple((path, value.value(names)) for path, value in phrase.same)
        if any(value is None for _, value in same):
            what = f"What ties {phrase.type} to this run is missing."
            raise CannotTell(what, "Wait for an event by a field that is always given.")
        return same

    def _look_at_stop_if(self) -> None:
        for condition in self.rule.stop_if:
            if truth(condition, self._names()):
                self._end("succeeded", f"stop if {condition.text}")
                return

    def _refresh(self, name: str) -> bool:
        """Ask for an object again; False when the run has none of that name."""
        known, event = self._names().get(name), self.scene.names.get("event")
        if not isinstance(known, Mapping):
            return False
        action = self.scene.readers.get(name)
        if action is None:
            raise CannotTell(f"{name} cannot be read again.", f"Take {name} out of `keep fresh`.")
        source = event if isinstance(event, Mapping) else {}
        connection = source.get("connection") if source.get("source") == action.partition(".")[0] else None
        path, step = f"{_FRESH}{name}", f"keep fresh: {name}"
        self.waiting = Waiting("action", path)
        self.commands.append(Perform(path, step, action, connection, {"id": known.get("id")}, self.rule.retry))
        self.history.append(Entry("asked", step, {"action": action}))
        return True

    def _refreshed(self, name: str, settled: Settled) -> None:
        """The object as it is now; one that is no longer there ends the run."""
        step, failure = f"keep fresh: {name}", settled.failure
        found = settled.result.values() if isinstance(settled.result, Mapping) else ()
        fresh = next((value for value in found if isinstance(value, Mapping)), None)
        if failure is not None and failure.code not in GONE:
            self.history.append(Entry("failed", step, {"code": failure.code, "what": failure.what}))
            self.before = ()
            self._fail_run(replace(failure, step=step))
        elif failure is not None or fresh is None:
            self.history.append(Entry("missing", step))
            self._end("succeeded", f"{name} is no longer there")
        else:
            self.history.append(Entry("done", step))
            known = self._names().get(name)
            first = self.frames[0]
            merged = {**(known if isinstance(known, Mapping) else {}), **fresh}
            self.frames[0] = replace(first, names={**first.names, name: merged})
            self.before = self.before[1:]

    # --- going on ---

    def _go(self) -> None:
        for _ in range(_LONGEST_WALK):
            if self.ended is not None or self.waiting is not None:
                return
            if self.stopping is not None:
                self._end("cancelled", self.stopping)
                return
            try:
                if self.doubt is not None and self._at_step() and self.failure is None:
                    self._hold_for_doubt(self.doubt)
                elif self.before:
                    self._prepare(self.before[0])
                else:
                    self._next()
            except CannotTell as problem:
                self._hold(problem)
        what = "The run went through ten thousand steps without a pause."
        self._fail_run(Failure(self._step_name(), what, "Look for a loop over too many items.", "TOO_MANY_STEPS"))
        self._go()

    def _hold_for_doubt(self, doubt: tuple[str, str, str]) -> None:
        """When it is let go the run subscribes again, and so meets the event again that could not be judged."""
        what, mend, code = doubt
        self.doubt, self.before = None, ("subscribe", *self.before)
        self._hold(CannotTell(what, mend, code))

    def _next(self) -> None:
        frame = self.frames[-1]
        steps = steps_at(self.rule, frame.address)
        if frame.index >= len(steps):
            self._leave()
            return
        step = steps[frame.index]
        for condition in step.conditions:
            if not truth(condition, self._names()):
                self.history.append(Entry("skipped", step.name, {"because": condition.explain(self._names())}))
                self._finish_step(step, None, skipped=True)
                return
        if frame.since is None:
            self.frames[-1] = replace(frame, since=self.scene.now)
        self._begin(step)

    def _begin(self, step: Step) -> None:
        verb = step.verb
        match verb:
            case Do() if verb.loop is not None:
                self._loop(step, verb.loop)
            case Do():
                self._do(step, verb)
            case Set():
                values: dict[str, Json] = {}
                for name, value in verb.values:
                    values[name] = value.value({**self._names(), **values})
                self._name(values)
                self._finish_step(step, None)
            case Choose():
                self._choose(verb)
            case ForEach():
                self._loop(step, verb.loop)
            case Wait():
                self._wait(step, verb)
            case WaitFor():
                self._wait_for(step, verb)
            case Stop():
                self._end("succeeded", str(verb.reason.value(self._names())))
            case Fail():
                what = str(verb.reason.value(self._names()))
                self.history.append(Entry("failed", step.name, {"code": "FAILED_BY_RULE"}))
                self._fail(step, Failure(step.name, what, "", "FAILED_BY_RULE"))

    def _do(self, step: Step, verb: Do) -> None:
        names = self._names()
        inputs = {name: value.value(names) for name, value in verb.inputs}
        connection = verb.connection.value(names) if verb.connection is not None else None
        path = self._path(step)
        morning = self._morning(verb.action, inputs)
        if morning is not None:
            self._pause(step, path, morning, "QUIET_HOURS")
            return
        if step.at_most is not None:
            self.commands.append(StartTimer(f"{_LIMIT}{path}", self._end_of(step.at_most, self.scene.now)))
        self.waiting = Waiting("action", path)
        retry = step.retry or self.rule.retry
        self.commands.append(Perform(path, step.name, verb.action, connection, inputs, retry))
        self.history.append(Entry("asked", step.name, {"action": verb.action}))

    def _morning(self, action: str, inputs: Mapping[str, Json]) -> datetime | None:
        """When a message may go: None for now, otherwise the practice's next opening."""
        if self.rule.quiet_hours != "keep" or action not in self.scene.addressees:
            return None
        to = str(inputs.get(self.scene.addressees[action]) or "").strip().lower()
        return None if to in self.scene.staff else self.almanac.next_opening()

    def _pause(self, step: Step, path: str, until: datetime, code: str) -> None:
        self.waiting = Waiting("pause", path, code)
        self.commands.append(StartTimer(path, until))
        self.history.append(Entry("waiting", step.name, {"until": until, "why": code}))

    def _choose(self, verb: Choose) -> None:
        names = self._names()
        for number, (conditions, _) in enumerate(verb.branches):
            if all(truth(condition, names) for condition in conditions):
                self._enter(str(number))
                return
        if verb.otherwise:
            self._enter("otherwise")
        else:
            self._advance_index(None)

    def _loop(self, step: Step, loop: Loop) -> None:
        items = loop.items.value(self._names())
        if not isinstance(items, list | tuple):
            raise CannotTell(f'"{loop.items.text}" is no list.', "Give `for each` a list.")
        wanted = tuple(item for item in items if self._kept(loop, item))
        first = {loop.name: wanted[0]} if wanted else {}
        state = LoopState(loop.name, wanted, 0, (), loop.gather_as, step.save_as)
        if wanted:
            self._enter("each", first, state)
        else:
            self._gather(state)
            self._advance_index(None)

    def _kept(self, loop: Loop, item: Json) -> bool:
        return loop.where is None or truth(loop.where, {**self._names(), loop.name: item})

    def _wait(self, step: Step, verb: Wait) -> None:
        path, due = self._path(step), self._due(verb)
        self.waiting = Waiting("timer", path)
        self.commands.append(StartTimer(path, due))
        self.history.append(Entry("waiting", step.name, {"until": due}))

    def _due(self, verb: Wait) -> datetime:
        if verb.until is not None:
            return self.almanac.moment(verb.until.value(self._names()), verb.until.text, self._since())
        if verb.span is None:
            raise Bug("A wait has neither a length nor an end.")
        return self.almanac.after_at(verb.span, verb.at, self._since())

    def _wait_for(self, step: Step, verb: WaitFor) -> None:
        path, same = self._path(step), self._same(verb.event)
        until = self._end_of(verb.at_most, self._since())
        self.waiting = Waiting("event", path)
        self.commands += [Subscribe(path, verb.event.type, same), StartTimer(path, until)]
        self.history.append(Entry("waiting", step.name, {"until": until}))

    def _end_of(self, limit: Span | Expression, since: datetime) -> datetime:
        if isinstance(limit, Span):
            return self.almanac.after(limit, since)
        return self.almanac.moment(limit.value(self._names()), limit.text, since)

    def _since(self) -> datetime:
        return self.frames[-1].since or self.scene.now

    # --- frames and names ---

    def _names(self) -> dict[str, Json]:
        names = dict(self.scene.names)
        if self.failure is not None:
            failure = self.failure
            names["error"] = {
                "step": failure.step,
                "what": failure.what,
                "mend": failure.mend,
                "code": failure.code,
            }
        for frame in self.frames:
            names.update(frame.names)
        return names

    def _name(self, values: Mapping[str, Json]) -> None:
        frame = self.frames[-1]
        self.frames[-1] = replace(frame, names={**frame.names, **values})

    def _enter(self, word: str, names: Mapping[str, Json] | None = None, loop: LoopState | None = None) -> None:
        frame = self.frames[-1]
        self.frames.append(Frame((*frame.address, (frame.index, word)), 0, names or {}, loop))

    def _leave(self) -> None:
        frame = self.frames.pop()
        if not self.frames or frame.address == ON_ERROR:
            self._finish_run()
            return
        if frame.loop is not None:
            self._next_item(frame, frame.loop)
            return
        word = frame.address[-1][1]
        if word.isdigit() or word == "otherwise":
            self._name(frame.names)
        self._advance_index(frame.last)

    def _next_item(self, frame: Frame, loop: LoopState) -> None:
        moved = replace(loop, position=loop.position + 1, gathered=(*loop.gathered, frame.last))
        if moved.position < len(moved.items):
            names = {loop.name: moved.items[moved.position]}
            self.frames.append(Frame(frame.address, 0, names, moved))
            return
        self._gather(moved)
        self._advance_index(list(moved.gathered))

    def _gather(self, loop: LoopState) -> None:
        for name in (loop.gather_as, loop.save_as):
            if name:
                self._name({name: list(loop.gathered)})

    def _finish_step(self, step: Step, result: Json, skipped: bool = False) -> None:
        if step.save_as:
            self._name({step.save_as: result})
        self._advance_index(result)
        if step.then_stop and not skipped:
            self._end("succeeded", f"{step.name}: then stop")

    def _advance_index(self, result: Json) -> None:
        frame = self.frames[-1]
        self.frames[-1] = replace(frame, index=frame.index + 1, last=result, since=None)

    def _step(self) -> Step:
        frame = self.frames[-1]
        return steps_at(self.rule, frame.address)[frame.index]

    def _at_step(self) -> bool:
        frame = self.frames[-1]
        return frame.index < len(steps_at(self.rule, frame.address))

    def _step_name(self) -> str:
        return self._step().name if self.frames and self._at_step() else ""

    def _path(self, step: Step) -> str:
        turns = "".join(f"[{frame.loop.position + 1}]" for frame in self.frames if frame.loop is not None)
        prefix = "on error/" if self.frames[0].address == ON_ERROR else ""
        return f"{prefix}{step.name}{turns}"

    # --- ends ---

    def _fail(self, step: Step, failure: Failure) -> None:
        if step.on_error == "continue":
            self._finish_step(step, None, skipped=True)
        elif isinstance(step.on_error, tuple):
            self._enter("on error", {"error": _as_names(failure)})
        else:
            self._fail_run(failure)

    def _fail_run(self, failure: Failure) -> None:
        if self.failure is not None:
            self._finish_run()
            return
        self.failure, self.failed_at = failure, tuple(self.frames)
        if self.rule.on_error:
            self.frames = [Frame(ON_ERROR, 0, self._all_names())]
        else:
            self._finish_run()

    def _all_names(self) -> dict[str, Json]:
        names: dict[str, Json] = {}
        for frame in self.frames:
            names.update(frame.names)
        return names

    def _finish_run(self) -> None:
        if self.failure is not None:
            self._end("failed", f"{self.failure.step}: {self.failure.what}")
        else:
            self._end("succeeded", "")

    def _end(self, status: Literal["succeeded", "failed", "cancelled"], reason: str) -> None:
        if status == "succeeded" and self.failure is not None:
            status, reason = "failed", f"{self.failure.step}: {self.failure.what}"
        self.ended = status
        self.reason = reason
        self.waiting = self.stopping = self.doubt = None
        self.frames, self.before = [], ()
        self.commands += [Forget(f"{_STOP_WHEN}{number}") for number in range(len(self.rule.stop_when))]
        self.history.append(Entry(status, "", {"reason": reason} if reason else {}))

    def _hold(self, problem: CannotTell) -> None:
        step = self._step() if self._at_step() else None
        name, path = (step.name, self._path(step)) if step else ("", _END)
        self.waiting = Waiting("hold", path, problem.code)
        self.commands.append(OpenHold(path, name, problem.code, problem.what, problem.mend))
        self.history.append(Entry("held", name, {"code": problem.code, "what": problem.what}))


def _as_names(failure: Failure) -> dict[str, Json]:
    return {"step": failure.step, "what": failure.what, "mend": failure.mend, "code": failure.code}
