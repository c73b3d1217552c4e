"""A practice given record by record, for tests that need exactly these invoices and payments.

Records take the field names of `records`; invoices carry their lines, and may carry their payments.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from connectors.halaxy.sandbox.actions import LineSpec
from connectors.halaxy.sandbox.amounts import ZERO
from connectors.halaxy.sandbox.desk import Desk
from connectors.halaxy.sandbox.records import (
    EPOCH,
    Appointment,
    Coverage,
    Fee,
    Invoice,
    Moment,
    Organization,
    Patient,
    Payment,
    PaymentType,
    Practitioner,
    Record,
    Role,
    Service,
)
from connectors.halaxy.sandbox.staff_lines import enter
from connectors.halaxy.sandbox.state import State, Table
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import whole

R = TypeVar("R", bound=Record)


class SeedPayment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transaction on the invoice that it stands in; refunds have a negative amount."""

    amount: Decimal
    at: Moment
    method: str = "Cash"
    type: PaymentType = "Payment"
    surcharge: Decimal = ZERO
    comment: str | None = None
    deposit: str | None = None
    id: str | None = None


class SeedInvoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invoice with lines and payments; it was made on `created_at`, or now."""

    payer: str
    date: date
    lines: tuple[LineSpec, ...] = ()
    payments: tuple[SeedPayment, ...] = ()
    id: str | None = None
    type: Literal["invoice", "quote"] = "invoice"
    status: Literal["active", "issued"] = "active"
    deleted: bool = False
    role: str | None = None
    subject: str | None = None
    number: str | None = None
    note: str | None = None
    created_at: Moment | None = None
    changed_at: Moment | None = None


class Practice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything to be added; payments outside invoices are deposits or refer to one by id."""

    organizations: tuple[Organization, ...] = ()
    practitioners: tuple[Practitioner, ...] = ()
    roles: tuple[Role, ...] = ()
    patients: tuple[Patient, ...] = ()
    fees: tuple[Fee, ...] = ()
    coverages: tuple[Coverage, ...] = ()
    services: tuple[Service, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    invoices: tuple[SeedInvoice, ...] = ()
    payments: tuple[Payment, ...] = ()


def add(state: State, switches: Switches, practice: Practice, now: datetime) -> None:
    """Put all of it into the state.

    Raises:
        Refused: A payer does not exist, an id is taken, or a line has neither gross nor price.
    """
    _put_all(state, "practitioner", state.practitioners, practice.practitioners, now)
    _put_all(state, "role", state.roles, practice.roles, now)
    _put_all(state, "patient", state.patients, practice.patients, now)
    _put_all(state, "fee", state.fees, practice.fees, now)
    _put_all(state, "coverage", state.coverages, practice.coverages, now)
    _put_all(state, "service", state.services, practice.services, now)
    _put_all(state, "appointment", state.appointments, practice.appointments, now)
    for organization in practice.organizations:
        kind = organization.id.partition("-")[0]
        _put_all(state, kind if kind in ("PG", "CL", "OG", "FD") else "OG", state.organizations, (organization,), now)
    for invoice in practice.invoices:
        _add_invoice(state, switches, invoice, now)
    for payment in practice.payments:
        state.keep_id("payment", payment.id)
        state.put_payment(_dated(payment, now))


def _put_all(state: State, kind: str, table: Table[R], rows: tuple[R, ...], now: datetime) -> None:
    for row in rows:
        state.keep_id(kind, row.id)
        table.put(_dated(row, now))


def _dated(row: R, now: datetime) -> R:
    made = whole(row.created_at) if row.created_at != EPOCH else now
    return replace(row, created_at=made, changed_at=whole(row.changed_at) if row.changed_at != EPOCH else made)


def _add_invoice(state: State, switches: Switches, given: SeedInvoice, now: datetime) -> None:
    made = whole(given.created_at) if given.created_at else now
    desk = Desk(state, switches, made)
    kind, payer = desk.payer(given.payer)
    row = Invoice(
        id=desk.fresh_id(given.id, "invoice", state.invoices),
        created_at=made,
        changed_at=whole(given.changed_at) if given.changed_at else made,
        payer_kind=kind,
        payer=payer,
        date=given.date,
        type=given.type,
        status=given.status,
        deleted=given.deleted,
        role=given.role,
        number=given.number,
        note=given.note,
    )
    state.invoices.put(row)
    subject = given.subject or (payer if kind == "Patient" else None)
    for line in given.lines:
        enter(desk, row, line, subject)
    for payment in given.payments:
        _add_payment(desk, row, payment, subject)
    if given.changed_at is None and given.payments:
        latest = max(made, *(whole(payment.at) for payment in given.payments))
        state.invoices.put(replace(row, changed_at=latest))


def _add_payment(desk: Desk, invoice: Invoice, given: SeedPayment, subject: str | None) -> None:
    at = whole(given.at)
    desk.state.put_payment(
        Payment(
            id=desk.fresh_id(given.id, "payment", desk.state.payments),
            created_at=at,
            changed_at=at,
            type=given.type,
            method=given.method,
            amount=given.amount,
            surcharge=given.surcharge,
            invoice=invoice.id,
            subject=subject,
            comment=given.comment,
            deposit=given.deposit,
        )
    )
