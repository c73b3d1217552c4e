"""The routes of webhooks: reads a delivery within limits, hands it on, answers with a status and an empty body.

What a delivery means, and whether its address and signature are right, stands in `engine.runtime.hooks`. Nothing of a
request is logged: addresses hold secrets, bodies may hold anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from engine.errors import Bug, DaybookError
from engine.runtime.hooks import Delivery

_LOG = structlog.get_logger()
Receive = Callable[[Delivery], int]

MOST_BYTES = 256 * 1024
MOST_A_MINUTE = 1200
# Xero wants its answer within five seconds; what is left after the body is for the commit.
_BODY_SECONDS = 4.0
_MINUTE_SECONDS = 60.0
_TOO_SLOW, _TOO_LARGE, _TOO_MANY, _NOT_NOW = 408, 413, 429, 503


class Rate:
    """How many requests came in the minute that runs; only one thread may ask.

    Args:
        most: So many a minute are let in.
        seconds: A clock that never jumps.
    """

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most, self._seconds = most, seconds
        self._since, self._count = seconds(), 0

    def lets_in(self) -> bool:
        """Count one more; whether it may come in."""
        now = self._seconds()
        if now - self._since >= _MINUTE_SECONDS:
            self._since, self._count = now, 0
        self._count += 1
        return self._count <= self._most


class _Refused(Exception):
    """Answer with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def webhook_app(
    receive: Receive,
    seconds: Callable[[], float],
    most_a_minute: int = MOST_A_MINUTE,
    body_seconds: float = _BODY_SECONDS,
) -> Starlette:
    """The application behind the addresses `/hooks/CONNECTOR/CONNECTION[/EVENT/SECRET]`.

    Args:
        receive: Takes a delivery in and gives the status to answer with; called in threads.
        seconds: A clock that never jumps.
        most_a_minute: How many requests a minute are read at all, right or wrong.
        body_seconds: How long a body may take to come.
    """
    rate = Rate(most_a_minute, seconds)

    async def take(request: Request) -> Response:
        if not rate.lets_in():
            return Response(status_code=_TOO_MANY, headers={"retry-after": "60"})
        try:
            body = await _body(request, body_seconds)
            return Response(status_code=await run_in_threadpool(receive, _delivery(request, body)))
        except _Refused as refused:
            # What is still under way of the body is not waited for.
            return Response(status_code=refused.status, headers={"connection": "close"})
        except ClientDisconnect:
            return Response(status_code=_TOO_SLOW)
        except Bug:
            raise
        except DaybookError:
            return Response(status_code=_NOT_NOW)

    routes = [
        Route("/hooks/{connector}/{connection}", take, methods=["POST"]),
        Route("/hooks/{connector}/{connection}/{event}/{path}", take, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _empty, Exception: _broken})
    router: Router = app.router
    router.redirect_slashes = False
    return app


async def _body(request: Request, seconds: float) -> bytes:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > MOST_BYTES:
        raise _Refused(_TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise _Refused(_TOO_LARGE)
    except TimeoutError:
        raise _Refused(_TOO_SLOW) from None
    return bytes(body)


def _delivery(request: Request, body: bytes) -> Delivery:
    parts = request.path_params
    # A header that stands twice counts as its first, as the judges read it.
    headers = dict(reversed(request.headers.items()))
    return Delivery(
        parts["connector"], parts["connection"], parts.get("event", ""), parts.get("path", ""), headers, body
    )


async def _empty(request: Request, error: Exception) -> Response:
    return Response(status_code=error.status_code if isinstance(error, HTTPException) else _NOT_NOW)


async def _broken(request: Request, error: Exception) -> Response:
    _LOG.error("bug", part="webhooks", exc_info=error)
    return Response(status_code=_NOT_NOW)
