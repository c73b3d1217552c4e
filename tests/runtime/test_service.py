"""The parts in threads: nothing is lost or doubled, a part that fails goes on, an end is clean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from shop import World, calling_rule, payers, posting_rule

from engine.clock import SystemClock
from engine.compose.service import Service, work_until_quiet, worth_waiting
from engine.ports import Update
from engine.runtime.parts import Limits, Parts
from engine.sdk.contract import Found, NewEvent, Poll, PollTime, Request, Response, Shelf

Json = Any
PATIENCE_SECONDS = 30


class Counter:
    """A door that says when a number of things stand, and how many calls were under way together."""

    def __init__(self, world: World, wanted: int) -> None:
        self._world, self._wanted = world, wanted
        self.reached = threading.Event()
        self.most, self._now = 0, 0
        self._lock = threading.Lock()

    def prepare(self) -> None:
        self._world.shop.prepare()

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            with self._lock:
                return self._world.shop.send(request, may_send, timeout_seconds)
        finally:
            with self._lock:
                self._now -= 1
                if len(self._world.shop.kept) >= self._wanted:
                    self.reached.set()


@contextmanager
def served(parts: Parts) -> Iterator[Service]:
    """A service in a thread of its own; at the end it is stopped, and has ended."""
    service = Service(parts)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def with_connection(world: World, **more: Any) -> Parts:
    """The world's parts on this machine's clock, with another door, limit or connector."""
    world.clock.pass_until(SystemClock().now())
    shop = replace(world.parts.connections["shop"], **more)
    return replace(world.parts, clock=SystemClock(), connections={"shop": shop})


def finish(world: World) -> None:
    """What the service left, in one thread."""
    world.clock.pass_until(SystemClock().now())
    world.run()


def test_many_threads_do_everything_once(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    world.happen(*payers(60, homes=7))
    door = Counter(world, 67)
    with served(with_connection(world, door=door)):
        assert door.reached.wait(PATIENCE_SECONDS)
    finish(world)

    assert world.statuses() == {"succeeded": 60}
    assert (len(world.shop.kept), world.shop.doubles()) == (67, [])
    assert door.most <= 4


def test_two_services_on_one_store_do_everything_once(tmp_path: Path) -> None:
    world = World(tmp_path, posting_rule())
    world.happen(*payers(40))
    door = Counter(world, 43)
    parts = with_connection(world, door=door)
    with served(parts), served(parts):
        assert door.reached.wait(PATIENCE_SECONDS)
    finish(world)

    assert (world.statuses(), world.shop.doubles()) == ({"succeeded": 40}, [])


def test_the_budget_holds_with_many_hands(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.happen(*payers(95))
    door = Counter(world, 30)
    with served(with_connection(world, door=door, limits=Limits(minute=3))):
        assert door.reached.wait(PATIENCE_SECONDS)

    assert world.store.rows("sends_since", connection="shop", since="")[0]["n"] == 3


def test_an_end_waits_for_the_call_that_is_under_way(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.happen(*payers(1))
    under_way, go_on = threading.Event(), threading.Event()

    class Slow:
        def prepare(self) -> None: ...

        def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
            under_way.set()
            go_on.wait(PATIENCE_SECONDS)
            return world.shop.send(request, may_send, timeout_seconds)

    with served(with_connection(world, door=Slow())) as service:
        assert under_way.wait(PATIENCE_SECONDS)
        service.stop()
        go_on.set()

    assert len(world.shop.kept) == 1
    assert world.loop.pending(world.clock.now()).calls == 0


def test_a_part_that_fails_rests_and_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    failures = iter([ZeroDivisionError(), KeyError("x")])
    polled = threading.Event()

    def poll(cursor: Json, shelf: Shelf, at: PollTime) -> Generator[Request, Response, Found]:
        if fault := next(failures, None):
            raise fault
        polled.set()
        event = NewEvent("shop.asked", "e1", at.now, "asked", {"payer": {}}, subject="1")
        return Found({"at": 1}, (), (event,))
        yield Request("GET", "/")

    connector = replace(world.parts.connections["shop"].connector, polls=(Poll("news", poll, 60),))
    with served(with_connection(world, connector=connector)):
        assert polled.wait(PATIENCE_SECONDS)
    finish(world)

    assert world.statuses() == {"succeeded": 1}


def test_working_until_quiet_does_not_wait_for_what_a_person_has_to_do(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.happen(*payers(1))
    world.store.write((Update("connections", {"name": "shop"}, {"state": "paused", "reason": "sign in"}),))
    work_until_quiet(world.loop, world.clock, threading.Event())

    assert world.loop.pending(world.clock.now()).attempts == 1
    assert not worth_waiting(world.loop, world.clock.now())


def test_a_short_wait_is_worth_it_and_a_long_one_is_not(tmp_path: Path) -> None:
    world = World(tmp_path, calling_rule())
    world.happen(*payers(1))
    for _ in range(2):
        world.loop.dispatch.step(world.clock.now())
        world.loop.runner.step(world.clock.now())
    for seconds, worth in ((30, True), (3600, False)):
        until = (world.clock.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        world.store.write((Update("connections", {"name": "shop"}, {"not_before": until}),))
        assert worth_waiting(world.loop, world.clock.now()) is worth
