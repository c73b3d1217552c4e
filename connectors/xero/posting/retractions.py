"""R9, R10 and R18: money that the practice system took back or changed is taken back in Xero first.

PURE. Xero payments cannot be edited: a changed one is deleted here and written again by `receipts`. What was made
last comes off first: allocations, then bank transactions, then payments, then credit notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.xero.posting import card_costs, dishonours
from connectors.xero.posting.credits import ROUNDING
from connectors.xero.posting.discounts import DISCOUNT, discount_basis
from connectors.xero.posting.identity import deposit_key, settled_key
from connectors.xero.posting.locks import locked
from connectors.xero.posting.methods import is_discount
from connectors.xero.posting.parts import GIVEN_BACK, receipt_of, role_of
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Situation, Write
from connectors.xero.posting.standing import allocations_of, credit_of, notes
from connectors.xero.posting.taking_off import take_off
from connectors.xero.posting.theirs import receipt_basis
from connectors.xero.posting.undoing import remove_allocations, void_note
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link
from engine.sdk.records import Receipt

Step = Ask | Hold | Link
# The movements of a payment in the reverse of the order in which they are written.
_LAST_FIRST = ("dispute", "out", "in", "fee", "surcharge", "recovery", "rounding", "over", "pre")
Said = Decision | tuple[Link, ...] | None


def retract(now: Situation) -> Said:
    """What should not stand and is no correction of fees; None when there is nothing."""
    if applied := _obsolete_allocations(now):
        return remove_allocations(now, applied)
    banked = [link for link in now.live("bank transaction") if _is_obsolete(now, link)]
    if banked:
        last_first = sorted(banked, key=lambda link: _LAST_FIRST.index(role_of(link.part)))
        return _together(now, tuple(_bank_transaction(now, link) for link in last_first))
    paid = [link for link in now.live("payment") if _is_obsolete(now, link)]
    if paid:
        return _together(now, tuple(_payment(now, link) for link in paid))
    note = next((note for note in notes(now) if _is_obsolete_note(now, note.link)), None)
    if note is not None:
        return void_note(now, note.link)
    return _deposits_undone(now)


def _together(now: Situation, steps: Sequence[Step | None]) -> Said:
    if asks := tuple(step for step in steps if isinstance(step, Ask)):
        return Calls(asks, tuple(step for step in steps if isinstance(step, Link)))
    if holds := [step for step in steps if isinstance(step, Hold)]:
        return holds[0]
    return tuple(step for step in steps if isinstance(step, Link)) or None


# --- what is obsolete -----------------------------------------------------------------------------


def _receipts(now: Situation) -> dict[str, Receipt]:
    return {receipt.id: receipt for receipt in now.sale.payments}


def _obsolete_allocations(now: Situation) -> tuple[Link, ...]:
    """Deposits that are not applied any more, and credits on the documents of a sale that is gone."""
    drawn = [item for item in now.sale.payments if item.kind == "deposit_applied"]
    wanted = {f"allocation {item.id}": receipt_basis(item) for item in drawn}
    money = {found[1] for link in now.live("bank transaction") if (found := credit_of(link))}
    obsolete = []
    for link in now.live("allocation"):
        named = link.part.partition(" (")[0]
        changed = "basis" in link.written and wanted.get(named) != link.written["basis"]
        left_over = link.written.get("credit_id") in money and unwanted(now.sale) is not None
        if changed or left_over:
            obsolete.append(link)
    return tuple(obsolete)


def _is_obsolete(now: Situation, link: Link) -> bool:
    receipts = _receipts(now)
    if link.part.startswith("refund "):
        receipt = receipts.get(link.part.removeprefix("refund ").partition("/")[0])
        return receipt is None or link.written.get("basis") != f"{receipt.date} {receipt.method}"
    receipt = receipts.get(receipt_of(link.part))
    role = role_of(link.part)
    if role in ("in", "out", "dispute"):
        return not dishonours.is_reversal(now, link)
    if role == GIVEN_BACK:
        return False
    if receipt is None or is_discount(now, receipt):
        return True
    if role in ("fee", "surcharge"):
        return link.written.get("basis") != card_costs.cost_basis(now, receipt, link.part)
    return link.written.get("basis") != receipt_basis(receipt)


def _is_obsolete_note(now: Situation, link: Link) -> bool:
    reason = link.written.get("reason")
    if reason == DISCOUNT:
        wanted = {discount_basis(receipt) for receipt in now.sale.payments if is_discount(now, receipt)}
        return link.written.get("receipt") not in wanted
    if reason == ROUNDING:
        return link.written.get("receipt") not in {discount_basis(receipt) for receipt in now.sale.payments}
    return False


# --- taking it back -------------------------------------------------------------------------------


def _payment(now: Situation, link: Link) -> Step:
    """What was settled to the bank is a person's work (R18)."""
    settled = now.known.links.get((settled_key(receipt_of(link.part)), "settled"))
    if settled is not None and not settled.gone:
        about = link.part
        cause = f"{about} was settled to the bank"
        return now.hold("SETTLED_PAYMENT_DELETED", about, cause, "person", amount=link.written["amount"])
    return take_off(now, link)


def _bank_transaction(now: Situation, link: Link) -> Step:
    return take_off(now, link) if credit_of(link) is None else _give_back(now, link)


def _give_back(now: Situation, link: Link) -> Step:
    """An over- or prepayment cannot be deleted: it is refunded to the same account on its own day (R10)."""
    kind, id = credit_of(link) or ("", "")
    if applied := allocations_of(now, id):
        first = remove_allocations(now, applied[:1])
        return first if isinstance(first, Hold) else first.asks[0]
    drawn = [item for item in now.live("payment") if item.written.get("credit_id") == id]
    if refunds := [item for item in drawn if item.part.startswith("refund ")]:
        # A refund that was drawn on it is drawn again on what takes its place.
        return _payment(now, refunds[0])
    amount = link.written["total"] - total(tuple(item.written["amount"] for item in drawn))
    part = f"{link.part} {GIVEN_BACK}"
    if amount <= ZERO:
        return replace(link, gone=True)
    day = link.written["date"]
    if now.locked(day):
        return locked(now, link.part)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, link.part)
    account = now.account(str(link.written.get("account", "")))
    where = {"account": account.code, "account_id": account.id} if account else {"account": link.written["account"]}
    reference = f"HX-PT-{receipt_of(link.part)} deleted in Halaxy"
    payload = {"credit": kind, "credit_id": id, **where, "date": day, "amount": amount, "reference": reference}
    return now.ask("create_payment", reference, payload, Write(part, part))


def _deposits_undone(now: Situation) -> Said:
    """A refund that is no deposit any more leaves its credit to the sale again."""
    kept = {deposit_key(item.deposit or item.id) for item in now.sale.payments if item.kind == "to_deposit"}
    mine = [link for (_, part), link in now.known.links.items() if part == "credit" and not link.gone]
    notes_here = {link.id for link in now.links() if not link.gone}
    stale = [link for link in mine if link.id in notes_here and link.source not in kept]
    return tuple(replace(link, gone=True) for link in stale) or None
