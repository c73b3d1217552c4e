"""Taking a document of ours back: read first, then what is applied comes off, then it is voided.

PURE. A document that a person used, reconciled or that stands in a locked period stays, and holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.fees import OF_FEES, Row
from connectors.xero.posting.locks import locked
from connectors.xero.posting.situation import GONE, Ground, Situation, Write
from connectors.xero.posting.standing import NOTE, Document, allocations_of, documents, notes
from connectors.xero.posting.status import WAITING
from engine.core.money import ZERO
from engine.sdk.contract import Ask, Calls, Hold, Link

Said = Calls | Hold | tuple[Link, ...]
Sums = Mapping[tuple[Any, ...], Decimal]


def undo(now: Situation, change: Sequence[Row]) -> Said | None:
    """Undoes the newest correction whose end brings the fees nearer to what they should be; None when none does."""
    need = fees.sums_by_kind(change)
    candidates = [(link, rows) for link, rows in _corrections(now) if _fits(fees.sums_by_kind(rows), need)]
    if not candidates:
        return None
    newest = max(candidates, key=lambda found: (found[0].version, found[0].written["date"], found[0].part))[0]
    return void_note(now, newest) if newest.kind == NOTE else void_document(now, newest)


def void_note(now: Situation, link: Link) -> Said:
    """A credit note: off every document, then voided."""
    about = f"credit note {link.marker}"
    shown = now.read(f"read {link.part}")
    if shown is None:
        if (refusal := now.refusal(f"read {link.part}")) is not None:
            return now.refused(refusal, about)
        return Calls((now.ask("find_credit_note", "", {"id": link.id}, Write(f"read {link.part}")),))
    if not shown["found"] or shown["status"] in GONE:
        return (replace(link, gone=True),)
    if now.locked(shown["date"]):
        return locked(now, about)
    if applied := allocations_of(now, link.id):
        return remove_allocations(now, applied)
    part = f"void {link.part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    payload = {"id": link.id, "status": "VOIDED"}
    return Calls((now.ask("update_credit_note", link.marker, payload, Write(part, link.part, True, True)),))


def void_document(now: Situation, link: Link) -> Calls | Hold:
    """An invoice with nothing on it; a draft is deleted (R18)."""
    part = f"void {link.part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, f"invoice {now.sale.id}")
    return Calls((voiding(now, link),))


def voiding(now: Situation, link: Link) -> Ask:
    """The call that voids or deletes an invoice."""
    shown = now.read(f"read {link.part}") or link.seen or link.written
    payload = {"id": link.id, "status": "DELETED" if shown.get("status") in WAITING else "VOIDED", **notes_of(link)}
    return now.ask("update_invoice", link.marker, payload, Write(f"void {link.part}", link.part, True, True))


def notes_of(link: Link) -> dict[str, Any]:
    """What a link keeps to know how its document came about, also when that is changed or gone."""
    return {name: link.written[name] for name in ("instead_of", "fees", "payer", "basis") if name in link.written}


def remove_allocations(now: Ground, applied: Sequence[Link]) -> Calls | Hold:
    """Takes credits off the documents that they are applied to."""
    asks: list[Ask] = []
    for link in applied:
        part = f"remove {link.part}"
        if now.locked(link.written["date"]):
            return locked(now, link.part)
        if (refusal := now.refusal(part)) is not None:
            return now.refused(refusal, link.part)
        names = ("credit", "credit_id", "invoice_id", "amount")
        payload = {"allocation_id": link.id, **{name: link.written[name] for name in names}}
        asks.append(now.ask("remove_allocation", link.id, payload, Write(part, link.part, True, True)))
    return Calls(tuple(asks))


def _corrections(now: Situation) -> list[tuple[Link, list[Row]]]:
    """Our live corrections that can still be undone, with what their end would do to the fees."""
    found: list[tuple[Link, list[Row]]] = []
    for note in notes(now):
        if note.reason in OF_FEES and not _paid_back(now, note.id) and not now.locked(note.link.written["date"]):
            found.append((note.link, list(note.link.written["fees"])))
    found += [(item.link, [fees.negative(row) for row in item.link.written["fees"]]) for item in _additions(now)]
    return found


def _additions(now: Situation) -> list[Document]:
    """Additions, and re-issues of a voided invoice, with nothing on them."""
    more = [item for item in documents(now) if item.link.part != "invoice" and "fees" in item.link.written]
    own = [item for item in more if "instead_of" not in item.link.written]
    return [item for item in own if item.applied == ZERO and not now.locked(item.link.written["date"])]


def _paid_back(now: Situation, credit_id: str) -> bool:
    return any(link.written.get("credit_id") == credit_id for link in now.live("payment"))


def _fits(gives: Sums, need: Sums) -> bool:
    """Whether it moves every kind in the needed direction, and none further than needed."""
    if not gives:
        return False
    return all(kind in need and _within(amount, need[kind]) for kind, amount in gives.items())


def _within(amount: Decimal, needed: Decimal) -> bool:
    return amount * needed > ZERO and abs(amount) <= abs(needed)
