"""Tries a rule of a workspace: the newest data, real reads, writes only shown.

Waits are passed over: nothing comes in time on the way that is shown first, and what would follow if an awaited event
came is shown beside it. What is printed of it stands in `engine.cli.try_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.compose.newest import Newest, newest_invoice
from engine.compose.rehearsing import skills_of
from engine.compose.workspace import Workspace
from engine.core.events import Event
from engine.core.rule import Place, Rule
from engine.core.run import ENDED, Subscribe, waits_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.lang.catalogue import Catalogue
from engine.lang.faults import did_you_mean, shown
from engine.lang.rule_tests import Sample
from engine.runtime.rehearsal_actions import Skill, Stage
from engine.runtime.rehearsal_answers import example
from engine.runtime.rehearsal_events import event_of
from engine.runtime.rehearsal_reads import RealReads
from engine.runtime.rehearsal_story import Line, story
from engine.runtime.rehearsal_tests import addressees_of, readers_of
from engine.runtime.rehearsal_values import Samples
from engine.runtime.rehearse import Rehearsal, Rehearsed, Surroundings
from engine.runtime.rows import event_of as stored_event
from engine.runtime.scene import rule_names
from engine.sdk.contract import Outcome

Json = Any
_MOST_PAUSES = 50
_MOST_WAYS = 5


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would do for an event; `skills` tell the schemas of the actions in the story.

    `notice` says where the event's data come from when that is not what stands at the vendor now.
    """

    rule: Rule
    event: Event
    story: tuple[Line, ...]
    skills: Mapping[str, Skill]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A wait for an event that the run came to: its path, step and subscription, and when it began to wait."""

    path: str
    wish: Subscribe
    at: datetime


class Trial:
    """One rule of an open workspace being tried.

    Raises:
        UserError: There is no such rule.
    """

    def __init__(self, workspace: Workspace, rule: str) -> None:
        known = workspace.library.rules
        if rule not in known:
            raise UserError(f'There is no rule "{shown(rule)}".', did_you_mean(rule, known), "no-such-rule")
        self._workspace, self._now = workspace, workspace.clock.now()
        self.rule = workspace.rules.plan(rule, known[rule].rule.version)
        self._catalogue: Catalogue = workspace.library.catalogue(rule.partition("/")[0])
        self._skills = skills_of(workspace.library.manifests)
        self._answered: dict[str, Outcome] = {}
        self._notice = ""

    def of_file(self, file: Path) -> Event:
        """The event of a sample file.

        Raises:
            UserError: The file cannot be read, or holds no such event.
        """
        sample = Sample(Place(str(file), 1, 1), str(file))
        names = {"now": self._now, "practice": self._workspace.config.practice.names()}
        samples = Samples(lambda name: Path(name).read_text(encoding="utf-8"), names)
        given = samples.map(sample, "An event")
        return event_of(given, sample.place, self.rule, self._catalogue, 1, self._now)

    def of_invoice(self, wanted: str) -> Event:
        """An invoice as it is now, as the event that last brought it, or as one that would.

        Args:
            wanted: Its id, its number, or its number in the ledger (`HX-1001`).

        Raises:
            UserError: It is not known, or the rule starts with no event of an invoice.
        """
        parts = self._workspace.parts
        found = newest_invoice(parts, self._skills, RealReads(parts, self._now), wanted)
        self._notice = found.notice
        return self._about(found)

    def _about(self, found: Newest) -> Event:
        sale = found.sale
        rows = self._workspace.store.rows("events_of_subject", subject=str(sale["id"]))
        fitting = [row for row in rows if row["type"] in self.rule.events and row["connection"] == found.connection]
        if fitting:
            event = stored_event(fitting[-1])
            return replace(event, data={**event.data, "invoice": sale}) if "invoice" in event.data else event
        kinds = [kind for kind in self.rule.events if list(self._catalogue.events.get(kind, {})) == ["invoice"]]
        if not kinds:
            what = f"{self.rule.id} does not start with an event of an invoice, and none of this one is stored."
            raise UserError(what, "Give an event with --event FILE.", "no-event")
        return Event(
            "event_1", found.source, found.connection, kinds[0], f"try {sale['id']}", self._now,
            f"Invoice {sale['number']}", self._now, str(sale["id"]), sale["totals"]["gross"], {"invoice": sale},
        )  # fmt: skip

    def play(self, event: Event) -> Tried:
        """What the rule would do: first as if no awaited event came, then what each of them would change."""
        told, awaited = self._played(event, None)
        lines = [_would(line) for line in told]
        for wait in awaited[:_MOST_WAYS]:
            lines += self._instead(event, wait, told)
        return Tried(self.rule, event, tuple(lines), self._skills, self._notice)

    def _instead(self, event: Event, wait: _Awaited, told: tuple[Line, ...]) -> list[Line]:
        """What would follow an awaited event, from where the stories part."""
        other, _ = self._played(event, wait)
        same = 0
        while same < min(len(told), len(other)) and told[same] == other[same]:
            same += 1
        head = Line("way", "", f"If {wait.wish.type} came while it waits:")
        if same == len(other):
            return [head, Line("way", "", "that depends on the values of the event")]
        return [head, *(_would(line) for line in other[same:])]

    def _played(self, event: Event, arriving: _Awaited | None) -> tuple[tuple[Line, ...], list[_Awaited]]:
        hands = RealReads(self._workspace.parts, self._now, answered=self._answered)
        rehearsal = Rehearsal(self.rule, self._surroundings(event), Stage(self._skills, hands, self._timezone))
        rehearsal.happens(event, self._now)
        awaited: dict[str, _Awaited] = {}
        for _ in range(_MOST_PAUSES):
            for wait in _awaited(rehearsal, hands.now):
                if arriving is not None and wait.path == arriving.path and wait.path not in awaited:
                    awaited[wait.path] = wait
                    rehearsal.happens(self._arrival(wait), hands.now)
                awaited.setdefault(wait.path, wait)
            due = rehearsal.next_timer()
            if due is None:
                break
            hands.now = due
            rehearsal.until(due)
        return story(rehearsal, only_first=True), list(awaited.values())

    def _surroundings(self, event: Event) -> Surroundings:
        parts = self._workspace.parts
        readers = {kind: readers_of(schemas) for kind, schemas in self._catalogue.events.items()}
        names = rule_names(parts, self.rule, event, self._now)
        return Surroundings(
            names, self._timezone, parts.calendar, readers, addressees_of(self._skills), parts.staff, parts.templates
        )

    @property
    def _timezone(self) -> str:
        return self._workspace.parts.practice.timezone

    def _arrival(self, wait: _Awaited) -> Event:
        """An event that the wait is for: its objects as their schemas say, equal where the wait asks for it."""
        wish, now = wait.wish, wait.at
        schemas = self._catalogue.events.get(wish.type, {})
        data = {name: example(schema, now, 1) for name, schema in schemas.items()}
        for path, value in wish.same:
            _put(data, path.split("."), value)
        source = wish.type.partition(".")[0]
        title = f"{wish.type} that the rule waits for"
        return Event("event_2", source, source, wish.type, title, now, title, now, data=loads(dumps(data)))


def _awaited(rehearsal: Rehearsal, now: datetime) -> list[_Awaited]:
    return [wait for run in rehearsal.runs if run.status not in ENDED for wait in _of_run(run, now)]


def _of_run(run: Rehearsed, now: datetime) -> list[_Awaited]:
    paths = [waiting.path for waiting in waits_of(run.state) if waiting.at == "event"]
    return [_Awaited(path, run.subscriptions[path], now) for path in paths if path in run.subscriptions]


def _put(data: dict[str, Json], path: list[str], value: Json) -> None:
    for name in path[:-1]:
        inner = data.get(name)
        data[name] = inner if isinstance(inner, dict) else {}
        data = data[name]
    data[path[-1]] = value


def _would(line: Line) -> Line:
    """Nothing of it happens."""
    return replace(line, text=f"would wait{line.text.removeprefix('waits')}") if line.kind == "waiting" else line
