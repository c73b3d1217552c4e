"""The state of a run, what can happen to it, and what it asks for: the vocabulary of `engine.core.advance`.

Frozen data only; a state can be stored as plain values and read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from engine.core.blocks import TOP, Address
from engine.core.rule import Retry

Json = Any
Status = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled"]
ENDED: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class LoopState:
    """Where a loop stands: the items it took at its start, which one is next, the last results so far."""

    name: str
    items: tuple[Json, ...]
    position: int = 0
    gathered: tuple[Json, ...] = ()
    gather_as: str | None = None
    save_as: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One list of steps being gone through; `names` were made inside it, `last` is its latest result.

    `since` is when its present step was first begun: a wait that is begun again ends when it would have ended.
    """

    address: Address = TOP
    index: int = 0
    names: Mapping[str, Json] = field(default_factory=dict)
    loop: LoopState | None = None
    last: Json = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a run waits for: an action's outcome, a timer, an event, a hold's release, a pause, a look back, its turns.

    A pause stands before a step that is begun again after it; the look back is at events from before it subscribed.
    Of a side-by-side loop each turn waits for something of its own.
    """

    at: Literal["action", "timer", "event", "hold", "pause", "looking", "turns"]
    path: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run is failing: names and ids only, no values."""

    step: str
    what: str
    mend: str
    code: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a side-by-side loop: its frames above those that the turns share; none when it is over.

    A turn that neither is over nor waits stands before a step that it did not begin, because the run is closing.
    """

    frames: tuple[Frame, ...] = ()
    waiting: Waiting | None = None
    before: tuple[str, ...] = ()
    result: Json = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How a run will end when its turns have nothing under way any more: as one of them said first."""

    turn: int
    reason: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """Everything that the next decision depends on.

    Attributes:
        failed_at: Where the run stood when its first failure was found; a run that is tried again goes on there.
        before: What is to be done before the next step: `subscribe`, `fresh NAME`, `stop if`.
        served: Ids of the events that ended a wait of this run; each ends one.
        doubt: What, mend and code of a `stop when` that could not be told; the run is held at its next step.
        turns: Those of the side-by-side loop that the run is in; `frames` are what they share.
        failed_turns: The turns as they stood when the failure was found, as `failed_at`.
    """

    frames: tuple[Frame, ...] = (Frame(),)
    waiting: Waiting | None = None
    failure: Failure | None = None
    stopping: str | None = None
    ended: Status | None = None
    reason: str = ""
    failed_at: tuple[Frame, ...] = ()
    before: tuple[str, ...] = ()
    served: tuple[str, ...] = ()
    doubt: tuple[str, str, str] | None = None
    turns: tuple[Turn, ...] = ()
    closing: Closing | None = None
    failed_turns: tuple[Turn, ...] = ()


# --- inputs: one thing that happened -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The run may begin."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The action at a path has its final outcome: a result, or a failure."""

    path: str
    result: Json = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class TimerDue:
    """The timer of a path is due; `parked` as in Cancelled."""

    path: str
    parked: bool = False


@dataclass(frozen=True, slots=True)
class EventArrived:
    """An awaited event came; `objects` are its names, `event` is its id; `parked` as in Cancelled."""

    path: str
    objects: Mapping[str, Json]
    event: str = ""
    parked: bool = False


@dataclass(frozen=True, slots=True)
class LookedBack:
    """Every awaited event that was accepted before the run subscribed has been sent to it."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """The action at a path could not be made ready to be sent; the run is held before it."""

    path: str
    what: str
    mend: str
    code: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The rule is now another version, in which the run stands at a step of the same name."""


@dataclass(frozen=True, slots=True)
class Released:
    """The hold at a path is gone: the step is tried again."""

    path: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person, a newer run or `stop when` ends the run between steps.

    `parked` tells that its action has nothing in a call or unknown, so that there is nothing to wait for.
    """

    reason: str
    parked: bool = False


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """A person has a failed run go on: the step that failed is performed again."""


Input = Started | Settled | NotReady | TimerDue | EventArrived | LookedBack | Moved | Released | Cancelled | TriedAgain


# --- commands: what the run asks for -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Perform:
    """Do an action; its outcome comes back as Settled with the same path. Without `retry` the default counts.

    `names` are those that the step sees, for what is made ready outside, such as a template.
    """

    path: str
    step: str
    action: str
    connection: str | None
    inputs: Mapping[str, Json]
    retry: Retry | None = None
    names: Mapping[str, Json] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The action of a path is given up: nothing of it is in a call or unknown."""

    path: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Wake the run at a time; comes back as TimerDue."""

    path: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Wait for an event whose paths equal these values; comes back as EventArrived.

    Events accepted since the run's own starting event count; when those are sent, LookedBack follows.
    """

    path: str
    type: str
    same: tuple[tuple[str, Json], ...]


@dataclass(frozen=True, slots=True)
class Forget:
    """The timer and the subscription of a path are no longer wanted."""

    path: str


@dataclass(frozen=True, slots=True)
class OpenHold:
    """The run waits at a step until a cause is gone."""

    path: str
    step: str
    code: str
    what: str
    mend: str


Command = Perform | Withdraw | StartTimer | Subscribe | Forget | OpenHold


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the run's history; `detail` are plain values, masked by class where they are shown."""

    kind: str
    step: str = ""
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """What one input makes of a run."""

    state: RunState
    commands: tuple[Command, ...]
    history: tuple[Entry, ...]

    @property
    def status(self) -> Status:
        """The status that the state has."""
        return status_of(self.state)


def status_of(state: RunState) -> Status:
    """One of the six statuses; anything finer is a reason."""
    if state.ended is not None:
        return state.ended
    waits = [turn.waiting for turn in state.turns if turn.frames] if _in_turns(state) else [state.waiting]
    return "running" if any(each is None or each.at in ("action", "looking") for each in waits) else "waiting"


def held_at(state: RunState, path: str) -> RunState:
    """The state with the action at a path taken for held: its release has the step begun again."""
    hold = Waiting("hold", path)
    if not _in_turns(state):
        return replace(state, waiting=hold)
    turns = (
        replace(turn, waiting=hold) if turn.waiting and turn.waiting.path == path else turn for turn in state.turns
    )
    return replace(state, turns=tuple(turns))


def waits_of(state: RunState) -> tuple[Waiting, ...]:
    """What a run waits for: one thing, or one for each turn of a side-by-side loop."""
    if _in_turns(state):
        return tuple(turn.waiting for turn in state.turns if turn.waiting is not None)
    return (state.waiting,) if state.waiting is not None else ()


def _in_turns(state: RunState) -> bool:
    return state.waiting is not None and state.waiting.at == "turns"


def to_plain(state: RunState) -> Json:
    """A state as plain values for the store."""
    return {
        "frames": [_frame_to_plain(frame) for frame in state.frames],
        "waiting": _waiting_to_plain(state.waiting),
        "failure": _failure_to_plain(state.failure),
        "stopping": state.stopping,
        "ended": state.ended,
        "reason": state.reason,
        "failed_at": [_frame_to_plain(frame) for frame in state.failed_at],
        "before": list(state.before),
        "served": list(state.served),
        "doubt": list(state.doubt) if state.doubt else None,
        "turns": [_turn_to_plain(turn) for turn in state.turns],
        "closing": _closing_to_plain(state.closing),
        "failed_turns": [_turn_to_plain(turn) for turn in state.failed_turns],
    }


def from_plain(plain: Mapping[str, Json]) -> RunState:
    """The reverse of to_plain."""
    return RunState(
        frames=tuple(_frame_from_plain(frame) for frame in plain["frames"]),
        waiting=_waiting_from_plain(plain["waiting"]),
        failure=Failure(*plain["failure"]) if plain["failure"] else None,
        stopping=plain["stopping"],
        ended=plain["ended"],
        reason=plain["reason"],
        failed_at=tuple(_frame_from_plain(frame) for frame in plain.get("failed_at", ())),
        before=tuple(plain.get("before", ())),
        served=tuple(plain.get("served", ())),
        doubt=_doubt_from_plain(plain.get("doubt")),
        turns=tuple(_turn_from_plain(turn) for turn in plain.get("turns", ())),
        closing=_closing_from_plain(plain.get("closing")),
        failed_turns=tuple(_turn_from_plain(turn) for turn in plain.get("failed_turns", ())),
    )


def _waiting_to_plain(waiting: Waiting | None) -> Json:
    return [waiting.at, waiting.path, waiting.code] if waiting else None


def _waiting_from_plain(plain: Json) -> Waiting | None:
    return Waiting(*plain) if plain else None


def _turn_to_plain(turn: Turn) -> Json:
    frames = [_frame_to_plain(frame) for frame in turn.frames]
    return [frames, _waiting_to_plain(turn.waiting), list(turn.before), turn.result]


def _turn_from_plain(plain: Json) -> Turn:
    frames, waiting, before, result = plain
    own = tuple(_frame_from_plain(frame) for frame in frames)
    return Turn(own, _waiting_from_plain(waiting), tuple(before), result)


def _closing_to_plain(closing: Closing | None) -> Json:
    return [closing.turn, closing.reason, _failure_to_plain(closing.failure)] if closing else None


def _closing_from_plain(plain: Json) -> Closing | None:
    return Closing(plain[0], plain[1], Failure(*plain[2]) if plain[2] else None) if plain else None


def _doubt_from_plain(plain: Json) -> tuple[str, str, str] | None:
    return (plain[0], plain[1], plain[2]) if plain else None


def _failure_to_plain(failure: Failure | None) -> Json:
    return [failure.step, failure.what, failure.mend, failure.code] if failure else None


def _frame_to_plain(frame: Frame) -> Json:
    loop = frame.loop
    return {
        "address": [list(part) for part in frame.address],
        "index": frame.index,
        "names": dict(frame.names),
        "last": frame.last,
        "since": frame.since,
        "loop": loop
        and [loop.name, list(loop.items), loop.position, list(loop.gathered), loop.gather_as, loop.save_as],
    }


def _frame_from_plain(plain: Mapping[str, Json]) -> Frame:
    loop = plain["loop"]
    return Frame(
        address=tuple((part[0], part[1]) for part in plain["address"]),
        index=plain["index"],
        names=plain["names"],
        last=plain["last"],
        loop=LoopState(loop[0], tuple(loop[1]), loop[2], tuple(loop[3]), loop[4], loop[5]) if loop else None,
        since=plain.get("since"),
    )
