"""A reader with patience waits where a limit of calls is used up, goes on where it stopped, and gives up in time."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from engine.compose.reader import _Resumable
from engine.runtime.flows import Waits
from engine.sdk.contract import RateLimited, Request, Response


def three() -> Generator[Request, Response, list[int]]:
    """Asks three times."""
    found = []
    for number in range(3):
        found.append((yield Request("GET", f"/{number}")).status)
    return found


def drive(flow: Generator[Request, Response, Any], asked: list[str], stop_before: int) -> Any:
    try:
        request = next(flow)
        while True:
            if len(asked) == stop_before:
                raise Waits(RateLimited("minute", 1.0))
            asked.append(request.path)
            request = flow.send(Response(200 + len(asked), {}, b""))
    except StopIteration as end:
        return end.value


@pytest.mark.parametrize("stop", [0, 1, 2])
def test_what_was_answered_is_not_asked_again(stop: int) -> None:
    asked: list[str] = []
    whole = _Resumable(three())
    with pytest.raises(Waits):
        drive(whole.go_on(), asked, stop)
    assert drive(whole.go_on(), asked, 99) == [201, 202, 203]
    assert asked == ["/0", "/1", "/2"]
