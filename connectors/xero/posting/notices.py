"""What a person should know of a sale although nothing holds: told as events, each once.

PURE. Ids and sums only; who is told is a rule's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.xero.posting.dishonours import reversals, target_of
from connectors.xero.posting.receipts import double_charges, in_order
from connectors.xero.posting.situation import Situation
from engine.core.money import ZERO
from engine.sdk.contract import NewEvent

Json = Any
# Months between the returns of each kind of reporter (fact sheet 8.15).
_PERIODS = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUALLY": 12}


def notices(now: Situation) -> tuple[NewEvent, ...]:
    """Everything worth telling of a sale that is in the books."""
    return (*_double_charges(now), *_charged_back(now))


def gst_timing(now: Situation) -> tuple[NewEvent, ...]:
    """A taxed sale that is paid in an earlier tax period than its date: a part payment is taxed when received (R11)."""
    taxed = any(line.taxable or (line.tax or ZERO) > ZERO for line in now.sale.lines)
    early = [item for item in in_order(now.sale.payments) if item.kind == "payment" and _earlier(now, item.date)]
    if not taxed or not now.registered:
        return ()
    text = "payment {} is in an earlier GST period than its invoice"
    return tuple(_event(now, "gst_timing", item.id, text.format(item.id), item.amount) for item in early)


def _earlier(now: Situation, day: date) -> bool:
    months = _PERIODS.get(str(now.organisation.get("sales_tax_period", "")).rstrip("123"), 3)

    def period(of: date) -> int:
        return (of.year * 12 + of.month - 1) // months

    return period(day) < period(now.sale.date)


def _double_charges(now: Situation) -> Iterator[NewEvent]:
    for one, two in double_charges(now):
        minutes = int((two.at - one.at).total_seconds() // 60)
        text = f"possible double charge: payments {one.id} and {two.id}, {minutes} minutes apart"
        yield _event(now, "possible_double_charge", f"{one.id} {two.id}", text, two.amount)


def _charged_back(now: Situation) -> Iterator[NewEvent]:
    for item in reversals(now):
        text = f"payment {target_of(item)} of invoice {now.sale.id} came back"
        yield _event(now, "chargeback", target_of(item), text, item.amount)


def _event(now: Situation, kind: str, id: str, text: str, amount: Decimal) -> NewEvent:
    notice = {"text": text, "amount": amount, "invoice": now.sale.id, "payment": id.partition(" ")[0]}
    return NewEvent(
        type=f"xero.{kind}",
        key=f"{kind} {now.key} {id}",
        time=now.today.now,
        title=f"Invoice {now.sale.id}: {text}",
        data={"notice": notice},
        amount=amount,
        subject=now.sale.id,
    )
