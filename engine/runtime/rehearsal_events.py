"""Events of tests and trials: from a whole sample or from its objects alone, with other values at some paths.

Every object is cast by the schema of its event; what the schema allows to be absent is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.core.events import Event
from engine.core.rule import Place, Rule
from engine.lang.catalogue import Catalogue
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.schemas import UnknownPath, walk
from engine.lang.types import cast
from engine.runtime.rehearsal_values import SampleFault, json_copy, typed

Json = Any
_ENVELOPE = ("type", "id", "key", "source", "connection", "title", "amount", "time", "subject", "data")


def event_of(
    given: Mapping[str, Json], place: Place, rule: Rule, catalogue: Catalogue, number: int, now: datetime
) -> Event:
    """An event from a sample: a whole one with `type` and `data`, or its objects alone."""
    whole = "data" in given
    data = given.get("data") if whole else {name: value for name, value in given.items() if name not in _ENVELOPE}
    type_ = str(given.get("type") or _only_type(rule, place))
    source = type_.partition(".")[0]
    if not isinstance(data, Mapping):
        raise SampleFault(place, "`data` needs the objects of the event by their names.", "Indent them below it.")
    id = given.get("id") or given.get("key")
    return Event(
        id=f"event_{number}",
        source=str(given.get("source") or source),
        connection=str(given.get("connection") or source),
        type=type_,
        key=str(id or f"sample {number}"),
        time=_moment(given.get("time"), now, place),
        title=str(given.get("title") or type_),
        accepted_at=now,
        subject=str(given.get("subject") or ""),
        amount=_amount(given.get("amount"), place),
        data=objects_of(data, type_, catalogue, place),
    )


def schedule_event(rule: Rule, now: datetime) -> Event:
    """What a schedule sets off."""
    text = rule.schedule.text if rule.schedule else ""
    return Event("event_1", "schedule", "schedule", "schedule", f"{rule.id} {now.isoformat()}", now, text, now)


def objects_of(data: Mapping[str, Json], type_: str, catalogue: Catalogue, place: Place) -> dict[str, Json]:
    """The objects of an event, cast by its schema; what the schema allows to be absent is none."""
    if type_ != "schedule" and type_ not in catalogue.events:
        raise SampleFault(place, f"There is no event {shown(type_)}.", did_you_mean(type_, catalogue.events))
    schemas = catalogue.events.get(type_, {})
    unknown = next((name for name in data if name not in schemas), None)
    if unknown is not None and schemas:
        raise SampleFault(place, f'{type_} has no object "{shown(unknown)}".', did_you_mean(unknown, schemas))
    found = {name: typed(value, schemas.get(name, {}), name, place) for name, value in data.items()}
    return {**dict.fromkeys(name for name in schemas if name not in found), **found}


def changed(data: Mapping[str, Json], changes: Mapping[str, Json], schemas: Mapping[str, Json], place: Place) -> Json:
    """The objects of an event with other values at some paths, such as `invoice.lines[0].gross`."""
    found = json_copy(data)
    for path, value in changes.items():
        parts = re.findall(r"[^.\[\]]+", path)
        known = walk({"properties": schemas}, ("event", *("[]" if part.isdigit() else part for part in parts)))
        if isinstance(known, UnknownPath):
            raise SampleFault(place, known.message.replace("event.", "", 1), known.mend.replace("event.", ""))
        _set(found, parts, typed(value, known, path, place), path, place)
    return found


def _set(data: Json, parts: Sequence[str], value: Json, path: str, place: Place) -> None:
    for part in parts[:-1]:
        data = _inner(data, part, path, place)
    last = parts[-1]
    if isinstance(data, list):
        _inner(data, last, path, place)
        data[int(last)] = value
    elif isinstance(data, dict):
        data[last] = value
    else:
        raise SampleFault(place, f"{shown(path)} cannot be set: what it is part of is empty.", "Give that first.")


def _inner(data: Json, part: str, path: str, place: Place) -> Json:
    if isinstance(data, dict) and part in data:
        return data[part]
    if isinstance(data, list) and part.isdigit() and int(part) < len(data):
        return data[int(part)]
    raise SampleFault(place, f"{shown(path)} is not in the sample.", "Check the path; entries of lists count from 0.")


def _only_type(rule: Rule, place: Place) -> str:
    if rule.schedule is not None:
        return "schedule"
    if len(rule.events) != 1:
        what = "The rule starts with several events, and the sample does not say which this is."
        raise SampleFault(place, what, f"Add `type:`, one of {', '.join(rule.events)}.")
    return rule.events[0]


def _moment(value: Json, now: datetime, place: Place) -> datetime:
    if value is None:
        return now
    if isinstance(value, datetime):
        return value
    try:
        found = cast(str(value), "date and time")
    except LangError as fault:
        raise SampleFault(place, f"time: {fault.message}", fault.mend) from None
    return found if isinstance(found, datetime) else now


def _amount(value: Json, place: Place) -> Decimal | None:
    try:
        return None if value in (None, "") else Decimal(str(value))
    except InvalidOperation:
        raise SampleFault(place, "amount: this is no sum of money.", "Write it as in 110.00.") from None
