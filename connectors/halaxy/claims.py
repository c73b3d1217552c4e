"""Claim details of patients (Coverage), and by which number a third party pays for a sale (fact sheet 6.5).

PURE. The claim itself is not in the API; the membership or reference number of the coverage is what an insurer
goes by. A report may tell another one (`report_facts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.halaxy.wire import coded, day, each, extension, reference, text
from engine.sdk.records import Sale

Json = Any


@dataclass(frozen=True, slots=True)
class Coverage:
    """Claim details of a patient (6.5): `number` is what a claim of the organisation goes by."""

    id: str
    patient: str | None
    number: str | None
    payers: tuple[str, ...]
    active: bool
    start: date | None
    end: date | None


def coverage(resource: Mapping[str, Json]) -> Coverage:
    """Read a Coverage; the billed organisation stands in an extension, the funder in `payor` (6.5)."""
    period = resource.get("period")
    days = period if isinstance(period, Mapping) else {}
    billed = extension(resource, "coverage-organisation").get("valueReference")
    named = [reference(billed), *(reference(item) for item in each(resource.get("payor")))]
    return Coverage(
        id=str(resource["id"]),
        patient=_patient(resource),
        number=text(resource.get("subscriberId")) or text(resource.get("subscriberID")) or None,
        payers=tuple(sorted({found.id for found in named if found})),
        active=(coded(resource.get("status")) or "active").lower() == "active",
        start=day(days.get("start")),
        end=day(days.get("end")),
    )


def claim_of(sale: Sale, coverages: Iterable[Coverage]) -> str | None:
    """By which number a third party pays for the one patient treated (6.5).

    Among several of that organisation: one in force on the invoice date, then an active one, then the newest.
    """
    fitting = [item for item in coverages if item.number and sale.payer.id in item.payers]
    best = max(
        fitting,
        key=lambda item: (_in_force(item, sale.date), item.active, item.start or date.min, item.id),
        default=None,
    )
    return best.number if best else None


def _patient(resource: Mapping[str, Json]) -> str | None:
    found = reference(resource.get("beneficiary")) or reference(resource.get("subscriber"))
    return found.id if found else None


def _in_force(coverage: Coverage, on: date) -> bool:
    return (coverage.start or date.min) <= on <= (coverage.end or date.max)
