"""Drives a generator that yields requests over a connection's door: polls and capabilities.

Counts every request against the budget; a limit ends the flow with the time to wait.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Literal, TypeVar

from engine.errors import NoAnswer, NotSent
from engine.runtime.budgets import count, room
from engine.runtime.parts import Connection, Parts
from engine.runtime.shelf import StoreShelf
from engine.sdk.contract import Outcome, PollTime, RateLimited, Request, Response

T = TypeVar("T")
_TOO_MANY = 429
_TIME_LIMIT_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 60.0


class Waits(NotSent):
    """The vendor, or our own budget, wants the flow to be made later."""

    code = "rate-limited"

    def __init__(self, limit: RateLimited) -> None:
        super().__init__("The connection has to wait.", "It goes on by itself.")
        self.limit = limit


def drive(parts: Parts, connection: Connection, flow: Generator[Request, Response, T], purpose: str) -> T:
    """Send what the flow asks for until it returns.

    Raises:
        Waits: A limit was reached.
        NoAnswer: No complete answer came, or the flow could not read it.
        NotSent, SignInNeeded: As the door raises them.
    """
    try:
        request = next(flow)
        while True:
            request = flow.send(_send(parts, connection, request, purpose))
    except StopIteration as end:
        result: T = end.value
        return result
    except ValueError as fault:
        raise NoAnswer(f"An answer of {connection.name} could not be read ({fault}).") from fault


def read_on(
    parts: Parts, connection: Connection, action: str, outcomes: Sequence[Outcome]
) -> Generator[Request, Response, tuple[Outcome, ...]]:
    """The flow that makes a read's outcomes whole, for those that one request does not bring."""
    further = connection.call(action).further
    if further is None:
        return tuple(outcomes)
    shelf = StoreShelf(parts.store, connection.name, parts.now)
    at = PollTime(parts.now(), parts.practice.timezone, connection.settings)
    return (yield from further(outcomes, shelf, at))


def _send(parts: Parts, connection: Connection, request: Request, purpose: str) -> Response:
    now = parts.now()
    free = room(parts, connection, now, reserve=purpose != "poll")
    if not free.open:
        seconds = (free.at - now).total_seconds() if free.at else _LONGEST_WAIT_SECONDS
        raise Waits(RateLimited("minute", max(seconds, 1.0)))
    parts.store.write((count(connection.name, purpose, now),))
    connection.door.prepare()
    answer = connection.door.send(request, lambda: True, _TIME_LIMIT_SECONDS)
    if answer.status == _TOO_MANY:
        after = answer.headers.get("retry-after", "")
        scope: Literal["day", "minute"] = "day" if answer.headers.get("x-rate-limit-problem") == "day" else "minute"
        raise Waits(RateLimited(scope, float(after) if after.isdigit() else None))
    return answer
