"""Appointment, HealthcareService and Coverage, as far as they touch money (fact sheet 5, 6.5, 6.9, 6.10, 13.7, 13.11).

No booking over the API; staff book through `/_sandbox/staff`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.halaxy.sandbox.records import Appointment, Coverage, Service
from connectors.halaxy.sandbox.resource import CREATED, Filter, Resource, pointing
from connectors.halaxy.sandbox.shapes import Wire, extension
from connectors.halaxy.sandbox.state import State

Json = Any

_PAYER_WORDS = {
    "29": "Patient",
    "30": "Organisation (new invoice)",
    "31": "Organisation (existing invoice, same patient)",
    "32": "Organisation (existing invoice, any patient)",
}


def show_appointment(wire: Wire, row: Appointment) -> Json:
    """Fact sheet 6.10: there is no top-level status; the patient's stands in a modifierExtension."""
    coding = {
        "system": wire.base.removesuffix("/main") + "/presets/CodeSystem/appointment-participant-status",
        "code": row.status,
        "display": row.status,
    }
    patient: dict[str, Json] = {
        "actor": wire.reference("Patient", row.patient),
        "modifierExtension": [extension("appointment-participant-status", valueCoding=coding)],
    }
    if row.invoice is not None:
        link = wire.reference("Invoice", row.invoice)
        patient["extension"] = [extension("appointment-participant-invoice", valueReference=link)]
    service = wire.reference("HealthcareService", row.service)
    return wire.resource(
        "Appointment",
        row,
        {
            "description": "",
            "start": wire.time(row.start),
            "end": wire.time(row.start + timedelta(minutes=row.minutes)),
            "minutesDuration": row.minutes,
            "created": wire.time(row.created_at),
            "supportingInformation": [service] if service else None,
            "participant": [{"actor": wire.reference("PractitionerRole", row.role)}, patient],
        },
    )


def show_service(wire: Wire, row: Service) -> Json:
    """Fact sheet 6.9."""
    provider = wire.reference("Organization", row.provided_by)
    return wire.resource("HealthcareService", row, {"active": row.active, "name": row.name, "providedBy": provider})


def show_coverage(wire: Wire, row: Coverage) -> Json:
    """Fact sheet 6.5."""
    payer = {"code": row.payer, "display": _PAYER_WORDS[row.payer]}
    extensions = [extension("coverage-payer", valueCoding=payer)]
    if row.organisation is not None:
        billed = wire.reference("Organization", row.organisation)
        extensions.append(extension("coverage-organisation", valueReference=billed))
    period = {"start": row.start, "end": row.end}
    patient = wire.reference("Patient", row.patient)
    return wire.resource(
        "Coverage",
        row,
        {
            "status": row.status,
            "beneficiary": patient,
            "subscriber": patient,
            wire.switches.subscriber_id_name: row.member or None,
            "period": {name: day.isoformat() for name, day in period.items() if day} or None,
            "payor": [wire.reference("Organization", row.funder)],
            "extension": extensions,
        },
    )


def _role_part(state: State, row: Appointment, kind: str) -> tuple[str, ...]:
    role = state.roles.get(row.role)
    if role is None:
        return ()
    return pointing(kind, role.practitioner if kind == "Practitioner" else role.clinic)


APPOINTMENT = Resource(
    name="Appointment",
    scope="appointments",
    table=lambda state: state.appointments,
    shape=show_appointment,
    filters=(
        CREATED,
        Filter("date", "date", lambda wire, row: (row.start,)),
        Filter("patient", "reference", lambda wire, row: pointing("Patient", row.patient), ("Patient",)),
        Filter("part-status", "token", lambda wire, row: (row.status,)),
        Filter(
            "organization",
            "reference",
            lambda wire, row: _role_part(wire.state, row, "Organization"),
            ("Organization",),
        ),
        Filter(
            "practitioner",
            "reference",
            lambda wire, row: _role_part(wire.state, row, "Practitioner"),
            ("Practitioner",),
        ),
        Filter(
            "practitioner-role",
            "reference",
            lambda wire, row: pointing("PractitionerRole", row.role),
            ("PractitionerRole",),
        ),
    ),
    includes={
        "patient": lambda state, row: pointing("Patient", row.patient),
        "practitioner-role": lambda state, row: pointing("PractitionerRole", row.role),
    },
    sorts={"date": lambda row: row.start},
)

SERVICE = Resource(
    name="HealthcareService",
    scope="appointments",
    table=lambda state: state.services,
    shape=show_service,
    filters=(
        Filter("name", "string", lambda wire, row: (row.name,)),
        Filter("active", "token", lambda wire, row: ("true" if row.active else "false",)),
    ),
)

COVERAGE = Resource(
    name="Coverage",
    scope="claims",
    table=lambda state: state.coverages,
    shape=show_coverage,
    filters=(
        CREATED,
        Filter("beneficiary", "reference", lambda wire, row: pointing("Patient", row.patient), ("Patient",)),
        Filter("subscriber", "reference", lambda wire, row: pointing("Patient", row.patient), ("Patient",)),
        Filter("subscriber-id", "token", lambda wire, row: (row.member,)),
        Filter(
            "payor",
            "reference",
            lambda wire, row: pointing("Organization", row.funder),
            ("Organization", "Patient"),
        ),
        Filter(
            "coverage-organization",
            "reference",
            lambda wire, row: pointing("Organization", row.organisation),
            ("Organization",),
        ),
    ),
    includes={
        "beneficiary": lambda state, row: pointing("Patient", row.patient),
        "subscriber": lambda state, row: pointing("Patient", row.patient),
        "payor": lambda state, row: pointing("Organization", row.funder),
    },
    sorts={"_lastUpdated": lambda row: row.changed_at, "created": lambda row: row.created_at},
)
