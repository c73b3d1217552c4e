"""Webhooks: what changed in the organisations, and the signed deliveries that wait to be posted (fact sheet 10).

A queue and nothing more: a runner takes what is due and posts it. What Xero does after a wrong answer (again about
every fifteen minutes, for a day) is asked for with `again`. Loss, repetition, order and wrong signatures come from
switches, the same for the same history.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from .state import Books
from .switches import Switches

Json = Any
Stamps = dict[tuple[str, str, str], tuple[datetime, str, str]]

_AGAIN = timedelta(minutes=15)
_GIVES_UP = timedelta(hours=24)
_CATEGORIES = {
    "Invoice": ("INVOICE", "Invoices"),
    "CreditNote": ("CREDITNOTE", "CreditNotes"),
    "Prepayment": ("PREPAYMENT", "Prepayments"),
    "Overpayment": ("OVERPAYMENT", "Overpayments"),
}
_WITH_DATA = ("CREDITNOTE", "PREPAYMENT", "OVERPAYMENT")


@dataclass(frozen=True, slots=True)
class Webhook:
    """The one webhook of an app: its address and the key that signs."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST that is due at a time; `well_signed` tells a runner what the right answer is."""

    due: datetime
    first: datetime
    number: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    well_signed: bool = True


class Deliveries:
    """The webhook and what has not been posted yet."""

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self._waiting: list[Delivery] = []
        self._taken: dict[int, Delivery] = {}
        self._made = 0
        self._events = 0

    def set_up(self, webhook: Webhook | None, now: datetime) -> None:
        """Have this webhook from now on; Xero begins with its intent to receive, signed rightly and wrongly."""
        self.webhook, self._waiting = webhook, []
        if webhook is not None:
            for well_signed in (True, False, True, False):
                self._queue(webhook, [], now, well_signed)

    def note(self, before: Stamps, after: Stamps, switches: Switches, now: datetime) -> None:
        """Queue one delivery for what changed between two looks, if anything did."""
        if self.webhook is None:
            return
        events = list(_events(before, after, now))
        if not events:
            return
        share = f"{self._made + 1}"
        if _share(share, "lost") < switches.webhook_drop_rate:
            self._made, self._events = self._made + 1, self._events + len(events)
            return
        wrong = _share(share, "forged") < switches.webhook_bad_signature_rate
        due = now + timedelta(seconds=switches.webhook_delay_seconds)
        made = self._queue(self.webhook, events, due, not wrong)
        if _share(share, "twice") < switches.webhook_duplicate_rate:
            self._waiting.append(made)

    def take(self, now: datetime, switches: Switches) -> list[Delivery]:
        """The due deliveries, which are then no longer waiting."""
        due = [one for one in self._waiting if one.due <= now]
        self._waiting = [one for one in self._waiting if one.due > now]
        self._taken |= {one.number: one for one in due}
        if switches.webhook_out_of_order:
            return sorted(due, key=lambda one: (_share(str(one.number), "order"), one.number))
        return sorted(due, key=lambda one: (one.due, one.number))

    def again(self, numbers: Iterable[int], now: datetime) -> None:
        """Deliveries that were not answered with 200 come again, until a day has gone by."""
        for number in numbers:
            one = self._taken.get(number)
            if one is not None and now - one.first < _GIVES_UP:
                self._waiting.append(replace(one, due=now + _AGAIN))

    def _queue(self, webhook: Webhook, events: list[Json], due: datetime, well_signed: bool) -> Delivery:
        self._made += 1
        first = self._events + 1 if events else 0
        self._events += len(events)
        entropy = "".join(chr(65 + crc32(f"entropy {self._made} {at}".encode()) % 26) for at in range(20))
        whole = {
            "events": events,
            "firstEventSequence": first,
            "lastEventSequence": self._events if events else 0,
            "entropy": entropy,
        }
        body = json.dumps(whole, separators=(",", ":")).encode()
        key = webhook.key if well_signed else f"not {webhook.key}"
        headers = {"content-type": "application/json; charset=utf-8", "x-xero-signature": signature(key, body)}
        made = Delivery(due, due, self._made, webhook.url, headers, body, well_signed)
        self._waiting.append(made)
        return made


def signature(key: str, body: bytes) -> str:
    """base64 of the HMAC-SHA256 of the raw bytes, with the key as plain text."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def stamps(tenants: Mapping[str, Books]) -> Stamps:
    """When each thing that Xero tells of was last changed, with its type and status."""
    found: Stamps = {}
    for tenant, books in tenants.items():
        for contact in books.contacts.values():
            found[tenant, "Contact", contact.id] = (contact.updated, "", f"{contact.status} {contact.name}")
        for kind in _CATEGORIES:
            for document in books.of_kind(kind).values():
                # Two changes in the same moment have one time, so what they move counts as well.
                found[tenant, kind, document.id] = (
                    document.updated, document.type, f"{document.status} {document.open} {document.date}",
                )  # fmt: skip
    return found


def _events(before: Stamps, after: Stamps, now: datetime) -> Iterator[Json]:
    for key, stamp in after.items():
        if before.get(key) == stamp:
            continue
        tenant, kind, id = key
        category, plural = _CATEGORIES.get(kind, ("CONTACT", "Contacts"))
        event: dict[str, Json] = {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/{plural}/{id}",
            "resourceId": id,
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
            "eventCategory": category,
            "eventType": "UPDATE" if key in before else "CREATE",
            "eventDateUtc": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03}",
        }
        if category in _WITH_DATA:
            event["data"] = {"Type": stamp[1], "Status": stamp[2].partition(" ")[0]}
        yield event


def _share(number: str, about: str) -> float:
    """A number from 0 to 1 that looks random and is always the same for the same delivery."""
    return crc32(f"{about} {number}".encode()) / 2**32
