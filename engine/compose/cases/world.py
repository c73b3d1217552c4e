"""The world of one case: real rules, store and connectors between both sandboxes, in one process on a virtual clock.

No sockets and no threads. What is compared afterwards stands in `judge`; this file only makes things happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.halaxy.sandbox.app import HalaxySandbox
from connectors.xero.connector import CONNECTOR as XERO
from connectors.xero.sandbox.app import XeroSandbox
from connectors.xero.sandbox.state import Books
from engine.compose.cases.files import ledgers, make_files, set_config
from engine.compose.cases.form import Case, Given
from engine.compose.cases.imports import import_reports
from engine.compose.cases.practice import halaxy_seed, xero_contacts
from engine.compose.cases.staff import Staff
from engine.compose.cases.words import CannotPlay, deliver, told
from engine.compose.cases.writes import Tap
from engine.compose.cases.xero_people import arrangement, typed, xero_deed
from engine.compose.sandboxes import HALAXY_CLIENT, XERO_CLIENT, XERO_REDIRECT
from engine.compose.workspace import Choices, Workspace
from engine.core.times import local_day
from engine.errors import Bug, NoAnswer
from engine.runtime.resolve_hold import choices_of
from engine.sdk.contract import Response, write_json
from engine.sdk.sandbox import Asked, Sandbox
from engine.sdk.testing import CountingIds, VirtualClock

Json = Any
_HALAXY, _XERO = "http://localhost:1", "http://localhost:2"
_SETTLING = timedelta(minutes=95)  # the settling time of R20, a poll before it and a poll after it
_LONGEST_SLEEP = timedelta(days=20)  # Xero's sign-in ends when it is not renewed for longer
_MOST_STEPS = 100_000
_CALL_SECONDS = 0.05


class Killed(BaseException):
    """The process dies here; no `except` of the engine may catch it on its way."""


class _Wire:
    """Carries requests to the sandboxes' functions; can end the process after a write."""

    def __init__(self, clock: VirtualClock, halaxy: Sandbox, tap: Tap) -> None:
        self._clock, self._sandboxes, self._tap = clock, {_HALAXY: halaxy, _XERO: tap}, tap
        self.dies_at = 0

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        parts = urlsplit(url)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        lowered = {name.lower(): value for name, value in headers.items()}
        asked = Asked(method, unquote(parts.path), query, lowered, body)
        answer = self._sandboxes[f"{parts.scheme}://{parts.netloc}"].handle(asked, self._clock.now())
        self._clock.pass_time(_CALL_SECONDS)
        if self.dies_at and len(self._tap.writes) >= self.dies_at:
            self.dies_at = 0
            raise Killed
        if answer.drop:
            raise NoAnswer("No complete answer came.")
        return Response(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.body)


class World(AbstractContextManager["World"]):
    """A practice whose Halaxy and Xero are filled as a case says, with an engine between them, until closed."""

    def __init__(self, folder: Path, case: Case) -> None:
        first = case.stages[0].given
        begins = [given.now for given in (*first.before, first) if given.now is not None]
        self.clock = VirtualClock(min(begins, default=datetime(2026, 3, 2, 7, 0, tzinfo=UTC)))
        routing = first.config.get("routing", {})
        tenants = tuple(sorted(set(routing.values()))) or ("Harbour Allied Health",)
        self.halaxy, self.xero = HalaxySandbox(), XeroSandbox(client_id=XERO_CLIENT, tenants=tenants)
        self.tap = Tap(self.xero)
        self._wire = _Wire(self.clock, self.halaxy, self.tap)
        self._ids, self._staff = CountingIds(), Staff()
        self._folder, self._ledgers = folder / "workspace", ledgers(first.config)
        self._seed(case)
        make_files(self._folder, first.config)
        self.workspace = self._start()
        self._connect()

    @property
    def books(self) -> tuple[Books, ...]:
        """The books of every organisation."""
        return tuple(self.xero.tenants.values())

    def begin(self, given: Given) -> None:
        """What was before the first stage: earlier stages through the engine, then what people arranged in Xero."""
        for earlier in given.before:
            self.play(earlier)
        self._sleep_until(given.now)
        for deed in arrangement(given.xero_before):
            self._person(deed)

    def play(self, given: Given) -> None:
        """Make everything of one stage happen, and let time go on until all is quiet."""
        self._sleep_until(given.now)
        if given.config:
            set_config(self._folder, given.config)
            self._restart()
        self._wire.dies_at = len(self.tap.writes) + given.crash_after if given.crash_after else 0
        for deed in given.xero:
            self._person(xero_deed(deed, self.books))
        import_reports(self.workspace, given)
        messages = [message for change in given.halaxy for message in self._staff.deeds(change)]
        self._steer("halaxy", "staff", messages)
        for word in given.people:
            if told(self.workspace, word):
                self._restart()
        for delivery in given.deliveries:
            for _ in range(int(delivery.get("times", 1))):
                deliver(self.workspace, delivery)
                self._work(self.clock.now())
        self.settle()
        if self._wire.dies_at:
            raise CannotPlay(f"There were no {given.crash_after} writes, so the process did not die.")

    def settle(self) -> None:
        """Have everything read, and wait until settled corrections are made too."""
        self._read_soon()
        end = self.clock.now() + _SETTLING
        self._work(end)
        while not self.workspace.loop.pending(self.clock.now()).quiet and self.clock.now() < end + _SETTLING:
            self._work(self.clock.now() + timedelta(minutes=5))

    def open_holds(self) -> list[Json]:
        """Every open hold, with its choices and its detail."""
        return [{**row, "choices": choices_of(row)} for row in self.workspace.store.rows("holds")]

    def events_of(self, subject: str) -> list[Json]:
        """Every event about a record, oldest first."""
        return list(self.workspace.store.rows("events_of_subject", subject=subject))

    def is_linked(self, about: str) -> bool:
        """Whether something stands in Xero for `invoice 1066` or `payment 9036`, as far as the engine knows."""
        kind = "invoice" if about.startswith("invoice ") else "payment"
        of = [self.workspace.store.rows("links_of_kind", connection=name, kind=kind) for name in self._ledgers]
        rows = [row for found in of for row in found]
        return any(about in (row["part"], row["source"].removeprefix("halaxy ")) and not row["gone"] for row in rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workspace.__exit__(kind, error, trace)

    # --- the engine ---------------------------------------------------------------------------------------

    def _start(self) -> Workspace:
        settings = {"address": _XERO, "identity": _XERO, "login": _XERO, "client_id": XERO_CLIENT}
        overrides = {
            "halaxy": {"address": f"{_HALAXY}/main", "client_id": HALAXY_CLIENT[0]},
            **{name: {**settings, "mode": "pkce", "redirect": XERO_REDIRECT} for name in self._ledgers},
        }
        return Workspace(self._folder, {}, Choices(overrides, clock=self.clock, ids=self._ids, wire=self._wire))

    def _restart(self) -> None:
        self.workspace.__exit__(None, None, None)
        self.workspace = self._start()

    def _connect(self) -> None:
        self.workspace.needs("halaxy").vault.put({"client_secret": HALAXY_CLIENT[1]})
        if XERO.sign_in is None:
            raise Bug("Xero has no sign-in.")
        self.workspace.connected("halaxy")
        ids = {books.organisation.name: id for id, books in self.xero.tenants.items()}
        for name, tenant in self._ledgers.items():
            needs = self.workspace.needs(name)
            needs.vault.put({"tenant_id": ids[tenant]} if tenant else {})
            flow = XERO.sign_in(needs)
            address = flow.start("a-state", "v" * 50)
            flow.finish(self._wire.send("GET", address, {}, b"", 5.0).headers["location"], "a-state", "v" * 50)
            self.workspace.connected(name)
            self.workspace.activate(name)

    def _read_soon(self) -> None:
        for connection in ("halaxy", *self._ledgers):
            self.workspace.loop.polls.soon(connection, self.clock.now())

    def _work(self, end: datetime) -> None:
        """Do what there is to do, time passing from one thing to the next."""
        for _ in range(_MOST_STEPS):
            try:
                moved = self.workspace.loop.step(self.clock.now())
            except Killed:
                self._restart()
                continue
            if moved:
                continue
            at = self.workspace.loop.next_at(self.clock.now())
            if at is None or at > end:
                self.clock.pass_until(end)
                return
            self.clock.pass_time(max((at - self.clock.now()).total_seconds(), 0.01))
        raise CannotPlay("The engine does not come to rest.")

    def _sleep_until(self, moment: datetime | None) -> None:
        """Time passes as on a machine that is asleep; now and then it wakes, so that no sign-in ends."""
        while moment is not None and moment - self.clock.now() > _LONGEST_SLEEP:
            self.clock.pass_until(self.clock.now() + _LONGEST_SLEEP)
            self._work(self.clock.now() + timedelta(minutes=1))
        if moment is not None and self._day(moment) < self._day(self.clock.now()):
            raise CannotPlay(f"{moment} is past: it is {self.clock.now()} when the stage before has settled.")
        if moment is not None:
            self.clock.pass_until(moment)

    def _day(self, moment: datetime) -> date:
        return local_day(moment, self.workspace.config.practice.timezone)

    # --- what others do -----------------------------------------------------------------------------------

    def _seed(self, case: Case) -> None:
        self._steer("halaxy", "seed", halaxy_seed(case))
        before = case.stages[0].given.xero_before
        organisation = {
            name: value == "true" if name == "PaysTax" else value
            for name, value in before.get("Organisation", {}).items()
            if not name.endswith("LockDate")
        }
        contacts = [*xero_contacts(case), *before.get("contacts", ())]
        for books in self.xero.tenants.values():
            rows = [{k: v for k, v in row.items() if k not in ("ContactStatus", "IsSupplier")} for row in contacts]
            self._steer(
                "xero", f"seed?tenant={books.organisation.id}", {"organisation": organisation, "contacts": rows}
            )

    def _person(self, deed: Json) -> None:
        self._steer("xero", "people", typed(deed))

    def _steer(self, sandbox: str, what: str, body: Json) -> Json:
        if not body:
            return None
        target: Sandbox = self.halaxy if sandbox == "halaxy" else self.xero
        path, _, query = what.partition("?")
        asked = Asked("POST", f"/_sandbox/{path}", tuple(parse_qsl(query)), {}, write_json(body))
        answer = target.handle(asked, self.clock.now())
        if answer.status >= 300:
            raise CannotPlay(f"The {sandbox} sandbox refuses {write_json(body).decode()[:400]}: {answer.body.decode()}")
        return Asked("GET", "/", (), {}, answer.body).json()
