"""A practice on a virtual clock: real rules from text, store and loop; vendors that answer as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from engine.config.model import Practice
from engine.core.calendar import Calendar
from engine.core.times import text_of
from engine.core.values import loads
from engine.errors import NoAnswer
from engine.lang.parser import read_rule
from engine.lang.problems import as_text
from engine.ports import Insert, Put
from engine.queue.in_process import InProcessQueue
from engine.runtime.loop import Loop
from engine.runtime.parts import ActionTerms, Connection, Parts
from engine.runtime.rows import event_row
from engine.runtime.rulebook import LoadedRule, Rulebook
from engine.runtime.templates import NoTemplates, Templates
from engine.sdk.contract import Call, Connector, Done, Element, NewEvent, Outcome, Request, Response
from engine.sdk.testing import CountingIds, VirtualClock
from engine.store.secrets import SecretBox
from engine.store.sqlite import SqliteStore

Json = Any
Answer = Callable[[Mapping[str, Json]], Outcome | None]
SYDNEY = Practice("Harbour", "Australia/Sydney", state="NSW")
MONDAY_NINE = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)

EMAIL = {"properties": {"to": {"type": "string", "x-type": "email"}, "template": {"x-type": "template"}}}
ACTIONS = {
    "halaxy": {"find_invoice": ActionTerms("find_invoice", "call", writes=False)},
    "email": {"send": ActionTerms("send", "call", unknown=("ask",), inputs=EMAIL)},
    "books": {"task": ActionTerms("task", "call", unknown=("repeat",))},
    "shop": {
        "find": ActionTerms("find", "call", writes=False),
        "make": ActionTerms("make", "call", unknown=("repeat",)),
    },
}


class Office:
    """The world of a test; `sent` are the writes that went out, as (time, action, inputs)."""

    def __init__(self, folder: Path, rules: Mapping[str, str], start: datetime = MONDAY_NINE, **more: Any) -> None:
        self.clock, self.ids = VirtualClock(start), CountingIds()
        self.calendar = more.pop("calendar", Calendar())
        self.names: Mapping[str, Json] = more.pop("names", {})
        self.sensitive: Mapping[str, frozenset[str]] = more.pop("sensitive", {})
        self.keys: tuple[str, ...] = more.pop("keys", (Fernet.generate_key().decode(),))
        self.practice: Practice = more.pop("practice", SYDNEY)
        self.templates: Templates = more.pop("templates", NoTemplates())
        self.file, self.rules = folder / "store.sqlite", dict(rules)
        self.sent: list[tuple[datetime, str, Json]] = []
        self.answers: dict[str, Answer] = {}
        self.count = 0
        self.store = SqliteStore(self.file)
        self.start()
        for name in ACTIONS:
            self.store.write((Insert("connections", {"name": name, "connector": name, "state": "open"}),))

    def start(self) -> None:
        """A fresh process on the same store, with the rules as they are now."""
        loaded = []
        for id, text in self.rules.items():
            rule, problems = read_rule(id, f"rules/{id}.yaml", text)
            assert rule is not None, as_text(problems, {f"rules/{id}.yaml": text})
            loaded.append(LoadedRule(rule, f"rules/{id}.yaml", text))
        self.book = Rulebook(self.store, loaded, self._names, tells=False)
        readers = {kind: {"invoice": "halaxy.find_invoice"} for kind in ("halaxy.invoice.overdue", "shop.asked")}
        self.parts = Parts(
            self.store,
            InProcessQueue(),
            self.clock,
            self.ids,
            lambda: 1.0,
            self.practice,
            self.calendar,
            self.book,
            {name: self._connection(name, terms) for name, terms in ACTIONS.items()},
            readers,
            frozenset({"manager@harbour.example"}),
            templates=self.templates,
            sensitive=self.sensitive,
            digests=SecretBox(self.keys).digests,
        )
        self.loop = Loop(self.parts)

    def die(self) -> None:
        """The process ends here and another begins."""
        self.store.close()
        self.store = SqliteStore(self.file)
        self.start()

    def switch(self, rule: str, on: bool) -> None:
        row = {"enabled": int(on), "changed_at": text_of(self.clock.now())}
        self.store.write((Put("rule_switches", {"rule": rule}, row),))

    def happen(self, kind: str, **data: Json) -> None:
        """One event, accepted now."""
        self.count += 1
        new = NewEvent(kind, f"{kind} {self.count}", self.clock.now(), kind, data)
        row = event_row(
            new, self.ids.new("evt"), kind.split(".", maxsplit=1)[0], kind.split(".", maxsplit=1)[0], self.clock.now()
        )
        self.store.write((Insert("events", row),))

    def work(self) -> None:
        """Everything that can be done without time passing."""
        while self.loop.step(self.clock.now()):
            pass

    def pass_time(self, deaths: bool = False, **length: float) -> None:
        """Let time pass, working at each moment at which something is due."""
        end = self.clock.now() + timedelta(**length)
        self.work()
        while True:
            at = self.loop.next_at(self.clock.now())
            if at is None or at >= end:
                break
            self.clock.pass_until(max(at, self.clock.now() + timedelta(seconds=1)))
            if deaths:
                self.die()
            self.work()
        self.clock.pass_until(end)
        self.work()

    def statuses(self) -> dict[str, int]:
        return {row["status"]: row["n"] for row in self.store.rows("run_counts")}

    def runs(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return self.store.rows("run_list", status="", rule="", subject="", limit=1000)[::-1]

    def history(self, run: str) -> list[tuple[str, str]]:
        return [(row["kind"], row["step"]) for row in self.store.rows("history", run=run)]

    def local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.loop_zone()):%a %d %b %H:%M}"

    def loop_zone(self) -> Any:
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.practice.timezone)

    def _names(self, rule: str) -> Mapping[str, Json]:
        return {"settings": {}, "maps": {}, **self.names}

    def _connection(self, name: str, terms: Mapping[str, ActionTerms]) -> Connection:
        calls = {action: self._call(name, action) for action in terms}
        return Connection(name, Connector(name, calls), _Door(self), terms)

    def _call(self, connector: str, action: str) -> Call:
        full = f"{connector}.{action}"

        def request(elements: Sequence[Element]) -> Request:
            return Request("POST", f"/{full}", body=b"")

        def outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
            return tuple(self._answer(full, element.payload) for element in elements)

        return Call(action, request, outcomes)

    def _answer(self, action: str, inputs: Mapping[str, Json]) -> Outcome:
        outcome = self.answers[action](inputs) if action in self.answers else Done({"id": "1"})
        connector, _, name = action.partition(".")
        if outcome is not None and not ACTIONS[connector][name].writes:
            return outcome
        self.sent.append((self.clock.now(), action, dict(inputs)))
        return outcome if outcome is not None else Done({})


class _Door:
    """Answers at once; an action that is answered with None stays silent."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def prepare(self) -> None:
        """Nothing to sign in to."""

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        action = request.path.removeprefix("/")
        if action in self.office.answers and self.office.answers[action]({}) is None:
            raise NoAnswer("Nothing came.")
        return Response(200, {}, b"{}")


def sent(office: Office) -> list[tuple[str, str]]:
    """Local time and action of each write."""
    return [(office.local(at), action) for at, action, _ in office.sent]


def detail(office: Office, run: str, kind: str) -> list[Json]:
    """The details of a run's history lines of a kind."""
    return [loads(row["detail"]) for row in office.store.rows("history", run=run) if row["kind"] == kind]
