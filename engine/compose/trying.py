"""Tries a rule of a workspace: the newest data, real reads, writes only shown.

What is printed of it stands in `engine.cli.try_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.compose.rehearsing import skills_of
from engine.compose.workspace import Workspace
from engine.core.events import Event
from engine.core.rule import Place, Rule
from engine.core.run import ENDED
from engine.core.values import loads
from engine.errors import UserError
from engine.lang.catalogue import Catalogue
from engine.lang.faults import did_you_mean, shown
from engine.lang.rule_tests import Sample
from engine.runtime.rehearsal_actions import Skill, Stage
from engine.runtime.rehearsal_events import event_of
from engine.runtime.rehearsal_reads import RealReads
from engine.runtime.rehearsal_story import Line, story
from engine.runtime.rehearsal_tests import addressees_of, readers_of
from engine.runtime.rehearsal_values import Samples
from engine.runtime.rehearse import Rehearsal, Surroundings
from engine.runtime.rows import event_of as stored_event
from engine.runtime.scene import rule_names

Json = Any
_MOST_PAUSES = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would do for an event; `skills` tell the schemas of the actions in the story."""

    rule: Rule
    event: Event
    story: tuple[Line, ...]
    skills: Mapping[str, Skill]


class Trial:
    """One rule of an open workspace being tried.

    Raises:
        UserError: There is no such rule.
    """

    def __init__(self, workspace: Workspace, rule: str) -> None:
        known = workspace.library.rules
        if rule not in known:
            raise UserError(f'There is no rule "{shown(rule)}".', did_you_mean(rule, known), "no-such-rule")
        self._workspace = workspace
        self._now = workspace.clock.now()
        self.rule = workspace.rules.plan(rule, known[rule].rule.version)
        self._catalogue: Catalogue = workspace.library.catalogue(rule.partition("/")[0])

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
        """The newest that is known of an invoice, as the event that last brought it, or as one that would.

        Args:
            wanted: Its id, its number, or its number in the ledger (`HX-1001`).

        Raises:
            UserError: It is not known, or the rule starts with no event of an invoice.
        """
        store, name = self._workspace.store, wanted.strip().removeprefix("HX-")
        for connection in self._workspace.config.connections.values():
            rows = store.rows("record", connection=connection.name, kind="sale", id=name) or [
                row
                for row in store.rows("records", connection=connection.name, kind="sale")
                if str(loads(row["body"]).get("number")) in (name, wanted.strip())
            ]
            if rows:
                sale = {**loads(rows[0]["body"]), "version": rows[0]["version"]}
                return self._about(sale, connection.name, connection.connector)
        mend = 'Read the practice first with "daybook sync now", or give an event with --event.'
        raise UserError(f'Nothing is known of the invoice "{shown(wanted)}".', mend, "no-such-invoice")

    def _about(self, sale: Mapping[str, Json], connection: str, source: str) -> Event:
        rows = self._workspace.store.rows("events_of_subject", subject=str(sale["id"]))
        fitting = [row for row in rows if row["type"] in self.rule.events and row["connection"] == connection]
        if fitting:
            event = stored_event(fitting[-1])
            return replace(event, data={**event.data, "invoice": sale}) if "invoice" in event.data else event
        kinds = [kind for kind in self.rule.events if list(self._catalogue.events.get(kind, {})) == ["invoice"]]
        if not kinds:
            what = f"{self.rule.id} does not start with an event of an invoice, and none of this one is stored."
            raise UserError(what, "Give an event with --event FILE.", "no-event")
        return Event(
            "event_1", source, connection, kinds[0], f"try {sale['id']}", self._now, f"Invoice {sale['number']}",
            self._now, str(sale["id"]), sale["totals"]["gross"], {"invoice": sale},
        )  # fmt: skip

    def play(self, event: Event) -> Tried:
        """What the rule would do; pauses are passed over, a wait for another event ends it."""
        parts = self._workspace.parts
        skills = skills_of(self._workspace.library.manifests)
        hands = RealReads(parts, self._now)
        stage = Stage(skills, hands, parts.practice.timezone)
        readers = {kind: readers_of(schemas) for kind, schemas in self._catalogue.events.items()}
        names = rule_names(parts, self.rule, event, self._now)
        around = Surroundings(
            names, parts.practice.timezone, parts.calendar, readers, addressees_of(skills), parts.staff
        )
        rehearsal = Rehearsal(self.rule, around, stage)
        rehearsal.happens(event, self._now)
        for _ in range(_MOST_PAUSES):
            due = rehearsal.next_timer()
            if due is None or not _pauses(rehearsal):
                break
            hands.now = due
            rehearsal.until(due)
        return Tried(self.rule, event, story(rehearsal), skills)


def _pauses(rehearsal: Rehearsal) -> bool:
    alive = [run.state.waiting for run in rehearsal.runs if run.status not in ENDED]
    return any(waiting is not None and waiting.at in ("timer", "pause") for waiting in alive)
