"""Where a run stands in its rule: the frames it is in, the names they give, and what it decided on the way.

The ground of the state machine; what a step does stands in `verbs.py`, what an input does in `advance.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.core.almanac import Almanac
from engine.core.blocks import ON_ERROR, steps_at
from engine.core.calendar import Calendar
from engine.core.rule import Rule, Step
from engine.core.run import Closing, Command, Entry, Failure, Frame, LoopState, RunState

Json = Any

# Paths of the machine's own: names of steps never begin with a blank.
STOP_WHEN = " stop when "
FRESH = " keep fresh "
LIMIT = " at most "
LOOKING = " looking back"
END = " end"


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


class Stack:
    """A state opened up for one input, closed again by `state()`."""

    def __init__(self, rule: Rule, state: RunState, scene: Scene) -> None:
        self.rule, self.scene = rule, scene
        self.frames = list(state.frames)
        self.waiting, self.failure, self.stopping = state.waiting, state.failure, state.stopping
        self.ended, self.reason, self.failed_at = state.ended, state.reason, state.failed_at
        self.before, self.served, self.doubt = state.before, state.served, state.doubt
        self.turns, self.closing, self.failed_turns = list(state.turns), state.closing, state.failed_turns
        self.turn: int | None = None  # the turn that is open, its frames on top of the first `base`
        self.base = 0
        self.result: Json = None
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
            tuple(self.turns),
            self.closing,
            self.failed_turns,
        )

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

    def _advance_index(self, result: Json) -> None:
        frame = self.frames[-1]
        self.frames[-1] = replace(frame, index=frame.index + 1, last=result, since=None)

    def _close(self, reason: str, failure: Failure | None = None) -> None:
        """The open turn ends the run, or fails; what the first of them said counts."""
        self.waiting, self.before = None, ()
        if self.closing is None and self.turn is not None:
            self.closing = Closing(self.turn, reason, failure)

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


def as_names(failure: Failure) -> dict[str, Json]:
    """A failure as rules see it: `error`."""
    return {"step": failure.step, "what": failure.what, "mend": failure.mend, "code": failure.code}
