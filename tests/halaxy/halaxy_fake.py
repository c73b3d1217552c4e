"""A small Halaxy of plain dicts for driving the polls' generators, and a shelf that keeps what they find.

Independent of the sandbox: it imitates only lists, ids and pages, so a fault of the sandbox cannot hide
one of the connector.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.halaxy.connector import CONNECTOR
from engine.core.values import dumps, loads
from engine.sdk.contract import Found, Link, PollTime, Record, Request, Response, write_json

Json = Any
BASE = "https://au-api.halaxy.com/main"
T0 = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


@dataclass
class FakeHalaxy:
    """Resources by type and id; `on_page` may change them between pages, `status` breaks every answer."""

    now: datetime = T0
    rows: dict[str, dict[str, Json]] = field(default_factory=dict)
    updated: dict[tuple[str, str], datetime] = field(default_factory=dict)
    made: dict[tuple[str, str], datetime] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    on_page: Callable[[FakeHalaxy, Request], None] | None = None
    status: int = 200
    closed: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()

    def put(self, resource: Json) -> Json:
        """Keep a resource as changed now."""
        kind, id = resource["resourceType"], resource["id"]
        self.rows.setdefault(kind, {})[id] = resource
        self.updated[kind, id] = self.now
        self.made.setdefault((kind, id), self.now)
        return resource

    def drop(self, kind: str, id: str) -> None:
        """Delete without a trace."""
        del self.rows[kind][id]

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append(request)
        if self.on_page is not None:
            self.on_page(self, request)
        kind, _, id = request.path.strip("/").partition("/")
        if self.status != 200 or kind in self.closed:
            return Response(self.status if self.status != 200 else 403, {}, b'{"resourceType": "OperationOutcome"}')
        if id:
            row = self.rows.get(kind, {}).get(id)
            return _json(row) if row else Response(404, {}, b'{"resourceType": "OperationOutcome"}')
        return self._list(kind, request)

    def _list(self, kind: str, request: Request) -> Response:
        query = [(name, value) for name, value in request.query if name not in self.ignored]
        found = [row for row in self.rows.get(kind, {}).values() if all(self._fits(kind, row, *pair) for pair in query)]
        given = dict(request.query)
        page, size = int(given["page"]), int(given["_count"])
        part = found[(page - 1) * size : page * size]
        last = max(1, -(-len(found) // size))
        links = [{"relation": "last", "url": f"{BASE}/{kind}?_count={size}&page={last}"}]
        entries = [{"resource": row} for row in part]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links, "entry": entries}
        return _json(bundle)

    def _fits(self, kind: str, row: Json, name: str, value: str) -> bool:
        match name:
            case "_id":
                return row["id"] in value.split(",")
            case "_lastUpdated" | "created":
                moment = (self.updated if name == "_lastUpdated" else self.made)[kind, row["id"]]
                return moment >= datetime.fromisoformat(value.removeprefix("ge"))
            case "invoice":
                return str(row["invoice"]["reference"]).endswith("/" + value)
            case "total-balance":
                return Decimal(str(row["totalBalance"]["value"])) > 0
        return True


@dataclass
class MemoryShelf:
    """Snapshots after a true round trip through the store's text form."""

    kept: dict[tuple[str, str], Record] = field(default_factory=dict)
    cursors: dict[str, Json] = field(default_factory=dict)

    def get(self, kind: str, id: str) -> Record | None:
        return self.kept.get((kind, id))

    def all(self, kind: str) -> tuple[Record, ...]:
        return tuple(record for (of, _), record in self.kept.items() if of == kind)

    def children(self, kind: str, parent: str) -> tuple[Record, ...]:
        return tuple(record for record in self.all(kind) if record.parent == parent)

    def links_of(self, kind: str) -> tuple[Link, ...]:
        return ()

    def save(self, name: str, found: Found) -> None:
        """Store what a poll found; versions must follow one another."""
        for record in found.records:
            before = self.kept.get((record.kind, record.id))
            assert record.version == (before.version + 1 if before else 1)
            self.kept[record.kind, record.id] = replace(record, data=loads(dumps(record.data)))
        self.cursors[name] = loads(dumps(found.cursor))


@dataclass
class Practice:
    """The fake and the shelf together, with a clock: `poll` runs one poll as the runtime would."""

    halaxy: FakeHalaxy = field(default_factory=FakeHalaxy)
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    settings: dict[str, Json] = field(default_factory=lambda: {"start_date": "2026-03-01"})

    def time(self) -> PollTime:
        return PollTime(self.halaxy.now, "Australia/Sydney", self.settings)

    def later(self, minutes: int) -> None:
        self.halaxy.now += timedelta(minutes=minutes)

    def poll(self, name: str = "sales") -> Found:
        run = next(poll.run for poll in CONNECTOR.polls if poll.name == name)
        self.halaxy.asked.clear()
        found = drive(run(self.shelf.cursors.get(name), self.shelf, self.time()), self.halaxy)
        self.shelf.save(name, found)
        return found

    def asked(self, kind: str) -> list[Request]:
        return [request for request in self.halaxy.asked if request.path.split("/")[1] == kind]


def drive(flow: Generator[Request, Response, Json], halaxy: FakeHalaxy) -> Json:
    """Answer a generator's requests until it returns."""
    try:
        request = next(flow)
        while True:
            request = flow.send(halaxy.answer(request))
    except StopIteration as end:
        return end.value


def ref(kind: str, id: str) -> Json:
    return {"reference": f"{BASE}/{kind}/{id}", "type": kind}


def money(value: Json) -> Json:
    return {"value": Decimal(str(value)), "currency": "AUD"}


def an_invoice(id: str = "1001", gross: Json = "120.00", paid: Json = "0.00", **other: Json) -> Json:
    """A patient's invoice without tax; the balance follows."""
    total, settled = Decimal(str(gross)), Decimal(str(paid))
    sums = {
        "totalNet": total,
        "totalTax": 0,
        "totalGross": total,
        "totalPaid": settled,
        "totalBalance": total - settled,
    }
    row = {
        "resourceType": "Invoice", "id": id, "type": "invoice", "status": "active", "date": "2026-03-02",
        "recipient": ref("Patient", "501"), "payorType": "patient", "title": "Sample Patient",
        "practitioner": ref("PractitionerRole", "PR-2"),
    }  # fmt: skip
    return {**row, **{name: money(value) for name, value in sums.items()}, **other}


def a_line(id: str = "1", invoice: str = "1001", base: Json = "120.00", **other: Json) -> Json:
    row = {
        "resourceType": "InvoiceLine", "id": id, "description": "Example consultation", "status": None, "code": "80110",
        "subject": ref("Patient", "501"), "performer": ref("Practitioner", "PR-1"), "invoice": ref("Invoice", invoice),
        "quantity": 1, "unitPriceComponent": [{"type": "base", "amount": {"value": Decimal(str(base))}}],
    }  # fmt: skip
    return {**row, **other}


def a_payment(id: str = "9001", amount: Json = "120.00", invoice: str | None = "1001", **other: Json) -> Json:
    row = {
        "resourceType": "PaymentTransaction", "id": id, "created": "2026-03-02T11:00:00+11:00",
        "method": {"text": "Cash"}, "type": {"text": "Payment"},
        "priceComponent": [{"type": "base", "amount": money(amount)}], "subject": ref("Patient", "501"),
    }  # fmt: skip
    named = {"invoice": ref("Invoice", invoice)} if invoice else {}
    return {**row, **named, **other}


def a_fee(id: str = "66", code: str = "80110", category: str = "Treatment", **other: Json) -> Json:
    context = [{"code": {"code": "category"}, "valueCodeableConcept": {"text": category}}]
    row = {"resourceType": "ChargeItemDefinition", "id": id, "title": "Example consultation", "code": code}
    return {**row, "status": "active", "useContext": context, **other}


def a_patient(id: str = "501", family: str = "One", **other: Json) -> Json:
    name = [{"use": "usual", "given": ["Sam"]}, {"use": "official", "given": ["Sample"], "family": family}]
    mail = [{"system": "email", "value": "sample.one@patient.example"}, {"system": "sms", "value": "+61400000001"}]
    private = {"birthDate": "1980-01-01", "gender": "other"}
    return {"resourceType": "Patient", "id": id, "active": True, "name": name, "telecom": mail, **private, **other}


def a_role() -> Json:
    person, clinic = ref("Practitioner", "PR-1"), ref("Organization", "CL-1")
    return {
        "resourceType": "PractitionerRole",
        "id": "PR-2",
        "active": True,
        "practitioner": person,
        "organization": clinic,
    }


def _json(value: Json) -> Response:
    return Response(200, {}, write_json(value))
