"""Runs the parts of the runtime in threads until it is told to stop; or in one thread until all is quiet.

Inner work has one thread. Each connection has one that chooses its calls - so its budget is never counted by two at
once - with as many hands as may be under way together, and one for its polls. Every claim is guarded in the store,
so other processes may do the same beside it. Decides nothing about the work itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.core.times import text_of
from engine.ports import Clock
from engine.runtime.budgets import room
from engine.runtime.calls import Carrier
from engine.runtime.dispatch import Dispatch
from engine.runtime.lanes import Lanes
from engine.runtime.loop import Loop
from engine.runtime.parts import ActionTerms, Connection, Parts
from engine.runtime.poll import Polls
from engine.runtime.resolve import Resolve
from engine.runtime.runner import Runner
from engine.runtime.timers import Timers
from engine.runtime.wakes import Wakes
from engine.sdk.contract import Door, Request, Response

Step = Callable[[datetime], bool]

_LOG = structlog.get_logger()
_MOST_HANDS = 4
_REST_SECONDS = 0.5  # what another process did is seen this much later at most
_POLL_REST_SECONDS = 2.0
_LONGEST_BACKOFF_SECONDS = 60.0
_WORTH_WAITING = timedelta(seconds=120)


class Bell:
    """Rung by whoever moved something; those who rest hear it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung = 0

    def ring(self) -> None:
        """Wake everyone."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def count(self) -> int:
        """How often it was rung."""
        with self._changed:
            return self._rung

    def rest(self, heard: int, seconds: float) -> None:
        """Wait until it is rung again since `heard`, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung != heard, seconds)


@dataclass(slots=True)
class Part:
    """One thread's work: its steps are taken in order until none moves anything, then it rests."""

    name: str
    steps: Sequence[Step]
    rest_seconds: float
    failures: int = 0

    def work(self, clock: Clock, bell: Bell, stop: threading.Event) -> None:
        """Work until told to stop; an error ends it, and the service begins it again."""
        if self.failures:
            stop.wait(min(0.5 * 2 ** (self.failures - 1), _LONGEST_BACKOFF_SECONDS))
        while not stop.is_set():
            heard = bell.count()
            moved = [step(clock.now()) for step in self.steps]
            self.failures = 0
            if any(moved):
                bell.ring()
            else:
                bell.rest(heard, self.rest_seconds)


class Hands(Carrier):
    """Carries calls in threads of their own, as many together as the connection allows."""

    def __init__(self, parts: Parts, connection: Connection, bell: Bell) -> None:
        super().__init__(parts)
        self._count = max(1, min(connection.limits.at_once, _MOST_HANDS))
        self._pool = ThreadPoolExecutor(self._count, thread_name_prefix=f"call {connection.name}")
        self._bell = bell
        self._lock = threading.Lock()
        self._busy = 0

    def free(self) -> bool:
        """Whether another call may be under way."""
        with self._lock:
            return self._busy < self._count

    def carry(self, connection: Connection, terms: ActionTerms, call: dict[str, Any]) -> None:
        """Have the call carried; what becomes of it is written down by the hand that carries it."""
        with self._lock:
            self._busy += 1
        self._pool.submit(super().carry, connection, terms, call).add_done_callback(self._over)

    def close_pool(self) -> None:
        """Wait for the calls that are under way."""
        self._pool.shutdown(wait=True)

    def _over(self, carried: Future[None]) -> None:
        with self._lock:
            self._busy -= 1
        fault = carried.exception()
        if fault is not None:
            # The call stays open; when its silence is over it is looked up like any other.
            _LOG.error("bug", part="call", exc_info=fault)
        self._bell.ring()


class _OneRenewal:
    """A door at which one thread at a time renews the sign-in: the lease in the vault tells processes apart only."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._lock = threading.Lock()

    def prepare(self) -> None:
        with self._lock:
            self._door.prepare()

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        return self._door.send(request, may_send, timeout_seconds)


class Service:
    """All parts in threads; `run` blocks until `stop` is called, from any thread or a signal handler."""

    def __init__(self, parts: Parts) -> None:
        doors = {name: replace(known, door=_OneRenewal(known.door)) for name, known in parts.connections.items()}
        parts = replace(parts, connections=doors)
        self._clock = parts.clock
        self._bell = Bell()
        self._stop = threading.Event()
        self._hands: list[Hands] = []
        self._parts = self._inner(parts)
        for connection in parts.connections.values():
            self._parts += self._outer(replace(parts, connections={connection.name: connection}), connection)

    def stop(self) -> None:
        """Begin no new work; what is being sent is finished."""
        self._stop.set()

    def ring(self) -> None:
        """Something new is in the store: whoever rests looks at once; from any thread."""
        self._bell.ring()

    def run(self) -> None:
        """Work until stopped; a part that fails is logged, rests a while, and goes on."""
        _LOG.info("process started", parts=len(self._parts))
        with ThreadPoolExecutor(len(self._parts), thread_name_prefix="part") as pool:
            working = {self._begin(pool, part): part for part in self._parts}
            while not self._stop.is_set():
                ended, _ = wait(working, timeout=_REST_SECONDS, return_when=FIRST_COMPLETED)
                for future in ended:
                    part = working.pop(future)
                    if fault := future.exception():
                        part.failures += 1
                        _LOG.error("bug", part=part.name, failures=part.failures, exc_info=fault)
                    working[self._begin(pool, part)] = part
            _LOG.info("process stopping")
            self._bell.ring()
        for hands in self._hands:
            hands.close_pool()

    def _begin(self, pool: ThreadPoolExecutor, part: Part) -> Future[None]:
        return pool.submit(part.work, self._clock, self._bell, self._stop)

    def _inner(self, parts: Parts) -> list[Part]:
        dispatch, runner, timers = Dispatch(parts), Runner(parts), Timers(parts)
        resolve = Resolve(parts, Carrier(parts))
        return [
            Part("rules", (dispatch.step, runner.step, timers.step), _REST_SECONDS),
            Part("silent calls", (resolve.step,), _POLL_REST_SECONDS),
        ]

    def _outer(self, parts: Parts, connection: Connection) -> list[Part]:
        hands = Hands(parts, connection, self._bell)
        lanes, polls, wakes = Lanes(parts, hands), Polls(parts), Wakes(parts)
        self._hands.append(hands)

        def choose(now: datetime) -> bool:
            return hands.free() and lanes.step(now)

        found = [Part(f"calls of {connection.name}", (choose,), _REST_SECONDS)]
        if connection.connector.polls:
            found.append(Part(f"polls of {connection.name}", (wakes.step, polls.step), _POLL_REST_SECONDS))
        return found


# --- in one thread --------------------------------------------------------------------------------------


def work_until_quiet(loop: Loop, clock: Clock, stop: threading.Event) -> None:
    """Take steps until nothing is left but waits and holds, or what no short wait would bring.

    A connection that a person has to connect, or whose day is used up, is not waited for.
    """
    while not stop.is_set():
        if loop.step(clock.now()):
            continue
        if not worth_waiting(loop, clock.now()):
            return
        stop.wait(0.05)


def worth_waiting(loop: Loop, now: datetime) -> bool:
    """Whether something is left to do that can be done within the next two minutes."""
    pending = loop.pending(now)
    if pending.events or pending.runs or pending.calls:
        return True
    soon = now + _WORTH_WAITING
    lanes = loop.parts.store.rows("ready_lanes", now=text_of(soon))
    return any(_opens(loop.parts, name, now, soon) for name in {lane["connection"] for lane in lanes})


def _opens(parts: Parts, name: str, now: datetime, soon: datetime) -> bool:
    connection = parts.connections.get(name)
    if connection is None:
        return False
    free = room(parts, connection, now)
    return free.open or (free.at is not None and free.at <= soon)
