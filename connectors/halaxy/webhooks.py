"""Judging a delivery of Halaxy's webhooks: is it Halaxy's, and what has to be read again (fact sheet 7).

PURE, and nothing in a body is believed: it only says where to look. There is no signature; the one protection is
the static value of the webhook's Authentication Header, so each address is secret as well. A delivery may be lost,
repeated or late, and the polls find everything without it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from connectors.halaxy.wire import each, reference, text
from engine.sdk.contract import read_json

Json = Any

# One address for each event, because a body does not tell created from updated from deleted (7.4).
EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "patient-created": "Patient",
        "patient-updated": "Patient",
        "appointment-created": "Appointment",
        "appointment-updated": "Appointment",
        "appointment-deleted": "Appointment",
        "invoice-created": "Invoice",
        "invoice-updated": "Invoice",
        "invoice-deleted": "Invoice",
    }
)
# Payments have no webhook and cannot be asked for by invoice, so an invoice's delivery runs the whole poll (5, 7.2).
_POLLS = {"Patient": ("people",), "Invoice": ("sales",)}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_BEARER = re.compile(r"^bearer\s+", re.IGNORECASE)
_MOST_BYTES = 256_000


@dataclass(frozen=True, slots=True)
class Accepted:
    """Halaxy's own: answer 202 once it is noted.

    Attributes:
        rereads: What to read again, as `Invoice/1001`; empty when the body does not tell.
        polls: The polls that should run now.
        notices: Ids of the notices in it, by which a repetition is known.
        topic: Halaxy's id of the event's topic; another one than before hints at a wrong address in Halaxy.
    """

    rereads: tuple[str, ...]
    polls: tuple[str, ...]
    notices: tuple[str, ...] = ()
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Not to be acted on: the status to answer with, and why in plain words (without the secret)."""

    status: int
    what: str


def judge(event: str, headers: Mapping[str, str], body: bytes, secret: str) -> Accepted | Refused:
    """Judge one delivery.

    Args:
        event: The event of the address that it came to, one of `EVENTS`.
        headers: As received; names in any case.
        body: As received; it may be anything.
        secret: The value typed into Halaxy as Authentication Header; without one nothing is accepted.
    """
    if event not in EVENTS:
        return Refused(404, "There is no such event.")
    if not _is_halaxys(headers, secret):
        return Refused(401, "The authentication value is not the one of this webhook.")
    if len(body) > _MOST_BYTES:
        return Refused(413, "The body is too large.")
    kind = EVENTS[event]
    found = tuple(_notices(body))
    rereads = (f"{kind}/{id}" for of, id, _ in found if of == kind)
    return Accepted(
        rereads=tuple(dict.fromkeys(rereads)),
        polls=_POLLS.get(kind, ()),
        notices=tuple(dict.fromkeys(notice for _, _, notice in found if notice)),
        topic=_topic(body),
    )


def _is_halaxys(headers: Mapping[str, str], secret: str) -> bool:
    """Compared in constant time, as it stands or after `Bearer` (7.3)."""
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "").strip()
    wanted = secret.strip()
    bare, expected = (_BEARER.sub("", value).encode() for value in (given, wanted))
    return bool(expected) and hmac.compare_digest(bare, expected)


def _notices(body: bytes) -> Iterator[tuple[str, str, str]]:
    """Type and id of what each notice is about, and the notice's own id (7.4)."""
    for status in _statuses(body):
        for notice in each(status.get("notificationEvent")):
            about = reference(notice.get("focus")) if isinstance(notice, Mapping) else None
            if about is not None and _ID.fullmatch(about.id):
                yield about.type, about.id, text(notice.get("id"))[:64]


def _topic(body: bytes) -> str | None:
    found = (reference(status.get("topic")) for status in _statuses(body))
    return next((topic.id for topic in found if topic and _ID.fullmatch(topic.id)), None)


def _statuses(body: bytes) -> Iterator[Mapping[str, Json]]:
    try:
        bundle = read_json(body)
    except (ValueError, RecursionError):
        return
    entries = each(bundle.get("entry")) if isinstance(bundle, Mapping) else ()
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping) and resource.get("resourceType") == "SubscriptionStatus":
            yield resource
