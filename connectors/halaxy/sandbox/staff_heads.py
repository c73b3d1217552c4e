"""What staff do to whole invoices: enter, edit, lock, delete, restore, re-bill, convert, book (fact sheet 10).

Lines are in `staff_lines`, money in `staff_money`.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from connectors.halaxy.sandbox.actions import (
    BookAppointment,
    ChangePayer,
    ConvertQuote,
    CreateInvoice,
    DeleteInvoice,
    EditInvoice,
    IssueInvoice,
    LineSpec,
    MarkAppointment,
    RestoreInvoice,
)
from connectors.halaxy.sandbox.desk import Desk, refuse
from connectors.halaxy.sandbox.records import Appointment, Invoice
from connectors.halaxy.sandbox.staff_lines import enter
from connectors.halaxy.sandbox.times import day_of

Json = Any


def create_invoice(desk: Desk, asked: CreateInvoice) -> Json:
    """Enter an invoice or quote with its lines."""
    state = desk.state
    kind, payer = desk.payer(asked.payer)
    if asked.role is not None:
        desk.row(state.roles, asked.role, "practitioner role")
    if asked.number is not None:
        _check_number(desk, asked.number, None)
    row = Invoice(
        id=desk.fresh_id(asked.id, "invoice", state.invoices),
        created_at=desk.now,
        changed_at=desk.now,
        payer_kind=kind,
        payer=payer,
        date=asked.date or desk.today,
        type=asked.type,
        status=asked.status,
        role=asked.role,
        number=asked.number,
        note=asked.note,
        stated_gross=asked.stated_gross,
        stated_tax=asked.stated_tax,
    )
    state.invoices.put(row)
    subject = asked.subject or (payer if kind == "Patient" else None)
    return {"invoice": row.id, "lines": [enter(desk, row, line, subject).id for line in asked.lines]}


def edit_invoice(desk: Desk, asked: EditInvoice) -> Json:
    """Change the head."""
    row = desk.unlocked(asked.invoice)
    role = asked.role
    if role is not None:
        desk.row(desk.state.roles, role, "practitioner role")
    elif asked.clinic is not None:
        role = _role_at(desk, row.role, asked.clinic)
    if asked.number is not None:
        _check_number(desk, asked.number, row.id)
    wanted = {
        "date": asked.date,
        "role": role,
        "number": asked.number,
        "note": asked.note,
        "stated_gross": asked.stated_gross,
        "stated_tax": asked.stated_tax,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    desk.state.invoices.put(replace(row, **given, changed_at=desk.now))
    return {"invoice": row.id}


def issue_invoice(desk: Desk, asked: IssueInvoice) -> Json:
    """Lock or unlock."""
    row = desk.invoice(asked.invoice)
    desk.state.invoices.put(replace(row, status="issued" if asked.issued else "active", changed_at=desk.now))
    return {"invoice": row.id}


def delete_invoice(desk: Desk, asked: DeleteInvoice) -> Json:
    """Hide an invoice; money on it has to go or to be given back first (fact sheet 10, cases AC-33, AC-57)."""
    row = desk.invoice(asked.invoice)
    sums = desk.state.sums(row.id)
    if sums.received or sums.discounts:
        refuse(f"invoice {row.id} has money on it: delete it or give it back first")
    desk.state.invoices.put(replace(row, deleted=True, changed_at=desk.now))
    return {"invoice": row.id}


def restore_invoice(desk: Desk, asked: RestoreInvoice) -> Json:
    """Bring a deleted invoice back under its id."""
    row = desk.row(desk.state.invoices, asked.invoice, "invoice")
    if not row.deleted:
        refuse(f"invoice {row.id} is not deleted")
    desk.state.invoices.put(replace(row, deleted=False, changed_at=desk.now))
    return {"invoice": row.id}


def change_payer(desk: Desk, asked: ChangePayer) -> Json:
    """Bill somebody else: recipient, payorType and title follow."""
    row = desk.unlocked(asked.invoice)
    kind, payer = desk.payer(asked.payer)
    desk.state.invoices.put(replace(row, payer_kind=kind, payer=payer))
    desk.touch(row.id, desk.switches.moves_on_payer_change)
    return {"invoice": row.id}


def convert_quote(desk: Desk, asked: ConvertQuote) -> Json:
    """Make a quote an invoice under the same id."""
    row = desk.unlocked(asked.invoice)
    if row.type != "quote":
        refuse(f"invoice {row.id} is no quote")
    desk.state.invoices.put(replace(row, type="invoice", date=asked.date or desk.today, changed_at=desk.now))
    return {"invoice": row.id}


def book_appointment(desk: Desk, asked: BookAppointment) -> Json:
    """Book: the invoice exists from now on, dated on the day of the appointment."""
    state = desk.state
    patient = desk.patient(asked.patient)
    fee = desk.row(state.fees, asked.fee, "fee")
    identity = desk.fresh_id(asked.id, "appointment", state.appointments)
    line = LineSpec(
        id=asked.line,
        description=fee.title,
        gross=fee.price,
        taxable=fee.taxable,
        code=fee.code,
        appointment=identity,
    )
    made = create_invoice(
        desk,
        CreateInvoice(
            id=asked.invoice,
            payer=asked.payer or f"Patient/{patient.id}",
            lines=(line,),
            date=day_of(asked.start),
            role=asked.role,
            subject=patient.id,
        ),
    )
    state.appointments.put(
        Appointment(
            id=identity,
            created_at=desk.now,
            changed_at=desk.now,
            start=asked.start,
            minutes=asked.minutes,
            role=asked.role,
            patient=patient.id,
            invoice=made["invoice"],
        )
    )
    return {"appointment": identity, **made}


def mark_appointment(desk: Desk, asked: MarkAppointment) -> Json:
    """Set the patient's status at an appointment."""
    row = desk.row(desk.state.appointments, asked.appointment, "appointment")
    desk.state.appointments.put(replace(row, status=asked.status, changed_at=desk.now))
    return {"appointment": row.id}


def _role_at(desk: Desk, role: str | None, clinic: str) -> str:
    """The role that the same practitioner has at another clinic."""
    here = desk.row(desk.state.roles, role or "", "practitioner role")
    there = (row for row in desk.state.roles.ordered() if (row.practitioner, row.clinic) == (here.practitioner, clinic))
    found = next(there, None)
    return found.id if found else refuse(f"practitioner {here.practitioner} has no role at {clinic}")


def _check_number(desk: Desk, number: str, own: str | None) -> None:
    # No two invoices share a number, not even with a deleted one (fact sheet 6.1, numbering).
    if any((row.number or row.id) == number and row.id != own for row in desk.state.invoices.ordered()):
        refuse(f"the number {number} is taken")
