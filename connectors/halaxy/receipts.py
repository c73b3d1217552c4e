"""What a Halaxy payment transaction is: money, a deposit, a refund, a discount, or nothing at all.

PURE. Told from the words of its type and method (fact sheet 6.3); practices add methods of their own,
so anything not recognised here is an ordinary payment and the payment map decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

from connectors.halaxy.payloads import Payment
from engine.core.money import ZERO, total
from engine.sdk.records import Receipt, ReceiptKind

_FAILED = re.compile(r"\b(fail(ed|ure)?|declined?|rejected)\b", re.IGNORECASE)
_GONE = re.compile(r"\b(deleted|void(ed)?|cancell?ed|entered.in.error)\b", re.IGNORECASE)
_REVERSED = re.compile(r"dishono|charge.?back|recoup|revers(ed|al)|bounced", re.IGNORECASE)
_REFUND = re.compile(r"refund", re.IGNORECASE)
_DISCOUNT = re.compile(r"^discount\b", re.IGNORECASE)
_DEPOSIT_TYPE = re.compile(r"\bdeposit", re.IGNORECASE)
# "Direct Deposit" and "Bank deposit" are ways of paying, "Deposit" is credit held by the practice.
_DEPOSIT_METHOD = re.compile(
    r"^((from|patient|client|account|applied|unallocated) )?deposits?( (credit|balance|applied|used|held))?$",
    re.IGNORECASE,
)


def receipt(payment: Payment, zone: ZoneInfo) -> Receipt | None:
    """The receipt of a transaction, amount positive; None for what must never be posted.

    That is: removed or voided ones, and those without an amount or a time (fact sheet 11, "never post").
    """
    if payment.removed or payment.at is None or not payment.amount or _GONE.search(payment.status or ""):
        return None
    kind = kind_of(payment)
    return Receipt(
        id=payment.id,
        kind=kind,
        at=payment.at,
        date=payment.at.astimezone(zone).date(),
        method=payment.method or payment.type,
        amount=abs(payment.amount),
        surcharge=payment.surcharge,
        invoice=payment.invoice,
        deposit=payment.id if kind in ("deposit", "to_deposit") else None,
    )


def kind_of(payment: Payment) -> ReceiptKind:
    """The kind, by type text, then method text, sign and whether an invoice is named."""
    words, amount = payment.type, payment.amount or ZERO
    back = amount < 0 or bool(_REFUND.search(words))
    if _FAILED.search(words) or _FAILED.search(payment.status or ""):
        return "failed"
    if _REVERSED.search(words) or _REVERSED.search(payment.status or ""):
        return "dishonour"
    if _DISCOUNT.match(payment.method) or _DISCOUNT.match(words):
        # A discount taken back is no refund of money: kept apart by its method, which no map row names.
        return "refund" if back else "discount"
    if _DEPOSIT_TYPE.search(words) or _DEPOSIT_METHOD.match(payment.method):
        return _deposit_kind(payment, back)
    return "refund" if back else "payment"


def matches_paid(receipts: Sequence[Receipt], paid: Decimal) -> bool:
    """Whether known money explains the header's paid total.

    It is not known whether discounts and surcharges count in it (fact sheet 6.3), so either will do.
    """
    return any(_paid(receipts, *counts) == paid for counts in product((True, False), repeat=2))


def most_paid(receipts: Sequence[Receipt]) -> Decimal:
    """The largest sum that the receipts can explain."""
    return max(_paid(receipts, *counts) for counts in product((True, False), repeat=2))


def _deposit_kind(payment: Payment, back: bool) -> ReceiptKind:
    if payment.invoice is None:
        return "refund" if back else "deposit"
    return "to_deposit" if back else "deposit_applied"


def _paid(receipts: Sequence[Receipt], discounts: bool, surcharges: bool) -> Decimal:
    signs = {
        "payment": 1,
        "deposit_applied": 1,
        "discount": int(discounts),
        "refund": -1,
        "to_deposit": -1,
        "dishonour": -1,
    }
    amounts = [(signs.get(r.kind, 0), r.amount + ((r.surcharge or ZERO) if surcharges else ZERO)) for r in receipts]
    return total([sign * amount for sign, amount in amounts])
