"""A smaller wave after the month: what staff might do on the next day, as a list of actions.

Pure: reads the state, changes nothing; the caller carries the actions out.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from connectors.halaxy.sandbox.actions import Action, DeleteInvoice, VoidLine
from connectors.halaxy.sandbox.amounts import ZERO
from connectors.halaxy.sandbox.money_actions import DeletePayment, RecordPayment
from connectors.halaxy.sandbox.records import Invoice
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.times import day_of


def next_day(state: State, seed: int, now: datetime) -> tuple[Action, ...]:
    """Late payments, a few deletions, one payment deleted, one line voided on an unpaid invoice.

    Each invoice is touched once at most, and none dated after today. At a practice with too little
    on its books some of these are left out.
    """
    # Seeded, so that the same state and seed give the same day: never for anything secret.
    random = Random(seed)
    due = [row for row in state.invoices.ordered() if _is_postable(state, row, now)]
    untouched = [row for row in due if not state.payments_of(row.id)]
    owing = [row for row in due if state.payments_of(row.id) and state.sums(row.id).balance > 0]
    settled = [row for row in due if state.sums(row.id).balance == 0 and state.sums(row.id).discounts == 0]
    random.shuffle(untouched)
    random.shuffle(owing)
    actions: list[Action] = []
    if voided := next((row for row in untouched if _spare_line(state, row)), None):
        untouched.remove(voided)
        actions.append(VoidLine(line=_spare_line(state, voided)))
    actions += [DeleteInvoice(invoice=row.id) for row in _taken(untouched, 10)]
    late = _taken(untouched, 3) + _taken(owing, 2)
    actions += [_late(random, row) for row in late]
    if settled:
        lifted = random.choice(settled)
        actions.append(DeletePayment(payment=random.choice(_money_of(state, lifted))))
    return tuple(actions)


def _taken(rows: list[Invoice], one_in: int) -> list[Invoice]:
    """Take one in so many off the list, at least one while there are any."""
    count = min(len(rows), max(1, len(rows) // one_in))
    taken, rows[:] = rows[:count], rows[count:]
    return taken


def _late(random: Random, row: Invoice) -> RecordPayment:
    methods = ("Direct Deposit",) if row.payer_kind == "Organization" else ("EFTPOS", "Braintree", "Cash", "BPAY")
    return RecordPayment(invoice=row.id, method=random.choice(methods))


def _is_postable(state: State, row: Invoice, now: datetime) -> bool:
    return row.type == "invoice" and not row.deleted and row.date <= day_of(now) and state.sums(row.id).gross > 0


def _money_of(state: State, row: Invoice) -> list[str]:
    return [payment.id for payment in state.payments_of(row.id) if payment.type == "Payment"]


def _spare_line(state: State, row: Invoice) -> str:
    lines = [line for line in state.lines_of(row.id) if line.status is None]
    if row.status == "issued" or len(lines) < 2 or any(line.net + line.tax <= ZERO for line in lines):
        return ""
    return lines[-1].id
