"""R9 and R18: money that the practice system took back or changed is taken back in Xero first.

PURE. Xero payments cannot be edited: a changed one is deleted here and written again by `receipts`.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.xero.posting.discounts import credit_basis, credits_of
from connectors.xero.posting.locks import locked
from connectors.xero.posting.situation import GONE, Situation, Write
from connectors.xero.posting.theirs import receipt_basis
from engine.sdk.contract import Ask, Hold, Link

Step = Ask | Hold | Link


def retract(now: Situation) -> tuple[Step, ...]:
    """One step for each payment or credit that should not stand: a call, a hold, or a link that proved gone."""
    payments = tuple(_payment(now, link) for link in _obsolete_payments(now))
    return payments + tuple(_credit(now, link) for link in _obsolete_credits(now))


def _obsolete_payments(now: Situation) -> tuple[Link, ...]:
    wanted = {receipt.id: receipt_basis(receipt) for receipt in now.sale.payments}
    live = (link for link in now.links() if link.part.startswith("payment ") and not link.gone)
    return tuple(link for link in live if wanted.get(_receipt_id(link)) != link.written.get("basis"))


def _obsolete_credits(now: Situation) -> tuple[Link, ...]:
    wanted = {credit_basis(receipt) for receipt in now.sale.payments}
    return tuple(link for link in credits_of(now) if link.written.get("basis") not in wanted)


def _receipt_id(link: Link) -> str:
    return link.part.removeprefix("payment ").removesuffix(" over")


def _payment(now: Situation, link: Link) -> Step:
    about, part = link.part, f"delete {link.part}"
    if link.kind != "payment":
        return now.hold("NOT_YET", about, f"overpayment of {about} was taken back", "person")
    if link.made_by == "person":
        return now.hold("DELETE_BLOCKED", about, f"{about} was made by a person in Xero", "person")
    shown = now.read(f"read {link.part}")
    if shown is None:
        if (refusal := now.refusal(f"read {link.part}")) is not None:
            return now.refused(refusal, about)
        return now.ask("find_payment", "", {"id": link.id}, Write(f"read {link.part}"))
    if not shown["found"] or shown["status"] == "DELETED":
        return replace(link, gone=True)
    if shown["reconciled"]:
        return now.hold("DELETE_BLOCKED", about, f"{about} is reconciled in Xero", "person")
    if now.locked(shown["date"]):
        return locked(now, about)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    return now.ask("delete_payment", link.id, {"id": link.id}, Write(part, link.part, ends=True, fresh_read=True))


def _credit(now: Situation, link: Link) -> Step:
    """First off the invoice, then voided."""
    about = f"credit note {link.marker}"
    shown = now.read(f"read {link.part}")
    if shown is None:
        if (refusal := now.refusal(f"read {link.part}")) is not None:
            return now.refused(refusal, about)
        return now.ask("find_credit_note", "", {"id": link.id}, Write(f"read {link.part}"))
    if not shown["found"] or shown["status"] in GONE:
        return replace(link, gone=True)
    if now.locked(shown["date"]):
        return locked(now, about)
    applied = now.link(f"allocation {link.part}")
    part = f"remove {applied.part}" if applied else f"void {link.part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    if applied:
        payload = {"credit_note_id": link.id, "allocation_id": applied.id}
        return now.ask("remove_allocation", applied.id, payload, Write(part, applied.part, ends=True, fresh_read=True))
    voided = {"id": link.id, "status": "VOIDED"}
    return now.ask("update_credit_note", link.marker, voided, Write(part, link.part, ends=True, fresh_read=True))
