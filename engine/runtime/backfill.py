"""Takes in what an import of history found: records, events and runs of the class `backfill`, which come last.

Only rules that do nothing but post take part: nobody is mailed about an invoice of last year. Knows no connector.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.core.match import judge
from engine.core.rule import Do, Rule
from engine.core.times import text_of
from engine.core.values import dumps
from engine.ports import Change, Insert, Unit, Update
from engine.runtime.budgets import BACKFILL
from engine.runtime.dispatch import match_and_run
from engine.runtime.parts import Connection, Parts
from engine.runtime.rows import event_of, event_row
from engine.runtime.scene import rule_names
from engine.sdk.contract import NewEvent, Record


def record_unit(connection: Connection, records: Iterable[Record], now: datetime) -> Unit:
    """The changes that keep records; those that a poll has kept meanwhile stand, since they are newer."""
    return tuple(
        _insert(connection.name, record, now, ignore=True)
        if record.version == 1
        else _update(connection.name, record, now)
        for record in records
    )


def event_unit(parts: Parts, connection: Connection, event: NewEvent, record: Record, now: datetime) -> Unit:
    """One record with its event and the runs that come of it; the unit is lost when a poll told of it meanwhile."""
    row = {**event_row(event, parts.ids.new("evt"), connection.connector.name, connection.name, now), "dispatched": 1}
    changes: list[Change] = [_insert(connection.name, record, now), Insert("events", row)]
    told = event_of(row)
    for rule in rules_for(parts, event.type):
        verdict = judge(rule, rule_names(parts, rule, told, now), told.id)
        added, _ = match_and_run(parts, rule, told, verdict, now, work_class=BACKFILL)
        changes += added
    return tuple(changes)


def rules_for(parts: Parts, kind: str) -> Iterator[Rule]:
    """The active rules of an event that do nothing but post."""
    for rule in parts.rules.active():
        if kind in rule.events and all(_posts(parts, step.verb) for step in rule.steps):
            yield rule


def _posts(parts: Parts, verb: object) -> bool:
    if not isinstance(verb, Do):
        return False
    connector, _, action = verb.action.partition(".")
    return any(
        one.connector.name == connector and action in one.connector.postings for one in parts.connections.values()
    )


def _update(connection: str, record: Record, now: datetime) -> Change:
    before = {"connection": connection, "kind": record.kind, "id": record.id, "version": record.version - 1}
    return Update("records", before, _row(record, now), expect=None)


def _insert(connection: str, record: Record, now: datetime, ignore: bool = False) -> Change:
    key = {"connection": connection, "kind": record.kind, "id": record.id}
    return Insert("records", {**key, **_row(record, now)}, ignore)


def _row(record: Record, now: datetime) -> dict[str, object]:
    body = dumps(record.data)
    return {"version": record.version, "parent": record.parent, "body": body, "updated_at": text_of(now)}
