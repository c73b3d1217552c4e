"""The door of the notifications connector: takes one notice to everyone it is for, on each of their channels.

What each channel did is kept in the notebook before and after, so that a notice which goes again skips the
channels that surely have it. What the results mean together is decided in outcomes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.notifications import apprise_channel, webhook
from connectors.notifications.calls import LOOK
from connectors.notifications.deliveries import BUSY, SENT, UNKNOWN, Delivery, refused
from connectors.notifications.payloads import (
    Fault,
    Notice,
    Recipient,
    delivery_id,
    in_inbox,
    read_notice,
    read_request,
    recipients,
)
from engine.core import values
from engine.errors import NoAnswer, NotSent, UserError
from engine.sdk.capabilities import Mailer, Message, Notebook
from engine.sdk.contract import Door, DoorNeeds, Element, Request, Response

Json = Any
Plain = dict[str, Json]

INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class _Terms:
    may_send: Callable[[], bool]
    timeout_seconds: float


class NoticeDoor:
    """Carries notices out over the services that compose hands in."""

    def __init__(self, needs: DoorNeeds) -> None:
        self._needs = needs
        self._people: Mapping[str, Json] = needs.services.get("people") or {}
        self._channels: Mapping[str, Mapping[str, Json]] = needs.services.get("channels") or {}
        self._notebook: Notebook | None = needs.services.get("notebook")
        self._mailer: Mailer | None = needs.services.get("mailer")

    def prepare(self) -> None:
        """Nothing to sign in to."""

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        """Deliver the notices; raises NotSent when may_send() is false before the first."""
        if not may_send():
            raise NotSent("The notice was held back: its time to be sent had passed.")
        terms = _Terms(may_send, timeout_seconds)
        elements = read_request(request)
        if request.path == LOOK:
            results = [self._look(element) for element in elements]
        else:
            results = [self._tell(element, terms) for element in elements]
        return Response(200, {"content-type": "application/json"}, values.dumps(results).encode("utf-8", "replace"))

    def _tell(self, element: Element, terms: _Terms) -> Plain:
        notice = read_notice(element.marker, element.payload)
        if isinstance(notice, Fault):
            return _refusal(notice)
        people = recipients(element.payload.get("to"), self._people)
        if isinstance(people, Fault):
            return _refusal(people)
        deliveries = [*self._into_inbox(notice, people), *self._over_channels(notice, people, terms)]
        return {"state": "delivered", "deliveries": deliveries}

    def _look(self, element: Element) -> Plain:
        """What the notebook knows of each delivery of a notice; nothing is sent."""
        notice = read_notice(element.marker, element.payload)
        people = recipients(element.payload.get("to"), self._people)
        if isinstance(notice, Fault) or isinstance(people, Fault) or self._notebook is None:
            return {"deliveries": []}
        return {
            "deliveries": [
                self._known(notice, person, channel).about(channel, person.name)
                for person in people
                for channel in dict.fromkeys(person.channels)
            ]
        }

    def _known(self, notice: Notice, person: Recipient, channel: str) -> Delivery:
        if self._notebook is None:
            return BUSY
        if self._kind(channel) == INBOX:
            return SENT if self._notebook.get("notice", notice.id) is not None else BUSY
        known = self._notebook.get("delivery", delivery_id(notice, channel, person.name))
        if known is None:
            return BUSY
        return {"sent": SENT, "sending": UNKNOWN, "unknown": UNKNOWN}.get(known.data["state"], BUSY)

    def _into_inbox(self, notice: Notice, people: Sequence[Recipient]) -> Iterator[Plain]:
        """One record for all who read the inbox, under the notice's own id: a repeat changes nothing."""
        readers = {
            person.name: channel for person in people for channel in person.channels if self._kind(channel) == INBOX
        }
        if not readers:
            return
        if self._notebook is None:
            delivery = refused("NO_INBOX", "This connection has no inbox.", "Use another channel.")
        else:
            delivery = SENT
            if self._notebook.get("notice", notice.id) is None:
                kept = in_inbox(notice, tuple(readers), self._needs.now().isoformat())
                self._notebook.put("notice", notice.id, kept)
        yield from (delivery.about(channel, name) for name, channel in readers.items())

    def _over_channels(self, notice: Notice, people: Sequence[Recipient], terms: _Terms) -> Iterator[Plain]:
        for person in people:
            for channel in dict.fromkeys(person.channels):
                if self._kind(channel) != INBOX:
                    yield self._once(notice, person, channel, terms).about(channel, person.name)

    def _kind(self, channel: str) -> str:
        """The kind of a channel; a channel called inbox needs no settings."""
        settings = self._channels.get(channel)
        return str(settings.get("kind") or "") if settings is not None else (INBOX if channel == INBOX else "")

    def _once(self, notice: Notice, person: Recipient, channel: str, terms: _Terms) -> Delivery:
        """Deliver unless this very delivery is known to stand."""
        id = delivery_id(notice, channel, person.name)
        known = self._notebook.get("delivery", id) if self._notebook is not None else None
        if known is not None and known.data["state"] == "sent":
            return SENT
        self._note(id, "sending")
        delivery = self._deliver(notice, person, channel, terms)
        self._note(id, delivery.state)
        return delivery

    def _note(self, id: str, state: str) -> None:
        if self._notebook is not None:
            self._notebook.put("delivery", id, {"state": state, "at": self._needs.now().isoformat()})

    def _deliver(self, notice: Notice, person: Recipient, channel: str, terms: _Terms) -> Delivery:
        settings = self._channels.get(channel, {})
        if not terms.may_send():
            return BUSY
        match self._kind(channel):
            case "webhook":
                return webhook.post(self._needs.wire, settings, notice, person.name, terms.timeout_seconds)
            case "mail":
                return self._mail(notice, person, channel)
            case "apprise":
                return apprise_channel.send(settings, notice)
        known = ", ".join(sorted({INBOX, *self._channels}))
        what = f'The channel "{channel}" of {person.name} is not set up.'
        return refused("UNKNOWN_CHANNEL", what, f"Known channels: {known}. Add it to channels in daybook.yaml.")

    def _mail(self, notice: Notice, person: Recipient, channel: str) -> Delivery:
        if self._mailer is None:
            return refused("NO_MAILER", "No e-mail connection is set up.", "Add a connection of the connector email.")
        id = delivery_id(notice, channel, person.name)
        try:
            self._mailer.send(Message(id, person.email, person.name, notice.title, notice.body))
        except NotSent:
            return BUSY
        except NoAnswer:
            return UNKNOWN
        except UserError as error:
            return refused(error.code, error.what, error.mend)
        return SENT


def open_door(needs: DoorNeeds) -> Door:
    """The connection's door."""
    return NoticeDoor(needs)


def _refusal(fault: Fault) -> Plain:
    return {"state": "refused", "code": fault.code, "what": fault.what, "mend": fault.mend}
