"""What is left of a customer's credits goes to what the sale still owes, by allocation, oldest first (R10, R15).

PURE. Credits that wait for a refund or have become a deposit are not touched; see `refunds`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.xero.posting.fees import OF_FEES, REISSUE
from connectors.xero.posting.locks import locked
from connectors.xero.posting.situation import Ground, Situation, Write
from connectors.xero.posting.standing import NOTE, Credit, Document, allocations_of, credit_of, credits_of, documents
from engine.core.money import ZERO
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link

Json = Any
ROUNDING = "rounding"
# A re-issue's credit note waits for its refund, a discount's and a write-off's are applied by their own files.
_USABLE = (*(reason for reason in OF_FEES if reason != REISSUE), ROUNDING)


def use_credits(now: Situation) -> Decision | None:
    """Allocates free credits to documents that still owe something; None when there is nothing to do."""
    due = {document.link.id: document.due for document in documents(now)}
    asks: list[Ask] = []
    for credit in credits_of(now):
        if credit.left > ZERO and (credit.kind != NOTE or credit.reason in _USABLE):
            said = _apply(now, credit, due)
            if isinstance(said, Hold):
                return said if not asks else Calls(tuple(asks))
            asks += said
    return Calls(tuple(asks)) if asks else None


def _apply(now: Situation, credit: Credit, due: dict[str, Decimal]) -> list[Ask] | Hold:
    asks: list[Ask] = []
    left = credit.left
    for document in documents(now):
        amount = min(left, due[document.link.id])
        if amount > ZERO and _same_contact(credit, document):
            ask = allocate(now, credit, document, amount, f"allocation {credit.link.part}", len(asks))
            if isinstance(ask, Hold):
                return ask
            asks.append(ask)
            left, due[document.link.id] = left - amount, due[document.link.id] - amount
    return asks


def allocate(
    now: Ground, credit: Credit, document: Document, amount: Decimal, named: str, made: int = 0, **notes: Json
) -> Ask | Hold:
    """One allocation, on the day that Xero will give it: the later of the two documents' (fact sheet 8.6)."""
    before = len([link for link in allocations_of(now, credit.id) if link.part.startswith(named)])
    part = named + (f" ({before + made + 1})" if before + made else "")
    day = max(credit.link.written["date"], document.link.written["date"])
    if now.locked(day):
        return locked(now, part)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, part)
    payload = {"credit": credit.kind, "credit_id": credit.id, "invoice_id": document.link.id, "amount": amount}
    marker = f"{credit.link.marker or credit.id} to {document.link.marker}"
    return now.ask("allocate_credit", marker, {**payload, "date": day, **notes}, Write(part, part))


def _same_contact(credit: Credit, document: Document) -> bool:
    return bool(credit.link.written.get("contact_id") == document.link.written.get("contact_id"))


def deposit_as_credit(link: Link, left: Decimal) -> Credit:
    """A deposit's link as the credit that it is: money received, or what a refund on another sale left."""
    kind, id = credit_of(link) or (str(link.written.get("credit", NOTE)), str(link.written.get("credit_id", link.id)))
    return Credit(link, kind, id, left)
