"""Judging a delivery of Xero's webhook: is it signed by Xero, and what has to be read again (fact sheet 10).

PURE, and nothing in a body is believed before its signature is right. A body never holds the data, only where to look;
a delivery may be lost, repeated or late, and the polls find everything without it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.sdk.contract import read_json

Json = Any

SIGNATURE = "x-xero-signature"
# Payments have no category: one moves its invoice (fact sheet 10).
_POLLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "INVOICE": ("documents", "invoices", "payments"),
        "CREDITNOTE": ("credit_notes",),
        "CONTACT": ("contacts",),
        "PREPAYMENT": ("bank_transactions",),
        "OVERPAYMENT": ("bank_transactions",),
    }
)
_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "INVOICE": "Invoices",
        "CREDITNOTE": "CreditNotes",
        "CONTACT": "Contacts",
        "PREPAYMENT": "Prepayments",
        "OVERPAYMENT": "Overpayments",
    }
)
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST_BYTES = 1_000_000
_MOST_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that changed: `resource` as `Invoices/ID`; `key` is the same for a repeated delivery of it."""

    resource: str
    polls: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Xero's own: answer 200 with an empty body once it is noted.

    Attributes:
        told: What to read again, of the connection's own organisation; empty for an intent to receive.
        polls: The polls that should run now, each once.
        first, last: Numbers of its events. A gap to the last delivery's means that some were lost: read everything.
        others: How many events were about other organisations of the same app.
    """

    told: tuple[Told, ...]
    polls: tuple[str, ...]
    first: int = 0
    last: int = 0
    others: int = 0

    @property
    def status(self) -> int:
        """The status to answer with."""
        return 200


@dataclass(frozen=True, slots=True)
class Refused:
    """Not to be acted on: answer with the status and an empty body; `what` says why, without any secret."""

    what: str
    status: int = 401


def judge(headers: Mapping[str, str], body: bytes, key: str, tenant: str) -> Accepted | Refused:
    """Judge one delivery; never raises, whatever the bytes are.

    Args:
        headers: As received; names in any case.
        body: The raw bytes as received, before anything was decoded.
        key: The webhook signing key of the Xero app; without one nothing is accepted.
        tenant: The organisation that the connection is pinned to.
    """
    if len(body) > _MOST_BYTES:
        return Refused("The body is larger than Xero sends.")
    if not _signed(headers, body, key):
        return Refused("The signature is not that of the webhook's key.")
    try:
        whole = read_json(body)
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, Mapping):
        # Rightly signed, so it is Xero's; a retry would bring the same again.
        return Accepted((), tuple(dict.fromkeys(poll for polls in _POLLS.values() for poll in polls)))
    rows = whole.get("events")
    events = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    own = [row for row in events if str(row.get("tenantId", "")).lower() == tenant.lower()]
    told = tuple(dict.fromkeys(_told(own[:_MOST_EVENTS])))
    return Accepted(
        told=told,
        polls=tuple(dict.fromkeys(poll for one in told for poll in one.polls)),
        first=_number(whole.get("firstEventSequence")),
        last=_number(whole.get("lastEventSequence")),
        others=len(events) - len(own),
    )


def missed(before: int, accepted: Accepted) -> bool:
    """Whether events lie between the last delivery's last number and this one's first."""
    return bool(before and accepted.first > before + 1)


def _signed(headers: Mapping[str, str], body: bytes, key: str) -> bool:
    """Compared in constant time, as bytes of one length."""
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
    expected = hmac.new(key.encode(), body, hashlib.sha256).digest()
    try:
        sent = base64.b64decode(given.strip().encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        sent = b""
    return hmac.compare_digest(sent, expected) and bool(key)


def _told(events: list[Mapping[str, Json]]) -> Iterator[Told]:
    for row in events:
        category, id = str(row.get("eventCategory", "")).upper(), str(row.get("resourceId", ""))
        if category in _LISTS and _ID.fullmatch(id):
            key = f"{id} {row.get('eventType', '')} {row.get('eventDateUtc', '')}"
            yield Told(f"{_LISTS[category]}/{id}", _POLLS[category], key[:120])


def _number(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
