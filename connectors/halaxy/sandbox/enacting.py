"""Letting planned invoices happen: every step through the staff's own door, in time order, with ids that rise in time.

What the plans contain is decided in `month`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from connectors.halaxy.sandbox import demo_practice as demo
from connectors.halaxy.sandbox.actions import Action, CreateInvoice, DeleteInvoice, LineSpec, VoidLine
from connectors.halaxy.sandbox.desk import Desk
from connectors.halaxy.sandbox.money_actions import DeletePayment, FailPayment, RecordPayment
from connectors.halaxy.sandbox.records import Appointment
from connectors.halaxy.sandbox.settling import Money
from connectors.halaxy.sandbox.staff import carry_out
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.stories import Visit, funded
from connectors.halaxy.sandbox.switches import Switches

Step = tuple[datetime, Action]


@dataclass(frozen=True, slots=True)
class Plan:
    """One invoice with all that happens to it; a voided line is entered with the others.

    `to_come` marks a visit after the month: it is booked, and nothing more has happened to it.
    """

    visit: Visit
    date: date
    created_at: datetime
    starts_at: datetime
    money: tuple[Money, ...] = ()
    type: Literal["invoice", "quote"] = "invoice"
    issued: bool = False
    note: str | None = None
    voided: LineSpec | None = None
    deleted_at: datetime | None = None
    to_come: bool = False


def enact(state: State, switches: Switches, plans: Iterable[Plan], opened_at: datetime) -> None:
    """Carry all plans out, interleaved as their times say."""
    ordered = sorted(plans, key=lambda plan: plan.created_at)
    coverages = _coverages(state, ordered, opened_at)
    invoices = [state.new_id("invoice", state.invoices) for _ in ordered]
    steps: list[Step] = []
    for identity, plan in zip(invoices, ordered, strict=True):
        key = (plan.visit.patient, plan.visit.organisation)
        steps += _steps(state, identity, plan, coverages.get(key))
    paid = [(money, identity) for identity, plan in zip(invoices, ordered, strict=True) for money in plan.money]
    for money, invoice in sorted(paid, key=lambda one: one[0].at):
        steps += _money_steps(money, invoice, state.new_id("payment", state.payments))
    for at, action in sorted(steps, key=lambda step: step[0]):
        carry_out(Desk(state, switches, at), action)


def _coverages(state: State, plans: Sequence[Plan], opened_at: datetime) -> dict[tuple[str, str | None], str]:
    known: dict[tuple[str, str | None], str] = {}
    for visit in (plan.visit for plan in plans):
        key = (visit.patient, visit.organisation)
        if visit.organisation and visit.funder and key not in known:
            known[key] = demo.cover(state, visit.patient, visit.funder, visit.organisation, opened_at)
    return known


def _steps(state: State, identity: str, plan: Plan, coverage: str | None) -> Iterator[Step]:
    visit = funded(plan.visit, coverage)
    appointment = _appointment(state, identity, plan) if visit.seen else None
    specs = (*visit.lines, plan.voided) if plan.voided else visit.lines
    lines = tuple(replace(spec, id=state.new_id("line", state.lines), appointment=appointment) for spec in specs)
    yield (
        plan.created_at,
        CreateInvoice(
            id=identity,
            payer=visit.payer,
            subject=visit.patient,
            lines=lines,
            date=plan.date,
            role=visit.role,
            type=plan.type,
            status="issued" if plan.issued else "active",
            note=plan.note,
        ),
    )
    if plan.voided:
        yield plan.starts_at + timedelta(minutes=5), VoidLine(line=lines[-1].id or "")
    if plan.deleted_at:
        yield plan.deleted_at, DeleteInvoice(invoice=identity)


def _money_steps(money: Money, invoice: str, identity: str) -> Iterator[Step]:
    if money.failed:
        yield money.at, FailPayment(id=identity, invoice=invoice, method=money.method, amount=money.amount)
        return
    yield money.at, RecordPayment(id=identity, invoice=invoice, method=money.method, amount=money.amount)
    if money.deleted_at:
        yield money.deleted_at, DeletePayment(payment=identity)


def _appointment(state: State, invoice: str, plan: Plan) -> str:
    identity = state.new_id("appointment", state.appointments)
    status, marked_at = "attended", max(plan.created_at, plan.starts_at)
    if plan.to_come:
        status, marked_at = "booked", plan.created_at
    elif plan.deleted_at:
        status, marked_at = "cancelled", plan.deleted_at
    state.appointments.put(
        Appointment(
            id=identity,
            created_at=plan.created_at,
            changed_at=marked_at,
            start=plan.starts_at,
            minutes=30,
            role=plan.visit.role,
            patient=plan.visit.patient,
            status=status,
            invoice=invoice,
        )
    )
    return identity
