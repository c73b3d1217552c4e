"""The whole engine in one process on a virtual clock: real core, runtime, store, connectors; sandboxes by function.

A seeded wire loses requests and answers; the process can die between any two steps and be made anew.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.books.comparison import Comparison
from connectors.halaxy.sandbox.app import HalaxySandbox
from connectors.xero.connector import CONNECTOR as XERO
from connectors.xero.sandbox.app import XeroSandbox
from engine.compose.agreement import compare_now
from engine.compose.sandboxes import HALAXY_CLIENT, XERO_CLIENT, XERO_REDIRECT
from engine.compose.workspace import Choices, Workspace
from engine.core.values import loads
from engine.errors import NoAnswer, NotSent
from engine.library.files import packaged_examples
from engine.sdk.contract import Response, write_json
from engine.sdk.sandbox import Asked, Sandbox
from engine.sdk.testing import CountingIds, VirtualClock
from engine.store.secrets import make_key

Json = Any
HALAXY, XERO_AT = "http://localhost:1", "http://localhost:2"
START = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)
MONTH = date(2026, 9, 1)
NOTICES = {"connection": "notifications", "kind": "notice"}


class SimWire:
    """Carries requests to the sandboxes' functions; what the dice say, it loses."""

    def __init__(self, clock: VirtualClock, sandboxes: Mapping[str, Sandbox]) -> None:
        self._clock, self._sandboxes = clock, sandboxes
        self.dice: random.Random | None = None
        self.share = 0.0

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        fault = self._fault(url)
        if fault == "not sent":
            raise NotSent("The service could not be reached.")
        if fault == "lost before":
            self._clock.pass_time(timeout_seconds)
            raise NoAnswer("No complete answer came.")
        if fault == "429":
            return Response(429, {"retry-after": "7", "x-rate-limit-problem": "minute"})
        answer = self._carry(method, url, headers, body)
        if fault == "duplicate" and (method == "GET" or "idempotency-key" in headers):
            answer = self._carry(method, url, headers, body)
        if fault == "lost after":
            self._clock.pass_time(timeout_seconds)
            raise NoAnswer("No complete answer came.")
        if fault == "500 after":
            return Response(500, {}, b"<html>broken</html>")
        self._clock.pass_time(0.05)
        return answer

    def _fault(self, url: str) -> str:
        if self.dice is None or "/_sandbox/" in url or self.dice.random() >= self.share:
            return ""
        return self.dice.choice(["not sent", "lost before", "lost after", "500 after", "429", "duplicate"])

    def _carry(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        parts = urlsplit(url)
        asked = Asked(
            method,
            unquote(parts.path),
            tuple(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in headers.items()},
            body,
        )
        answer = self._sandboxes[f"{parts.scheme}://{parts.netloc}"].handle(asked, self._clock.now())
        if answer.drop:
            raise NoAnswer("No complete answer came.")
        return Response(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.body)


class Sim:
    """A practice with a month in Halaxy, an empty Xero, and an engine between them."""

    def __init__(
        self, folder: Path, invoices: int, seed: int, *, activated: bool = True, without: set[str] | None = None
    ) -> None:
        self.folder = folder / "workspace"
        self.clock = VirtualClock(START)
        self.ids = CountingIds()
        self.halaxy, self.xero = HalaxySandbox(), XeroSandbox(client_id=XERO_CLIENT)
        self.wire = SimWire(self.clock, {HALAXY: self.halaxy, XERO_AT: self.xero})
        self._make_workspace(without or set())
        month = {"first": MONTH.isoformat(), "invoices": invoices, "seed": seed}
        self.steer("halaxy", "seed", {"month": month})
        self.workspace = self.start()
        self._connect(activated)

    def start(self) -> Workspace:
        """A fresh process on the same files."""
        overrides = {
            "halaxy": {"address": f"{HALAXY}/main", "client_id": HALAXY_CLIENT[0]},
            "xero": {
                "address": XERO_AT,
                "identity": XERO_AT,
                "login": XERO_AT,
                "client_id": XERO_CLIENT,
                "mode": "pkce",
                "redirect": XERO_REDIRECT,
            },
        }
        choices = Choices(overrides, clock=self.clock, ids=self.ids, wire=self.wire)
        self.workspace = Workspace(self.folder, {}, choices)
        return self.workspace

    def die(self) -> None:
        """The process ends here, whatever it was doing, and another begins."""
        self.workspace.__exit__(None, None, None)
        self.start()

    def steer(self, sandbox: str, what: str, body: Json) -> Json:
        """POST to a sandbox's own address."""
        target = self.halaxy if sandbox == "halaxy" else self.xero
        answer = target.handle(Asked("POST", f"/_sandbox/{what}", (), {}, write_json(body)), self.clock.now())
        assert answer.status < 300, answer.body
        return Asked("GET", "/", (), {}, answer.body).json()

    def ask(self, sandbox: str, what: str) -> Json:
        """GET from a sandbox's own address."""
        target = self.halaxy if sandbox == "halaxy" else self.xero
        path, _, query = what.partition("?")
        asked = Asked("GET", f"/_sandbox/{path}", tuple(parse_qsl(query)))
        return Asked("GET", "/", (), {}, target.handle(asked, self.clock.now()).body).json()

    def sync(self) -> None:
        """Have everything read again soon."""
        for connection in ("halaxy", "xero"):
            self.workspace.loop.polls.soon(connection, self.clock.now())

    def run(self, hours: float = 12, deaths: random.Random | None = None) -> None:
        """Work until all is quiet; with `deaths`, the process dies now and then."""
        end = self.clock.now().timestamp() + hours * 3600
        while self.clock.now().timestamp() < end:
            loop = self.workspace.loop
            if deaths is not None and deaths.random() < 0.02:
                self.die()
                continue
            if loop.step(self.clock.now()):
                continue
            if loop.pending(self.clock.now()).quiet and not self._polls_fail():
                return
            at = loop.next_at(self.clock.now())
            self.clock.pass_time(max((at - self.clock.now()).total_seconds(), 0.01) if at else 1.0)

    def compare(self) -> Comparison:
        """Both sides, read fresh, without faults."""
        self.wire.dice = None
        found = compare_now(self.workspace, MONTH, self.clock.now().date(), 0.0).comparison
        assert found is not None
        return found

    def _polls_fail(self) -> bool:
        return any(row["failures"] for row in self.workspace.store.rows("cursors"))

    def _connect(self, activated: bool) -> None:
        self.workspace.needs("halaxy").vault.put({"client_secret": HALAXY_CLIENT[1]})
        assert XERO.sign_in is not None
        flow = XERO.sign_in(self.workspace.needs("xero"))
        address = flow.start("a-state", "v" * 50)
        flow.finish(self.wire.send("GET", address, {}, b"", 5.0).headers["location"], "a-state", "v" * 50)
        self.workspace.connected("halaxy")
        self.workspace.connected("xero")
        if activated:
            self.workspace.activate("xero")

    def notices(self) -> list[Json]:
        """What stands in the inbox."""
        return [loads(row["body"]) for row in self.workspace.store.rows("records", **NOTICES)]

    def map_again(self) -> None:
        """Put the missing rows of the revenue map back."""
        shutil.copytree(packaged_examples() / "harbour" / "maps", self.folder / "maps", dirs_exist_ok=True)

    def _make_workspace(self, without: set[str]) -> None:
        shutil.copytree(packaged_examples() / "harbour", self.folder)
        file = self.folder / "daybook.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("      - mail\n", ""), encoding="utf-8")
        file = self.folder / "maps" / "revenue_accounts.yaml"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.split(":")[0].strip() not in without]
        file.write_text("".join(kept), encoding="utf-8")
        make_key(self.folder / "data" / "key")
