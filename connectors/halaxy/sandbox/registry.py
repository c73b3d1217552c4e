"""All resources of the sandbox by name, and what `/metadata` and `/SearchParameter` say of them.

Halaxy's other types are not imitated and answer 404.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from connectors.halaxy.sandbox.bookings import APPOINTMENT, COVERAGE, SERVICE
from connectors.halaxy.sandbox.fees import FEE
from connectors.halaxy.sandbox.finance import INVOICE, INVOICE_LINE, PAYMENT
from connectors.halaxy.sandbox.people import ORGANIZATION, PATIENT, PRACTITIONER, PRACTITIONER_ROLE
from connectors.halaxy.sandbox.resource import Resource
from connectors.halaxy.sandbox.shapes import Wire

Json = Any

RESOURCES: Mapping[str, Resource] = MappingProxyType(
    {
        one.name: one
        for one in (
            INVOICE,
            INVOICE_LINE,
            PAYMENT,
            FEE,
            PATIENT,
            ORGANIZATION,
            PRACTITIONER,
            PRACTITIONER_ROLE,
            COVERAGE,
            APPOINTMENT,
            SERVICE,
        )
    }
)


def capability_statement(wire: Wire) -> Json:
    """The CapabilityStatement of `/main/metadata` (fact sheet 4.1)."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.3.0",
        "format": ["json"],
        "implementation": {"description": "Local stand-in for Halaxy", "url": wire.base},
        "rest": [{"mode": "server", "resource": [_described(wire, one) for one in RESOURCES.values()]}],
    }


def search_parameters(wire: Wire) -> Json:
    """The bundle of `/main/SearchParameter`: one entry for each resource and parameter."""
    entries = [
        {
            "resource": {
                "resourceType": "SearchParameter",
                "id": f"{one.name}-{name.lstrip('_')}",
                "name": name,
                "code": name,
                "status": "active",
                "base": [one.name],
                "type": kind,
            }
        }
        for one in RESOURCES.values()
        for name, kind in _parameters(wire, one)
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _described(wire: Wire, one: Resource) -> Json:
    return {
        "type": one.name,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchInclude": [f"{one.name}:{name}" for name in one.includes],
        "searchParam": [{"name": name, "type": kind} for name, kind in _parameters(wire, one)],
    }


def _parameters(wire: Wire, one: Resource) -> list[tuple[str, str]]:
    camel = wire.switches.total_filter_names == "camel"
    own = [(f.camel_name if camel and f.camel_name else f.name, f.kind) for f in one.filters]
    return [("_id", "token"), ("_lastUpdated", "date"), *own]
