"""What staff do with money: payments, failed cards, discounts, refunds, deposits (fact sheet 6.3, 10).

Only what the practice records; nothing about banks, fees or payouts, which the API does not show.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from connectors.halaxy.sandbox.actions import (
    DeletePayment,
    Discount,
    EditPayment,
    FailPayment,
    RecordPayment,
    Refund,
    TakeDeposit,
    ToDeposit,
    UseDeposit,
)
from connectors.halaxy.sandbox.amounts import ZERO, cents
from connectors.halaxy.sandbox.desk import Desk, refuse
from connectors.halaxy.sandbox.records import DISCOUNT, Invoice, Payment
from connectors.halaxy.sandbox.times import whole

Json = Any


def record_payment(desk: Desk, asked: RecordPayment) -> Json:
    """Take a payment on an invoice; more than the balance is allowed, as at Halaxy."""
    invoice = desk.invoice(asked.invoice)
    amount = _positive(asked.amount, desk.state.sums(invoice.id).balance)
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=_at(desk, asked.at),
        changed_at=desk.now,
        type="Payment",
        method=asked.method,
        amount=amount,
        surcharge=asked.surcharge,
        invoice=invoice.id,
        subject=_subject(desk, invoice),
        comment=asked.comment,
    )
    return _put(desk, row)


def fail_payment(desk: Desk, asked: FailPayment) -> Json:
    """A failed card attempt: it never counts as paid."""
    if (asked.invoice is None) == (asked.payment is None):
        refuse("fail_payment needs either an invoice or a payment")
    if asked.payment is not None:
        row = _ordinary(desk, asked.payment)
        return _put(desk, replace(row, type="Failed", changed_at=desk.now))
    invoice = desk.invoice(asked.invoice or "")
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=_at(desk, asked.at),
        changed_at=desk.now,
        type="Failed",
        method=asked.method,
        amount=_positive(asked.amount, desk.state.sums(invoice.id).balance),
        invoice=invoice.id,
        subject=_subject(desk, invoice),
    )
    return _put(desk, row)


def discount(desk: Desk, asked: Discount) -> Json:
    """A payment of method Discount, at most what is owed."""
    invoice = desk.invoice(asked.invoice)
    amount = _positive(asked.amount)
    if amount > desk.state.sums(invoice.id).balance:
        refuse(f"the discount is more than is owed on invoice {invoice.id}")
    row = Payment(
        id=desk.state.new_id("payment", desk.state.payments),
        created_at=_at(desk, asked.at),
        changed_at=desk.now,
        type="Payment",
        method=DISCOUNT,
        amount=amount,
        invoice=invoice.id,
        subject=_subject(desk, invoice),
        comment=asked.comment,
    )
    return _put(desk, row)


def refund(desk: Desk, asked: Refund) -> Json:
    """A negative entry on the invoice of a payment."""
    paid = _ordinary(desk, asked.payment)
    return {"payment": _give_back(desk, paid, asked.amount, asked.method or paid.method, asked.at).id}


def delete_payment(desk: Desk, asked: DeletePayment) -> Json:
    """Remove a transaction without a record; a deposit only while nothing was drawn from it."""
    row = desk.payment(asked.payment)
    if row.type == "Deposit" and row.deposit is None and desk.state.deposit_left(row) != row.amount:
        refuse(f"deposit {row.id} has been used")
    desk.state.remove_payment(row)
    desk.touch(row.invoice, desk.switches.moves_on_payment_delete)
    return {"payment": row.id, "invoice": row.invoice}


def edit_payment(desk: Desk, asked: EditPayment) -> Json:
    """Change method or amount under the same id."""
    row = _ordinary(desk, asked.payment)
    amount = _positive(asked.amount, row.amount)
    changed = replace(row, method=asked.method or row.method, amount=amount, changed_at=desk.now)
    desk.state.put_payment(changed)
    desk.touch(row.invoice, desk.switches.moves_on_payment_edit)
    return {"payment": row.id, "invoice": row.invoice}


def take_deposit(desk: Desk, asked: TakeDeposit) -> Json:
    """Money on the patient's account, without an invoice."""
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=_at(desk, asked.at),
        changed_at=desk.now,
        type="Deposit",
        method=asked.method,
        amount=_positive(asked.amount),
        subject=desk.patient(asked.subject).id,
        practitioner=asked.practitioner,
        clinic=asked.clinic,
    )
    return _put(desk, row)


def use_deposit(desk: Desk, asked: UseDeposit) -> Json:
    """Pay an invoice from credit: a transaction with an invoice reference, no new money."""
    deposit, invoice = desk.payment(asked.deposit), desk.invoice(asked.invoice)
    if deposit.type != "Deposit" or deposit.deposit is not None:
        refuse(f"payment {deposit.id} is no deposit")
    left, owed = desk.state.deposit_left(deposit), desk.state.sums(invoice.id).balance
    amount = _positive(asked.amount, min(left, owed))
    if amount > min(left, owed):
        refuse(f"deposit {deposit.id} has {left} left and invoice {invoice.id} owes {owed}")
    row = Payment(
        id=desk.state.new_id("payment", desk.state.payments),
        created_at=_at(desk, asked.at),
        changed_at=desk.now,
        type="Deposit",
        method=deposit.method,
        amount=amount,
        invoice=invoice.id,
        subject=deposit.subject,
        deposit=deposit.id,
    )
    return _put(desk, row)


def to_deposit(desk: Desk, asked: ToDeposit) -> Json:
    """Two transactions: a refund entry on the invoice and a deposit of its patient."""
    paid = _ordinary(desk, asked.payment)
    back = _give_back(desk, paid, asked.amount, "Deposit", asked.at)
    credit = Payment(
        id=desk.state.new_id("payment", desk.state.payments),
        created_at=back.created_at,
        changed_at=desk.now,
        type="Deposit",
        method=paid.method,
        amount=-back.amount,
        subject=paid.subject,
    )
    return {"refund": back.id, "deposit": desk.state.put_payment(credit).id, "invoice": paid.invoice}


def _give_back(desk: Desk, paid: Payment, amount: Decimal | None, method: str, at: datetime | None) -> Payment:
    wanted = _positive(amount, paid.amount)
    received = desk.state.sums(paid.invoice or "").received
    if wanted > min(paid.amount, received):
        refuse(f"only {min(paid.amount, received)} of payment {paid.id} can be given back")
    row = Payment(
        id=desk.state.new_id("payment", desk.state.payments),
        created_at=_at(desk, at),
        changed_at=desk.now,
        type="Refund",
        method=method,
        amount=-wanted,
        invoice=paid.invoice,
        subject=paid.subject,
    )
    _put(desk, row)
    return row


def _ordinary(desk: Desk, identity: str) -> Payment:
    row = desk.payment(identity)
    if row.type != "Payment" or row.method == DISCOUNT or row.invoice is None:
        refuse(f"payment {identity} is no payment of money on an invoice")
    return row


def _put(desk: Desk, row: Payment) -> Json:
    desk.state.put_payment(row)
    desk.touch(row.invoice, desk.switches.moves_on_payment)
    return {"payment": row.id, "invoice": row.invoice}


def _positive(amount: Decimal | None, otherwise: Decimal = ZERO) -> Decimal:
    wanted = cents(amount if amount is not None else otherwise)
    return wanted if wanted > 0 else refuse("the amount has to be above zero; is anything owed?")


def _at(desk: Desk, at: datetime | None) -> datetime:
    return whole(at) if at is not None else desk.now


def _subject(desk: Desk, invoice: Invoice) -> str | None:
    if invoice.payer_kind == "Patient":
        return invoice.payer
    return next((line.subject for line in desk.state.lines_of(invoice.id) if line.subject), None)
