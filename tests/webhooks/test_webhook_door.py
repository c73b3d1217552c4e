"""The HTTP door of webhooks on a real port: what it lets in, and what it answers to everything else."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from engine.errors import Bug, NoAnswer, UserError
from engine.runtime.hooks import Delivery
from engine.web.hooks import MOST_BYTES, webhook_app
from engine.web.listening import Listening

GOOD = "/hooks/halaxy/halaxy/invoice-created/a-secret"
PATIENCE_SECONDS = 10


class Taken:
    """Takes every delivery, and keeps it."""

    def __init__(self, status: int = 202) -> None:
        self.status = status
        self.deliveries: list[Delivery] = []

    def __call__(self, delivery: Delivery) -> int:
        self.deliveries.append(delivery)
        return self.status


@contextmanager
def door(receive: Callable[[Delivery], int], **limits: float) -> Iterator[int]:
    """The port of a door, open meanwhile."""
    listening = Listening(webhook_app(receive, lambda: 0.0, **limits), "127.0.0.1", 0)
    try:
        yield listening.port
    finally:
        listening.close()


def ask(port: int, path: str = GOOD, body: bytes = b"{}", method: str = "POST", **headers: str) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def send_raw(port: int, *parts: bytes) -> bytes:
    """What comes back for bytes as they stand, until the other side closes the line."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        for part in parts:
            line.sendall(part)
        found = b""
        while more := line.recv(4096):
            found += more
        return found


@pytest.fixture(scope="module")
def taken() -> Taken:
    return Taken()


@pytest.fixture(scope="module")
def port(taken: Taken) -> Iterator[int]:
    with door(taken) as port:
        yield port


def test_a_delivery_arrives_as_it_was_sent_and_the_answer_has_no_body(port: int, taken: Taken) -> None:
    body = bytes(range(256))
    assert ask(port, body=body, authorization="Bearer x", content_type="text/whatever") == (202, b"")
    found = taken.deliveries[-1]
    assert (found.connector, found.connection, found.event, found.path) == (
        "halaxy", "halaxy", "invoice-created", "a-secret",
    )  # fmt: skip
    assert (found.body, found.headers["authorization"]) == (body, "Bearer x")


def test_an_address_for_all_events_has_no_event(port: int, taken: Taken) -> None:
    assert ask(port, "/hooks/xero/xero")[0] == 202
    assert (taken.deliveries[-1].event, taken.deliveries[-1].path) == ("", "")


NOT_HERE = [
    "/",
    "/hooks",
    "/hooks/",
    "/hooks/halaxy",
    "/hooks/halaxy/",
    "/hooks/xero/xero/",
    "/hooks//xero",
    "/hooks/halaxy/halaxy/invoice-created",
    "/hooks/halaxy/halaxy/invoice-created/",
    "/hooks/halaxy/halaxy/invoice-created/a-secret/more",
    "/hooks/halaxy/halaxy/invoice-created/a%2Fsecret",
    "/hooks/xero/..%2f..%2fetc%2fpasswd/x/y/z",
    "/HOOKS/xero/xero",
    "/../hooks",
    "/console",
]


@pytest.mark.parametrize("path", NOT_HERE)
def test_other_addresses_are_not_there(port: int, taken: Taken, path: str) -> None:
    before = len(taken.deliveries)
    assert ask(port, path) == (404, b"")
    assert len(taken.deliveries) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_allowed(port: int, method: str) -> None:
    assert ask(port, method=method, body=b"") == (405, b"")


def test_dots_and_strange_letters_are_plain_text_of_an_address(port: int, taken: Taken) -> None:
    assert ask(port, "/hooks/xero/..")[0] == 202
    assert taken.deliveries[-1].connection == ".."
    assert ask(port, "/hooks/xero/%00%ff%0d%0a")[0] == 202


def test_the_largest_body_comes_in_and_one_byte_more_does_not(port: int, taken: Taken) -> None:
    assert ask(port, body=b"x" * MOST_BYTES)[0] == 202
    before = len(taken.deliveries)
    assert ask(port, body=b"x" * (MOST_BYTES + 1)) == (413, b"")
    assert len(taken.deliveries) == before


def test_a_body_that_never_said_how_long_it_is_is_cut_off(port: int) -> None:
    head = f"POST {GOOD} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        line.sendall(head)
        for _ in range(5):
            line.sendall(chunk)
        assert b" 413 " in line.recv(4096)


def test_a_slow_body_is_given_up() -> None:
    taken = Taken()
    head = f"POST {GOOD} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc".encode()
    with door(taken, body_seconds=0.05) as port:
        assert send_raw(port, head).startswith(b"HTTP/1.1 408 ")
        assert ask(port)[0] == 202, "others are served"
    assert len(taken.deliveries) == 1


def test_a_sender_that_hangs_up_in_the_middle_harms_nobody(port: int, taken: Taken) -> None:
    before = len(taken.deliveries)
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        line.sendall(f"POST {GOOD} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc".encode())
    assert ask(port)[0] == 202
    assert len(taken.deliveries) == before + 1


def test_what_is_no_http_is_refused(port: int) -> None:
    assert send_raw(port, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    endless = b"POST / HTTP/1.1\r\nx: " + b"y" * 200_000 + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as line:
        line.sendall(endless[:20_000])
        assert line.recv(64).startswith(b"HTTP/1.1 4")


def test_too_many_a_minute_are_turned_away_unread() -> None:
    taken = Taken()
    with door(taken, most_a_minute=3) as port:
        assert [ask(port)[0] for _ in range(5)] == [202, 202, 202, 429, 429]
    assert len(taken.deliveries) == 3


def test_many_at_once_are_each_taken_once() -> None:
    taken = Taken()
    with door(taken) as port, ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda number: ask(port, body=str(number).encode())[0], range(120)))
    assert set(statuses) == {202}
    assert sorted(int(one.body) for one in taken.deliveries) == list(range(120))


@pytest.mark.parametrize("fault", [Bug("the store is broken"), NoAnswer("x"), KeyError("x")])
def test_what_cannot_be_noted_is_not_acknowledged(fault: Exception) -> None:
    def fail(delivery: Delivery) -> int:
        raise fault

    with door(fail) as port:
        assert ask(port) == (503, b"")


def test_a_port_that_is_taken_is_said_so(port: int) -> None:
    with pytest.raises(UserError, match="Nobody can listen"):
        Listening(webhook_app(Taken(), lambda: 0.0), "127.0.0.1", port)
