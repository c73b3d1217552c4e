"""A practice fresh from `daybook init` between both sandboxes, in one process on a virtual clock; no sockets."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.halaxy.sandbox.app import HalaxySandbox
from connectors.xero.connector import CONNECTOR as XERO
from connectors.xero.sandbox.app import XeroSandbox
from engine.compose.new_workspace import Answers, make_workspace
from engine.compose.sandboxes import HALAXY_CLIENT, XERO_CLIENT, XERO_REDIRECT
from engine.compose.setup.step import Answer, Finding, Looked
from engine.compose.setup.steps import step_named
from engine.compose.workspace import Choices, Workspace
from engine.errors import NoAnswer
from engine.library.files import packaged_examples
from engine.sdk.contract import Response, write_json
from engine.sdk.sandbox import Asked, Sandbox
from engine.sdk.testing import CountingIds, VirtualClock

Json = Any
HALAXY, XERO_AT = "http://localhost:1", "http://localhost:2"
MONTH = date(2026, 9, 1)
START = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)


class SandboxWire:
    """Carries requests to the sandboxes' functions."""

    def __init__(self, clock: VirtualClock, sandboxes: Mapping[str, Sandbox]) -> None:
        self._clock, self.sandboxes = clock, dict(sandboxes)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        parts = urlsplit(url)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        lowered = {name.lower(): value for name, value in headers.items()}
        asked = Asked(method, unquote(parts.path), query, lowered, body)
        answer = self.sandboxes[f"{parts.scheme}://{parts.netloc}"].handle(asked, self._clock.now())
        self._clock.pass_time(0.05)
        if answer.drop:
            raise NoAnswer("No complete answer came.")
        return Response(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.body)


class World:
    """The practice; `maps` brings the example's maps along, else they are as `init` leaves them."""

    def __init__(self, folder: Path, invoices: int = 12, *, maps: bool = False, start: date = MONTH) -> None:
        self.folder = folder / "practice"
        self.clock, self.ids = VirtualClock(START), CountingIds()
        self.halaxy, self.xero = HalaxySandbox(), XeroSandbox(client_id=XERO_CLIENT)
        self.wire = SandboxWire(self.clock, {HALAXY: self.halaxy, XERO_AT: self.xero})
        make_workspace(
            self.folder, Answers("Harbour", "Australia/Sydney", "NSW", "Robin Vale", "manager@harbour.example", start)
        )
        if maps:
            shutil.copytree(packaged_examples() / "harbour" / "maps", self.folder / "maps", dirs_exist_ok=True)
        month = {"first": MONTH.isoformat(), "invoices": invoices, "seed": 3}
        self.steer("halaxy", "seed", {"month": month})
        self.workspace = self.start()

    def start(self) -> Workspace:
        """A fresh process on the same files."""
        xero = {"address": XERO_AT, "identity": XERO_AT, "login": XERO_AT, "client_id": XERO_CLIENT}
        overrides = {
            "halaxy": {"address": f"{HALAXY}/main", "client_id": HALAXY_CLIENT[0]},
            "xero": {**xero, "mode": "pkce", "redirect": XERO_REDIRECT},
            "email": {"host": "localhost", "tls": "none", "from": "books@harbour.example"},
        }
        self.workspace = Workspace(self.folder, {}, Choices(overrides, clock=self.clock, ids=self.ids, wire=self.wire))
        return self.workspace

    def restart(self) -> None:
        """The process ends, and another begins with the files as they are."""
        self.workspace.__exit__(None, None, None)
        self.start()

    def steer(self, sandbox: str, what: str, body: Json) -> Json:
        """POST to a sandbox's own address."""
        target = self.halaxy if sandbox == "halaxy" else self.xero
        path, _, query = what.partition("?")
        asked = Asked("POST", f"/_sandbox/{path}", tuple(parse_qsl(query)), {}, write_json(body))
        answer = target.handle(asked, self.clock.now())
        assert answer.status < 300, answer.body
        return Asked("GET", "/", (), {}, answer.body).json()

    def connect(self) -> None:
        """Both sides connected, as `daybook connect` does it."""
        self.workspace.needs("halaxy").vault.put({"client_secret": HALAXY_CLIENT[1]})
        self.consent()
        self.workspace.connected("halaxy")
        self.workspace.connected("xero")

    def consent(self) -> None:
        """A person allows the access to Xero."""
        assert XERO.sign_in is not None
        flow = XERO.sign_in(self.workspace.needs("xero"))
        address = flow.start("a-state", "v" * 50)
        flow.finish(self.wire.send("GET", address, {}, b"", 5.0).headers["location"], "a-state", "v" * 50)

    def look(self, step: str) -> Looked:
        """Look at a step of the guide."""
        return step_named(step).look(self.workspace)

    def say(self, step: str, word: str = "yes", **more: Any) -> tuple[Finding, ...]:
        """Answer a step, and begin again with the files as they are then."""
        answer = step_named(step).answer
        assert answer is not None
        done = answer(self.workspace, Answer(word, by="a test", **more))
        self.restart()
        return done

    def set_up(self) -> None:
        """Everything up to going live."""
        self.connect()
        self.work()
        self.say("organisation")
        self.say("native-link", "off")
        self.say("accounts", create=True)

    def work(self, hours: float = 12) -> None:
        """Work until all is quiet, time passing from one thing to the next."""
        end = self.clock.now().timestamp() + hours * 3600
        while self.clock.now().timestamp() < end:
            loop = self.workspace.loop
            if loop.step(self.clock.now()):
                continue
            if loop.pending(self.clock.now()).quiet:
                return
            at = loop.next_at(self.clock.now())
            self.clock.pass_time(max((at - self.clock.now()).total_seconds(), 0.01) if at else 1.0)

    def sync(self) -> None:
        """Have everything read again, and work."""
        for connection in ("halaxy", "xero"):
            self.workspace.loop.polls.soon(connection, self.clock.now())
        self.work()

    def invoices(self) -> list[Json]:
        """The sales invoices in Xero that are not gone."""
        books = next(iter(self.xero.tenants.values()))
        return [one for one in books.of_kind("Invoice").values() if one.status not in ("VOIDED", "DELETED")]

    def compared(self) -> dict[str, Json]:
        """The balance of every account in Xero's own ledger."""
        books = next(iter(self.xero.tenants.values()))
        return {account: amount for account, amount in books.ledger.balances().items() if amount}
