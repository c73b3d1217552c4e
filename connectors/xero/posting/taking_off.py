"""R9, R18 and R23 for one document of any record: read it, then delete or void it, unless it has become a person's.

PURE. What is reconciled, was made by a person or lies in a locked period stays, and holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.xero.posting.locks import locked
from connectors.xero.posting.situation import GONE, Ground, Write
from engine.sdk.contract import Ask, Hold, Link

Json = Any


@dataclass(frozen=True, slots=True)
class _Removal:
    """The calls that read and remove documents of a kind."""

    read: str
    remove: str
    payload: Mapping[str, Json]


_REMOVALS = {
    "payment": _Removal("find_payment", "delete_payment", {}),
    "bank transaction": _Removal("find_bank_transaction", "update_bank_transaction", {"status": "DELETED"}),
    "bank transfer": _Removal("find_bank_transfer", "delete_bank_transfer", {}),
    "bill": _Removal("find_bill", "update_bill", {"status": "VOIDED"}),
}


def take_off(now: Ground, link: Link, **notes: Json) -> Ask | Hold | Link:
    """The next call that removes what a link stands for; a gone link where Xero has it no more.

    `notes` are kept on the link, beside what the call brings.
    """
    removal, about = _REMOVALS[link.kind], named(now, link)
    if link.made_by == "person":
        return now.hold("DELETE_BLOCKED", about, f"{about} was made by a person in Xero", "person")
    shown = read_of(now, link)
    if not isinstance(shown, Mapping):
        return shown
    if not shown["found"] or shown["status"] in GONE:
        return replace(link, gone=True)
    if (why := untouchable(now, link, shown)) is not None:
        return why
    part = deletion_of(link)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    payload = {"id": link.id, **removal.payload, **notes}
    if link.kind == "bill" and shown["status"] in ("DRAFT", "SUBMITTED"):
        payload["status"] = "DELETED"
    marker = link.marker if link.kind == "bill" else link.id
    return now.ask(removal.remove, marker, payload, Write(part, link.part, ends=True, fresh_read=True))


def deletion_of(link: Link) -> str:
    """The part under which a document is removed; by its id, for what takes its place gets the same part."""
    return f"delete {link.part} {link.id}"


def named(now: Ground, link: Link) -> str:
    """The part as a bookkeeper calls it: the money of a sale by its own id, other things by their record."""
    return link.part if now.record.startswith("sale ") else f"{now.record}: {link.part}"


def read_of(now: Ground, link: Link) -> Mapping[str, Json] | Ask | Hold:
    """What Xero shows of the document, read in this posting; else the call that reads it."""
    part = f"read {link.part} {link.id}"
    shown = now.read(part)
    if shown is not None:
        return shown
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, named(now, link))
    return now.ask(_REMOVALS[link.kind].read, "", {"id": link.id}, Write(part))


def untouchable(now: Ground, link: Link, shown: Mapping[str, Json]) -> Hold | None:
    """The hold of a document that may not be changed any more."""
    about = named(now, link)
    if shown.get("reconciled"):
        return now.hold("DELETE_BLOCKED", about, f"{about} is reconciled in Xero", "person")
    return locked(now, about) if now.locked(shown["date"]) else None
