"""What a vendor sandbox is made of: plain requests and answers, a router, a journal, a loopback server.

Never imported by the running product outside `daybook sandbox` and `daybook demo`; knows no vendor.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import msgspec

Json = Any

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request as plain data; header names are lower case, the path is decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        """First query parameter of that name, whatever its case."""
        return next((v for k, v in self.query if k.lower() == name.lower()), default)

    def json(self) -> Json:
        """The body as JSON with exact numbers; raises ValueError when it is none."""
        return json.loads(self.body, parse_float=Decimal)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer as plain data.

    `drop` closes the connection without a byte (the effect stands); `delay_seconds` is slept by the server only.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False
    delay_seconds: float = 0.0


class Sandbox(Protocol):
    """A vendor's stand-in: a deterministic function of what it was asked, in order, and when."""

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Answer one request at an aware time."""
        ...


Handler = Callable[..., Answer]


class Router:
    """Finds the handler of a method and path; patterns look like `/Invoices/{id}`."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Route a pattern (matched without regard to case) to `handler(asked, now, **parts)`."""
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self._routes.append((method, re.compile(expression + "/?$", re.IGNORECASE), handler))

    def find(self, method: str, path: str) -> tuple[Handler | None, dict[str, str], tuple[str, ...]]:
        """The handler and its path parts, or None and the methods that the path does allow."""
        allowed = []
        for verb, pattern, handler in self._routes:
            if found := pattern.match(path):
                if verb == method:
                    return handler, found.groupdict(), ()
                allowed.append(verb)
        return None, {}, tuple(allowed)


class Journal:
    """A sandbox that outlives its process: every writing request is noted before it is handled.

    At the start the notes are replayed, so the state is exactly what the requests made it, also
    after a kill between effect and answer. Reads are not noted, unless the sandbox has a method
    `must_note(asked)` that asks for it. One request is handled at a time.
    """

    def __init__(self, sandbox: Sandbox, file: Path | None = None) -> None:
        self._sandbox = sandbox
        self._must_note: Callable[[Asked], bool] = getattr(sandbox, "must_note", _writes)
        self._lock = threading.Lock()
        self._file = None
        if file is not None:
            if file.exists():
                self._replay(file)
            self._file = file.open("a", encoding="utf-8")

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Note, then answer."""
        with self._lock:
            if self._file is not None and self._must_note(asked):
                self._file.write(_as_line(asked, now))
                self._file.flush()
            return self._sandbox.handle(asked, now)

    def close(self) -> None:
        """Let go of the file; a sandbox without one is left as it is."""
        if self._file is not None:
            self._file.close()

    def _replay(self, file: Path) -> None:
        for line in file.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # a kill can cut the last line: that request never took effect
                asked, now = _from_line(line)
                self._sandbox.handle(asked, now)


class Server:
    """A sandbox on a loopback port, one thread a connection, until closed."""

    def __init__(self, sandbox: Sandbox, clock: Callable[[], datetime], port: int = 0) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler_of(sandbox, clock))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """`http://localhost:PORT`, without a slash at the end."""
        return f"http://localhost:{self._http.server_address[1]}"

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def json_answer(
    status: int, value: Json, headers: Mapping[str, str] | None = None, kind: str = "application/json"
) -> Answer:
    """An answer whose body is JSON; Decimals are written as plain numbers."""
    return Answer(status, {"content-type": kind, **(headers or {})}, _ENCODER.encode(value))


def _writes(asked: Asked) -> bool:
    return asked.method != "GET"


def _as_line(asked: Asked, now: datetime) -> str:
    note = [
        now.isoformat(),
        asked.method,
        asked.path,
        list(asked.query),
        dict(asked.headers),
        asked.body.decode("latin-1"),
    ]
    return json.dumps(note) + "\n"


def _from_line(line: str) -> tuple[Asked, datetime]:
    now, method, path, query, headers, body = json.loads(line)
    pairs = tuple((str(k), str(v)) for k, v in query)
    return Asked(method, path, pairs, headers, body.encode("latin-1")), datetime.fromisoformat(now)


def _handler_of(sandbox: Sandbox, clock: Callable[[], datetime]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            answer = sandbox.handle(self._asked(), clock())
            if answer.delay_seconds:
                threading.Event().wait(answer.delay_seconds)
            if answer.drop:
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _asked(self) -> Asked:
            address = urlsplit(self.path)
            size = int(self.headers.get("content-length") or 0)
            return Asked(
                self.command,
                unquote(address.path),
                tuple(parse_qsl(address.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(size) if size else b"",
            )

        def log_message(self, format: str, *args: object) -> None:
            """Silent: a sandbox keeps no access log."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    return Handler


def form(asked: Asked) -> dict[str, str]:
    """The fields of a form-encoded body."""
    return dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))


def link(path: str, query: Mapping[str, str]) -> str:
    """A path with its query, encoded."""
    return f"{path}?{urlencode(query)}" if query else path
