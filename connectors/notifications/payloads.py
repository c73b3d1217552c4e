"""From a step's inputs to one notice, who it is for, and the request that carries it.

PURE. How a notice looks on each channel stands here too; sending it stands in client.py.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from engine.core import values
from engine.sdk.contract import Element, Request

Json = Any

URGENCIES = ("low", "normal", "high")
MESSAGE_LIMIT = 20_000
_TITLE_LIMIT = 200
_FIRST_LINE_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an input cannot be used; `what` names the field, never its value."""

    code: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One message for people of the practice; `message` is Markdown, `id` makes it known once."""

    id: str
    title: str
    message: str
    urgency: str
    link: str

    @property
    def body(self) -> str:
        """The message with its link, as Markdown."""
        return f"{self.message}\n\n<{self.link}>" if self.link else self.message


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person of the practice and the names of the channels on which they want to be told."""

    name: str
    email: str
    channels: tuple[str, ...]


def read_notice(marker: str, inputs: Mapping[str, Json]) -> Notice | Fault:
    """Check the inputs of `send`; without a title the first line of the message is one.

    A notice without a marker gets an id from its content.
    """
    message = _readable(inputs.get("message"))
    if not message:
        return Fault("NO_MESSAGE", "The notice has no message.", "Give the step a message.")
    if len(message) > MESSAGE_LIMIT:
        mend = "Shorten it, or link to where the whole can be read."
        return Fault("MESSAGE_TOO_LONG", f"The message is longer than {MESSAGE_LIMIT} characters.", mend)
    urgency = inputs.get("urgency") or "normal"
    if urgency not in URGENCIES:
        return Fault("BAD_URGENCY", "The input urgency is not one of its words.", f"Use {', '.join(URGENCIES)}.")
    link = inputs.get("link") or ""
    if link and not _is_link(link):
        return Fault("BAD_LINK", "The input link is no web address.", "Begin it with https://.")
    title = " ".join(_readable(inputs.get("title")).split())[:_TITLE_LIMIT] or _first_line(message)
    id = marker or hashlib.sha256(values.dumps(dict(inputs)).encode("utf-8", "replace")).hexdigest()
    return Notice(id, title, message, urgency, link)


def recipients(to: Json, people: Mapping[str, Json]) -> tuple[Recipient, ...] | Fault:
    """Who is meant by a name, a role or an e-mail address of the practice's own people; each person once.

    Args:
        to: What the step says.
        people: By name or role: `{"name", "email", "channels": [...]}`, or a list of these for a role of several.
    """
    wanted = to.strip().casefold() if isinstance(to, str) else ""
    called = [person for name, entry in people.items() if name.strip().casefold() == wanted for person in _each(entry)]
    if not called and wanted:
        everyone = [person for entry in people.values() for person in _each(entry)]
        called = [person for person in everyone if wanted in (person.name.casefold(), person.email.casefold())]
    if not called:
        known = ", ".join(sorted(people, key=str.casefold)) or "nobody yet"
        mend = f"Known people and roles: {known}. Add others to people in daybook.yaml."
        return Fault("UNKNOWN_PERSON", "The notice is for nobody that the workspace knows.", mend)
    return tuple({person.name: person for person in reversed(called)}.values())[::-1]


def in_inbox(notice: Notice, names: Sequence[str], at: str) -> dict[str, Json]:
    """The notice as the console's inbox keeps it; `at` is ISO text."""
    return {
        "for": list(names),
        "title": notice.title,
        "message": notice.message,
        "urgency": notice.urgency,
        "link": notice.link,
        "at": at,
    }


def in_webhook(notice: Notice, to: str) -> dict[str, Json]:
    """The notice as a webhook's JSON; `text` is what chat services show."""
    return {
        "id": notice.id,
        "to": to,
        "title": notice.title,
        "message": notice.message,
        "text": f"{notice.title}\n{notice.body}",
        "urgency": notice.urgency,
        "link": notice.link or None,
    }


def delivery_id(notice: Notice, channel: str, to: str) -> str:
    """Names one delivery: this notice, this channel, this person; a digest, so that no name stands in it."""
    return hashlib.sha256(f"{notice.id}\n{channel}\n{to}".encode("utf-8", "replace")).hexdigest()


def request_to(path: str, elements: Sequence[Element]) -> Request:
    """The request that carries elements to this connector's own door; types survive exactly."""
    items = [{"marker": element.marker, "inputs": dict(element.payload)} for element in elements]
    return Request("POST", path, body=values.dumps(items).encode("utf-8", "replace"))


def read_request(request: Request) -> tuple[Element, ...]:
    """The reverse of request_to."""
    return tuple(Element(item["marker"], item["inputs"]) for item in values.loads(request.body))


def _each(entry: Json) -> tuple[Recipient, ...]:
    entries = entry if isinstance(entry, list | tuple) else (entry,)
    return tuple(
        Recipient(str(each["name"]), str(each.get("email") or ""), tuple(each.get("channels") or ("inbox",)))
        for each in entries
    )


def _readable(value: Json) -> str:
    """Text without control characters, its line ends as LF; anything but text is empty."""
    if not isinstance(value, str):
        return ""
    unified = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in unified if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _first_line(message: str) -> str:
    line = message.splitlines()[0].lstrip("# ").strip() or "Notice"
    return line if len(line) <= _FIRST_LINE_LIMIT else f"{line[: _FIRST_LINE_LIMIT - 1].rstrip()}…"


def _is_link(link: Json) -> bool:
    if not isinstance(link, str) or any(sign.isspace() or sign in "<>" or ord(sign) < 32 for sign in link):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
