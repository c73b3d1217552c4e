"""The demo's course: a practice with a month in Halaxy becomes a correct month in Xero, over real HTTP.

Says what happens through a listener; prints nothing itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.books.comparison import Comparison, Side
from connectors.xero.connector import CONNECTOR as XERO
from engine.clock import unguessable
from engine.compose.agreement import compare_now
from engine.compose.sandboxes import HALAXY_CLIENT, Sandboxes
from engine.compose.workspace import Choices, Workspace
from engine.core.times import local_day
from engine.errors import Bug, UserError
from engine.library.files import packaged_examples
from engine.runtime import reports
from engine.sdk.contract import write_json
from engine.store.secrets import make_key

Json = Any
_REST_SECONDS = 0.05
_WAIT_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; `keep` is a folder that outlives the demo, None a temporary one."""

    invoices: int = 320
    seed: int = 1
    keep: Path | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the demo stands, for a progress bar: of the runs known so far, how many have ended."""

    stage: str
    done: int
    of: int
    calls: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo found at its end."""

    comparison: Comparison
    runs: Mapping[str, int]
    holds: Mapping[str, int]
    calls: Mapping[str, int]
    notices: int
    mails: int
    seconds: float

    @property
    def agrees(self) -> bool:
        """Whether both sides agree to the cent and nothing is unexplained.

        A message that may or may not have gone out when a process was killed is explained: it waits for a person.
        """
        unexplained = [code for code in self.holds if code != "OUTCOME_UNKNOWN"]
        return self.comparison.agrees and not self.runs.get("failed") and not unexplained

    def report(self) -> dict[str, Json]:
        """As the report file has it; money as text."""
        return {
            "halaxy": _side(self.comparison.sales),
            "xero": _side(self.comparison.ledger),
            "difference": _money(self.comparison.difference),
            "runs": {status: self.runs.get(status, 0) for status in ("succeeded", "failed", "waiting")},
            "holds": dict(self.holds),
            "calls": dict(self.calls),
            "seconds": round(self.seconds, 2),
        }


Listener = Callable[[Progress], None]


def run_demo(
    folder: Path, wish: Wish, environment: Mapping[str, str], tell: Listener, rest: Callable[[float], object]
) -> Outcome:
    """Run the demo in a folder, from wherever an earlier one in it stopped.

    Args:
        folder: Becomes a workspace, with the sandboxes' journals in `sandbox/`.
        tell: Called often with the progress.
        rest: Waits some seconds while there is nothing to do.
    """
    _make_workspace(folder)
    with Sandboxes(folder / "sandbox") as sandboxes:
        choices = Choices(sandboxes.settings(), wish.queue)
        with Workspace(folder, environment, choices) as workspace:
            course = _Course(workspace, sandboxes, wish, tell, rest)
            return course.run()


class _Course:
    def __init__(
        self, workspace: Workspace, sandboxes: Sandboxes, wish: Wish, tell: Listener, rest: Callable[[float], object]
    ) -> None:
        self._workspace, self._sandboxes, self._wish = workspace, sandboxes, wish
        self._tell, self._rest = tell, rest
        self._began = workspace.clock.boottime()

    def run(self) -> Outcome:
        if self._sandboxes.fresh:
            self._seed()
        self._connect()
        self._work("the month")
        self._next_morning()
        self._work("the next morning")
        return self._look()

    def _seed(self) -> None:
        first = self._month()
        month = {"first": first.isoformat(), "invoices": self._wish.invoices, "seed": self._wish.seed}
        self._sandboxes.tell("halaxy", "/_sandbox/seed", write_json({"month": month}))

    def _month(self) -> date:
        """The calendar month before today, in the practice's time zone."""
        today = local_day(self._workspace.clock.now(), self._workspace.config.practice.timezone)
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)

    def _connect(self) -> None:
        states = {row["name"]: row for row in self._workspace.store.rows("connections")}
        if states["halaxy"]["state"] != "open":
            self._workspace.needs("halaxy").vault.put({"client_secret": HALAXY_CLIENT[1]})
            self._workspace.connected("halaxy")
        if states["xero"]["state"] != "open":
            self._consent()
            self._workspace.connected("xero")
        if not states["xero"]["activated_at"]:
            self._workspace.activate("xero")

    def _consent(self) -> None:
        """What a person does in the browser: open the address, press Allow, come back."""
        if XERO.sign_in is None:
            raise Bug("Xero has no sign-in.")
        flow = XERO.sign_in(self._workspace.needs("xero"))
        state, verifier = unguessable(), unguessable()
        address = flow.start(state, verifier)
        answer = self._workspace.wire.send("GET", address, {}, b"", 10.0)
        returned = answer.headers.get("location")
        if returned is None:
            raise UserError("The Xero sandbox gave no consent.", "Start the demo again.", "no-consent")
        flow.finish(returned, state, verifier)

    def _next_morning(self) -> None:
        """Late money, deletions and corrections, once in the life of a practice."""
        mark = self._workspace.folder / "sandbox" / "next_morning"
        if not mark.exists():
            self._sandboxes.tell("halaxy", "/_sandbox/next_day", write_json({"seed": self._wish.seed}))
            mark.touch()
            now = self._workspace.clock.now()
            self._workspace.loop.polls.soon("halaxy", now)
            self._workspace.loop.polls.soon("xero", now, "documents")

    def _work(self, stage: str) -> None:
        loop, clock = self._workspace.loop, self._workspace.clock
        told = 0.0
        while True:
            moved = loop.step(clock.now())
            if clock.boottime() - told > 0.2 or not moved:
                told = clock.boottime()
                self._progress(stage, waits=not moved)
            if moved:
                continue
            if loop.pending(clock.now()).quiet and not self._polls_wait():
                return
            self._rest(_REST_SECONDS)

    def _polls_wait(self) -> bool:
        """Whether a poll failed and is about to be tried again."""
        return any(row["failures"] for row in self._workspace.store.rows("cursors"))

    def _progress(self, stage: str, waits: bool) -> None:
        counts = self._runs()
        ended = sum(counts.get(status, 0) for status in ("succeeded", "failed", "cancelled", "waiting"))
        self._tell(Progress(stage, ended, sum(counts.values()), self._calls()["xero"], waits))

    def _runs(self) -> dict[str, int]:
        return {row["status"]: row["n"] for row in self._workspace.store.rows("run_counts")}

    def _calls(self) -> dict[str, int]:
        calls = {"halaxy": 0, "xero": 0}
        for row in self._workspace.store.rows("sends_total"):
            if row["connection"] in calls:
                calls[row["connection"]] += row["n"]
        return calls

    def _look(self) -> Outcome:
        calls = self._calls()
        first = self._month()
        looked = compare_now(self._workspace, first, None, _WAIT_SECONDS)
        if looked.comparison is None:
            raise UserError(" ".join(looked.report["problems"]), "Run the demo again.", "unknown")
        held: dict[str, int] = {}
        for hold in reports.holds(self._workspace.store):
            held[hold["code"]] = held.get(hold["code"], 0) + 1
        notices = len(self._workspace.store.rows("records", connection="notifications", kind="notice"))
        return Outcome(
            comparison=looked.comparison,
            runs=self._runs(),
            holds=held,
            calls=calls,
            notices=notices,
            mails=len(self._sandboxes.mail.messages),
            seconds=self._workspace.clock.boottime() - self._began,
        )


def _make_workspace(folder: Path) -> None:
    if not (folder / "daybook.yaml").exists():
        shutil.copytree(packaged_examples() / "harbour", folder, dirs_exist_ok=True)
    make_key(folder / "data" / "key")


def _side(side: Side) -> dict[str, Json]:
    return {
        "invoices": side.invoices,
        "invoiced": _money(side.invoiced),
        "payments": side.payments,
        "paid": _money(side.paid),
    }


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
