"""What staff do to patients and organisations: register and edit (fact sheet 10, change of details).

Who is billed on which invoice is in `staff_heads`.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from connectors.halaxy.sandbox.actions import AddCoverage, AddOrganisation, AddPatient, EditOrganisation, EditPatient
from connectors.halaxy.sandbox.desk import Desk
from connectors.halaxy.sandbox.records import Coverage, Organization, Patient, PayerKind

Json = Any


def add_patient(desk: Desk, asked: AddPatient) -> Json:
    """Register a patient."""
    row = Patient(
        id=desk.fresh_id(asked.id, "patient", desk.state.patients),
        created_at=desk.now,
        changed_at=desk.now,
        given=asked.given,
        family=asked.family,
        email=asked.email,
        mobile=asked.mobile,
    )
    return {"patient": desk.state.patients.put(row).id}


def edit_patient(desk: Desk, asked: EditPatient) -> Json:
    """Change name or contact details; the titles of the patient's invoices follow."""
    row = desk.patient(asked.patient)
    wanted = {"given": asked.given, "family": asked.family, "email": asked.email, "mobile": asked.mobile}
    given = {name: value for name, value in wanted.items() if value is not None}
    desk.state.patients.put(replace(row, **given, changed_at=desk.now))
    _touch_invoices(desk, "Patient", row.id)
    return {"patient": row.id}


def add_organisation(desk: Desk, asked: AddOrganisation) -> Json:
    """Register an organisation that can be billed."""
    row = Organization(
        id=desk.fresh_id(asked.id, "OG", desk.state.organizations),
        created_at=desk.now,
        changed_at=desk.now,
        name=asked.name,
        email=asked.email,
    )
    return {"organisation": desk.state.organizations.put(row).id}


def add_coverage(desk: Desk, asked: AddCoverage) -> Json:
    """Note claim details of a patient: which organisation is billed, and by which number."""
    organisation = desk.row(desk.state.organizations, asked.organisation, "organisation")
    row = Coverage(
        id=desk.fresh_id(asked.id, "coverage", desk.state.coverages),
        created_at=desk.now,
        changed_at=desk.now,
        patient=desk.patient(asked.patient).id,
        funder=asked.funder or organisation.id,
        organisation=organisation.id,
        member=asked.member,
        payer="30",
        start=asked.start,
        end=asked.end,
    )
    return {"coverage": desk.state.coverages.put(row).id}


def edit_organisation(desk: Desk, asked: EditOrganisation) -> Json:
    """Change name or e-mail address."""
    row = desk.row(desk.state.organizations, asked.organisation, "organisation")
    changed = replace(row, name=asked.name or row.name, email=asked.email or row.email, changed_at=desk.now)
    desk.state.organizations.put(changed)
    _touch_invoices(desk, "Organization", row.id)
    return {"organisation": row.id}


def _touch_invoices(desk: Desk, kind: PayerKind, identity: str) -> None:
    if desk.switches.moves_on_payer_details:
        for invoice in desk.state.invoices.ordered():
            if (invoice.payer_kind, invoice.payer) == (kind, identity):
                desk.touch(invoice.id, True)
