"""Opens a workspace: reads its files, picks store and queue, builds the connections and the loop.

What a command does with it stands in `engine/cli`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.clock import SystemClock, SystemIds, jitter
from engine.compose.calendar import calendar_of
from engine.compose.connectors import Outfit, first_state, needs_of, open_connection
from engine.compose.reader import Reader
from engine.config.model import IN_PROCESS, Config
from engine.config.read import read_config
from engine.core.times import text_of
from engine.errors import Problems
from engine.library.reading import Library, read_library
from engine.library.schema import sensitive_paths
from engine.ports import Clock, Ids, Insert, Queue, Store, Update
from engine.queue.in_process import InProcessQueue
from engine.runtime.changes import notice_changes
from engine.runtime.loop import Loop
from engine.runtime.parts import Parts
from engine.runtime.rulebook import LoadedRule, Rulebook
from engine.runtime.templates import TemplateFiles
from engine.sdk.contract import DoorNeeds, Wire
from engine.sdk.http import HttpWire
from engine.store.secrets import KEY_VARIABLE, open_box
from engine.store.sqlite import SqliteStore

Json = Any
_DRAFT_UNTIL_ACTIVATED = "invoice_status"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a caller may choose beside the files: settings of connections, another queue, clock, ids or wire."""

    overrides: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    queue: str | None = None
    clock: Clock | None = None
    ids: Ids | None = None
    wire: Wire | None = None


class Workspace(AbstractContextManager["Workspace"]):
    """An open workspace; close it when done.

    Raises:
        Problems: Files have faults (all of them at once).
        UserError: A key or setting is missing.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], choices: Choices | None = None) -> None:
        choices = choices or Choices()
        self.folder = folder
        self.config = read_config(folder, environment)
        self.library = _library(self.config)
        self.clock: Clock = choices.clock or SystemClock()
        self.config.database.parent.mkdir(parents=True, exist_ok=True)
        box = open_box(folder / "data" / "key", environment.get(KEY_VARIABLE))
        self.store: Store = SqliteStore(self.config.database)
        self.queue = _queue(choices.queue or self.config.queue)
        self._http = HttpWire()
        self.wire: Wire = choices.wire or self._http
        self.reader = Reader()
        self.templates = TemplateFiles(self.library.shelf)
        ids: Ids = choices.ids or SystemIds()
        self._outfit = Outfit(
            self.config,
            self.store,
            box,
            self.clock,
            self.wire,
            ids.new("worker"),
            self.library.manifests,
            _services(self.config, self.reader),
            choices.overrides,
        )
        self._register(self.clock.now())
        loaded = [LoadedRule(file.rule, file.file, file.text) for file in self.library.rules.values()]
        self.rules = Rulebook(self.store, loaded, self._names, tells=self._has("notifications"))
        self.parts = Parts(
            self.store,
            self.queue,
            self.clock,
            ids,
            jitter,
            self.config.practice,
            calendar_of(self.config.practice, self.clock.now().year),
            self.rules,
            {name: open_connection(self._outfit, settings) for name, settings in self.config.connections.items()},
            _readers(self.library),
            frozenset(person.email.lower() for person in self.config.people),
            self.templates,
            _sensitive(self.library),
            box.digests,
        )
        self.reader.attach(self.parts)
        self.loop = Loop(self.parts)
        notice_changes(self.parts, _texts(self.library), self.clock.now())

    def needs(self, connection: str) -> DoorNeeds:
        """What the sign-in of a connection is built from."""
        return needs_of(self._outfit, self.config.connections[connection])

    def connected(self, connection: str) -> None:
        """A person has connected it: its work may begin."""
        change = Update(
            "connections", {"name": connection}, {"state": "open", "reason": "", "not_before": None, "failures": 0}
        )
        self.store.write((change,))

    def disconnected(self, connection: str) -> None:
        """A person has disconnected it: its work waits."""
        self.store.write((Update("connections", {"name": connection}, {"state": "new"}),))

    def activate(self, connection: str) -> None:
        """From now on documents are posted in the status that the settings ask for, no longer as drafts."""
        self.store.write((Update("connections", {"name": connection}, {"activated_at": text_of(self.clock.now())}),))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.templates.close()
        self.queue.close()
        self._http.close()
        self.store.close()

    def _register(self, now: datetime) -> None:
        units = []
        for name, settings in self.config.connections.items():
            row = {"name": name, "connector": settings.connector, "state": first_state(settings.connector)}
            units.append((Insert("connections", row, ignore=True),))
        if units:
            self.store.write(*units)

    def _has(self, connector: str) -> bool:
        return any(settings.connector == connector for settings in self.config.connections.values())

    def _names(self, rule: str) -> Mapping[str, Json]:
        file = self.library.rules.get(rule)
        absent = _objects(self.library, file.rule.events) if file else {}
        return {**absent, **self._until_activated(self.library.names(rule))}

    def _until_activated(self, names: Mapping[str, Json]) -> Mapping[str, Json]:
        """Documents are drafts until a person activates the practice, whatever the form says."""
        settings = names.get("ruleset", {}).get("settings", {})
        rows = self.store.rows("connections")
        if _DRAFT_UNTIL_ACTIVATED not in settings or any(row["activated_at"] for row in rows):
            return names
        return {**names, "ruleset": {"settings": {**settings, _DRAFT_UNTIL_ACTIVATED: "draft"}}}


def _texts(library: Library) -> dict[str, str]:
    """What a hold may wait for a person to change, with its text."""
    rules = {f"rule {id}": file.text for id, file in library.rules.items()}
    maps = {f"map {name}": repr(sorted(table.plain().items())) for name, table in library.maps.items()}
    forms = {f"settings {id}": repr(sorted(values.items())) for id, values in library.filled.items()}
    shelves = [one for shelf in library.templates.values() for one in shelf.values()]
    return {**rules, **maps, **forms, **{f"template {one.file}": one.text for one in shelves}}


def _objects(library: Library, events: tuple[str, ...]) -> dict[str, None]:
    """The objects that any of a rule's events may bring, each none until the event at hand brings it."""
    triggers = {kind: trigger for manifest in library.manifests.values() for kind, trigger in manifest.triggers.items()}
    known = (triggers[kind].schema.get("properties", {}) for kind in events if kind in triggers)
    return dict.fromkeys(name for names in known for name in names)


def _readers(library: Library) -> dict[str, dict[str, str]]:
    """By event type, the action that reads each of its objects again, as its schema says."""
    found: dict[str, dict[str, str]] = {}
    for manifest in library.manifests.values():
        for kind, trigger in manifest.triggers.items():
            objects = trigger.schema.get("properties", {})
            found[kind] = {name: each["x-reader"] for name, each in objects.items() if "x-reader" in each}
    return found


def _sensitive(library: Library) -> dict[str, frozenset[str]]:
    """By event type, the dotted paths of its sensitive fields."""
    found: dict[str, frozenset[str]] = {}
    for manifest in library.manifests.values():
        for kind, trigger in manifest.triggers.items():
            found[kind] = frozenset(sensitive_paths(trigger.schema))
    return found


def _library(config: Config) -> Library:
    """The files of a workspace; with errors in them nothing starts."""
    used = {settings.connector for settings in config.connections.values()}
    library = read_library(config.workspace, config.rulesets, sorted(used))
    people = frozenset(name for person in config.people for name in (person.name, person.email, *person.roles))
    errors = tuple(problem for problem in library.check(people) if problem.severity == "error")
    if errors:
        raise Problems(errors)
    return library


def _queue(address: str) -> Queue:
    if address == IN_PROCESS:
        return InProcessQueue()
    from engine.queue.dramatiq_queue import redis_queue  # noqa: PLC0415 - only Redis users pay for it

    return redis_queue(address)


def _services(config: Config, reader: Reader) -> dict[str, Any]:
    return {
        "people": _people(config),
        "channels": {name: {"kind": channel.kind, **channel.settings} for name, channel in config.channels.items()},
        "mailer": reader,
        "sales_source": reader,
        "ledger": reader,
        "memory": reader,
        "practice": config.practice,
    }


def _people(config: Config) -> dict[str, Json]:
    """Everyone by name, and by each role that they have."""
    found: dict[str, list[Json]] = {}
    for person in config.people:
        known = {"name": person.name, "email": person.email, "channels": list(person.channels)}
        for name in (person.name, *person.roles):
            found.setdefault(name, []).append(known)
    return dict(found)
