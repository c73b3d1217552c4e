"""The parts of the runtime in one loop: inner work first, then one request to the outside.

Each part is a `step(now) -> did something`; threads and processes that run them are compose's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.core.times import text_of, time_of
from engine.runtime.calls import Carrier
from engine.runtime.dispatch import Dispatch
from engine.runtime.lanes import Lanes
from engine.runtime.parts import Parts
from engine.runtime.poll import Polls
from engine.runtime.resolve import Resolve
from engine.runtime.runner import Runner
from engine.runtime.timers import Timers
from engine.runtime.wakes import Wakes

Json = Any
_MINUTE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Pending:
    """What is left to do before all is quiet."""

    events: int
    runs: int
    attempts: int
    calls: int

    @property
    def quiet(self) -> bool:
        """Whether nothing is left but waits and holds."""
        return not (self.events or self.runs or self.attempts or self.calls)


class Loop:
    """Everything in one thread; also what the simulation drives on a virtual clock."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        carrier = Carrier(parts)
        self.polls = Polls(parts)
        self.wakes = Wakes(parts)
        self.timers = Timers(parts)
        self.dispatch = Dispatch(parts)
        self.runner = Runner(parts)
        self.lanes = Lanes(parts, carrier)
        self.resolve = Resolve(parts, carrier)

    def step(self, now: datetime) -> bool:
        """Do the next useful thing; False when there is nothing to do now."""
        inner = self.dispatch.step(now) | self.runner.step(now) | self.timers.step(now)
        if inner or self.resolve.step(now) or self.lanes.step(now):
            return True
        return self.wakes.step(now) or self.polls.step(now)

    def work(self, now: datetime) -> bool:
        """As step, but fetches nothing new."""
        inner = self.dispatch.step(now) | self.runner.step(now) | self.timers.step(now)
        return inner or self.resolve.step(now) or self.lanes.step(now)

    def pending(self, now: datetime) -> Pending:
        """What is left to do."""
        return Pending(**self.parts.store.rows("pending", now=text_of(now))[0])

    def next_at(self, now: datetime) -> datetime | None:
        """The next moment at which something may be due; None when nothing ever will."""
        found = [self.parts.store.rows("next_times", now=text_of(now))[0]["at"]]
        oldest = self.parts.store.rows("oldest_send", since=text_of(now - _MINUTE))[0]["at"]
        times = [time_of(at) for at in found if at]
        if oldest and self.pending(now).attempts:
            times.append(time_of(oldest) + _MINUTE + timedelta(microseconds=1))
        return min(times, default=None)
