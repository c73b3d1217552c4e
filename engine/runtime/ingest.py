"""Accepting what polls and webhooks bring: events, snapshots and documents, stored in one unit.

A repeat is a no-op. Looks at no rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.core.times import text_of
from engine.core.values import dumps
from engine.ports import Change, Insert, Put, Update
from engine.runtime.holds import release
from engine.runtime.parts import Parts
from engine.runtime.rows import event_row, link_of
from engine.sdk.contract import Found, NewEvent, Record, SeenDocument

Json = Any


def accept(parts: Parts, source: str, connection: str, events: Sequence[NewEvent], now: datetime) -> list[Change]:
    """The changes that store new events; one already known by its key stays as it is."""
    return [
        Insert("events", event_row(event, parts.ids.new("evt"), source, connection, now), ignore=True)
        for event in events
    ]


def take_in(parts: Parts, source: str, connection: str, found: Found, now: datetime) -> list[Change]:
    """All the changes that a poll's find makes, but for its cursor."""
    changes = [_put_record(connection, record, now) for record in found.records]
    changes += accept(parts, source, connection, found.events, now)
    things = [f"record {record.kind} {record.id}" for record in found.records]
    if found.records:
        things.append("facts")
    for document in found.documents:
        changes += _see(parts, connection, document, now)
        things.append(f"document {document.kind} {document.id}")
    return changes + release(parts, things, now)


def _put_record(connection: str, record: Record, now: datetime) -> Change:
    return Put(
        "records",
        {"connection": connection, "kind": record.kind, "id": record.id},
        {
            "version": record.version,
            "parent": record.parent,
            "body": dumps(record.data),
            "updated_at": text_of(now),
        },
    )


def _see(parts: Parts, connection: str, document: SeenDocument, now: datetime) -> list[Change]:
    rows = parts.store.rows("links_of_vendor", connection=connection, kind=document.kind, vendor_id=document.id)
    changes: list[Change] = []
    for row in rows:
        link = link_of(row)
        where = {"connection": connection, "source": link.source, "part": link.part, "vendor_id": document.id}
        new = {"gone": 1} if document.seen is None else {"seen": dumps(dict(document.seen))}
        changes.append(Update("links", where, {**new, "updated_at": text_of(now)}, expect=None))
    return changes
