"""Patient, Organization, Practitioner and PractitionerRole (fact sheet 5, 6.6 to 6.8, 13.8 to 13.10).

Read only here, although Halaxy also takes some writes on them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.halaxy.sandbox.records import Organization, Patient, Practitioner, Role
from connectors.halaxy.sandbox.resource import CREATED, Filter, Resource, pointing
from connectors.halaxy.sandbox.shapes import Wire, extension
from connectors.halaxy.sandbox.times import start_of, zone_of

Json = Any

_PROFESSIONS = "https://terminology.halaxy.com/CodeSystem/profession"


def show_patient(wire: Wire, row: Patient) -> Json:
    """Fact sheet 6.7; a preferred given name comes first, without a family name, as seen live."""
    usual = [{"use": "usual", "given": [row.usual]}] if row.usual else []
    access = (wire.reference("Organization", row.clinic), wire.reference("Practitioner", row.practitioner))
    return wire.resource(
        "Patient",
        row,
        {
            "active": row.active,
            "name": [*usual, _official(row.given, row.family, row.prefix)],
            "telecom": _telecom(sms=row.mobile, phone=row.phone, email=row.email),
            "gender": row.gender,
            "birthDate": row.birth_date.isoformat() if row.birth_date else None,
            "generalPractitioner": [one for one in access if one] or None,
            "extension": [extension("patient-status", valueString=row.status)],
        },
    )


def show_organization(wire: Wire, row: Organization) -> Json:
    """Fact sheet 6.6."""
    telecom = _telecom(phone=row.phone, email=row.email, use="work")
    return wire.resource(
        "Organization",
        row,
        {
            "active": row.active,
            "name": row.name,
            "partOf": wire.reference("Organization", row.part_of),
            "telecom": telecom or None,
        },
    )


def show_practitioner(wire: Wire, row: Practitioner) -> Json:
    """Fact sheet 6.8."""
    coding = [{"system": _PROFESSIONS, "code": "1", "display": row.profession}]
    return wire.resource(
        "Practitioner",
        row,
        {
            "active": row.active,
            "identifier": [{"value": row.number}] if row.number else None,
            "name": [_official(row.given, row.family, row.prefix)],
            "qualification": [{"code": {"coding": coding}}] if row.profession else None,
        },
    )


def show_role(wire: Wire, row: Role) -> Json:
    """Fact sheet 6.8."""
    return wire.resource(
        "PractitionerRole",
        row,
        {
            "active": row.active,
            "practitioner": wire.reference("Practitioner", row.practitioner),
            "organization": wire.reference("Organization", row.clinic),
        },
    )


def _official(given: str, family: str, prefix: str | None) -> Json:
    name: dict[str, Json] = {"use": "official", "given": [given], "family": family}
    if prefix:
        name["prefix"] = [prefix]
    return name


def _telecom(
    *, sms: str | None = None, phone: str | None = None, email: str | None = None, use: str = "home"
) -> list[Json]:
    entries = (("sms", sms, "mobile"), ("phone", phone, use), ("email", email, use))
    return [{"system": system, "value": value, "use": where} for system, value, where in entries if value]


def _texts(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)


def _birth(wire: Wire, row: Patient) -> tuple[datetime, ...]:
    return (start_of(row.birth_date, zone_of(wire.switches.date_only_zone)),) if row.birth_date else ()


PATIENT = Resource(
    name="Patient",
    scope="patients",
    table=lambda state: state.patients,
    shape=show_patient,
    filters=(
        CREATED,
        Filter("name", "string", lambda wire, row: _texts(row.name, row.given, row.family, row.usual)),
        Filter("given", "string", lambda wire, row: _texts(row.given, row.usual)),
        Filter("family", "string", lambda wire, row: _texts(row.family)),
        Filter("email", "string", lambda wire, row: _texts(row.email)),
        Filter("phone", "string", lambda wire, row: _texts(row.mobile, row.phone)),
        Filter("birthdate", "date", _birth),
        Filter("status", "token", lambda wire, row: (row.status,)),
        Filter(
            "general-practitioner",
            "reference",
            lambda wire, row: pointing("Organization", row.clinic) + pointing("Practitioner", row.practitioner),
            ("Organization", "Practitioner"),
        ),
    ),
    includes={
        "general-practitioner": lambda state, row: (
            pointing("Organization", row.clinic) + pointing("Practitioner", row.practitioner)
        )
    },
    sorts={
        "_lastUpdated": lambda row: row.changed_at,
        "created": lambda row: row.created_at,
        "name": lambda row: (row.family.casefold(), row.given.casefold()),
    },
)

ORGANIZATION = Resource(
    name="Organization",
    scope="",
    table=lambda state: state.organizations,
    shape=show_organization,
    filters=(
        Filter("name", "string", lambda wire, row: (row.name,)),
        Filter("profile", "token", lambda wire, row: (row.id.partition("-")[0],)),
    ),
)

PRACTITIONER = Resource(
    name="Practitioner",
    scope="practitioners",
    table=lambda state: state.practitioners,
    shape=show_practitioner,
)

PRACTITIONER_ROLE = Resource(
    name="PractitionerRole",
    scope="practitioners",
    table=lambda state: state.roles,
    shape=show_role,
    includes={
        "practitioner": lambda state, row: pointing("Practitioner", row.practitioner),
        "organization": lambda state, row: pointing("Organization", row.clinic),
    },
)
