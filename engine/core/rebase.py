"""Where a run that waits stands in another version of its rule: steps are found again by their names.

Pure; None means that the step, or what it stands in, is no longer there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.core.blocks import ON_ERROR, Address, steps_at
from engine.core.rule import Rule, Step
from engine.core.run import Frame, RunState, Turn
from engine.errors import Bug


def rebase(old: Rule, new: Rule, state: RunState) -> RunState | None:
    """The state of a waiting run in the new version of its rule; None when its step is not there any more.

    Names keep their values, a loop goes on with the items that it took. A run that has gone through all its steps,
    or that is failing, stands where it stood only when each of its lists is still found.
    """
    frames = _frames(old, new, state.frames)
    failed_at = _frames(old, new, state.failed_at)
    turns, failed_turns = _turns(old, new, state.turns), _turns(old, new, state.failed_turns)
    if frames is None or failed_at is None or turns is None or failed_turns is None:
        return None
    return replace(state, frames=frames, failed_at=failed_at, turns=turns, failed_turns=failed_turns)


def _turns(old: Rule, new: Rule, turns: Sequence[Turn]) -> tuple[Turn, ...] | None:
    moved = []
    for turn in turns:
        frames = _frames(old, new, turn.frames)
        if frames is None:
            return None
        moved.append(replace(turn, frames=frames))
    return tuple(moved)


def _frames(old: Rule, new: Rule, frames: Sequence[Frame]) -> tuple[Frame, ...] | None:
    moved = [_frame(old, new, frame) for frame in frames]
    kept = [frame for frame in moved if frame is not None]
    return tuple(kept) if len(kept) == len(moved) else None


def _frame(old: Rule, new: Rule, frame: Frame) -> Frame | None:
    try:
        address = _address(old, new, frame.address)
        if address is None:
            return None
        index = _index(steps_at(old, frame.address), steps_at(new, address), frame.index)
    except (Bug, IndexError):
        return None
    return None if index is None else replace(frame, address=address, index=index)


def _address(old: Rule, new: Rule, address: Address) -> Address | None:
    moved: Address = ()
    for number, (position, word) in enumerate(address):
        if position == ON_ERROR[0][0]:
            moved = (*moved, (position, word))
            continue
        index = _index(steps_at(old, address[:number]), steps_at(new, moved), position)
        if index is None:
            return None
        moved = (*moved, (index, word))
    return moved


def _index(old: Sequence[Step], new: Sequence[Step], index: int) -> int | None:
    if index >= len(old):
        return len(new)
    return next((number for number, step in enumerate(new) if step.name == old[index].name), None)
