"""What the practice's live invoices and real money come to, for comparing with the books.

For checks from outside only; nothing under `/main` shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.halaxy.sandbox.amounts import ZERO
from connectors.halaxy.sandbox.records import Invoice, Payment
from connectors.halaxy.sandbox.state import State

Json = Any


def totals(state: State, today: date) -> Json:
    """Counts and sums (as text) of what belongs in the books today.

    `invoices` are live, of type invoice, above zero and dated today or before; `payments` are
    transactions of type Payment on these, without discounts. What else there is stands under `beside`.
    """
    sorts = {row.id: _sort(state, row, today) for row in state.invoices.ordered()}
    live = [identity for identity, sort in sorts.items() if sort == "live"]
    money: dict[str, list[Decimal]] = {}
    for payment in state.payments.ordered():
        money.setdefault(_kind(payment, sorts), []).append(payment.amount)
    paid = money.pop("payments", [])
    beside = Counter(sort for sort in sorts.values() if sort != "live")
    return {
        "invoices": len(live),
        "invoiced": _text(state.sums(row).gross for row in live),
        "tax": _text(state.sums(row).tax for row in live),
        "payments": len(paid),
        "paid": _text(paid),
        "beside": {
            "invoices": dict(sorted(beside.items())),
            "money": {kind: {"count": len(all_), "sum": _text(all_)} for kind, all_ in sorted(money.items())},
        },
    }


def _sort(state: State, row: Invoice, today: date) -> str:
    if row.deleted:
        return "deleted"
    if row.type == "quote":
        return "quotes"
    sums = state.sums(row.id)
    if sums.gross <= 0:
        return "written off" if sums.wholly_written_off else "zero"
    return "live" if row.date <= today else "future"


def _kind(payment: Payment, sorts: dict[str, str]) -> str:
    if payment.type == "Failed":
        return "failed"
    if payment.is_discount:
        return "discounts"
    if payment.type == "Refund":
        return "refunds"
    if payment.type == "Deposit":
        return "deposits used" if payment.deposit else "deposits"
    if payment.type == "Dishonoured":
        return "dishonours"
    return "payments" if sorts.get(payment.invoice or "") == "live" else "payments on other invoices"


def _text(values: Iterable[Decimal]) -> str:
    return str(sum(values, ZERO))
