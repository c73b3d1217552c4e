"""ChargeItemDefinition, the fee catalogue (fact sheet 5, 6.4, 13.6).

The inside of `propertyGroup` is the sheet's inference.
"""

from __future__ import annotations

from typing import Any

from connectors.halaxy.sandbox.records import Fee
from connectors.halaxy.sandbox.resource import CREATED, Filter, Resource
from connectors.halaxy.sandbox.shapes import DEFINITIONS, Wire

Json = Any

_KINDS = {"0": "Appointment", "1": "Item", "2": "Pro Rata"}
_GROUP_STATUS = {"active": "1", "retired": "2", "unknown": "1"}


def show_fee(wire: Wire, row: Fee) -> Json:
    """Fact sheet 6.4."""
    return wire.resource(
        "ChargeItemDefinition",
        row,
        {
            "title": row.title,
            "code": row.code,
            "status": row.status,
            "publisher": row.publisher,
            "useContext": _contexts(row),
            "propertyGroup": [
                {"applicability": [], "priceComponent": [{"type": "base", "amount": wire.money(row.price)}]}
            ],
        },
    )


def _contexts(row: Fee) -> Json:
    kind = _KINDS[row.kind]
    coding = [{"system": f"{DEFINITIONS}/fee-type-code", "code": row.kind, "display": kind}]
    contexts: list[Json] = [
        {
            "code": {"system": f"{DEFINITIONS}/fee-type", "code": "type", "display": "Fee Type"},
            "valueCodeableConcept": {"coding": coding, "text": kind},
        }
    ]
    if row.category is not None:
        code = {"system": f"{DEFINITIONS}/fee-category", "code": "category", "display": "Fee Category"}
        contexts.append({"code": code, "valueCodeableConcept": {"text": row.category}})
    return contexts


FEE = Resource(
    name="ChargeItemDefinition",
    scope="fees",
    table=lambda state: state.fees,
    shape=show_fee,
    filters=(
        CREATED,
        Filter("title", "string", lambda wire, row: (row.title,)),
        Filter("code", "token", lambda wire, row: (row.code,) if row.code is not None else ()),
        Filter("publisher", "string", lambda wire, row: (row.publisher,) if row.publisher is not None else ()),
        Filter("context-type", "token", lambda wire, row: (row.kind,)),
        Filter("property-group-status", "token", lambda wire, row: (_GROUP_STATUS[row.status],)),
    ),
)
