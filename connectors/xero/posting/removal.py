"""R18: a sale that should have no document: drafts are deleted, approved ones voided, as long as nothing is on them.

PURE. Money comes off first (`retractions`); what cannot be voided is taken back by a credit note (`corrections`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Situation
from connectors.xero.posting.standing import Document, applied_to, documents
from connectors.xero.posting.theirs import changed_by_person, held_for_person, may_overwrite
from connectors.xero.posting.undoing import voiding
from engine.core.money import ZERO, total
from engine.sdk.contract import Calls, Hold

Json = Any
_IN = ("payment", "deposit_applied")
_OUT = ("refund", "to_deposit", "dishonour")


def remove(now: Situation) -> Calls | Hold | None:
    """Voids the documents of a sale that is gone; None when there is none that can be."""
    standing = documents(now)
    if unwanted(now.sale) is None or not standing:
        return None
    about = f"invoice {now.sale.id}"
    if any(_by_others(now, document) > ZERO for document in standing):
        cause = f"HX-{now.sale.id} is gone, but money that others entered stands on it"
        release = f"document invoice {standing[0].link.id}"
        return now.hold("DELETE_BLOCKED", about, cause, release, "person")
    if now.sale.deleted and _money_left(now) != ZERO:
        cause = f"invoice {now.sale.id} was deleted, its money was not"
        return now.hold("DELETE_BLOCKED", about, cause, "person", money=_money_left(now))
    free = [item for item in standing if item.applied == ZERO and not now.locked(item.link.written["date"])]
    for document in free:
        read = document.read
        if read is not None and (changed := changed_by_person(document.link.written, read)) and not may_overwrite(now):
            return held_for_person(now, document.link, changed)
        if (refusal := now.refusal(f"void {document.link.part}")) is not None:
            return now.refused(refusal, about)
    return Calls(tuple(voiding(now, document.link) for document in free)) if free else None


def _by_others(now: Situation, document: Document) -> Decimal:
    ours = total(tuple(link.written["amount"] for link in applied_to(now, document.link.id)))
    return document.applied - ours


def _money_left(now: Situation) -> Decimal:
    """What came in on a sale and did not go back."""
    came = total(tuple(item.amount for item in now.sale.payments if item.kind in _IN))
    return came - total(tuple(item.amount for item in now.sale.payments if item.kind in _OUT))
