"""Waits on this machine's loopback address for a browser to come back from giving consent, once.

Knows no connector and no token: it hands on the whole address that the browser came to.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from engine.errors import UserError

_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
_LOOK_SECONDS = 0.2
_PAGE = "<!doctype html><meta charset=utf-8><title>Daybook</title><p>{words}</p>"


def is_loopback(redirect: str) -> bool:
    """Whether a redirect address leads to this machine, without TLS."""
    parts = urlsplit(redirect)
    return parts.scheme == "http" and (parts.hostname or "") in _LOOPBACK


class ConsentReturn:
    """A small server on the redirect address, from its making until `close`.

    Raises:
        UserError: The address is not of this machine, or its port is taken.
    """

    def __init__(self, redirect: str) -> None:
        parts = urlsplit(redirect)
        if not is_loopback(redirect):
            raise UserError(
                f"The redirect address {redirect} does not lead to this machine.",
                "Open the consent address with --paste, and paste the address that the browser ends on.",
                "not-loopback",
            )
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path or "/"
        self._returned: str | None = None
        # A browser may open several lines at once; what is not the way back is answered and passed over.
        try:
            self._server = HTTPServer((_LOOPBACK[parts.hostname or ""], parts.port or 80), self._handler())
        except OSError as fault:
            raise UserError(
                f"The port of {redirect} cannot be used ({fault.strerror}).", "Free it, or use --paste.", "port-taken"
            ) from None
        self._server.timeout = _LOOK_SECONDS

    def wait(self, goes_on: Callable[[], bool]) -> str | None:
        """The address that the browser came back to; None when `goes_on` said no first."""
        while self._returned is None and goes_on():
            self._server.handle_request()
        return self._returned

    def close(self) -> None:
        """Give the port back."""
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        waiting = self

        class Handler(BaseHTTPRequestHandler):
            """Answers one browser."""

            timeout = 5

            def do_GET(self) -> None:
                status, words = waiting._take(self.path)
                body = _PAGE.format(words=html.escape(words)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the address holds the code."""

        return Handler

    def _take(self, target: str) -> tuple[int, str]:
        parts = urlsplit(target)
        asked = parse_qs(parts.query)
        if parts.path != self._path or not ({"code", "error"} & asked.keys()):
            return 404, "There is nothing here."
        self._returned = self._origin + target
        return 200, "Daybook has it. You can close this window and go back to the terminal."
