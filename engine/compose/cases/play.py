"""Plays a case: its world, its stages one after the other, and a verdict on each.

The world is `world`, the comparison `judge`; a stage that cannot be made to happen ends the case.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.compose.cases.form import Case, Row, Stage
from engine.compose.cases.judge import Seen, Verdict, judge
from engine.compose.cases.matching import Handles
from engine.compose.cases.states import ending
from engine.compose.cases.world import World
from engine.core.times import text_of
from engine.errors import Bug, DaybookError

Json = Any
_ABOUT_MOST = 1000
_MEMORY = Path("/dev/shm")  # noqa: S108 - the case gets a folder of its own in it


@dataclass(frozen=True, slots=True)
class Result:
    """One case played; `stopped` tells why it could not be played to its end."""

    case: Case
    verdicts: tuple[Verdict, ...]
    at_end: tuple[str, ...] = ()
    stopped: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not (self.stopped or self.at_end or any(verdict.findings for verdict in self.verdicts))


def play(case: Case) -> Result:
    """Play a case in a temporary folder."""
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="daybook-case-", dir=_in_memory()) as folder:
        try:
            with World(Path(folder), case) as world:
                _play(case, world, verdicts)
                at_end = ending(case.balances_at_end, world.books) if case.balances_at_end is not None else ()
                return Result(case, tuple(verdicts), at_end)
        except Bug:
            raise
        except DaybookError as error:
            return Result(case, tuple(verdicts), stopped=str(error))


def _in_memory() -> Path | None:
    """A folder in memory where there is one: the store waits for the disk hundreds of times a case."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def _play(case: Case, world: World, verdicts: list[Verdict]) -> None:
    handles, money = Handles(), dict(_money(case.facts))
    world.begin(case.stages[0].given)
    handles.history.extend(world.tap.writes)
    for stage in case.stages:
        marks = Marks.of(world)
        world.play(stage.given)
        verdicts.append(judge(stage, seen_since(world, marks, stage), handles, money, world.books))


@dataclass(frozen=True, slots=True)
class Marks:
    """Where everything stood before a stage."""

    writes: int
    rows: tuple[int, ...]
    holds: frozenset[str]
    failed: frozenset[str]
    since: str

    @classmethod
    def of(cls, world: World) -> Marks:
        """As it is now."""
        rows = tuple(len(books.ledger.rows) for books in world.books)
        holds = frozenset(hold["id"] for hold in world.open_holds())
        failed = frozenset(row["id"] for row in _failed(world))
        return cls(len(world.tap.writes), rows, holds, failed, text_of(world.clock.now()))


def seen_since(world: World, marks: Marks, stage: Stage) -> Seen:
    """What a stage left behind, as far as its expectations ask for it."""
    rows = [row for books, start in zip(world.books, marks.rows, strict=True) for row in books.ledger.rows[start:]]
    failed = [row for row in _failed(world) if row["id"] not in marks.failed]
    subjects = {about.rpartition(" ")[2] for entry in stage.others for about in _about(entry)}
    events = [event for subject in sorted(subjects) for event in world.events_of(subject)]
    return Seen(
        writes=tuple(world.tap.writes[marks.writes :]),
        ledger=tuple(Row(row.date, row.account, row.debit, row.credit) for row in rows),
        holds=tuple(world.open_holds()),
        held_before=marks.holds,
        linked={entry["no_write"]: world.is_linked(entry["no_write"]) for entry in stage.others if "no_write" in entry},
        events=tuple(event for event in events if event["accepted_at"] >= marks.since),
        failed_runs=tuple(f"{row['rule']} {row['reason']}" for row in failed),
    )


def _about(entry: Mapping[str, Json]) -> list[str]:
    about = entry.get("about", [])
    return about if isinstance(about, list) else [about]


def _failed(world: World) -> list[Json]:
    rows: list[Json] = world.workspace.store.rows("run_list", status="failed", rule="", subject="", limit=_ABOUT_MOST)
    return rows


def _money(facts: Json) -> Iterator[tuple[str, str]]:
    """The invoice of each payment of the case."""
    for change in facts:
        for payment in change.get("payments", ()):
            if "invoice" in payment:
                yield payment["id"], payment["invoice"]
