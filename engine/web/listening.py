"""Serves an application over HTTP in a thread of its own, from its making until `close`.

Knows no route. TLS is the business of the proxy in front, which leads a public https address here.
"""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from engine.errors import UserError

_AT_ONCE = 64
_HEAD_BYTES = 16 * 1024
_IDLE_SECONDS = 5


class Listening:
    """A server on a host and port; port 0 takes a free one.

    Raises:
        UserError: The place cannot be listened on.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = _bound(host, port)
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_IDLE_SECONDS,
            h11_max_incomplete_event_size=_HEAD_BYTES,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="webhooks")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    def close(self) -> None:
        """Answer what is under way, then give the port back."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(place)
            # From here on the system takes connections, so nothing is refused while the server starts.
            found.listen(_AT_ONCE)
        except OSError:
            found.close()
            raise
    except OSError as fault:
        what = f"Nobody can listen on {host}:{port} ({fault.strerror or fault})."
        mend = "Free it, or write another `listen:` below `webhooks:` of daybook.yaml."
        raise UserError(what, mend, "cannot-listen") from None
    return found
