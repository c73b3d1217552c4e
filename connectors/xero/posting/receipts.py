"""R8 and R9: one Xero payment for each payment of the sale, oldest first; what is too much becomes an overpayment.

PURE. Payments that the practice system took back are the matter of `retractions`, discounts of `discounts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from connectors.xero.posting import discounts
from connectors.xero.posting.identity import payment_reference
from connectors.xero.posting.lines import usable
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.policy import look_up
from connectors.xero.posting.situation import Account, Situation, Write
from connectors.xero.posting.theirs import payment_of_person, receipt_basis
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Hold, Link
from engine.sdk.records import Receipt

Json = Any
NOT_ON_INVOICES = ("failed", "deposit")
_LATER_ISSUE = ("refund", "dishonour", "deposit_applied", "to_deposit")
_TWICE_WITHIN = timedelta(minutes=10)


@dataclass(slots=True)
class Plan:
    """What the receipts of a sale need; `due` is what the document still owes as the plan grows."""

    due: Decimal
    asks: list[Ask] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    adopted: list[Link] = field(default_factory=list)


def in_order(receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """Oldest first (R9)."""
    return tuple(sorted(receipts, key=lambda receipt: (receipt.at, receipt.id)))


def unfulfilled(now: Situation) -> tuple[Receipt, ...]:
    """The receipts whose money does not stand in Xero yet."""
    live = (receipt for receipt in in_order(now.sale.payments) if receipt.kind not in NOT_ON_INVOICES)
    return tuple(receipt for receipt in live if receipt.amount > ZERO and not _fulfilled(now, receipt))


def plan(now: Situation, link: Link, read: Mapping[str, Json] | None) -> Plan:
    """Payments, overpayments and credits that are missing, in the order in which the money came."""
    growing = Plan(still_due(now, link, read))
    taken = {known.id for known in now.links() if known.kind == "payment" and not known.gone}
    for receipt in unfulfilled(now):
        _add(now, link, read, receipt, growing, taken)
    return growing


def still_due(now: Situation, link: Link, read: Mapping[str, Json] | None) -> Decimal:
    """What the document owes by our links, less what others applied to it."""
    ours = [known for known in now.links() if not known.gone and known.kind in ("payment", "allocation")]
    applied = total(tuple(known.written["amount"] for known in ours))
    return Decimal(link.written["total"]) - applied - _applied_by_others(now, read)


def double_charges(now: Situation) -> list[str]:
    """Two equal payments by the same method within ten minutes, in a bookkeeper's words (R9)."""
    money = [receipt for receipt in in_order(now.sale.payments) if receipt.kind == "payment"]
    return [
        f"possible double charge: payments {one.id} and {two.id}"
        for one, two in pairwise(money)
        if one.amount == two.amount and one.method == two.method and two.at - one.at <= _TWICE_WITHIN
    ]


def _fulfilled(now: Situation, receipt: Receipt) -> bool:
    if discounts.is_discount(now, receipt):
        return discounts.allocated(now, receipt)
    return _standing(now, receipt) == receipt.amount


def _standing(now: Situation, receipt: Receipt) -> Decimal:
    paid, over = now.link(f"payment {receipt.id}"), now.link(f"payment {receipt.id} over")
    return (paid.written["amount"] if paid else ZERO) + (over.written["total"] if over else ZERO)


def _applied_by_others(now: Situation, read: Mapping[str, Json] | None) -> Decimal:
    if read is None:
        return ZERO
    ours = {known.id for known in now.links() if known.kind in ("payment", "credit note")}
    applied = [item["amount"] for name in ("payments", "credits") for item in read[name] if item["id"] not in ours]
    return total((*applied, *read["other_credits"]))


def _add(
    now: Situation, link: Link, read: Mapping[str, Json] | None, receipt: Receipt, plan: Plan, taken: set[str]
) -> None:
    about = f"payment {receipt.id}"
    if receipt.kind in _LATER_ISSUE:
        plan.holds.append(now.hold("NOT_YET", about, f"{receipt.kind} on {link.marker}", "person"))
        return
    if discounts.is_discount(now, receipt):
        used = min(receipt.amount, max(plan.due, ZERO))
        plan.due -= used
        _put(plan, discounts.next_step(now, link, receipt, used))
        return
    existing = payment_of_person(now, receipt, payment_reference(receipt), read, taken)
    if existing is not None and _standing(now, receipt) == ZERO:
        taken.add(existing.id)
        plan.adopted.append(existing)
        return
    _put(plan, *_money(now, link, receipt, plan, read is not None))


def _put(plan: Plan, *steps: Ask | Hold) -> None:
    for step in steps:
        if isinstance(step, Hold):
            plan.holds.append(step)
        else:
            plan.asks.append(step)


def _money(now: Situation, link: Link, receipt: Receipt, plan: Plan, fresh: bool) -> tuple[Ask | Hold, ...]:
    """The payment as far as something is due, and the rest as an overpayment."""
    account, day = _account(now, receipt), open_date(now, receipt.date, f"payment {receipt.id}")
    if isinstance(account, Hold):
        return (account,)
    if isinstance(day, Hold):
        return (day,)
    rest = receipt.amount - _standing(now, receipt)
    on_invoice = ZERO if now.link(f"payment {receipt.id}") else min(rest, max(plan.due, ZERO))
    plan.due -= on_invoice
    common = {"account": account.code, "account_id": account.id, "date": day, "basis": receipt_basis(receipt)}
    steps: list[Ask | Hold] = []
    if on_invoice > ZERO:
        reference = payment_reference(receipt, shifted=day != receipt.date)
        payload = {**common, "invoice_id": link.id, "amount": on_invoice, "reference": reference}
        steps.append(
            _written(now, "create_payment", reference, payload, Write(f"payment {receipt.id}", fresh_read=fresh))
        )
    if rest > on_invoice:
        steps.append(_overpayment(now, link, receipt, rest - on_invoice, common, account))
    return tuple(steps)


def _overpayment(
    now: Situation, link: Link, receipt: Receipt, amount: Decimal, common: Mapping[str, Json], account: Account
) -> Ask | Hold:
    """Money above what is due is the customer's credit: one untaxed line on the receivable account (fact sheet 8.9)."""
    about, control = f"payment {receipt.id}", now.system_account("DEBTORS")
    if not account.bank or control is None:
        cause = f"more than due on {link.marker}"
        return now.hold("TOTAL_MISMATCH", about, cause, "map payment_accounts", "facts", surplus=amount)
    text = f"Overpayment HX-PT-{receipt.id}"
    head = {"type": "RECEIVE-OVERPAYMENT", "contact_id": link.written["contact_id"], "amounts": "NoTax"}
    lines = [{"description": text, "amount": amount, "account": control}]
    payload = {**common, **head, "status": "AUTHORISED", "lines": lines, "wanted_total": amount}
    return _written(now, "create_bank_transaction", text, payload, Write(f"payment {receipt.id} over"))


def _written(now: Situation, action: str, marker: str, payload: Mapping[str, Json], write: Write) -> Ask | Hold:
    """The call, or what follows from its refusal."""
    refusal = now.refusal(write.part)
    if refusal is None:
        return now.ask(action, marker, payload, Write(write.part, write.part, fresh_read=write.fresh_read))
    document = f"document invoice {payload.get('invoice_id', '')}"
    if refusal.code == "NOT_APPROVED":
        return now.hold("WAITING_APPROVAL", write.part, f"waiting for approval of HX-{now.sale.id}", document)
    if refusal.code in ("OVERPAID", "GONE"):
        return now.hold("XERO_CHANGED", write.part, f"HX-{now.sale.id} was paid or changed in Xero", document)
    return now.refused(refusal, write.part)


def _account(now: Situation, receipt: Receipt) -> Account | Hold:
    about = f"payment {receipt.id}"
    code = look_up(now.policy.payment_accounts, receipt.method, now.sale.location)
    if code is None:
        cause = f"method {receipt.method} is not mapped"
        return now.hold("UNMAPPED", about, cause, "map payment_accounts", "settings", method=receipt.method)
    account = usable(now, code, about, "map payment_accounts")
    if isinstance(account, Account) and not account.takes_payments:
        cause = f"account {code} takes no payments"
        return now.hold("UNMAPPED", about, cause, "map payment_accounts", "facts", account=code)
    return account
