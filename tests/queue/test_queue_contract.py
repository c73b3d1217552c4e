"""What every queue of hints must do: in process, dramatiq in memory, dramatiq on a real Redis server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.ports import Queue
from engine.queue.dramatiq_queue import DramatiqQueue, redis_queue, stub_broker
from engine.queue.in_process import InProcessQueue


@pytest.fixture(params=["in process", "dramatiq", "redis"])
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    opened: Queue
    if request.param == "in process":
        opened = InProcessQueue()
    elif request.param == "dramatiq":
        opened = DramatiqQueue(stub_broker())
    else:
        opened = redis_queue(request.getfixturevalue("redis_address"))
    yield opened
    opened.close()


def all_of(queue: Queue, count: int) -> list[str]:
    taken: list[str] = []
    for _ in range(50):
        taken += queue.take(10, 0.2)
        if len(taken) >= count:
            break
    return taken


def test_every_hint_is_taken_once(queue: Queue) -> None:
    for run in ("run_1", "run_2", "run_3"):
        queue.hint(run)

    assert sorted(all_of(queue, 3)) == ["run_1", "run_2", "run_3"]
    assert queue.take(10, 0) == ()


def test_an_empty_line_gives_nothing_at_once(queue: Queue) -> None:
    assert queue.take(10, 0) == ()


def test_no_more_than_the_limit_is_taken() -> None:
    queue = InProcessQueue()
    for number in range(5):
        queue.hint(f"run_{number}")

    assert queue.take(2, 0) == ("run_0", "run_1")
    assert len(queue.take(10, 0)) == 3


def test_a_hint_given_twice_is_one() -> None:
    queue = InProcessQueue()
    queue.hint("run_1")
    queue.hint("run_1")

    assert queue.take(10, 0) == ("run_1",)


def test_a_forged_message_is_not_taken(redis_address: str) -> None:
    queue = redis_queue(redis_address)
    queue.hint("x" * 1000)
    queue.hint("run_1")

    assert all_of(queue, 1) == ["run_1"]
    queue.close()
