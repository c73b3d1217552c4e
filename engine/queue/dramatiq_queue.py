"""Hints through dramatiq: messages that carry a run id and may vanish at any time.

Dramatiq's own retries are off: the store is the truth, and a sweep finds what a lost hint left behind.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, ShutdownNotifications, TimeLimit

from engine.queue.in_process import InProcessQueue

_QUEUE = "daybook_hints"
_DEAD_LETTERS_KEPT = 100
_RUN_ID_LENGTH = 64


def _middleware() -> list[Any]:
    return [AgeLimit(), TimeLimit(), ShutdownNotifications(), Callbacks(), Pipelines()]


def stub_broker() -> StubBroker:
    """A broker in memory, with a bound on the dead letters it keeps."""
    broker = StubBroker(middleware=_middleware())
    kept: Any = defaultdict(lambda: deque(maxlen=_DEAD_LETTERS_KEPT))
    broker.dead_letters_by_queue = kept
    return broker


def redis_queue(url: str) -> DramatiqQueue:
    """Hints through a Redis server; quick to give the work of a dead worker to another."""
    from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415 - 340 ms that only Redis users pay
    from redis import Redis  # noqa: PLC0415 - the same

    client = Redis.from_url(url)
    make: Any = RedisBroker
    broker = make(client=client, middleware=_middleware(), heartbeat_timeout=5_000, maintenance_chance=100_000)
    return DramatiqQueue(broker, close_client=client.connection_pool.disconnect)


class DramatiqQueue:
    """See `engine.ports.Queue`; a dramatiq worker moves each message into a line of this process."""

    def __init__(self, broker: dramatiq.Broker, close_client: Callable[[], None] = lambda: None) -> None:
        self._broker, self._close_client = broker, close_client
        self._line = InProcessQueue()
        self._actor = dramatiq.Actor(
            self._receive,
            broker=broker,
            actor_name="look_at_run",
            queue_name=_QUEUE,
            priority=0,
            options={},
        )
        broker.emit_after("process_boot")
        self._worker = dramatiq.Worker(broker, queues={_QUEUE}, worker_threads=1, worker_timeout=50)
        self._worker.start()

    def hint(self, run: str) -> None:
        """Send the id of a run."""
        self._actor.send(run)

    def take(self, limit: int, wait_seconds: float) -> tuple[str, ...]:
        """What the worker has received."""
        return self._line.take(limit, wait_seconds)

    def close(self) -> None:
        """Stop the worker and the broker."""
        self._worker.stop(timeout=1_000)
        self._broker.close()
        self._close_client()
        self._line.close()

    def _receive(self, run: str) -> None:
        if isinstance(run, str) and len(run) <= _RUN_ID_LENGTH:
            self._line.hint(run)
