"""The state machine of a run: `advance(rule, state, input, scene) -> Transition`, pure.

It decides which step comes next and what to ask for; it sends nothing, stores nothing, knows no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.core.blocks import steps_at
from engine.core.expression import Expression, truth
from engine.core.missing import GONE, is_missing
from engine.core.rule import Rule, Span, Step, WaitFor
from engine.core.run import (
    Cancelled,
    Entry,
    EventArrived,
    Failure,
    Forget,
    Input,
    LookedBack,
    Moved,
    NotReady,
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
    Turn,
    Waiting,
    Withdraw,
)
from engine.core.stack import FRESH, LIMIT, LOOKING, STOP_WHEN, Scene
from engine.core.turns import Turns
from engine.errors import Bug, CannotTell

Json = Any
_LONGEST_WALK = 10_000
_LOOK_AGAIN = timedelta(seconds=30)


def advance(rule: Rule, state: RunState, happened: Input, scene: Scene) -> Transition:
    """Take one input; go on until the run ends, waits or asks for something.

    An input that no longer fits (a late timer, a second answer) changes nothing.
    """
    if state.ended is not None and not (isinstance(happened, TriedAgain) and state.failed_at):
        return Transition(state, (), ())
    walk = _Walk(rule, state, scene)
    walk.take(happened)
    return Transition(walk.state(), tuple(walk.commands), tuple(walk.history))


class _Walk(Turns):
    """One walk through a rule from one input."""

    # --- inputs ---

    def take(self, happened: Input) -> None:
        match happened:
            case Started():
                self._start()
            case TriedAgain():
                self._try_again()
            case Cancelled(reason, parked):
                self._cancel(reason, parked)
            case EventArrived(path) if path.startswith(STOP_WHEN):
                self._meet_stop_when(happened)
            case Moved():
                self._move()
            case _ if self._is_in_turns():
                self._take_in_turns(happened, self._take_awaited, self._go)
            case _:
                self._take_awaited(happened)

    def _take_awaited(self, happened: Input) -> None:
        match happened:
            case Settled() if self._waits_at("action", happened.path):
                self._settle(happened)
            case NotReady(path, what, mend, code) if self._waits_at("action", path):
                self._unmake(CannotTell(what, mend, code))
            case TimerDue(path) if self._waits_at("timer", path):
                self._resume(None)
            case TimerDue(path) if self._waits_at("event", path):
                self._time_out()
            case TimerDue(path, parked) if path.startswith(LIMIT) and self._waits_at("action", path[len(LIMIT) :]):
                self._reach_limit(path, parked)
            case TimerDue(path) if self._waits_at("pause", path):
                self._begin_again()
            case EventArrived(path) if self._waits_at("event", path) and happened.event not in self.served:
                self._meet_awaited(happened)
            case LookedBack() if self._waits_at("looking", LOOKING):
                self.waiting = None
                self._go()
            case Released(path) if self._waits_at("hold", path):
                self._begin_again()

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
        self.turns, self.failed_turns = [_begun_anew(turn) for turn in self.failed_turns], ()
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
        if self._is_in_turns():
            self._interrupt_turns(("timer", "event", "pause", "looking"), self._after_wait())
            self.waiting, self.before = None, self._subscribing()
            self._go()
            return
        if self.waiting is not None:
            self.commands.append(Forget(self.waiting.path))
        self.waiting = None
        self.before = (*self._subscribing(), *self._after_wait())
        self._go()

    def _begin_again(self) -> None:
        """The step at which the run waited is begun again, with what has changed meanwhile."""
        self.waiting = None
        if self.turn is not None:
            self.doubt = None  # it is judged again
        subscribing = tuple(word for word in self.before if word == "subscribe")
        self.before = (*subscribing, *self._after_wait())
        self._go()

    def _meet_stop_when(self, arrived: EventArrived) -> None:
        number = int(arrived.path.removeprefix(STOP_WHEN))
        if number >= len(self.rule.stop_when) or self.failure is not None:
            return
        phrase = self.rule.stop_when[number]
        try:
            if not self._suits(phrase.where, arrived):
                return
        except CannotTell as problem:
            self._doubt(problem)
            return
        self.history.append(Entry("stop when", "", {"type": phrase.type, "event": arrived.event}))
        self._cancel(f"stop when {phrase.type}", arrived.parked)

    def _doubt(self, problem: CannotTell) -> None:
        """Whether the run has to stop cannot be told: it is held before anything else is done."""
        self.doubt = (problem.what, problem.mend, problem.code)
        if self._is_in_turns():
            self._interrupt_turns(("timer", "event", "pause"))
            self.waiting = None
            self._go()
            return
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
        if self._is_in_turns() and not parked:
            self.stopping, self.waiting = reason, None
            self._go()
            return
        if self.waiting is not None and self.waiting.at == "action" and not parked:
            self.stopping = reason
            return
        if self.waiting is not None:
            self.commands.append(Forget(self.waiting.path))
        self._end("cancelled", reason)

    def _settle(self, settled: Settled) -> None:
        self.waiting = None
        if settled.path.startswith(FRESH):
            self._refreshed(self.before[0].removeprefix("fresh "), settled)
        else:
            self._settle_step(self._step(), settled)
        self._go()

    def _unmake(self, problem: CannotTell) -> None:
        """The action cannot be sent as it is: its step is begun again when its cause is gone."""
        if self.waiting is not None and self._step().at_most is not None:
            self.commands.append(Forget(f"{LIMIT}{self.waiting.path}"))
        self.waiting = None
        self._hold(problem)

    def _settle_step(self, step: Step, settled: Settled) -> None:
        failure = settled.failure
        if step.at_most is not None:
            self.commands.append(Forget(f"{LIMIT}{settled.path}"))
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
        self.commands.append(Withdraw(path.removeprefix(LIMIT)))
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
                if step.save_as:
                    self._name({step.save_as: None})
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
            self.waiting = Waiting("looking", LOOKING)
        elif word == "stop if":
            self._look_at_stop_if()
        elif self._refresh(word.removeprefix("fresh ")):
            return  # the word is done when the answer has come
        self.before = self.before[1:]

    def _subscribe(self) -> None:
        wanted = [(f"{STOP_WHEN}{n}", phrase.type, self._same(phrase)) for n, phrase in enumerate(self.rule.stop_when)]
        self.commands += [Subscribe(*each) for each in wanted]

    def _look_at_stop_if(self) -> None:
        for condition in self.rule.stop_if:
            if truth(condition, self._names()):
                self.history.append(Entry("stop if", "", {"because": condition.explain(self._names())}))
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
        turn = f"[{self.turn + 1}]" if self.turn is not None else ""
        path, step = f"{FRESH}{name}{turn}", f"keep fresh: {name}"
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
            if self.ended is not None or self.waiting is not None or self._turn_is_over():
                return
            if self.stopping is not None and not self.turns:
                self._end("cancelled", self.stopping)
                return
            try:
                if self._is_between_turns() and not self.before:
                    self._run_turns(self._go)
                elif self.doubt is not None and self._at_step() and self.failure is None:
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
        self.doubt = None if self.turn is None else doubt  # the other turns are held as well
        self.before = ("subscribe", *self.before)
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


def _begun_anew(turn: Turn) -> Turn:
    """A turn whose present step, if it has one left, begins its time now."""
    *below, last = turn.frames or (None,)
    if last is None:
        return turn
    return replace(turn, frames=(*turn.frames[: len(below)], replace(last, since=None)), waiting=None)
