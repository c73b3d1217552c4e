"""The state machine of a run: `advance(rule, state, input, scene) -> Transition`, pure.

It decides which step comes next and what to ask for; it sends nothing, stores nothing, knows no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.blocks import ON_ERROR, steps_at
from engine.core.calendar import Calendar
from engine.core.expression import Expression, truth
from engine.core.rule import Choose, Do, Fail, ForEach, Loop, Rule, Set, Span, Step, Stop, Wait, WaitFor
from engine.core.run import (
    Cancelled,
    Command,
    Entry,
    EventArrived,
    Failure,
    Forget,
    Frame,
    Input,
    LoopState,
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
)
from engine.core.schedule import add
from engine.errors import Bug, CannotTell

Json = Any
_LONGEST_WALK = 10_000


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step sees beside its own names, at the time it began.

    Attributes:
        names: The event's objects, settings, ruleset, maps, practice, rule, run, now, today.
        now: Aware time; `today` and daily times are in `timezone`.
    """

    names: Mapping[str, Json]
    now: datetime
    timezone: str
    calendar: Calendar


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
        self.commands: list[Command] = []
        self.history: list[Entry] = []

    def state(self) -> RunState:
        return RunState(
            tuple(self.frames), self.waiting, self.failure, self.stopping, self.ended, self.reason, self.failed_at
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
            case EventArrived(path, _) if path.startswith("stop when"):
                self._cancel(path, parked=False)
            case EventArrived(path, objects) if self._waits_at("event", path):
                self._resume(dict(objects))
            case Released(path) if self._waits_at("hold", path):
                self.waiting = None
                self._go()

    def _waits_at(self, at: str, path: str) -> bool:
        return self.waiting is not None and self.waiting.at == at and self.waiting.path == path

    def _start(self) -> None:
        self.history.append(Entry("started"))
        self._subscribe()
        self._go(look_at_stop=True)

    def _try_again(self) -> None:
        if self.ended is None:
            return
        self.frames, self.failed_at = list(self.failed_at), ()
        self.ended, self.reason, self.failure = None, "", None
        self.history.append(Entry("tried again", self._step().name))
        self._subscribe()
        self._go(look_at_stop=True)

    def _subscribe(self) -> None:
        for number, phrase in enumerate(self.rule.stop_when):
            same = tuple((path, value.value(self._names())) for path, value in phrase.same)
            self.commands.append(Subscribe(f"stop when {number}", phrase.type, same))

    def _cancel(self, reason: str, parked: bool) -> None:
        if self.waiting is not None and self.waiting.at == "action" and not parked:
            self.stopping = reason
            return
        if self.waiting is not None:
            self.commands.append(Forget(self.waiting.path))
        self._end("cancelled", reason)

    def _settle(self, settled: Settled) -> None:
        self.waiting = None
        step = self._step()
        if settled.failure is not None:
            self.history.append(
                Entry("failed", step.name, {"code": settled.failure.code, "what": settled.failure.what})
            )
            self._fail(step, settled.failure)
        else:
            self.history.append(Entry("done", step.name, {"result": settled.result}))
            self._finish_step(step, settled.result)
        self._go()

    def _resume(self, result: Json) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self.commands.append(Forget(waiting.path))
        step = self._step()
        self.history.append(Entry("done", step.name))
        self._finish_step(step, result)
        self._go(look_at_stop=True)

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
        self._go(look_at_stop=True)

    # --- going on ---

    def _go(self, look_at_stop: bool = False) -> None:
        for _ in range(_LONGEST_WALK):
            if self.ended is not None or self.waiting is not None:
                return
            if self.stopping is not None:
                self._end("cancelled", self.stopping)
                return
            try:
                if look_at_stop and self._stops():
                    return
                look_at_stop = False
                self._next()
            except CannotTell as problem:
                self._hold(problem)
        raise Bug("A run walked ten thousand steps without waiting.")

    def _stops(self) -> bool:
        for condition in self.rule.stop_if:
            if truth(condition, self._names()):
                self._end("succeeded", f"stop if {condition.text}")
                return True
        return False

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
        self.waiting = Waiting("action", path)
        self.commands.append(Perform(path, step.name, verb.action, connection, inputs))
        self.history.append(Entry("asked", step.name, {"action": verb.action}))

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
        path = self._path(step)
        self.waiting = Waiting("timer", path)
        self.commands.append(StartTimer(path, self._due(verb)))
        self.history.append(Entry("waiting", step.name))

    def _due(self, verb: Wait) -> datetime:
        if verb.until is not None:
            return self._moment(verb.until.value(self._names()), verb.until)
        if verb.span is None:
            raise Bug("A wait has neither a length nor an end.")
        due = self._moment(add(self._local_now(), verb.span, self.scene.calendar), None)
        if verb.at is not None:
            local = due.astimezone(self._zone())
            due = local.replace(hour=verb.at.hour, minute=verb.at.minute, second=0, microsecond=0)
        return due

    def _wait_for(self, step: Step, verb: WaitFor) -> None:
        names = self._names()
        path = self._path(step)
        same = tuple((other, value.value(names)) for other, value in verb.event.same)
        limit = verb.at_most
        if isinstance(limit, Span):
            until = self._moment(add(self._local_now(), limit, self.scene.calendar), None)
        else:
            until = self._moment(limit.value(names), limit)
        self.waiting = Waiting("event", path)
        self.commands += [Subscribe(path, verb.event.type, same), StartTimer(path, until)]
        self.history.append(Entry("waiting", step.name))

    def _moment(self, value: Json, source: Expression | None) -> datetime:
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=self._zone())
        raise CannotTell(f'"{source.text if source else value}" is no time.', "Give a date or a time.")

    def _local_now(self) -> datetime:
        return self.scene.now.astimezone(self._zone())

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.scene.timezone)

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
        self.frames[-1] = replace(frame, index=frame.index + 1, last=result)

    def _step(self) -> Step:
        frame = self.frames[-1]
        return steps_at(self.rule, frame.address)[frame.index]

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
        elif self.failure is None and self.rule.on_error:
            self.failure, self.failed_at = failure, tuple(self.frames)
            self.frames = [Frame(ON_ERROR, 0, self._all_names())]
        else:
            if self.failure is None:
                self.failure, self.failed_at = failure, tuple(self.frames)
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

    def _end(self, status: str, reason: str) -> None:
        self.ended = status  # type: ignore[assignment]
        self.reason = reason
        self.waiting = None
        self.frames = []
        self.commands += [Forget(f"stop when {number}") for number in range(len(self.rule.stop_when))]
        self.history.append(Entry(status, "", {"reason": reason} if reason else {}))

    def _hold(self, problem: CannotTell) -> None:
        step = self._step()
        path = self._path(step)
        self.waiting = Waiting("hold", path, problem.code)
        self.commands.append(OpenHold(path, step.name, problem.code, problem.what, problem.mend))
        self.history.append(Entry("held", step.name, {"code": problem.code, "what": problem.what}))


def _as_names(failure: Failure) -> dict[str, Json]:
    return {"step": failure.step, "what": failure.what, "mend": failure.mend, "code": failure.code}
