"""What staff can do with money at Halaxy, as plain messages told apart by `do` (fact sheet 10).

Only the messages and their fields; what they change is in `staff_money` and `staff_deposits`.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.halaxy.sandbox.actions import Action
from connectors.halaxy.sandbox.amounts import ZERO
from connectors.halaxy.sandbox.records import Moment


class RecordPayment(Action, frozen=True, kw_only=True):
    """Take money; the whole balance unless `amount` is given, now unless `at` is."""

    invoice: str
    method: str = "Cash"
    amount: Decimal | None = None
    at: Moment | None = None
    surcharge: Decimal = ZERO
    comment: str | None = None
    id: str | None = None


class FailPayment(Action, frozen=True, kw_only=True):
    """A card attempt that fails: a new one on `invoice`, or a recorded `payment` that turns out so."""

    invoice: str | None = None
    payment: str | None = None
    method: str = "Braintree"
    amount: Decimal | None = None
    at: Moment | None = None
    id: str | None = None


class Discount(Action, frozen=True, kw_only=True):
    """Lower what is owed by a payment of method Discount, which is no money."""

    invoice: str
    amount: Decimal
    at: Moment | None = None
    comment: str | None = None
    id: str | None = None


class Refund(Action, frozen=True, kw_only=True):
    """Give a payment back, in whole or in part."""

    payment: str
    amount: Decimal | None = None
    method: str | None = None
    at: Moment | None = None
    id: str | None = None


class DeletePayment(Action, frozen=True, kw_only=True):
    """Remove an offline payment without a record."""

    payment: str


class RestorePayment(Action, frozen=True, kw_only=True):
    """Bring a deleted transaction back under its id, as Halaxy's support can."""

    payment: str


class Dishonour(Action, frozen=True, kw_only=True):
    """A payment that came back: it turns itself, or a negative entry is made beside it (`apart`)."""

    payment: str
    apart: bool = False
    at: Moment | None = None
    id: str | None = None


class EditPayment(Action, frozen=True, kw_only=True):
    """Change method or amount of an offline payment or unused deposit; its id stays."""

    payment: str
    method: str | None = None
    amount: Decimal | None = None


class TakeDeposit(Action, frozen=True, kw_only=True):
    """Take money ahead of any invoice, of a patient (`subject`) or of any `payer`."""

    subject: str | None = None
    payer: str | None = None
    amount: Decimal
    method: str = "EFTPOS"
    at: Moment | None = None
    practitioner: str | None = None
    clinic: str | None = None
    id: str | None = None


class UseDeposit(Action, frozen=True, kw_only=True):
    """Pay an invoice from a deposit; as much as both allow unless `amount` is given."""

    deposit: str
    invoice: str
    amount: Decimal | None = None
    at: Moment | None = None
    id: str | None = None


class RefundDeposit(Action, frozen=True, kw_only=True):
    """Give back what is left of a deposit, or part of it; by its own method unless said otherwise."""

    deposit: str
    amount: Decimal | None = None
    method: str | None = None
    at: Moment | None = None
    id: str | None = None


class ToDeposit(Action, frozen=True, kw_only=True):
    """Turn a payment, or part of it, into a deposit of the payer: entries `id` on the invoice and `credit`."""

    payment: str
    amount: Decimal | None = None
    at: Moment | None = None
    id: str | None = None
    credit: str | None = None
