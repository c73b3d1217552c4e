"""From a step's inputs to one safe letter, and from a letter or list entry to the request that carries it.

PURE. Says no to everything that could address a second person or start a second header; MIME and SMTP
stand in letter.py and client.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.core import values
from engine.sdk.contract import Element, Request

Json = Any

# Mail bodies are cut off at the size that a rendered template may have (reliability 4.2).
BODY_LIMIT_BYTES = 256 * 1024
# RFC 5322, 2.1.1: a header line has at most 998 characters; folding keeps longer ones legal, but nobody reads them.
SUBJECT_LIMIT = 250

# Dot-atoms only: no quoted local parts, no comments, no address literals, ASCII (RFC 5322, 3.2.3; RFC 1035, 2.3.4).
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")

# Line and paragraph separators end a line for some readers of mail; surrogates cannot be written at all.
_NO_HEADER = ("Cc", "Cs", "Zl", "Zp")
# In names, invisible signs as well: they turn the reading direction or hide letters.
_NO_NAME = (*_NO_HEADER, "Cf", "Co", "Cn")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an input cannot be used; `what` names the field, never its value."""

    code: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person, every part of it checked; `body` is Markdown, `marker` finds it again."""

    marker: str
    to: str
    to_name: str
    subject: str
    body: str
    reply_to: str = ""

    @property
    def domain(self) -> str:
        """The recipient's domain, in lower case."""
        return self.to.rpartition("@")[2].lower()


def read_letter(marker: str, inputs: Mapping[str, Json]) -> Letter | Fault:
    """Check the inputs of `send`; a doubtful display name is dropped, every other doubt is a fault."""
    to = read_address(inputs.get("to"), "to")
    if isinstance(to, Fault):
        return to
    subject = _subject(inputs.get("subject"))
    if isinstance(subject, Fault):
        return subject
    body = _body(inputs.get("body"))
    if isinstance(body, Fault):
        return body
    reply_to: str | Fault = ""
    if inputs.get("reply_to") not in (None, ""):
        reply_to = read_address(inputs.get("reply_to"), "reply_to")
    if isinstance(reply_to, Fault):
        return reply_to
    return Letter(marker, to, display_name(inputs.get("to_name")), subject, body, reply_to)


def read_address(value: Json, field: str) -> str | Fault:
    """Exactly one plain address, without a name; spaces around it are taken off.

    `=?` is refused although RFC 5322 allows it: Python's header code decodes it into a second recipient
    (reliability 7.5).
    """
    text = value.strip() if isinstance(value, str) else ""
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    fits = len(local) <= 64 and len(text) <= 254 and "=?" not in text
    if fits and _LOCAL.fullmatch(local) and all(_LABEL.fullmatch(label) for label in labels):
        return text
    return Fault(
        "BAD_ADDRESS",
        f"The input {field} is not one plain e-mail address.",
        "Give one address like name@clinic.example; write a domain with other letters in its xn-- form.",
    )


def display_name(value: Json) -> str:
    """A name that may stand in a header, or nothing: the mail reaches the person without it too."""
    if not isinstance(value, str):
        return ""
    name = " ".join(value.split(" ")).strip()
    doubtful = "=?" in name or len(name) > 200 or any(unicodedata.category(sign) in _NO_NAME for sign in name)
    return "" if doubtful else name


def as_text(value: Json) -> str:
    """A field as trimmed text; none and non-text values are empty."""
    return value.strip() if isinstance(value, str) else ""


def request_to(path: str, elements: Sequence[Element]) -> Request:
    """The request that carries elements to this connector's own door; types survive exactly."""
    items = [{"marker": element.marker, "inputs": dict(element.payload)} for element in elements]
    return Request("POST", path, body=values.dumps(items).encode("utf-8", "replace"))


def read_request(request: Request) -> tuple[Element, ...]:
    """The reverse of request_to."""
    return tuple(Element(item["marker"], item["inputs"]) for item in values.loads(request.body))


def _subject(value: Json) -> str | Fault:
    subject = as_text(value)
    if not subject:
        return Fault("NO_SUBJECT", "The mail has no subject.", "Give the step a subject.")
    if "=?" in subject or any(unicodedata.category(sign) in _NO_HEADER for sign in subject):
        return Fault(
            "BAD_SUBJECT",
            "The subject holds a line break, a control character or the sequence =?.",
            "Write the subject on one line, without these signs.",
        )
    if len(subject) > SUBJECT_LIMIT:
        return Fault("BAD_SUBJECT", f"The subject is longer than {SUBJECT_LIMIT} characters.", "Shorten it.")
    return subject


def _body(value: Json) -> str | Fault:
    if not isinstance(value, str) or not value.strip():
        return Fault("NO_BODY", "The mail has no text.", "Give the step a body.")
    unified = value.replace("\r\n", "\n").replace("\r", "\n")
    readable = "".join(sign for sign in unified if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
    if len(readable.encode()) > BODY_LIMIT_BYTES:
        return Fault("BODY_TOO_LONG", "The mail is longer than 256 KiB.", "Shorten it, or link to a document.")
    return readable
