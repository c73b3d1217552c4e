"""What each verb of a step decides, and how a run ends, fails or is held.

Part of the state machine: called by `advance.py`, which says when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from engine.core.blocks import ON_ERROR
from engine.core.expression import Expression, truth
from engine.core.rule import Choose, Do, EventPhrase, Fail, ForEach, Loop, Set, Span, Step, Stop, Wait, WaitFor
from engine.core.run import (
    Entry,
    Failure,
    Forget,
    Frame,
    LoopState,
    OpenHold,
    Perform,
    StartTimer,
    Subscribe,
    Turn,
    Waiting,
)
from engine.core.stack import END, LIMIT, STOP_WHEN, Stack, as_names
from engine.errors import Bug, CannotTell

Json = Any


class Verbs(Stack):
    """The steps' own decisions."""

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
            self.commands.append(StartTimer(f"{LIMIT}{path}", self._end_of(step.at_most, self.scene.now)))
        self.waiting = Waiting("action", path)
        retry = step.retry or self.rule.retry
        self.commands.append(Perform(path, step.name, verb.action, connection, inputs, retry, names))
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
        if loop.side_by_side and self.turn is None and wanted:
            self.turns = opened(self.frames[-1], loop, wanted)
            return
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
        self.history.append(Entry("waiting", step.name, {"for": verb.event.type, "until": until}))

    def _end_of(self, limit: Span | Expression, since: datetime) -> datetime:
        if isinstance(limit, Span):
            return self.almanac.after(limit, since)
        return self.almanac.moment(limit.value(self._names()), limit.text, since)

    def _since(self) -> datetime:
        return self.frames[-1].since or self.scene.now

    def _same(self, phrase: EventPhrase) -> tuple[tuple[str, Json], ...]:
        names = self._names()
        same = tuple((path, value.value(names)) for path, value in phrase.same)
        if any(value is None for _, value in same):
            what = f"What ties {phrase.type} to this run is missing."
            raise CannotTell(what, "Wait for an event by a field that is always given.")
        return same

    # --- from step to step ---

    def _leave(self) -> None:
        frame = self.frames.pop()
        if self.turn is not None and len(self.frames) == self.base:
            self.result = frame.last
            return
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

    # --- ends ---

    def _fail(self, step: Step, failure: Failure) -> None:
        if step.on_error == "continue":
            self._finish_step(step, None, skipped=True)
        elif isinstance(step.on_error, tuple):
            self._enter("on error", {"error": as_names(failure)})
        else:
            self._fail_run(failure)

    def _fail_run(self, failure: Failure, turns: tuple[Turn, ...] = (), failed: int = 0) -> None:
        """The run fails where it stands; in a side-by-side loop with its turns, of which one has failed."""
        if self.turn is not None:
            self._close("", failure)
            return
        if self.failure is not None:
            self._finish_run()
            return
        self.failure, self.failed_at, self.failed_turns = failure, tuple(self.frames), turns
        if self.rule.on_error:
            self.frames = [Frame(ON_ERROR, 0, self._all_names(turns[failed].frames if turns else ()))]
        else:
            self._finish_run()

    def _all_names(self, above: tuple[Frame, ...]) -> dict[str, Json]:
        names: dict[str, Json] = {}
        for frame in (*self.frames, *above):
            names.update(frame.names)
        return names

    def _finish_run(self) -> None:
        if self.failure is not None:
            self._end("failed", f"{self.failure.step}: {self.failure.what}")
        else:
            self._end("succeeded", "")

    def _end(self, status: Literal["succeeded", "failed", "cancelled"], reason: str) -> None:
        if self.turn is not None:
            self._close(reason)
            return
        if status == "succeeded" and self.failure is not None:
            status, reason = "failed", f"{self.failure.step}: {self.failure.what}"
        self.ended = status
        self.reason = reason
        self.waiting = self.stopping = self.doubt = None
        self.frames, self.before, self.turns, self.closing = [], (), [], None
        self.commands += [Forget(f"{STOP_WHEN}{number}") for number in range(len(self.rule.stop_when))]
        self.history.append(Entry(status, "", {"reason": reason} if reason else {}))

    def _hold(self, problem: CannotTell) -> None:
        step = self._step() if self._at_step() else None
        name, path = (step.name, self._path(step)) if step else ("", END)
        self.waiting = Waiting("hold", path, problem.code)
        self.commands.append(OpenHold(path, name, problem.code, problem.what, problem.mend))
        self.history.append(Entry("held", name, {"code": problem.code, "what": problem.what}))


def opened(frame: Frame, loop: Loop, items: Sequence[Json]) -> list[Turn]:
    """One turn an item, each at the first step below the loop's own place."""
    address = (*frame.address, (frame.index, "each"))
    places = [LoopState(loop.name, (), number) for number in range(len(items))]
    return [Turn((Frame(address, 0, {loop.name: item}, place),)) for item, place in zip(items, places, strict=True)]
