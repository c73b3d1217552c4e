"""What a test gives beside its event: filled-in forms, mapping tables, documents that stand, answers.

From samples to the data that a rehearsal runs on; a name that nobody knows is a fault, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from engine.core.rule import Place, Setting
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.maps import Map
from engine.lang.rule_tests import Sample
from engine.lang.types import cast
from engine.runtime.rehearsal_actions import Skill
from engine.runtime.rehearsal_values import SampleFault, Samples, typed
from engine.sdk.contract import Done, Link, Outcome, Rejected

Json = Any
_REFUSAL = ("fails with", "what", "mend")
_WORDS = {"yes": True, "no": False}
_LINK_WORDS = ("id", "marker", "kind", "version", "written", "seen", "made by", "gone")


def filled(
    given: Mapping[str, Json], forms: Mapping[str, Sequence[Setting]], place: Place
) -> dict[str, dict[str, Json]]:
    """The forms (`rule` and `ruleset`) with their defaults and what a test fills in; a name may be of either."""
    values = {which: {one.name: one.default for one in form if one.has_default} for which, form in forms.items()}
    known = {one.name for form in forms.values() for one in form}
    for name, value in given.items():
        if name not in known:
            raise SampleFault(place, f'There is no setting "{shown(name)}".', did_you_mean(name, known))
        for which, form in forms.items():
            setting = next((one for one in form if one.name == name), None)
            if setting is not None:
                values[which][name] = _setting(value, setting, place)
    return values


def _setting(value: Json, setting: Setting, place: Place) -> Json:
    if value is None or isinstance(value, bool | int | Decimal | date):
        return value
    try:
        return cast(value, setting.type, setting.choices)
    except LangError as fault:
        raise SampleFault(place, f"{setting.name}: {fault.message}", fault.mend) from None


def facts_of(given: Mapping[str, Json], place: Place) -> dict[str, dict[str, dict[str, Json]]]:
    """Facts that a test states, by kind and id; yes and no, sums and dates are what they look like."""
    found: dict[str, dict[str, dict[str, Json]]] = {}
    for kind, rows in given.items():
        if not isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in rows.values()):
            mend = "As in `organisation: {organisation: {pays_tax: no}}`."
            raise SampleFault(place, f'The facts "{shown(kind)}" are fields by id.', mend)
        found[kind] = {
            id: {name: _WORDS.get(str(value), value) for name, value in plain_types(row).items()}
            for id, row in rows.items()
        }
    return found


def maps_of(given: Mapping[str, Json], known: Sequence[str], place: Place) -> dict[str, Map]:
    """Mapping tables by name; those that a test does not give are empty, so that a look-up tells the gap."""
    found = {name: Map(name, {}) for name in known}
    for name, table in given.items():
        rows = table.get("rows", table) if isinstance(table, Mapping) else None
        if not isinstance(rows, Mapping):
            raise SampleFault(place, f'The map "{shown(name)}" needs `name: value` lines.', "Indent them below it.")
        found[name] = _table(name, rows)
    return found


def _table(name: str, rows: Mapping[str, Json]) -> Map:
    return Map(
        name,
        {
            str(key): _table(f"{name}.{key}", row) if isinstance(row, Mapping) else str(row).strip()
            for key, row in rows.items()
        },
    )


def known_links(given: Json, place: Place) -> tuple[Link, ...]:
    """Documents that stand, as link rows: `- contact: halaxy patient 501`, and `written`, `id`, ... below it."""
    rows = given if isinstance(given, list) else [given]
    return tuple(_link(row, number, place) for number, row in enumerate(rows, 1))


def _link(row: Json, number: int, place: Place) -> Link:
    parts = [name for name in row if name not in _LINK_WORDS] if isinstance(row, Mapping) else []
    if len(parts) != 1:
        what = "A known document is one `part: source` with what is known of it."
        raise SampleFault(place, what, "Write e.g. `- contact: halaxy patient 501` and `written:` below it.")
    part = parts[0]
    written, seen = row.get("written") or {}, row.get("seen") or {}
    if not isinstance(written, Mapping) or not isinstance(seen, Mapping):
        raise SampleFault(place, "`written` and `seen` need `name: value` lines.", "Indent them below it.")
    kind = str(row.get("kind") or ("invoice" if re.fullmatch(r"R[0-9]+", part) else part.split()[0]))
    made_by = str(row.get("made by") or "us")
    return Link(
        source=str(row[part]).strip(),
        part=part,
        kind=kind,
        id=str(row.get("id") or f"00000000-0000-4000-8000-{number:012}"),
        marker=str(row.get("marker") or ""),
        version=_version(row.get("version"), place),
        written=plain_types(written),
        seen=plain_types({**written, **seen}),
        made_by="person" if made_by == "person" else "adopted" if made_by == "adopted" else "us",
        gone=str(row.get("gone") or "no").lower() in ("yes", "true"),
    )


def _version(value: Json, place: Place) -> int:
    text = str(value or 0)
    if not text.isdecimal():
        raise SampleFault(place, "`version` counts our snapshots.", "Write a whole number.")
    return int(text)


def plain_types(values: Mapping[str, Json]) -> dict[str, Json]:
    """Fields of a known document: sums with two decimals and ISO dates are what they look like, names stay texts."""
    return {name: _plain_type(value) for name, value in values.items()}


def _plain_type(value: Json) -> Json:
    if isinstance(value, Mapping):
        return plain_types(value)
    if isinstance(value, list):
        return [_plain_type(item) for item in value]
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]{2}", value):
        return Decimal(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    return value


def answers_of(
    given: Sequence[tuple[str, Sequence[Sample]]],
    rule_steps: Sequence[str],
    skills: Mapping[str, Skill],
    actions: Mapping[str, str],
    samples: Samples,
) -> dict[str, tuple[Outcome, ...]]:
    """Answers by action or step; each is cast by the outputs of its action.

    Args:
        given: As they stand in the test.
        rule_steps: The names of all steps.
        skills: All actions.
        actions: The action of each step that does one.
        samples: Reads them.
    """
    found: dict[str, tuple[Outcome, ...]] = {}
    for name, options in given:
        place = options[0].place if options else Place("", 1, 1)
        if name not in skills and name not in rule_steps:
            mend = did_you_mean(name, (*skills, *rule_steps)) if "." not in name else did_you_mean(name, skills)
            raise SampleFault(place, f'No step and no action is called "{shown(name)}".', mend)
        skill = skills.get(name) or skills.get(actions.get(name, ""))
        outputs = skill.schema.outputs if skill is not None else {}
        found[name] = tuple(_answer(samples.map(option, "An answer"), outputs, option.place) for option in options)
    return found


def _answer(given: Mapping[str, Json], outputs: Mapping[str, Json], place: Place) -> Outcome:
    if "fails with" in given:
        unknown = next((word for word in given if word not in _REFUSAL), None)
        if unknown is not None:
            raise SampleFault(place, f'A failure knows no "{shown(unknown)}".', did_you_mean(unknown, _REFUSAL))
        what = str(given.get("what") or f"The answer of the test: {given['fails with']}.")
        return Rejected(str(given["fails with"]), what, str(given.get("mend") or ""))
    properties = outputs.get("properties") or {}
    unknown = next((name for name in given if properties and name not in properties), None)
    if unknown is not None:
        raise SampleFault(place, f'The action answers no "{shown(unknown)}".', did_you_mean(unknown, properties))
    return Done(typed(dict(given), outputs, "answer", place))
