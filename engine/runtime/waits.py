"""Events that runs wait for: found by (type, path, value), and looked for among those that came before.

A subscription is written first and looked back from afterwards: an event that is accepted meanwhile is met by one of
the two, or by both, which the run takes as one. Values of sensitive fields are known by keyed digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.core.events import Event
from engine.core.run import EventArrived, LookedBack, Subscribe
from engine.core.times import text_of
from engine.core.values import dumps, loads
from engine.ports import Change, Put, Unit, Update
from engine.runtime.parts import Parts
from engine.runtime.rows import event_of, send_input, wake

Json = Any
_DIGEST = "digest "  # no value's text begins so: it is JSON or a number


def subscribe(parts: Parts, run: str, wanted: Subscribe) -> Change:
    """The row by which an event finds the run: indexed by its first equality."""
    pairs = [[path, _stored(parts, wanted.type, path, index_text(value))] for path, value in wanted.same]
    index_path, index_value = pairs[0] if pairs else ("", "null")
    row = {"type": wanted.type, "index_path": index_path, "index_value": index_value, "same": dumps(pairs), "looked": 0}
    return Put("subscriptions", {"run": run, "path": wanted.path}, row)


def wake_waiting(parts: Parts, event: Event, now: datetime) -> tuple[list[Change], list[str]]:
    """What an accepted event means to runs that wait for it; the cost does not grow with those that do not.

    Returns:
        The changes, and the runs to look at.
    """
    changes: list[Change] = []
    runs: list[str] = []
    for row in parts.store.rows("subscribed_paths", type=event.type):
        path = row["index_path"]
        values = dumps(sorted(_known_by(parts, event, path)))
        for waiting in parts.store.rows("subscribers", type=event.type, path=path, values=values):
            if _fits(parts, event, waiting["same"]):
                arrived = EventArrived(waiting["path"], event.data, event.id)
                changes += [send_input(waiting["run"], arrived), wake(waiting["run"], now)]
                runs.append(waiting["run"])
    return changes, runs


def look_back(parts: Parts, run: Mapping[str, Any], now: datetime) -> Unit:
    """Sends a run the awaited events that were accepted since its own; empty when it has looked already."""
    waiting = parts.store.rows("unlooked", run=run["id"])
    if not waiting:
        return ()
    since = parts.store.rows("event", event=run["event"])[0]["seq"]
    found: list[tuple[int, EventArrived]] = []
    for row in waiting:
        found += _before(parts, row, since)
    looked = [Update("subscriptions", {"run": run["id"], "path": row["path"]}, {"looked": 1}) for row in waiting]
    return (
        Update("runs", {"id": run["id"], "version": run["version"]}, {"wake_at": text_of(now)}, {"version": 1}),
        *looked,
        *(send_input(run["id"], arrived) for _, arrived in sorted(found, key=lambda each: (each[0], each[1].path))),
        send_input(run["id"], LookedBack()),
    )


def _before(parts: Parts, row: Mapping[str, Any], since: int) -> list[tuple[int, EventArrived]]:
    value = row["index_value"] if row["index_value"].startswith('"') else ""  # numbers are equal in several forms
    path = "$.data." + ".".join(f'"{part}"' for part in row["index_path"].split("."))
    events = parts.store.rows("events_since", type=row["type"], seq=since, path=path, value=value)
    fitting = [(found["seq"], event_of(found)) for found in events]
    return [
        (seq, EventArrived(row["path"], event.data, event.id))
        for seq, event in fitting
        if _fits(parts, event, row["same"])
    ]


def _fits(parts: Parts, event: Event, same: str) -> bool:
    return all(wanted in _known_by(parts, event, path) for path, wanted in loads(same))


def _stored(parts: Parts, kind: str, path: str, text: str) -> str:
    """What is written of an awaited value: of a sensitive one only its digest."""
    return f"{_DIGEST}{parts.digests(text)[0]}" if path in parts.sensitive.get(kind, ()) else text


def _known_by(parts: Parts, event: Event, path: str) -> set[str]:
    """What the value at a path of an event may have been written as; an older version wrote all of them plainly."""
    text = index_text(at_path(event.data, path))
    if path not in parts.sensitive.get(event.type, ()):
        return {text}
    return {text, *(f"{_DIGEST}{digest}" for digest in parts.digests(text))}


def index_text(value: Json) -> str:
    """A value as the text that it is found by: equal numbers, equal text."""
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return format(Decimal(value).normalize() + 0, "f")
    return dumps(value)


def at_path(data: Mapping[str, Json], path: str) -> Json:
    """The value at a dotted path of plain maps; None where there is none."""
    value: Json = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
