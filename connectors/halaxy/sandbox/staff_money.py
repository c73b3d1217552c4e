"""What staff do with money on invoices: payments, failed cards, discounts, refunds, dishonours (fact sheet 6.3, 10).

Only what the practice records; nothing about banks, fees or payouts, which the API does not show. Deposits are
in `staff_deposits`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from connectors.halaxy.sandbox.amounts import ZERO, cents
from connectors.halaxy.sandbox.desk import Desk, refuse
from connectors.halaxy.sandbox.money_actions import (
    DeletePayment,
    Discount,
    Dishonour,
    EditPayment,
    FailPayment,
    RecordPayment,
    Refund,
    RestorePayment,
)
from connectors.halaxy.sandbox.records import DISCOUNT, Invoice, Payment
from connectors.halaxy.sandbox.times import whole

Json = Any


def record_payment(desk: Desk, asked: RecordPayment) -> Json:
    """Take a payment on an invoice; more than the balance is allowed, as at Halaxy."""
    invoice = desk.invoice(asked.invoice)
    amount = positive(asked.amount, desk.state.sums(invoice.id).balance)
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Payment",
        method=asked.method,
        amount=amount,
        surcharge=asked.surcharge,
        invoice=invoice.id,
        subject=_subject_of(desk, invoice),
        comment=asked.comment,
    )
    return put(desk, row)


def fail_payment(desk: Desk, asked: FailPayment) -> Json:
    """A failed card attempt: it never counts as paid."""
    if (asked.invoice is None) == (asked.payment is None):
        refuse("fail_payment needs either an invoice or a payment")
    if asked.payment is not None:
        row = ordinary(desk, asked.payment)
        return put(desk, replace(row, type="Failed", changed_at=desk.now))
    invoice = desk.invoice(asked.invoice or "")
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Failed",
        method=asked.method,
        amount=positive(asked.amount, desk.state.sums(invoice.id).balance),
        invoice=invoice.id,
        subject=_subject_of(desk, invoice),
    )
    return put(desk, row)


def discount(desk: Desk, asked: Discount) -> Json:
    """A payment of method Discount, at most what is owed."""
    invoice = desk.invoice(asked.invoice)
    amount = positive(asked.amount)
    if amount > desk.state.sums(invoice.id).balance:
        refuse(f"the discount is more than is owed on invoice {invoice.id}")
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Payment",
        method=DISCOUNT,
        amount=amount,
        invoice=invoice.id,
        subject=_subject_of(desk, invoice),
        comment=asked.comment,
    )
    return put(desk, row)


def refund(desk: Desk, asked: Refund) -> Json:
    """A negative entry on the invoice of a payment."""
    paid = ordinary(desk, asked.payment)
    back = give_back(desk, paid, asked.amount, asked.method or paid.method, asked.at, asked.id)
    return {"payment": back.id, "invoice": paid.invoice}


def delete_payment(desk: Desk, asked: DeletePayment) -> Json:
    """Remove a transaction without a record; a deposit only while nothing was drawn from it."""
    row = desk.payment(asked.payment)
    if row.type == "Deposit" and row.deposit is None and desk.state.deposit_left(row) != row.amount:
        refuse(f"deposit {row.id} has been used")
    desk.state.remove_payment(row)
    desk.touch(row.invoice, desk.switches.moves_on_payment_delete)
    return {"payment": row.id, "invoice": row.invoice}


def edit_payment(desk: Desk, asked: EditPayment) -> Json:
    """Change method or amount under the same id, of a deposit only while nothing was drawn from it."""
    row = desk.payment(asked.payment)
    if row.type != "Deposit" or row.invoice is not None or desk.state.deposit_left(row) != row.amount:
        row = ordinary(desk, asked.payment)
    amount = positive(asked.amount, row.amount)
    changed = replace(row, method=asked.method or row.method, amount=amount, changed_at=desk.now)
    desk.state.put_payment(changed)
    desk.touch(row.invoice, desk.switches.moves_on_payment_edit)
    return {"payment": row.id, "invoice": row.invoice}


def restore_payment(desk: Desk, asked: RestorePayment) -> Json:
    """Bring a deleted transaction back as it was."""
    row = desk.row(desk.state.removed_payments, asked.payment, "deleted payment")
    if row.invoice is not None:
        desk.invoice(row.invoice)
    desk.state.removed_payments.remove(row.id)
    return put(desk, replace(row, changed_at=desk.now))


def dishonour(desk: Desk, asked: Dishonour) -> Json:
    """A payment that came back: of another type under its own id, or undone by a negative entry beside it."""
    paid = ordinary(desk, asked.payment)
    if not asked.apart:
        return put(desk, replace(paid, type="Dishonoured", changed_at=desk.now))
    back = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Dishonoured",
        method=paid.method,
        amount=-paid.amount,
        invoice=paid.invoice,
        subject=paid.subject,
        related=paid.id,
    )
    return put(desk, back)


def give_back(
    desk: Desk, paid: Payment, amount: Decimal | None, method: str, at: datetime | None, id: str | None
) -> Payment:
    """Enter a negative transaction on the invoice of a payment."""
    wanted = positive(amount, paid.amount)
    received = desk.state.sums(paid.invoice or "").received
    if wanted > min(paid.amount, received):
        refuse(f"only {min(paid.amount, received)} of payment {paid.id} can be given back")
    row = Payment(
        id=desk.fresh_id(id, "payment", desk.state.payments),
        created_at=at_of(desk, at),
        changed_at=desk.now,
        type="Refund",
        method=method,
        amount=-wanted,
        invoice=paid.invoice,
        subject=paid.subject,
    )
    put(desk, row)
    return row


def ordinary(desk: Desk, identity: str) -> Payment:
    """A payment of money on an invoice, as staff may refund or edit it."""
    row = desk.payment(identity)
    if row.type != "Payment" or row.method == DISCOUNT or row.invoice is None:
        refuse(f"payment {identity} is no payment of money on an invoice")
    return row


def put(desk: Desk, row: Payment) -> Json:
    """Keep a transaction; its invoice moves when this kind of change does that."""
    desk.state.put_payment(row)
    desk.touch(row.invoice, desk.switches.moves_on_payment)
    return {"payment": row.id, "invoice": row.invoice}


def positive(amount: Decimal | None, otherwise: Decimal = ZERO) -> Decimal:
    """An amount above zero, in cents."""
    wanted = cents(amount if amount is not None else otherwise)
    return wanted if wanted > 0 else refuse("the amount has to be above zero; is anything owed?")


def at_of(desk: Desk, at: datetime | None) -> datetime:
    """The given time, or now."""
    return whole(at) if at is not None else desk.now


def _subject_of(desk: Desk, invoice: Invoice) -> str | None:
    if invoice.payer_kind == "Patient":
        return invoice.payer
    return next((line.subject for line in desk.state.lines_of(invoice.id) if line.subject), None)
