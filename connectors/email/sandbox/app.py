"""A mail server for practice: takes every mail on a loopback port and keeps it, with faults on demand.

Needs aiosmtpd (the extra `demo`), imported here only. Delivers nothing to anybody.
"""

from __future__ import annotations

import asyncio
import email
import ssl
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

# What the next mails meet. `drop` keeps the mail and says nothing; the last two answer after the text.
Fault = Literal["refuse", "busy", "reject", "drop before text", "drop", "busy after text", "reject after text"]

_REPLIES = {
    "busy": "451 4.7.1 Please try again later",
    "reject": "550 5.1.1 No such user here",
    "busy after text": "452 4.3.1 No space left",
    "reject after text": "554 5.7.1 Looks like spam",
}


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it arrived: the envelope's addresses and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    def parsed(self) -> EmailMessage:
        """The mail with its headers and parts."""
        parsed = email.message_from_bytes(self.raw, policy=default)
        return parsed if isinstance(parsed, EmailMessage) else EmailMessage()


class MailSink:
    """The server, from its creation until close().

    Args:
        port: 0 for a free one.
        keep: A folder for `00001.eml` and so on; mails already there are part of `messages`. None keeps in memory.
        mode: How TLS begins; `starttls` and `implicit` need a context.
        tls: The server's certificate.
        login: The only user and password that may hand in mail, where a sign-in is asked for.
    """

    def __init__(
        self,
        port: int = 0,
        keep: Path | None = None,
        *,
        mode: Literal["none", "starttls", "implicit"] = "none",
        tls: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self._shelf = _Shelf(keep)
        self._mode, self._tls, self._login = mode, tls, login
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._listen(port))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Loopback; nothing else can reach it."""
        return "127.0.0.1"

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"{self.host}:{self.port}"

    @property
    def messages(self) -> tuple[Received, ...]:
        """What was taken so far, in order."""
        return self._shelf.messages()

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """Let the next conversations meet a fault."""
        self._shelf.plan(fault, times)

    def close(self) -> None:
        """Stop listening and drop open conversations."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, port: int) -> asyncio.Server:
        implicit = self._tls if self._mode == "implicit" else None
        return await self._loop.create_server(self._conversation, "127.0.0.1", port, ssl=implicit)

    async def _stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _conversation(self) -> asyncio.BaseProtocol:
        fault = self._shelf.next_fault()
        if fault == "refuse":
            return _HangUp()
        starttls = self._tls if self._mode == "starttls" else None
        kind = _CutShort if fault == "drop before text" else SMTP
        conversation: asyncio.BaseProtocol = kind(
            _Clerk(self._shelf, fault, sign_in=self._login is not None),
            hostname="sink.example",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=starttls is not None,
            authenticator=self._allows if self._login else None,
            loop=self._loop,
        )
        return conversation

    def _allows(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        pair = (given.login.decode(), given.password.decode()) if isinstance(given, LoginPassword) else None
        return AuthResult(success=pair == self._login, handled=False)


class _HangUp(asyncio.Protocol):
    """Closes before a word is said."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _CutShort(SMTP):
    """Hangs up on the command DATA, before any text."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name that aiosmtpd calls
        _cut(self.transport)


class _Clerk:
    """Answers one conversation, under at most one fault; called by aiosmtpd by these names."""

    def __init__(self, shelf: _Shelf, fault: Fault | None, *, sign_in: bool) -> None:
        self._shelf = shelf
        self._fault = fault
        self._sign_in = sign_in

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        if self._sign_in and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Sequence[str]
    ) -> str:
        if self._fault in ("busy", "reject"):
            return _REPLIES[self._fault]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._fault in ("busy after text", "reject after text"):
            return _REPLIES[self._fault]
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._shelf.keep(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if self._fault == "drop":
            _cut(server.transport)
        return "250 OK"


class _Shelf:
    """Kept mails and planned faults, shared between the server's thread and its owner's."""

    def __init__(self, folder: Path | None) -> None:
        self._lock = threading.Lock()
        self._folder = folder
        self._faults: deque[Fault] = deque()
        self._kept: list[Received] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._kept = [_read(file) for file in sorted(folder.glob("*.eml"))]

    def keep(self, received: Received) -> None:
        with self._lock:
            self._kept.append(received)
            if self._folder is not None:
                (self._folder / f"{len(self._kept):05}.eml").write_bytes(_as_file(received))

    def messages(self) -> tuple[Received, ...]:
        with self._lock:
            return tuple(self._kept)

    def plan(self, fault: Fault, times: int) -> None:
        with self._lock:
            self._faults.extend([fault] * times)

    def next_fault(self) -> Fault | None:
        with self._lock:
            return self._faults.popleft() if self._faults else None


def _cut(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _as_file(received: Received) -> bytes:
    """The mail under two lines that keep the envelope, as mail stores write it."""
    envelope = [f"Return-Path: <{received.sender}>", *(f"Delivered-To: {to}" for to in received.recipients)]
    return "".join(f"{line}\r\n" for line in envelope).encode() + received.raw


def _read(file: Path) -> Received:
    content = file.read_bytes()
    sender, recipients = "", []
    while content.startswith((b"Return-Path: ", b"Delivered-To: ")):
        line, _, content = content.partition(b"\r\n")
        name, _, value = line.decode("ascii", "replace").partition(": ")
        if name == "Return-Path":
            sender = value.strip("<>")
        else:
            recipients.append(value)
    return Received(sender, tuple(recipients), content)
