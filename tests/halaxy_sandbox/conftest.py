"""A caller that talks to the Halaxy sandbox as a signed-in client would, and a small practice to talk about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.halaxy.sandbox.app import HalaxySandbox
from connectors.halaxy.sandbox.oauth import DEMO_KEY
from engine.sdk.sandbox import Answer, Asked

Json = Any

MORNING = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # 11:00 in Sydney

PRACTICE: Json = {
    "organizations": [
        {"id": "PG-900001", "name": "Example Practice Group"},
        {"id": "CL-40001", "name": "Example Clinic North", "part_of": "PG-900001"},
        {"id": "CL-40002", "name": "Example Clinic South", "part_of": "PG-900001"},
        {"id": "FD-100200", "name": "Example Funder"},
        {"id": "OG-3000001", "name": "Example Insurer Pty Ltd", "email": "accounts@insurer.example"},
    ],
    "practitioners": [{"id": "PR-1000011", "given": "Example", "family": "Clinician", "profession": "Example"}],
    "roles": [
        {"id": "PR-2000011", "practitioner": "PR-1000011", "clinic": "CL-40001"},
        {"id": "PR-2000012", "practitioner": "PR-1000011", "clinic": "CL-40002"},
    ],
    "patients": [
        {"id": "70000001", "given": "Sample", "family": "One", "email": "sample.one@patient.example"},
        {"id": "70000002", "given": "Sample", "family": "Two"},
    ],
    "fees": [
        {"id": "6600401", "title": "Example consultation", "code": "80110", "category": "Treatment", "price": 170}
    ],
    "invoices": [
        {
            "id": "410000101",
            "payer": "Patient/70000001",
            "date": "2026-03-02",
            "role": "PR-2000011",
            "note": "<p>Example note</p>",
            "lines": [
                {"id": "880000200", "description": "Example consultation", "code": "80110", "gross": 170},
                {
                    "id": "880000201",
                    "description": "Example item with GST",
                    "code": "ITEM-7",
                    "gross": 33,
                    "taxable": True,
                    "funder": "FD-100200",
                },
            ],
        },
        {
            "id": "410000102",
            "payer": "Organization/OG-3000001",
            "subject": "70000002",
            "date": "2026-03-03",
            "role": "PR-2000012",
            "lines": [{"id": "880000202", "description": "Example session", "gross": 180}],
        },
        {
            "id": "410000103",
            "payer": "Patient/70000002",
            "date": "2026-03-03",
            "type": "quote",
            "lines": [{"id": "880000203", "description": "Example plan", "gross": 950}],
        },
    ],
}


class Caller:
    """Calls `handle` with the headers of a well-behaved client, at a time that the test moves."""

    def __init__(self, sandbox: HalaxySandbox | None = None) -> None:
        self.sandbox = sandbox or HalaxySandbox()
        self.now = MORNING
        self.token = ""

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Json = None, **headers: str
    ) -> Answer:
        """One raw request; query values may be lists."""
        pairs = tuple((k, str(one)) for k, v in (query or {}).items() for one in (v if isinstance(v, list) else [v]))
        sent = {"user-agent": "Example (dev@vendor.example)", **headers}
        if self.token and "authorization" not in sent:
            sent["authorization"] = f"Bearer {self.token}"
        raw = b"" if body is None else json.dumps(body).encode()
        return self.sandbox.handle(Asked(method, path, pairs, sent, raw), self.now)

    def sign_in(self, client_id: str = DEMO_KEY.client_id, client_secret: str = DEMO_KEY.client_secret) -> None:
        """Get a token and use it from now on."""
        body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        answer = self.ask("POST", "/main/oauth/token", body=body)
        assert answer.status == 200
        self.token = json.loads(answer.body)["access_token"]

    def get(self, path: str, expect: int = 200, **query: Any) -> Json:
        """GET under `/main` and read the JSON with exact numbers; `_` in names is written `-` for filters."""
        answer = self.ask("GET", f"/main/{path}", {_wire(name): value for name, value in query.items()})
        assert answer.status == expect, answer.body
        return json.loads(answer.body, parse_float=Decimal)

    def ids(self, path: str, **query: Any) -> list[str]:
        """The ids of the first page."""
        return [entry["resource"]["id"] for entry in self.get(path, **query)["entry"]]

    def pages(self, path: str, **query: Any) -> list[str]:
        """The ids of all pages."""
        found: list[str] = []
        page, more = 1, True
        while more:
            bundle = self.get(path, page=page, **query)
            found += [entry["resource"]["id"] for entry in bundle["entry"]]
            more = any(link["relation"] == "next" for link in bundle["link"])
            page += 1
        return found

    def admin(self, name: str, body: Json = None, method: str = "POST", expect: int = 200) -> Json:
        """One call of the sandbox's own door."""
        answer = self.ask(method, f"/_sandbox/{name}", body=body)
        assert answer.status == expect, answer.body
        return json.loads(answer.body, parse_float=Decimal)

    def staff(self, do: str, expect: int = 200, **fields: Any) -> Json:
        """One staff action; what was done."""
        answer = self.admin("staff", {"do": do, **fields}, expect=expect)
        return answer["done"][0] if expect == 200 else answer

    def money(self, invoice: str = "410000101") -> tuple[str, ...]:
        """Net, tax, gross, paid and balance of an invoice as text."""
        shape = self.get(f"Invoice/{invoice}")
        names = ("totalNet", "totalTax", "totalGross", "totalPaid", "totalBalance")
        return tuple(f"{Decimal(shape[name]['value']):.2f}" for name in names)

    def wait(self, **by: int) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


def _wire(name: str) -> str:
    return name if name.startswith("_") else name.replace("_", "-")


@pytest.fixture
def practice() -> Caller:
    """A signed-in caller at the small practice."""
    caller = Caller()
    caller.admin("seed", {"practice": PRACTICE})
    caller.sign_in()
    return caller


@pytest.fixture
def empty() -> Caller:
    """A caller that has not signed in, at an empty practice."""
    return Caller()


@pytest.fixture
def october() -> Caller:
    """A signed-in caller at the demo month of 120 invoices, on its last day."""
    caller = Caller()
    caller.now = datetime(2026, 10, 31, 3, 0, tzinfo=UTC)
    caller.admin("seed", {"month": {"first": "2026-10-01", "invoices": 120, "seed": 3}})
    caller.sign_in()
    return caller
