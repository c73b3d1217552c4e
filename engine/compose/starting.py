"""Writes a starter rule into a workspace: its file, the sample that its test plays, and the schema for editors.

Never writes over a rule or a sample; the schema is made anew each time. The text itself is made in `starter_text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.compose.offers import offers_of
from engine.compose.starter_text import Start, Surroundings, starter_text
from engine.config.model import Config
from engine.config.read import read_config
from engine.errors import UserError
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.schedules import is_schedule, read_schedule
from engine.lang.types import RECORDS
from engine.lang.vocabulary.editor import editor_schema
from engine.library.files import RULESET, SAMPLES
from engine.library.reading import Library, read_library
from engine.runtime.rehearsal_answers import example

Json = Any
SCHEMA = "schemas/rule.json"
FOLDER, NAME = "own", "new_rule"
EVENT, ACTION = "halaxy.invoice.paid", "notifications.send"
_ID = re.compile(r"[a-z0-9_]{1,64}/[a-z0-9_]{1,64}")
# The time of samples: a Monday morning.
_MORNING = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for; what is empty is chosen."""

    id: str = ""
    when: str = ""
    do: str = ""


def write_starter(folder: Path, environment: Mapping[str, str], wanted: Wanted) -> tuple[str, tuple[Path, ...]]:
    """Write a starter rule; gives its id and the files written, the rule first.

    Raises:
        Problems: `daybook.yaml` has faults.
        UserError: There is such a rule already, or no such event or action.
    """
    config = read_config(folder, environment)
    connectors = sorted({connection.connector for connection in config.connections.values()})
    library = read_library(folder, config.rulesets, connectors)
    id, texts = starter_files(folder, config, library, wanted)
    files = {folder / name: text for name, text in texts.items()}
    for file in files:
        if file.exists():
            raise UserError(f"{file} is there already.", "Choose another name.", "rule-exists")
    files[folder / SCHEMA] = schema_text(library)
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return id, tuple(files)


def starter_files(folder: Path, config: Config, library: Library, wanted: Wanted) -> tuple[str, dict[str, str]]:
    """The id of a starter rule, and the texts of the rule and its sample by their names below the workspace.

    Raises:
        UserError: There is such a rule already, or no such event or action.
    """
    id = _id(wanted.id, folder, library)
    start = _start(id, wanted, library)
    ruleset, _, name = id.partition("/")
    texts = {f"rules/{id}.yaml": starter_text(start, _surroundings(config, library, start))}
    if not is_schedule(start.when):
        sample = json.dumps(_sample(start.when, library), indent=2, default=_plain) + "\n"
        texts[f"rules/{ruleset}/{SAMPLES}/{name}.json"] = sample
    return id, texts


def schema_text(library: Library) -> str:
    """The schema of rule files, as it stands in a file."""
    return json.dumps(editor_schema("rule", offers_of(library.manifests)), indent=1, default=str) + "\n"


def _id(wanted: str, folder: Path, library: Library) -> str:
    if not wanted:
        names = (NAME if number == 1 else f"{NAME}_{number}" for number in range(1, 1000))
        return next(f"{FOLDER}/{name}" for name in names if not (folder / "rules" / FOLDER / f"{name}.yaml").exists())
    id = wanted.removeprefix("rules/").removesuffix(".yaml")
    id = id if "/" in id else f"{FOLDER}/{id}"
    if not _ID.fullmatch(id) or id.endswith(f"/{RULESET}"):
        what = f'"{shown(wanted)}" cannot be the id of a rule.'
        raise UserError(what, "Write folder/name with a-z, 0-9 and _, as in follow_ups/thank_you.", "not-a-name")
    if id in library.rules or (folder / "rules" / f"{id}.yaml").exists():
        raise UserError(f"There is a rule {id} already.", "Choose another name.", "rule-exists")
    return id


def _start(id: str, wanted: Wanted, library: Library) -> Start:
    events = {kind: trigger for one in library.manifests.values() for kind, trigger in one.triggers.items()}
    actions = {f"{one.connector}.{name}": action for one in library.manifests.values()
               for name, action in one.actions.items()}  # fmt: skip
    do = _known("action", wanted.do or (ACTION if ACTION in actions else next(iter(actions), "")), actions)
    when = wanted.when or _fitting(actions[do].inputs, {kind: trigger.schema for kind, trigger in events.items()})
    if is_schedule(when):
        try:
            read_schedule(when)
        except LangError as fault:
            raise UserError(fault.message, fault.mend, fault.code) from None
        return Start(id, when, "the schedule", do, actions[do])
    return Start(id, _known("event", when, events), events[when].title, do, actions[do], events[when].schema)


def _fitting(inputs: Json, events: Mapping[str, Json]) -> str:
    """The event to start with: one that brings the record that the action needs, else the usual one."""
    needed = [inputs["properties"][name].get("x-type") for name in inputs.get("required", ())]
    wanted = [kind for kind in needed if kind in RECORDS]
    brings = [name for name, schema in events.items() if all(_brings(schema, kind) for kind in wanted)]
    if not wanted or EVENT in brings:
        return EVENT if EVENT in events else next(iter(events), "every day at 09:00")
    return next(iter(brings), EVENT)


def _brings(schema: Json, kind: str) -> bool:
    promised = {name: schema["properties"][name] for name in schema.get("required", ())}
    inner = [field for each in promised.values() for field in (each.get("properties") or {}).values()]
    return any(each.get("x-type") == kind for each in (*promised.values(), *inner))


def _known(what: str, name: str, known: Iterable[str]) -> str:
    names = tuple(known)
    if name in names:
        return name
    near = did_you_mean(name, names) or 'See docs/language.md for what there is, or "daybook schema".'
    raise UserError(f'There is no {what} "{shown(name)}" in this workspace.', near, f"unknown-{what}")


def _surroundings(config: Config, library: Library, start: Start) -> Surroundings:
    people = (name for person in config.people for name in (*person.roles, person.name))
    up = "../" * (start.id.count("/") + 1)
    return Surroundings(f"{up}{SCHEMA}", next(people, "practice manager"), tuple(library.maps))


def _sample(kind: str, library: Library) -> dict[str, Json]:
    """A made-up event, as its schema allows it."""
    trigger = library.manifests[kind.partition(".")[0]].triggers[kind]
    objects = trigger.schema.get("properties") or {}
    data = {name: example(_with_choices(schema), _MORNING, 1) for name, schema in objects.items()}
    envelope = {"type": kind, "id": "example 1", "title": trigger.title, "amount": None, "time": _MORNING}
    return {**envelope, "data": data}


def _with_choices(schema: Json) -> Json:
    """The schema, its known choices being all that there is."""
    if isinstance(schema, list):
        return [_with_choices(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: _with_choices(value) for key, value in schema.items()}
    return {**found, "enum": schema["x-choices"]} if "x-choices" in schema else found


def _plain(value: Json) -> str:
    return str(value) if isinstance(value, Decimal) else str(value.isoformat())
