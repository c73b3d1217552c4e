"""The second half of a re-issue: fees that a credit note took off one document are asked for again in a new one.

PURE. For a refund in a locked period (R14b, R19), and for the unpaid part that moved to another payer (R16).
"""

from __future__ import annotations

from typing import Any

from connectors.xero.posting import fees, identity
from connectors.xero.posting.edits import sums
from connectors.xero.posting.fees import PAYER, REISSUE
from connectors.xero.posting.lines import basis
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Situation, Write
from connectors.xero.posting.standing import Credit, notes
from connectors.xero.posting.undoing import void_note
from engine.core.money import ZERO
from engine.sdk.contract import Calls, Decision, Hold, Link

Json = Any
Said = Decision | tuple[Link, ...] | None


def reissue(now: Situation) -> Said:
    """The new invoice of a credit note that is used up, or the end of one whose invoice is gone."""
    again = {link.written["instead_of"]: link for link in now.links() if "instead_of" in link.written}
    for credit in notes(now):
        if credit.reason == PAYER and credit.link.part in again and again[credit.link.part].gone:
            return void_note(now, credit.link)
    if unwanted(now.sale) is not None:
        return None
    waiting = (note for note in notes(now) if note.reason in (PAYER, REISSUE) and note.link.part not in again)
    note = next((note for note in waiting if note.left == ZERO or _kept(now, note)), None)
    return None if note is None else _invoice(now, note)


def _kept(now: Situation, note: Credit) -> bool:
    """Whether its money has become a deposit."""
    return any(link.id == note.id for (_, part), link in now.known.links.items() if part == "credit" and not link.gone)


def _invoice(now: Situation, note: Credit) -> Said:
    contact: str | Link | Calls | Hold = note.link.written["contact_id"]
    if note.reason == PAYER:
        contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    part, about = identity.next_part(now.links(), "R"), f"invoice {now.sale.id}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    day = open_date(now, note.link.written["date"], about)
    if isinstance(day, Hold):
        return day
    number = identity.invoice_number(now.sale, part)
    rows = fees.document_rows(now, note.link.written["fees"])
    head = {"number": number, "contact_id": contact, "status": now.policy.invoice_status, "date": day}
    head |= {"due_date": identity.due_date(now.sale, now.policy, part, day)}
    head |= {"reference": identity.full_reference(now.sale, now.policy, part, now.sale.date)}
    kept = {"basis": basis(now.sale), "fees": note.link.written["fees"], "instead_of": note.link.part}
    kept["payer"] = (
        identity.payer_key(now.sale.payer, now.location, now.policy)
        if note.reason == PAYER
        else note.link.written["payer"]
    )
    amounts = note.link.written.get("amounts") or ("Inclusive" if now.registered else "NoTax")
    payload: dict[str, Json] = {**head, "amounts": amounts, "lines": rows, **sums(rows), **kept}
    return Calls((now.ask("create_invoice", number, payload, Write(part, part)),))
