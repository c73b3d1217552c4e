"""R18: a sale that is gone, for documents with no money on them: drafts are deleted, approved ones voided.

PURE. Money comes off first (`retractions`); what cannot come off holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.xero.posting.locks import locked
from connectors.xero.posting.situation import GONE, Situation, Write, read_invoice
from connectors.xero.posting.status import WAITING
from connectors.xero.posting.theirs import changed_by_person, held_for_person
from engine.core.money import ZERO
from engine.sdk.contract import Calls, Decision, Finished, Link

Json = Any
REMOVE = "remove invoice"


def remove(now: Situation, link: Link | None, reason: str) -> Decision:
    """What follows for a document that should not stand; `link` is None when there is none (any more)."""
    if link is None:
        done = now.answer(REMOVE) is not None and now.refusal(REMOVE) is None
        return Finished({"removed": True, "reason": reason} if done else {"skipped": reason})
    about = f"invoice {now.sale.id}"
    if not now.sale.deleted and written_off(now):
        return now.hold("NOT_YET", about, f"write-off of {link.marker}", "person")
    if any(known.kind != "invoice" and not known.gone for known in now.links()):
        return now.hold("NOT_YET", about, f"{link.marker} is gone but its money is not", "person")
    read = now.read("read invoice")
    if read is None:
        refusal = now.refusal("read invoice")
        return read_invoice(now, link) if refusal is None else now.refused(refusal, about)
    if not read["found"] or read["status"] in GONE:
        return Finished({"removed": True, "reason": reason}, (replace(link, gone=True),))
    return _remove(now, link, read)


def written_off(now: Situation) -> bool:
    """Whether the practice gave up some of the money, which is a bad debt and no edit (R17)."""
    return now.sale.status == "write-off" or any(line.status == "write-off" for line in now.sale.lines)


def _remove(now: Situation, link: Link, read: Mapping[str, Json]) -> Decision:
    about = f"invoice {now.sale.id}"
    if read["paid"] != ZERO or read["credited"] != ZERO:
        cause = f"{link.marker} has money on it in Xero"
        return now.hold("DELETE_BLOCKED", about, cause, f"document invoice {link.id}", "person")
    if changed := changed_by_person(link.written, read):
        return held_for_person(now, link, changed)
    if now.locked(read["date"]):
        return locked(now, about)
    if (refusal := now.refusal(REMOVE)) is not None:
        return now.refused(refusal, about)
    payload = {"id": link.id, "status": "DELETED" if read["status"] in WAITING else "VOIDED"}
    write = Write(REMOVE, link.part, ends=True, fresh_read=True)
    return Calls((now.ask("update_invoice", link.marker, payload, write),))
