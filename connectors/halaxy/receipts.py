"""What a Halaxy payment transaction is: money, a deposit, a refund, a discount, or nothing at all.

PURE. Told from the words of its type and method (fact sheet 6.3); practices add methods of their own,
so anything not recognised here is an ordinary payment and the payment map decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from decimal import Decimal
from itertools import product

from connectors.halaxy.credits import Part, part_id
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

_WAYS = tuple(product((True, False), repeat=3))


def receipt(payment: Payment, zone: tzinfo) -> Receipt | None:
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


def sale_receipts(
    payments: Sequence[Payment], zone: tzinfo, parts: Callable[[str], Sequence[Part]]
) -> tuple[Receipt, ...]:
    """The receipts of an invoice, in the order of its payments.

    Args:
        payments: All transactions on the invoice.
        zone: The practice's time zone.
        parts: From which deposits a use of credit is drawn, by its id; one that spans several becomes several
            receipts `<id>`, `<id>.2`, ...
    """
    found = [item for payment in payments if (item := receipt(payment, zone)) is not None]
    known = {payment.id: payment for payment in payments}
    reversed_by = _reversals(found, known)
    whole = (replace(item, reverses=reversed_by.get(item.id)) for item in found)
    return tuple(piece for item in whole for piece in _pieces(item, parts))


def is_credit(payment: Payment) -> bool:
    """Whether a transaction makes, uses or returns credit that the practice holds."""
    kind = kind_of(payment)
    if kind in ("deposit", "deposit_applied", "to_deposit"):
        return True
    if payment.invoice is not None or _DISCOUNT.match(payment.method) or _DISCOUNT.match(payment.type):
        return False
    return kind == "refund" or (kind == "dishonour" and _is_separate(payment))


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

    It is not known whether discounts and surcharges count in it (fact sheet 6.3), nor whether a payment that
    came back lowers it or no longer counts, so either will do.
    """
    return any(_paid(receipts, *counts) == paid for counts in _WAYS)


def _deposit_kind(payment: Payment, back: bool) -> ReceiptKind:
    if payment.invoice is None:
        return "refund" if back else "deposit"
    return "to_deposit" if back else "deposit_applied"


def _pieces(item: Receipt, parts: Callable[[str], Sequence[Part]]) -> tuple[Receipt, ...]:
    drawn = parts(item.id) if item.kind == "deposit_applied" else ()
    if not drawn:
        return (item,)
    return tuple(
        replace(item, id=part_id(item.id, number), amount=part.amount, deposit=part.deposit)
        for number, part in enumerate(drawn)
    )


def _is_separate(payment: Payment) -> bool:
    """Whether a dishonour is an entry of its own, not the payment itself with another type."""
    return (payment.amount or ZERO) < 0 or payment.related is not None


def _reversals(receipts: Sequence[Receipt], payments: Mapping[str, Payment]) -> dict[str, str]:
    """The payment that each separate dishonour takes back: the one it names, else the latest like it before it."""
    found: dict[str, str] = {}
    ordered = sorted(receipts, key=lambda item: (item.at, len(item.id), item.id))
    for item in (one for one in ordered if one.kind == "dishonour" and _is_separate(payments[one.id])):
        free = [one for one in ordered if one.kind == "payment" and one.id not in found.values() and one.at <= item.at]
        named = [one for one in free if one.id == payments[item.id].related]
        alike = [one for one in free if one.amount == item.amount]
        same_way = [one for one in alike if one.method == item.method]
        best = next((group[-1] for group in (named, same_way, alike) if group), None)
        if best is not None:
            found[item.id] = best.id
    return found


def _paid(receipts: Sequence[Receipt], discounts: bool, surcharges: bool, reversals: bool) -> Decimal:
    signs = {
        "payment": 1,
        "deposit_applied": 1,
        "discount": int(discounts),
        "refund": -1,
        "to_deposit": -1,
        "dishonour": -int(reversals),
    }
    amounts = [(signs.get(r.kind, 0), r.amount + ((r.surcharge or ZERO) if surcharges else ZERO)) for r in receipts]
    return total([sign * amount for sign, amount in amounts])
