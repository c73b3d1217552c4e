"""Side-by-side loops: each turn stands at a place of its own above the frames that the turns share.

Part of the state machine: opens one turn at a time for an input, and joins them at the end. What a turn does is what
any steps do (`verbs.py`); a failure, a stop or a cancellation lets what is asked for be answered and begins nothing
more. Side by side is for the outermost of such loops; those inside a turn go in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.core.rule import Do, ForEach
from engine.core.run import Forget, Input, LookedBack, LoopState, Turn, Waiting
from engine.core.stack import LIMIT
from engine.core.verbs import Verbs
from engine.errors import Bug


class Turns(Verbs):
    """The turns of the run's side-by-side loop, if it is in one."""

    def _is_in_turns(self) -> bool:
        return self.waiting is not None and self.waiting.at == "turns"

    def _is_between_turns(self) -> bool:
        return bool(self.turns) and self.turn is None

    def _turn_is_over(self) -> bool:
        """Whether the open turn begins nothing more."""
        return self.turn is not None and (len(self.frames) == self.base or self._is_closing())

    def _enter_turn(self, number: int) -> None:
        turn = self.turns[number]
        self.turn, self.base = number, len(self.frames)
        self.frames += turn.frames
        self.waiting, self.before = turn.waiting, turn.before

    def _leave_turn(self) -> None:
        """Store the turn; what it made of the shared frames stays there for the others."""
        if self.turn is None:
            raise Bug("No turn of a side-by-side loop is open.")
        own = tuple(self.frames[self.base :])
        result = self.result if not own else None
        self.turns[self.turn] = Turn(own, self.waiting, self.before, result)
        self.frames = self.frames[: self.base]
        self.turn, self.waiting, self.before, self.result = None, None, (), None

    def _take_in_turns(self, happened: Input, dispatch: Callable[[Input], None], go: Callable[[], None]) -> None:
        """Hand an input to the turn that waits for it; one that no turn waits for changes nothing."""
        for number in self._waiting_for(happened):
            self._enter_turn(number)
            dispatch(happened)
            self._leave_turn()
        self.waiting = None
        go()

    def _waiting_for(self, happened: Input) -> tuple[int, ...]:
        path = getattr(happened, "path", None)
        found = []
        for number, turn in enumerate(self.turns):
            waiting = turn.waiting
            if waiting is None:
                continue
            if isinstance(happened, LookedBack):
                found += [number] if waiting.at == "looking" else []
            elif path in (waiting.path, f"{LIMIT}{waiting.path}"):
                return (number,)
        return tuple(found)

    def _run_turns(self, go: Callable[[], None]) -> None:
        """Have every turn go on that does not wait, and join them when none is left."""
        for number in range(len(self.turns)):
            turn = self.turns[number]
            if turn.frames and turn.waiting is None and not self._is_closing():
                self._enter_turn(number)
                go()
                self._leave_turn()
        if self._is_closing():
            self._close_turns()
        elif any(turn.frames for turn in self.turns):
            self._wait_for_turns()
        else:
            self._join()

    def _interrupt_turns(self, at: Sequence[str], before: tuple[str, ...] | None = None) -> None:
        """Turns that wait in one of these ways stand before their step again."""
        for number, turn in enumerate(self.turns):
            if turn.waiting is not None and turn.waiting.at in at:
                self.commands.append(Forget(turn.waiting.path))
                self.turns[number] = replace(turn, waiting=None, before=turn.before if before is None else before)

    def _is_closing(self) -> bool:
        return self.closing is not None or self.stopping is not None

    def _close_turns(self) -> None:
        """Nothing more is begun; the run ends when no action is under way any more."""
        self._interrupt_turns(("timer", "event", "pause", "hold", "looking"))
        if any(turn.waiting is not None for turn in self.turns):
            self._wait_for_turns()
            return
        closing, turns = self.closing, tuple(self.turns)
        self.turns, self.closing = [], None
        if self.stopping is not None:
            self._end("cancelled", self.stopping)
        elif closing is not None and closing.failure is not None:
            self._fail_run(closing.failure, turns, closing.turn)
        elif closing is not None:
            self._end("succeeded", closing.reason)

    def _wait_for_turns(self) -> None:
        self.waiting = Waiting("turns", self._path(self._step()))

    def _join(self) -> None:
        step = self._step()
        verb = step.verb
        loop = verb.loop if isinstance(verb, Do | ForEach) else None
        if loop is None:
            raise Bug(f'The step "{step.name}" has no turns.')
        results = tuple(turn.result for turn in self.turns)
        self.turns = []
        self._gather(LoopState(loop.name, (), 0, results, loop.gather_as, step.save_as))
        self._advance_index(list(results))
