"""Webhooks: who asked for which event, and the deliveries that wait to be posted (fact sheet 7, 13.12).

A queue and nothing more: a runner takes what is due and posts it, and nobody hears whether it arrived, for
retries are not documented. Loss, repetition, delay and order come from switches, the same for the same history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zlib import crc32

import msgspec

from connectors.halaxy.sandbox.records import Record
from connectors.halaxy.sandbox.state import State, Table
from connectors.halaxy.sandbox.switches import Switches

Json = Any
Event = Literal[
    "patient-created",
    "patient-updated",
    "appointment-created",
    "appointment-updated",
    "appointment-deleted",
    "invoice-created",
    "invoice-updated",
    "invoice-deleted",
]
_PROFILE = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One webhook as set up by hand: one event, one address, the authentication header's value."""

    event: Event
    url: str
    header: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST that is due at a time."""

    due: datetime
    number: int
    url: str
    headers: dict[str, str]
    body: bytes


class Deliveries:
    """The webhooks and what has not been posted yet."""

    def __init__(self) -> None:
        self.webhooks: list[Webhook] = []
        self._waiting: list[Delivery] = []
        self._made = 0

    def set_up(self, webhooks: Iterable[Webhook]) -> None:
        """Have exactly these webhooks from now on."""
        self.webhooks = list(webhooks)

    def note(self, happened: Iterable[tuple[str, str]], switches: Switches, now: datetime, base: str) -> None:
        """Queue a delivery for each webhook of an event.

        Args:
            happened: Event and reference, as `invoice-updated` and `Invoice/1001`.
            switches: What goes wrong on the way.
            now: The practice's time.
            base: The address that references in bodies start with.
        """
        for event, reference in happened:
            for webhook in (one for one in self.webhooks if one.event == event):
                self._queue(webhook, reference, switches, now, base)

    def take(self, now: datetime, switches: Switches) -> list[Delivery]:
        """The due deliveries, which are then no longer waiting."""
        due = [one for one in self._waiting if one.due <= now]
        self._waiting = [one for one in self._waiting if one.due > now]
        if switches.webhook_out_of_order:
            return sorted(due, key=lambda one: (_share(one.number, "order"), one.number))
        return sorted(due, key=lambda one: (one.due, one.number))

    def _queue(self, webhook: Webhook, reference: str, switches: Switches, now: datetime, base: str) -> None:
        self._made += 1
        number = self._made
        if _share(number, "lost") < switches.webhook_drop_rate:
            return
        headers = {"content-type": "application/json"}
        if webhook.header:
            headers["authorization"] = webhook.header
        due = now + timedelta(seconds=switches.webhook_delay)
        delivery = Delivery(due, number, webhook.url, headers, _body(webhook, reference, number, now, base))
        copies = 2 if _share(number, "twice") < switches.webhook_duplicate_rate else 1
        self._waiting += [delivery] * copies


def changes(before: State, after: State, invoices: Iterable[str], on_payment: bool) -> Iterator[tuple[str, str]]:
    """What staff have created, updated and deleted in Halaxy's screens (fact sheet 7.2).

    Args:
        before: The practice before it.
        after: The practice now.
        invoices: Invoices whose lines or money were touched.
        on_payment: Whether a change of money alone counts as an update of its invoice; that is not known.
    """
    for kind, table in _SEEN:
        old = table(before)
        for row in table(after).ordered():
            if old.get(row.id) is None:
                yield f"{kind.lower()}-created", f"{kind}/{row.id}"
            elif old.get(row.id) is not row:
                yield f"{kind.lower()}-updated", f"{kind}/{row.id}"
    touched = {row.id for row in after.invoices.ordered() if before.invoices.get(row.id) is not row} | set(invoices)
    for id in sorted(touched):
        event = _invoice_event(before, after, id, on_payment)
        if event is not None:
            yield event, f"Invoice/{id}"


_SEEN: tuple[tuple[str, Callable[[State], Table[Any]]], ...] = (
    ("Patient", lambda state: state.patients),
    ("Appointment", lambda state: state.appointments),
)


def _invoice_event(before: State, after: State, id: str, on_payment: bool) -> str | None:
    old, new = before.invoices.get(id), after.invoices.get(id)
    if new is None:
        return None
    if old is None:
        return "invoice-created"
    if new.deleted and not old.deleted:
        return "invoice-deleted"
    if _content(old) != _content(new) or before.lines_of(id) != after.lines_of(id):
        return "invoice-updated"
    return "invoice-updated" if on_payment and before.payments_of(id) != after.payments_of(id) else None


def _content(row: Record) -> Json:
    return {**msgspec.structs.asdict(row), "changed_at": None}


def _share(number: int, about: str) -> float:
    """A number from 0 to 1 that looks random and is always the same for the same delivery."""
    return crc32(f"{about} {number}".encode()) / 2**32


def _uuid(*parts: object) -> str:
    digits = "".join(f"{crc32(f'{turn} {parts}'.encode()):08x}" for turn in range(4))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _body(webhook: Webhook, reference: str, number: int, now: datetime, base: str) -> bytes:
    """The bundle of fact sheet 7.4 and 13.12: a reference, never the data, and not what happened to it."""
    kind, moment, entry = reference.partition("/")[0], now.astimezone(UTC).isoformat(), _uuid("entry", number)
    subscription, topic = _uuid("subscription", webhook.url), _uuid("topic", webhook.event)
    notice = {
        "eventNumber": str(number),
        "timestamp": moment,
        "focus": {"reference": f"{base}/{reference}", "type": kind},
        "id": _uuid("notice", number),
    }
    status = {
        "resourceType": "SubscriptionStatus",
        "id": entry,
        "meta": {"profile": f"{_PROFILE}/backport-subscription-status"},
        "subscription": {"reference": f"{base}/Subscription/{subscription}", "type": "Subscription"},
        "topic": {"reference": f"{base}/SubscriptionTopic/{topic}", "type": "SubscriptionTopic"},
        "status": "active",
        "type": "event-notification",
        "eventsSinceSubscriptionStart": str(number - 1),
        "notificationEvent": [notice],
    }
    bundle = {
        "resourceType": "Bundle",
        "id": _uuid("bundle", number),
        "meta": {"profile": f"{_PROFILE}/backport-subscription-notification", "security": [], "tag": []},
        "type": "history",
        "timestamp": moment,
        "link": [],
        "entry": [{"fullUrl": entry, "resource": status}],
        "contained": [],
        "extension": [],
        "modifierExtension": [],
    }
    return json.dumps(bundle).encode()
