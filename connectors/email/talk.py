"""One SMTP conversation, kept in steps so that it is always known whether the text of the mail has begun.

Until then every end is harmless and is raised as `Stopped` with its result; after it, silence is NoAnswer.
Knows nothing of letters and lists.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from connectors.email.results import Result, busy, of_reply, sign_in
from connectors.email.server import Server
from engine.errors import Bug, NoAnswer

# How long a goodbye may take after the mail is settled.
_GOODBYE_SECONDS = 2.0


class Stopped(Exception):
    """The conversation ended without the mail being taken, with this result."""

    def __init__(self, result: Result) -> None:
        super().__init__(result["state"])
        self.result = result


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the whole conversation has to be over, by the clock that is handed in."""

    now: Callable[[], datetime]
    at: datetime

    def left(self) -> float:
        """Seconds that the next exchange may take; never none, so that a reply already here is still read."""
        return max(0.1, (self.at - self.now()).total_seconds())


class Talk:
    """A conversation with a mail server: open, address, begin_text, send_text, close."""

    def __init__(self, server: Server, own_name: str, deadline: Deadline) -> None:
        self._server = server
        self._own_name = own_name
        self._deadline = deadline
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, agree on TLS, sign in; raises Stopped."""
        try:
            self._smtp = self._connect()
            self._ready().ehlo_or_helo_if_needed()
            if self._server.tls == "starttls":
                self._ready().starttls(context=self._trust())
                self._ready().ehlo_or_helo_if_needed()
            if self._server.username:
                self._ready().login(self._server.username, self._server.password)
        except ssl.SSLCertVerificationError:
            raise Stopped(
                sign_in("The mail server's certificate is not trusted; check host and certificate.")
            ) from None
        except smtplib.SMTPResponseException as error:
            raise Stopped(_early(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            # SMTPException is an OSError too: what is neither a reply nor a lost line is a missing ability.
            if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
                raise Stopped(sign_in("The mail server offers no STARTTLS or no sign-in that we know.")) from None
            raise Stopped(busy("The mail server cannot be reached.")) from None

    def address(self, sender: str, to: str) -> None:
        """Name the sender and the one recipient; raises Stopped."""
        self._ask(lambda smtp: smtp.mail(sender), (250,), "the sender")
        self._ask(lambda smtp: smtp.rcpt(to), (250, 251), "the recipient")

    def begin_text(self) -> None:
        """Ask to hand in the text; nothing of it has left yet. Raises Stopped."""
        self._ask(lambda smtp: smtp.docmd("DATA"), (354,), "the mail")

    def send_text(self, content: bytes) -> None:
        """Send the text (CRLF lines) and read the server's verdict.

        Raises:
            Stopped: The server said that it did not take it.
            NoAnswer: It is not known whether the server took it.
        """
        try:
            smtp = self._ready()
            smtp.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
            self._ready()
            code, said = smtp.getreply()
        except OSError:
            raise NoAnswer("The line to the mail server broke after the text of the mail was begun.") from None
        if not 200 <= code < 600:
            raise NoAnswer("The mail server answered the text of the mail with something unreadable.")
        if code >= 300:
            raise Stopped(of_reply(code, said, "the mail"))

    def close(self) -> None:
        """Take leave where that is still possible; what was decided stands."""
        if self._smtp is None:
            return
        with suppress(OSError):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(_GOODBYE_SECONDS)
            self._smtp.quit()
        self._smtp.close()

    def _connect(self) -> smtplib.SMTP:
        host, port, seconds = self._server.host, self._server.port, self._deadline.left()
        # We greet by the sender's domain: looking up this machine's own name takes time and tells too much.
        if self._server.tls == "implicit":
            return smtplib.SMTP_SSL(host, port, self._own_name, timeout=seconds, context=self._trust())
        return smtplib.SMTP(host, port, self._own_name, timeout=seconds)

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self._server.trusted_certificate or None)

    def _ask(self, ask: Callable[[smtplib.SMTP], tuple[int, bytes]], good: tuple[int, ...], about: str) -> None:
        try:
            code, said = ask(self._ready())
        except OSError:
            raise Stopped(busy("The mail server closed the line before it had the mail.")) from None
        if code not in good:
            raise Stopped(of_reply(code, said, about))

    def _ready(self) -> smtplib.SMTP:
        """The open line, given what is left of the time."""
        if self._smtp is None:
            raise Bug("A mail was begun without a connection.")
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(self._deadline.left())
        return self._smtp


def _early(code: int, said: bytes | str) -> Result:
    """A reply before the sender was named: a refused sign-in needs a person, everything else passes."""
    result = of_reply(code, said, "the sign-in")
    return result if result["state"] == "sign in" else busy(f"The mail server is not ready ({code}).")
