"""Pieces that the wire shapes of all resources are made of: references, money, codes, times, meta.

Which fields a resource has stands in that resource's own file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.halaxy.sandbox.records import Record
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import shown

Json = Any

FHIR = "application/fhir+json"
LIVE_HOST = "https://au-api.halaxy.com"
DEFINITIONS = "https://terminology.halaxy.com/StructureDefinition"


@dataclass(frozen=True, slots=True)
class Wire:
    """What a shape needs to know: the address of this server, the switches and the practice."""

    base: str
    switches: Switches
    state: State

    def reference(self, kind: str, identity: str | None) -> Json:
        """A reference object, or None when there is nothing to refer to (fact sheet 4.5)."""
        if identity is None:
            return None
        stem = self.base if self.switches.reference_style == "full" else "/main"
        return {"reference": f"{stem}/{kind}/{identity}", "type": kind}

    def money(self, value: Decimal) -> Json:
        """A Money object in Australian dollars (fact sheet 4.6)."""
        return {"value": self.number(value), "currency": "AUD"}

    def number(self, value: Decimal) -> Json:
        """A number, or its text under `number_as_text`."""
        return str(value) if self.switches.number_as_text else value

    def coded(self, text: str) -> Json:
        """A coded value of a payment (fact sheet 4.6, 6.3)."""
        if self.switches.coded_as == "string":
            return text
        return [{"text": text}] if self.switches.coded_as == "array" else {"text": text}

    def single(self, value: Json) -> Json:
        """A value that the documentation calls an array and live answers show as one object."""
        return [value] if self.switches.docs_array_shapes and value is not None else value

    def time(self, moment: datetime) -> str:
        """A date-time with its offset."""
        return shown(moment, self.switches.time_style)

    def resource(self, kind: str, row: Record, fields: Json) -> Json:
        """A whole resource: type, id, meta where shown, then its fields without the absent ones."""
        shape: dict[str, Json] = {"resourceType": kind, "id": row.id}
        if self.switches.meta_present:
            shape["meta"] = {"lastUpdated": self.time(row.changed_at)}
        shape.update((name, value) for name, value in fields.items() if value is not None)
        return shape


def base_of(host: str) -> str:
    """The address that references start with: where this server was asked, or Halaxy's own."""
    return f"http://{host}/main" if host else f"{LIVE_HOST}/main"


def extension(name: str, **value: Json) -> Json:
    """An extension of Halaxy's own."""
    return {"url": f"{DEFINITIONS}/{name}", **value}


def outcome(code: str, text: str) -> Json:
    """An OperationOutcome with one error (fact sheet 3.6, 13.2)."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": text}]}
