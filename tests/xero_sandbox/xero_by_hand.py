"""A plain client of the Xero sandbox, in one process and on a clock of its own.

Independent of the Xero connector.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from engine.sdk.sandbox import Answer, Asked, Sandbox

Json = Any

SCOPES = (
    "offline_access accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.contacts accounting.settings accounting.manualjournals accounting.attachments accounting.reports.read"
)
REDIRECT = "http://localhost:8765/callback"
VERIFIER = "a-verifier-of-enough-characters-to-be-a-real-one"


class Client:
    """Signs in and calls; `now` moves only when told."""

    def __init__(self, sandbox: Sandbox, scopes: str = SCOPES, tenant: str = "") -> None:
        self.sandbox = sandbox
        self.now = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)
        self.token = self.sign_in(scopes) if scopes else {}
        self.tenant = tenant or next(iter(sandbox.tenants))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def ask(self, method: str, path: str, body: Json = None, headers: Json = None, **query: str) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, default=str).encode()
        own = {"accept": "application/json", "content-type": "application/json"}
        return self.sandbox.handle(Asked(method, path, tuple(query.items()), {**own, **(headers or {})}, raw), self.now)

    def call(self, method: str, path: str, body: Json = None, headers: Json = None, **query: str) -> Answer:
        own = {"authorization": f"Bearer {self.token['access_token']}", "xero-tenant-id": self.tenant}
        return self.ask(method, f"/api.xro/2.0{path}", body, {**own, **(headers or {})}, **query)

    def get(self, path: str, headers: Json = None, **query: str) -> Json:
        answer = self.call("GET", path, None, headers, **query)
        assert answer.status == 200, answer.body
        return read(answer)

    def put(self, path: str, body: Json, headers: Json = None, **query: str) -> Json:
        return read(self.call("PUT", path, body, headers, **query))

    def post(self, path: str, body: Json, headers: Json = None, **query: str) -> Json:
        return read(self.call("POST", path, body, headers, **query))

    def lever(self, method: str, path: str, body: Json = None, **query: str) -> Json:
        answer = self.ask(method, f"/_sandbox/{path}", body, **query)
        assert answer.status in (200, 204), answer.body
        return read(answer)

    def form(self, path: str, headers: Json = None, **fields: str) -> Answer:
        return self.ask("POST", path, urlencode(fields).encode(), headers)

    def code(self, scopes: str = SCOPES, **query: str) -> str:
        challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        wish = {"response_type": "code", "client_id": "daybook-demo", "redirect_uri": REDIRECT, "scope": scopes,
                "state": "s1", "code_challenge": challenge, "code_challenge_method": "S256", **query}  # fmt: skip
        answer = self.ask("GET", "/identity/connect/authorize", **wish)
        assert answer.status == 302, answer.body
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))["code"]

    def exchange(self, code: str, **fields: str) -> Answer:
        wish = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
                "client_id": "daybook-demo", "code_verifier": VERIFIER, **fields}  # fmt: skip
        return self.form("/connect/token", **wish)

    def sign_in(self, scopes: str = SCOPES) -> Json:
        answer = self.exchange(self.code(scopes))
        assert answer.status == 200, answer.body
        return read(answer)

    def contact(self, name: str = "Jane Citizen (HX-P-1)") -> Json:
        return self.put("/Contacts", {"Contacts": [{"Name": name}]})["Contacts"][0]

    def invoice(self, contact: Json, number: str = "HX-1", **fields: Json) -> Json:
        return self.put("/Invoices", {"Invoices": [invoice_body(contact, number, **fields)]})["Invoices"][0]

    def payment(self, invoice: Json, amount: str, account: str = "612", **fields: Json) -> Json:
        body = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Account": {"Code": account}, "Amount": amount,
                "Date": "2026-03-01", **fields}  # fmt: skip
        return self.put("/Payments", {"Payments": [body]})


def read(answer: Answer) -> Json:
    """The body of an answer, numbers exact; None when there is none."""
    return json.loads(answer.body, parse_float=Decimal) if answer.body else None


def line(amount: str = "120.00", account: str = "200", tax: str = "EXEMPTOUTPUT", **fields: Json) -> Json:
    """A line of quantity 1."""
    return {"Description": "Consultation", "Quantity": 1, "UnitAmount": amount, "AccountCode": account,
            "TaxType": tax, **fields}  # fmt: skip


def invoice_body(contact: Json, number: str = "HX-1", **fields: Json) -> Json:
    """An approved sales invoice of one line."""
    return {"Type": "ACCREC", "InvoiceNumber": number, "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-03-01", "DueDate": "2026-03-08", "LineAmountTypes": "Inclusive", "Status": "AUTHORISED",
            "LineItems": [line()], **fields}  # fmt: skip
