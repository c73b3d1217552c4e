"""The door of the e-mail connector: hands one mail to the mail server, keeps lists in the notebook.

Its answers are lists of results (results.py), one an element; silence after the text of a mail began is
NoAnswer. What a result means is decided in outcomes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.email import calls
from connectors.email.letter import Sender, message_id, write
from connectors.email.lists import Register
from connectors.email.outcomes import outcomes_of
from connectors.email.payloads import Fault, Letter, read_letter, read_request, request_to
from connectors.email.results import Result, done, refused
from connectors.email.server import Server, read_sender, read_server
from connectors.email.talk import Deadline, Stopped, Talk
from engine.core import values
from engine.errors import Bug, NoAnswer, NotSent, UserError
from engine.sdk.capabilities import Mailer, Message
from engine.sdk.contract import Done, Door, DoorNeeds, Element, Outcome, Rejected, Request, Response, Unknown

Json = Any

# The manifest's time_limit_seconds, for mails that other connectors hand in.
_TIME_LIMIT_SECONDS = 30.0


class MailDoor:
    """Carries requests of this connector out, one at a time; its lists need no mail server."""

    def __init__(self, needs: DoorNeeds) -> None:
        self._needs = needs
        self._allowed = tuple(str(name).strip().lower() for name in needs.settings.get("allowed_domains") or ())

    def prepare(self) -> None:
        """Nothing takes time ahead of a mail: each has a conversation of its own."""

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        """Do what the request asks.

        Raises:
            NotSent: may_send() was false as the last act before a mail was handed in, or an entry made.
            NoAnswer: The text of the mail was begun and no reply to it came.
        """
        elements = read_request(request)
        if request.path == calls.SEND:
            results = [self._deliver(_only(elements), may_send, timeout_seconds)]
        else:
            results = [self._enter(request.path, element, may_send) for element in elements]
        return Response(200, {"content-type": "application/json"}, values.dumps(results).encode("utf-8", "replace"))

    def _deliver(self, element: Element, may_send: Callable[[], bool], timeout_seconds: float) -> Result:
        letter = read_letter(element.marker, element.payload)
        if isinstance(letter, Fault):
            return refused(letter)
        if self._allowed and letter.domain not in self._allowed:
            return refused(_DOMAIN_NOT_ALLOWED)
        try:
            server, sender = read_server(self._needs.settings, self._needs.vault), read_sender(self._needs.settings)
        except UserError as problem:
            return refused(Fault("NO_MAIL_SERVER", problem.what, problem.mend))
        return self._hand_in(letter, server, sender, may_send, timeout_seconds)

    def _hand_in(
        self, letter: Letter, server: Server, sender: Sender, may_send: Callable[[], bool], timeout_seconds: float
    ) -> Result:
        now = self._needs.now()
        content = write(letter, sender, now)
        deadline = Deadline(self._needs.now, now + timedelta(seconds=timeout_seconds))
        talk = Talk(server, sender.domain, deadline)
        try:
            talk.open()
            talk.address(sender.address, letter.to)
            if not may_send():
                raise NotSent("The mail was held back: its time to be sent had passed.")
            talk.begin_text()
            talk.send_text(content)
        except Stopped as stopped:
            return stopped.result
        finally:
            talk.close()
        return done({"message_id": message_id(letter, sender, now), "sent_at": now})

    def _enter(self, path: str, element: Element, may_send: Callable[[], bool]) -> Result:
        notebook = self._needs.services.get("notebook")
        if notebook is None:
            raise Bug("The e-mail connection was opened without a notebook, which its lists are kept in.")
        if not may_send():
            raise NotSent("The list entry was held back: its time had passed.")
        register = Register(notebook, self._needs.now())
        acts = {
            calls.ADD_TO_LIST: register.add,
            calls.REMOVE_FROM_LIST: register.remove,
            calls.RECORD_CONSENT: register.record,
            calls.WITHDRAW_CONSENT: register.withdraw,
        }
        answer = acts[path](element.payload)
        return refused(answer) if isinstance(answer, Fault) else done(answer)


@dataclass(frozen=True, slots=True)
class DoorMailer:
    """A Mailer over this connection's door."""

    door: Door

    def send(self, message: Message) -> None:
        """Send one message; raises NotSent, NoAnswer or UserError."""
        flow = send_message(message)
        request = next(flow)
        self.door.prepare()
        response = self.door.send(request, lambda: True, _TIME_LIMIT_SECONDS)
        with suppress(StopIteration):
            flow.send(response)


def open_door(needs: DoorNeeds) -> Door:
    """The connection's door.

    Raises:
        UserError: A setting is missing or not allowed.
    """
    return MailDoor(needs)


def mailer(needs: DoorNeeds) -> Mailer:
    """What other connectors send mail with; raises UserError as open_door does."""
    return DoorMailer(open_door(needs))


def send_message(message: Message) -> Generator[Request, Response, None]:
    """The capability `mailer`: yields the request of one message, is sent its answer.

    Raises:
        NotSent: Nothing was sent, for now.
        NoAnswer: It is not known whether it was sent.
        UserError: It cannot be sent like this.
    """
    inputs = {"to": message.to, "to_name": message.to_name, "subject": message.subject, "body": message.body}
    element = Element(message.id, inputs)
    response = yield request_to(calls.SEND, (element,))
    _raise_unless_done(outcomes_of((element,), response)[0])


def _raise_unless_done(outcome: Outcome) -> None:
    match outcome:
        case Done():
            return
        case Rejected(code=code, what=what, mend=mend):
            raise UserError(what, mend, code)
        case Unknown(what=what):
            raise NoAnswer(what)
        case _:
            raise NotSent(getattr(outcome, "what", "The mail was not sent."))


def _only(elements: tuple[Element, ...]) -> Element:
    if len(elements) != 1:
        raise Bug("A mail travels alone: the manifest says batch.max 1.")
    return elements[0]


_DOMAIN_NOT_ALLOWED = Fault(
    "DOMAIN_NOT_ALLOWED",
    "The recipient's domain is not among allowed_domains of this connection.",
    "Add the domain to the connection's settings, or write to another address.",
)
