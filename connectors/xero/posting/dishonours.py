"""R30: money that came back: dishonoured, charged back or recouped.

PURE. Before it was settled the payment simply goes. Afterwards both movements of the bank really happened, so both
stay in the books, and the invoice is owed again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from connectors.xero.posting import card_costs
from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.identity import settled_key
from connectors.xero.posting.methods import payment_account, refund_account
from connectors.xero.posting.situation import Account, Situation
from connectors.xero.posting.standing import documents
from connectors.xero.posting.taking_off import take_off
from connectors.xero.posting.tax import OUTSIDE
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link
from engine.sdk.records import Receipt

Said = Decision | tuple[Link, ...] | None


def come_back(now: Situation) -> Said:
    """The next step of the money that came back; None when all stands."""
    for receipt in reversals(now):
        paid = _payment(now, receipt)
        if paid is not None:
            return now.settling() or _delete(now, paid)
        steps = _both_movements(now, receipt) if _settled(now, receipt) else ()
        if holds := [step for step in steps if isinstance(step, Hold)]:
            return holds[0]
        if asks := tuple(step for step in steps if isinstance(step, Ask)):
            return Calls(asks, tuple(step for step in steps if isinstance(step, Link)))
        if links := tuple(step for step in steps if isinstance(step, Link)):
            return links
    return None


def reversals(now: Situation) -> tuple[Receipt, ...]:
    """The receipts that say that money came back, oldest first."""
    found = (receipt for receipt in now.sale.payments if receipt.kind == "dishonour")
    return tuple(sorted(found, key=lambda receipt: (receipt.at, receipt.id)))


def is_reversed(now: Situation, receipt: Receipt) -> bool:
    """Whether a payment came back."""
    return any(target_of(item) == receipt.id for item in reversals(now))


def is_reversal(now: Situation, link: Link) -> bool:
    """Whether a movement of `... in`, `... out` or `... dispute` is still called for."""
    target = link.part.removeprefix("payment ").partition(" ")[0]
    return any(target_of(item) == target for item in reversals(now))


def pending(now: Situation) -> bool:
    """Whether money came back that Xero does not show yet."""
    return any(_payment(now, item) is not None or _lacks(now, item) for item in reversals(now))


def target_of(receipt: Receipt) -> str:
    """The payment that came back: named, or the transaction itself, which has turned."""
    return receipt.reverses or receipt.id


def _lacks(now: Situation, receipt: Receipt) -> bool:
    if not _settled(now, receipt):
        return False
    parts = ["in", "out", *(["dispute"] if receipt.dispute_fee else [])]
    return any(now.link(f"payment {target_of(receipt)} {part}") is None for part in parts)


def _payment(now: Situation, receipt: Receipt) -> Link | None:
    id = target_of(receipt)
    mine = (link for link in now.live("payment") if link.part.partition("/")[0] == f"payment {id}")
    return next((link for link in mine if link.written.get("invoice_id")), None)


def _days(now: Situation, receipt: Receipt) -> tuple[date, date]:
    """The day of the payment and that of its coming back."""
    paid = next((item for item in now.sale.payments if item.id == receipt.reverses), None)
    return (paid.date, receipt.date) if paid is not None else (receipt.date, max(now.changed_on, receipt.date))


def _settled(now: Situation, receipt: Receipt) -> bool:
    """Whether the money had reached the bank: a payout says so, else a later day does (R30)."""
    link = now.known.links.get((settled_key(target_of(receipt)), "settled"))
    paid, back = _days(now, receipt)
    return (link is not None and not link.gone) or back > paid


def _delete(now: Situation, link: Link) -> Said:
    said = take_off(now, link)
    if isinstance(said, Ask):
        return Calls((said,))
    return said if isinstance(said, Hold) else (said,)


def _both_movements(now: Situation, receipt: Receipt) -> tuple[Ask | Hold | Link, ...]:
    """The money in on its day and out on the day it went, both against an account that comes to nothing.

    It goes out of the clearing account, or of the card from which Halaxy recoups: as a refund would.
    """
    id, (paid, back) = target_of(receipt), _days(now, receipt)
    about = f"payment {id}"
    between = now.special("dishonoured payments", about)
    arrived, bears = payment_account(now, receipt), refund_account(now, receipt)
    if isinstance(between, Hold):
        return (between,)
    if isinstance(arrived, Hold):
        return (arrived,)
    if isinstance(bears, Hold):
        return (bears,)
    steps: list[Ask | Hold | Link] = []
    for part, kind, account, day in (("in", "RECEIVE", arrived, paid), ("out", "SPEND", bears, back)):
        if now.link(f"{about} {part}") is None:
            steps.append(_movement(now, receipt, f"{about} {part}", kind, account, day, between.code))
    if receipt.dispute_fee and now.link(f"{about} dispute") is None:
        text, reference = f"Chargeback fee payment {id}", f"HX-PT-{id} chargeback fee"
        on_the_day = _dated(receipt, back)
        fee = card_costs.spent(now, on_the_day, f"{about} dispute", reference, text, receipt.dispute_fee, bears)
        steps.append(fee)
    return tuple(steps)


def _movement(
    now: Situation, receipt: Receipt, part: str, kind: str, account: Account, day: date, between: str
) -> Ask | Hold:
    id = target_of(receipt)
    standing = documents(now)
    row = {"description": f"Reversed payment {id}", "quantity": Decimal(1), "unit": receipt.amount}
    row |= {"amount": receipt.amount, "account": between, "tax_type": OUTSIDE, "tax": ZERO}
    reference = f"HX-PT-{id} reversed" + ("" if kind == "RECEIVE" else " (out)")
    contact = standing[0].link.written["contact_id"] if standing else ""
    head = {"type": kind, "contact_id": contact}
    return bank_transaction(now, part, reference, account, day, head, (row,), receipt_basis(receipt))


def _dated(receipt: Receipt, day: date) -> Receipt:
    return Receipt(receipt.id, receipt.kind, receipt.at, day, receipt.method, receipt.amount)
