"""The connector in front of the Xero sandbox: a real sign-in, a real door, no socket.

For tests only. Postings run on the desk of `small_xero`; here their calls go over the door.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlsplit

from desk import Desk

from connectors.xero import triggers
from connectors.xero.client import open_door, sign_in
from connectors.xero.connector import CONNECTOR
from connectors.xero.sandbox.app import XeroSandbox
from engine.sdk.contract import DoorNeeds, Element, Link, PollTime, Response
from engine.sdk.sandbox import Asked

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
SETTINGS = {"client_id": "daybook-demo", "address": "http://localhost:1", "identity": "http://localhost:1"}
SETTINGS |= {"login": "http://localhost:1", "redirect": "http://localhost:8377/callback"}


class Keys:
    """A vault in memory."""

    def __init__(self):
        self.values = {}

    def get(self, name):
        return self.values.get(name)

    def put(self, values):
        self.values |= values

    def lease(self, name, seconds):
        return True

    def release(self, name):
        """Nothing to give back."""


class SandboxXero:
    """Answers the connector's requests through its own door."""

    def __init__(self, **organisation):
        self.sandbox = XeroSandbox(minute_limit=10_000)
        self.count = 0
        self.reads = 0
        self.writes = []
        if organisation:
            self.lever("POST", "/_sandbox/seed", {"organisation": organisation})
        needs = DoorNeeds(SETTINGS, Keys(), self, lambda: NOW)
        consent = sign_in(needs)
        address = urlsplit(consent.start("state", "v" * 64))
        asked = Asked("GET", address.path, tuple(parse_qsl(address.query)), {"accept": "text/html"})
        consent.finish(self.sandbox.handle(asked, NOW).headers["location"], "state", "v" * 64)
        self.door = open_door(needs)

    def send(self, method, url, headers, body, timeout_seconds):
        """As a wire."""
        address = urlsplit(url)
        named = {name.lower(): value for name, value in headers.items()}
        pairs = tuple(parse_qsl(address.query, keep_blank_values=True))
        asked = Asked(method, unquote(address.path), pairs, named, body)
        answer = self.sandbox.handle(asked, NOW)
        return Response(answer.status, answer.headers, answer.body)

    def handle(self, request):
        """As the runtime sends a call."""
        self.count += 1
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
        self.door.prepare()
        return self.door.send(request, lambda: True, 30)

    def lever(self, method, path, body=None, query=()):
        asked = Asked(method, path, query, {}, json.dumps(body).encode() if body is not None else b"")
        answer = self.sandbox.handle(asked, NOW)
        assert answer.status == 200, answer.body
        return json.loads(answer.body, parse_float=Decimal)

    def balances(self):
        """Account balances, debit positive, those at zero left out."""
        shown = self.lever("GET", "/_sandbox/ledger", query=(("balances", "1"),))
        return {code: value for code, value in shown.items() if value != 0}


class Office(Desk):
    """A desk whose Xero is the sandbox and whose facts come from the poll."""

    def __init__(self, inputs, **organisation):
        super().__init__(xero=SandboxXero(**organisation), inputs=inputs)
        self.facts = {"organisation": {}, "account": {}, "tax rate": {}, "tracking": {}}
        for record in self.poll(triggers.facts).records:
            self.facts[record.kind][record.id] = record.data

    def poll(self, run, cursor=None):
        """One poll, with this desk as its shelf."""
        return self.drive(run(cursor, self, PollTime(NOW, "Australia/Sydney", {})))

    def drive(self, flow):
        """Feeds a flow with the sandbox's answers."""
        try:
            request = next(flow)
            while True:
                request = flow.send(self.xero.handle(request))
        except StopIteration as end:
            return end.value

    def get(self, kind, id):
        return None

    def links_of(self, kind):
        return tuple(link for link in self.links.values() if link.kind == kind)

    def contact(self, key, number, name="", status="ACTIVE"):
        call = CONNECTOR.calls["create_contact"]
        elements = [Element(number, {"number": number, "name": name or number})]
        done = call.outcomes(elements, self.xero.handle(call.request(elements)))[0]
        self.links[key, "contact"] = Link(key, "contact", "contact", done.link.id, number, 1, done.link.seen)
        self.xero.writes.clear()
        return done.link.id
