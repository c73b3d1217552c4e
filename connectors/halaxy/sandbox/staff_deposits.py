"""What staff do with credit: take a deposit, use it, give it back, turn a payment into one (fact sheet 10).

Payments on invoices are in `staff_money`; a deposit is deleted and restored there like any transaction.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from connectors.halaxy.sandbox.desk import Desk, refuse
from connectors.halaxy.sandbox.money_actions import RefundDeposit, TakeDeposit, ToDeposit, UseDeposit
from connectors.halaxy.sandbox.records import Payment
from connectors.halaxy.sandbox.staff_money import at_of, give_back, ordinary, positive, put

Json = Any


def take_deposit(desk: Desk, asked: TakeDeposit) -> Json:
    """Money on the account of a patient or organisation, without an invoice."""
    if (asked.subject is None) == (asked.payer is None):
        refuse("take_deposit needs either a subject or a payer")
    kind, owner = desk.payer(asked.payer or f"Patient/{asked.subject}")
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Deposit",
        method=asked.method,
        amount=positive(asked.amount),
        subject=owner,
        subject_kind=kind,
        practitioner=asked.practitioner,
        clinic=asked.clinic,
    )
    return put(desk, row)


def use_deposit(desk: Desk, asked: UseDeposit) -> Json:
    """Pay an invoice from credit: a transaction with an invoice reference, no new money."""
    deposit, invoice = _credit(desk, asked.deposit), desk.invoice(asked.invoice)
    left, owed = desk.state.deposit_left(deposit), desk.state.sums(invoice.id).balance
    amount = positive(asked.amount, min(left, owed))
    if amount > min(left, owed):
        refuse(f"deposit {deposit.id} has {left} left and invoice {invoice.id} owes {owed}")
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Deposit",
        method=deposit.method,
        amount=amount,
        invoice=invoice.id,
        subject=deposit.subject,
        subject_kind=deposit.subject_kind,
        deposit=deposit.id,
    )
    return put(desk, row)


def refund_deposit(desk: Desk, asked: RefundDeposit) -> Json:
    """A negative entry on no invoice."""
    deposit = _credit(desk, asked.deposit)
    left = desk.state.deposit_left(deposit)
    amount = positive(asked.amount, left)
    if amount > left:
        refuse(f"deposit {deposit.id} has only {left} left")
    row = Payment(
        id=desk.fresh_id(asked.id, "payment", desk.state.payments),
        created_at=at_of(desk, asked.at),
        changed_at=desk.now,
        type="Refund",
        method=asked.method or deposit.method,
        amount=-amount,
        subject=deposit.subject,
        subject_kind=deposit.subject_kind,
        deposit=deposit.id,
    )
    return put(desk, row)


def to_deposit(desk: Desk, asked: ToDeposit) -> Json:
    """A refund entry on the invoice, and a deposit of its payer unless the entry alone is the credit."""
    paid = ordinary(desk, asked.payment)
    back = give_back(desk, paid, asked.amount, "Deposit", asked.at, asked.id)
    if desk.switches.to_deposit_entries == "one":
        return {"refund": back.id, "deposit": back.id, "invoice": paid.invoice}
    invoice = desk.invoice(paid.invoice or "")
    credit = Payment(
        id=desk.fresh_id(asked.credit, "payment", desk.state.payments),
        created_at=back.created_at,
        changed_at=desk.now,
        type="Deposit",
        method=paid.method,
        amount=-back.amount,
        subject=invoice.payer,
        subject_kind=invoice.payer_kind,
        related=back.id,
    )
    desk.state.put_payment(credit)
    desk.state.put_payment(replace(back, related=credit.id))
    return {"refund": back.id, "deposit": credit.id, "invoice": paid.invoice}


def _credit(desk: Desk, identity: str) -> Payment:
    """The entry that holds a credit; a payment turned into one may be named by either of its entries."""
    row = desk.payment(identity)
    if row.type == "Refund" and row.method == "Deposit" and row.invoice is not None:
        invoice = desk.row(desk.state.invoices, row.invoice, "invoice")
        alone = replace(row, subject=invoice.payer, subject_kind=invoice.payer_kind)
        return desk.payment(row.related) if row.related is not None else alone
    if row.type != "Deposit" or row.deposit is not None:
        refuse(f"payment {row.id} is no deposit")
    return row
