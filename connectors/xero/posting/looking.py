"""R21: before anything of a sale is changed, its documents are read; what a person did there wins.

PURE. A sale that needs nothing is not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.xero.posting import dishonours, payer_change, receipts, refunds, write_offs
from connectors.xero.posting.lines import basis, is_remapped
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import GONE, Situation, Write
from connectors.xero.posting.standing import Document, documents
from connectors.xero.posting.status import WAITING
from connectors.xero.posting.theirs import changed_by_person, held_for_person, may_overwrite, reissue_choice
from engine.sdk.contract import Ask, Calls, Decision, Done, Hold, Link

Json = Any
Said = Decision | tuple[Link, ...] | None


def look(now: Situation) -> Said:
    """Reads the documents of a sale that has work, and holds or follows what a person did to them."""
    standing = documents(now)
    for document in standing:
        if document.link.seen.get("status") in GONE:
            return _gone(now, document.link)
    if not standing or not _has_work(now, standing):
        return None
    unread = [document for document in standing if document.read is None and not _written_here(now, document.link)]
    if unread:
        return _read(now, unread)
    for document in standing:
        if document.read is not None and (said := _theirs(now, document.link, document.read)) is not None:
            return said
    return None


def is_edited(now: Situation, standing: Sequence[Document]) -> bool:
    """Whether the sale differs from what its documents were written of."""
    current = basis(now.sale)
    if is_remapped(now) or unwanted(now.sale) is not None:
        return True
    return any(item.link.written.get("basis") != current for item in standing)


def _has_work(now: Situation, standing: Sequence[Document]) -> bool:
    if is_edited(now, standing):
        return True
    if any(document.status in WAITING for document in standing):
        return False
    pending = (receipts.unfulfilled, refunds.pending, dishonours.pending, payer_change.pending, write_offs.pending)
    return any(each(now) for each in pending)


def _written_here(now: Situation, link: Link) -> bool:
    return isinstance(now.answer(link.part), Done)


def _read(now: Situation, unread: Sequence[Document]) -> Calls | Hold:
    asks: list[Ask] = []
    for document in unread:
        link, part = document.link, f"read {document.link.part}"
        if (refusal := now.refusal(part)) is not None:
            return now.refused(refusal, f"invoice {now.sale.id}")
        asks.append(now.ask("find_invoice", "", {"id": link.id, "number": link.marker}, Write(part)))
    return Calls(tuple(asks))


def _theirs(now: Situation, link: Link, read: Mapping[str, Json]) -> Said:
    """A document that is gone, has another total or lost a payment of ours is a person's work."""
    if not read["found"] or read["status"] in GONE:
        return None if isinstance(now.answer(f"void {link.part}"), Done) else _gone(now, link)
    changed = changed_by_person(link.written, read)
    if "total" in changed and not may_overwrite(now) and not isinstance(now.answer("update invoice"), Done):
        return held_for_person(now, link, changed)
    shown = {payment["id"] for payment in read["payments"]}
    ours = [known for known in now.live("payment") if known.written.get("invoice_id") == link.id]
    lost = [known for known in ours if known.id not in shown and not isinstance(now.answer(known.part), Done)]
    if not lost:
        return None
    if may_overwrite(now):
        return tuple(replace(known, gone=True) for known in lost)
    return held_for_person(now, link, [known.part for known in lost])


def _gone(now: Situation, link: Link) -> Said:
    """A person voided it: asked for again under a new number only if a person says so (R18, R21)."""
    if unwanted(now.sale) is not None:
        return (replace(link, gone=True),)
    chosen = now.chosen("XERO_CHANGED", f"invoice {now.sale.id}")
    if chosen == reissue_choice(now):
        payments = [known for known in now.live("payment") if known.written.get("invoice_id") == link.id]
        return tuple(replace(known, gone=True) for known in (link, *payments))
    return held_for_person(now, link, ("status",))
