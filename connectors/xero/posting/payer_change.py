"""R16: another payer, where something is applied already: only the unpaid part moves.

PURE. A credit note to the old payer takes it off, `reissues` asks the new one for it. With nothing applied the contact
is simply changed, which is an edit.
"""

from __future__ import annotations

from connectors.xero.posting import fees
from connectors.xero.posting.credit_notes import Wanted, credit_note
from connectors.xero.posting.fees import PAYER
from connectors.xero.posting.identity import payer_key
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Situation
from connectors.xero.posting.standing import Document, documents, notes
from connectors.xero.posting.undoing import void_document
from engine.core.money import ZERO
from engine.sdk.contract import Calls, Decision, Hold, Link

Said = Decision | tuple[Link, ...] | None


def change_payer(now: Situation) -> Said:
    """Moves what is still due to the sale's payer, or back; None when it stands with him."""
    standing = documents(now)
    if not standing or unwanted(now.sale) is not None:
        return None
    if not pending(now):
        return None
    contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    if (wait := now.settling()) is not None:
        return wait
    others = [document for document in standing if document.due > ZERO and not _is_his(now, document.link)]
    return _back(now, standing) or (_move(now, others[0]) if others else None)


def pending(now: Situation) -> bool:
    """Whether something is due from another payer than the sale's, or moved away from the one that it has again.

    Told by the payer, not by the contact: contacts are merged in Xero.
    """
    due = any(document.due > ZERO and not _is_his(now, document.link) for document in documents(now))
    return due or any(note.reason == PAYER and _is_his(now, note.link) for note in notes(now))


def _is_his(now: Situation, link: Link) -> bool:
    key = payer_key(now.sale.payer, now.location, now.policy)
    return bool(link.written.get("payer", key) == key)


def _back(now: Situation, standing: tuple[Document, ...]) -> Said:
    """The payer is the old one again: an untouched re-issue goes; its credit note follows it, see `reissues`."""
    for note in notes(now):
        if note.reason != PAYER or not _is_his(now, note.link):
            continue
        moved = next((item for item in standing if item.link.written.get("instead_of") == note.link.part), None)
        if moved is not None and moved.applied == ZERO and not now.locked(moved.link.written["date"]):
            return void_document(now, moved.link)
    return None


def _move(now: Situation, document: Document) -> Decision:
    rows = fees.spread(now, document.link.written.get("fees") or document.link.written["lines"], document.due)
    if not rows:
        cause = f"payer of HX-{now.sale.id}"
        return now.hold("TOTAL_MISMATCH", f"invoice {now.sale.id}", cause, "person", due=document.due)
    reference = f"Payer change of HX-{now.sale.id}"
    ask = credit_note(now, Wanted(PAYER, document.link, rows, now.changed_on, reference, "Moved to new payer: {}"))
    return ask if isinstance(ask, Hold) else Calls((ask,))
