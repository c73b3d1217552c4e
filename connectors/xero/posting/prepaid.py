"""R11: money for a visit that is still to come is a prepayment; on its day the invoice is posted and takes it.

PURE. Vouchers and discounts wait for the day, and so does a deposit that is to be used: it is a prepayment already.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.credits import allocate
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.methods import is_discount, payment_account
from connectors.xero.posting.notices import gst_timing
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.receipts import in_order
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Account, Ground, Situation
from connectors.xero.posting.standing import PRE, Credit, documents
from connectors.xero.posting.tax import OUTSIDE
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Hold, Later, Link
from engine.sdk.records import Receipt

Json = Any
Said = Decision | tuple[Link, ...] | None
_LOOK_AGAIN = timedelta(minutes=15)


def prepay(now: Situation) -> Said:
    """Money on an invoice whose day has not come; None when it has, or a document stands already."""
    if now.sale.date <= now.today.day or documents(now) or unwanted(now.sale) is not None:
        return None
    missing = [receipt for receipt in in_order(now.sale.payments) if _is_early(now, receipt)]
    if not missing:
        return None
    contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    steps = [_prepayment(now, receipt, contact) for receipt in missing]
    asks = tuple(step for step in steps if isinstance(step, Ask))
    return Calls(asks) if asks else next(step for step in steps if isinstance(step, Hold))


def wait_for_the_day(now: Situation) -> Later | None:
    """An invoice raised at booking waits for its day; posting it at once would overstate revenue (R1)."""
    if now.sale.date <= now.today.day or documents(now) or unwanted(now.sale) is not None:
        return None
    begins = datetime.combine(now.sale.date, time(), ZoneInfo(now.today.timezone))
    return Later(max(begins, now.today.now + _LOOK_AGAIN), "the invoice date is in the future", gst_timing(now))


def use_prepayments(now: Situation) -> Calls | Hold | None:
    """Applies what was paid before the invoice's day, oldest first."""
    asks: list[Ask] = []
    due = {document.link.id: document.due for document in documents(now)}
    for receipt in in_order(now.sale.payments):
        link = now.link(f"payment {receipt.id} pre")
        if link is None:
            continue
        uses = (*now.live("allocation"), *now.live("payment"))
        used = [item.written["amount"] for item in uses if item.written.get("credit_id") == _id(link)]
        left = Decimal(link.written["total"]) - total(tuple(used))
        for document in documents(now):
            amount = min(left, due[document.link.id])
            if amount > ZERO:
                credit = Credit(link, PRE, _id(link), left)
                ask = allocate(now, credit, document, amount, f"allocation {link.part}", len(asks))
                if isinstance(ask, Hold):
                    return ask if not asks else Calls(tuple(asks))
                asks.append(ask)
                left, due[document.link.id] = left - amount, due[document.link.id] - amount
    return Calls(tuple(asks)) if asks else None


def _id(link: Link) -> str:
    return str(link.written["prepayment_id"])


def _is_early(now: Situation, receipt: Receipt) -> bool:
    if receipt.kind != "payment" or is_discount(now, receipt) or now.link(f"payment {receipt.id} pre") is not None:
        return False
    account = payment_account(now, receipt)
    return isinstance(account, Hold) or account.bank


def _prepayment(now: Situation, receipt: Receipt, contact: str) -> Ask | Hold:
    part = f"payment {receipt.id} pre"
    account, held = payment_account(now, receipt), now.special("patient deposits", part)
    if isinstance(account, Hold):
        return account
    if isinstance(held, Hold):
        return held
    return prepayment(now, part, f"Prepaid HX-{now.sale.id} HX-PT-{receipt.id}", receipt, contact, account, held)


def prepayment(
    now: Ground, part: str, text: str, receipt: Receipt, contact: str, account: Account, held: Account, **notes: Json
) -> Ask | Hold:
    """Money received ahead, kept on a liability account outside the tax (R10)."""
    row: dict[str, Json] = {"description": text, "quantity": Decimal(1), "unit": receipt.amount}
    row |= {"amount": receipt.amount, "account": held.code, "tax_type": OUTSIDE, "tax": ZERO}
    head = {"type": "RECEIVE-PREPAYMENT", "contact_id": contact}
    day = open_date(now, receipt.date, part)
    if isinstance(day, Hold):
        return day
    return bank_transaction(now, part, text, account, day, head, (row,), receipt_basis(receipt), **notes)
