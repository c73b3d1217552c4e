"""R12: what a card payment costs and what the payer was charged for it, beside the payment itself.

PURE. A fee that the processor keeps is money spent from the clearing account; a surcharge is money received into it.
Fees that the practice is billed for come as expenses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.named_contact import contact_id
from connectors.xero.posting.parts import role_of
from connectors.xero.posting.policy import look_up
from connectors.xero.posting.situation import Account, Situation
from connectors.xero.posting.standing import Document
from connectors.xero.posting.tax import OUTSIDE, included_tax
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO, cents
from engine.sdk.contract import Ask, Hold, Link
from engine.sdk.records import Receipt

Json = Any
Step = Ask | Hold | Link
_FORMULA = re.compile(r"(?:(?P<percent>\d+(?:\.\d+)?)\s*%)?\s*(?:\+?\s*(?P<fixed>\d+(?:\.\d+)?))?")


def missing(now: Situation, receipt: Receipt) -> bool:
    """Whether a fee or surcharge of a payment is not posted yet."""
    return (_surcharge(receipt) > ZERO and now.link(f"payment {receipt.id} surcharge") is None) or (
        fee_of(now, receipt) > ZERO and now.link(f"payment {receipt.id} fee") is None
    )


def steps(now: Situation, standing: Sequence[Document], receipt: Receipt, account: Account) -> list[Step]:
    """The surcharge first, then the fee; nothing for a payment that arrives in no bank account."""
    found: list[Step] = []
    if not account.bank:
        return found
    if _surcharge(receipt) > ZERO and now.link(f"payment {receipt.id} surcharge") is None:
        found.append(_surcharged(now, standing, receipt, account))
    if fee_of(now, receipt) > ZERO and now.link(f"payment {receipt.id} fee") is None:
        amount = fee_of(now, receipt)
        text = f"Processing fee payment {receipt.id}"
        found.append(spent(now, receipt, f"payment {receipt.id} fee", f"HX-PT-{receipt.id} fee", text, amount, account))
    return found


def fee_of(now: Situation, receipt: Receipt) -> Decimal:
    """What the processor kept, with tax: as reported, else by the formula of the method; none where fees are billed.

    Where the ruleset takes fees from the expenses (`fee_source: expenses`), they are not posted a second time here.
    """
    if receipt.kind != "payment" or now.policy.fee_source == "expenses":
        return ZERO
    if receipt.fee is not None:
        return receipt.fee
    formula = look_up(now.policy.card_fees, receipt.method, now.sale.location)
    found = _FORMULA.fullmatch((formula or "").strip())
    if found is None:
        return ZERO
    charged = receipt.amount + _surcharge(receipt)
    return cents(charged * Decimal(found["percent"] or 0) / 100 + Decimal(found["fixed"] or 0))


def spent(
    now: Situation, receipt: Receipt, part: str, reference: str, text: str, amount: Decimal, account: Account
) -> Step:
    """A fee with its GST, spent from an account to the processor."""
    cost = now.special("processing fees", part)
    contact = contact_id(now, _processor(now, receipt), now.sale.version)
    if isinstance(cost, Hold):
        return cost
    if not isinstance(contact, str):
        return contact
    tax_type = "INPUT" if now.registered else OUTSIDE
    row: dict[str, Json] = {"description": text, "quantity": Decimal(1), "unit": amount, "amount": amount}
    row |= {"account": cost.code, "tax_type": tax_type, "tax": included_tax(amount, now.rate(tax_type))}
    head = {"type": "SPEND", "contact_id": contact}
    basis = f"{receipt_basis(receipt)} {amount}"
    return bank_transaction(now, part, reference, account, receipt.date, head, (row,), basis)


def cost_basis(now: Situation, receipt: Receipt, part: str) -> str:
    """What of a receipt makes its fee or surcharge."""
    amount = fee_of(now, receipt) if role_of(part) == "fee" else _surcharge(receipt)
    return f"{receipt_basis(receipt)} {amount}"


def _surcharge(receipt: Receipt) -> Decimal:
    return (receipt.surcharge or ZERO) if receipt.kind == "payment" else ZERO


def _surcharged(now: Situation, standing: Sequence[Document], receipt: Receipt, account: Account) -> Ask | Hold:
    """Part of the price: taxed as the invoice is, a mixed one split by gross."""
    income = now.special("card surcharges", f"payment {receipt.id} surcharge")
    if isinstance(income, Hold):
        return income
    amount = _surcharge(receipt)
    by_tax: dict[str, Decimal] = {}
    for row in _shares(now, standing, amount):
        by_tax[row["tax_type"]] = by_tax.get(row["tax_type"], ZERO) + row["amount"]
    text = f"Card surcharge payment {receipt.id}"
    rows = [
        {"description": text, "quantity": Decimal(1), "unit": share, "amount": share, "account": income.code}
        | {"tax_type": tax_type, "tax": included_tax(share, now.rate(tax_type))}
        for tax_type, share in by_tax.items()
    ]
    head = {"type": "RECEIVE", "contact_id": standing[0].link.written["contact_id"]}
    part = f"payment {receipt.id} surcharge"
    reference = f"HX-PT-{receipt.id} surcharge"
    return bank_transaction(now, part, reference, account, receipt.date, head, rows, cost_basis(now, receipt, part))


def _shares(now: Situation, standing: Sequence[Document], amount: Decimal) -> Sequence[fees.Row]:
    rows = [row for document in standing for row in document.link.written.get("lines", ())]
    return fees.spread(now, rows, amount) or [{"tax_type": OUTSIDE, "amount": amount}]


def _processor(now: Situation, receipt: Receipt) -> str:
    """The contact number of who keeps the fee."""
    return look_up(now.policy.processors, receipt.method, now.sale.location) or "HX-PROC"
