"""What people ask of a running engine: runs, one run whole, why a record stands as it does, holds, connections.

Reads only; values stay out of it, ids and reasons come along.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.core.holds import sentence
from engine.core.times import text_of
from engine.core.values import encode, loads
from engine.errors import UserError
from engine.ports import Store
from engine.runtime.parts import Connection
from engine.runtime.resolve_hold import choices_of

Json = Any
_DAY = timedelta(hours=24)
_MINUTE = timedelta(seconds=60)


def runs(store: Store, status: str = "", rule: str = "", subject: str = "", limit: int = 50) -> list[dict[str, Json]]:
    """The newest runs; empty strings leave a condition out."""
    return store.rows("run_list", status=status, rule=rule, subject=subject, limit=limit)


def show(store: Store, run: str) -> dict[str, Json]:
    """One run: its event, history, attempts, calls and holds.

    Raises:
        UserError: There is no such run.
    """
    rows = store.rows("run", run=run)
    if not rows:
        raise UserError(f'There is no run "{run}".', 'See them with "daybook runs".', "no-such-run")
    row = rows[0]
    event = store.rows("event", event=row["event"])[0]
    return {
        "run": {name: row[name] for name in _RUN_FIELDS},
        "event": {name: event[name] for name in ("id", "type", "title", "time", "connection", "subject")},
        "history": [_line(entry) for entry in store.rows("history", run=run)],
        "attempts": [_attempt(attempt) for attempt in store.rows("attempts_of_run", run=run)],
        "calls": store.rows("calls_of_run", run=run),
        "holds": [_hold(hold) for hold in store.rows("holds_of_run", run=run)],
    }


def why(store: Store, subject: str, connections: Sequence[str]) -> dict[str, Json]:
    """Everything about one record: what happened, what each rule made of it, what stands at the vendor.

    Raises:
        UserError: Nothing is known of it.
    """
    events = store.rows("events_of_subject", subject=subject)
    if not events:
        what = f'Nothing is known of "{subject}".'
        raise UserError(what, 'Is it in Halaxy, and was it read since? Try "daybook sync now".', "nothing-known")
    links: list[dict[str, Json]] = []
    for connection in connections:
        found = store.rows("links", connection=connection, sources=f'["halaxy invoice {subject}"]')
        links += [_link(connection, row) for row in found]
    return {
        "subject": subject,
        "events": [_event(store, event) for event in events],
        "runs": [{name: run[name] for name in _RUN_FIELDS} for run in store.rows("runs_of_subject", subject=subject)],
        "holds": [_hold(hold) for hold in store.rows("holds") if hold["subject"] == subject],
        "links": links,
    }


def holds(store: Store) -> list[dict[str, Json]]:
    """Every open hold, oldest first, each with its sentence."""
    return [_hold(hold) | {"rule": hold["rule"], "subject": hold["subject"]} for hold in store.rows("holds")]


def connections(store: Store, known: Sequence[Connection], now: datetime) -> list[dict[str, Json]]:
    """Each connection's state, what it has used of its limits, and how its polls do."""
    cursors = store.rows("cursors")
    states = {row["name"]: row for row in store.rows("connections")}
    found = []
    for connection in known:
        row = states.get(connection.name)
        since = {"minute": text_of(now - _MINUTE), "day": text_of(now - _DAY)}
        used = {
            word: store.rows("sends_since", connection=connection.name, since=at)[0]["n"] for word, at in since.items()
        }
        found.append(
            {
                "name": connection.name,
                "connector": connection.connector.name,
                "state": row["state"] if row else "new",
                "reason": row["reason"] if row else "",
                "activated": bool(row and row["activated_at"]),
                "calls": {
                    "minute": used["minute"],
                    "minute_limit": connection.limits.minute,
                    "day": used["day"],
                    "day_limit": connection.limits.day,
                },
                "polls": [cursor for cursor in cursors if cursor["connection"] == connection.name],
            }
        )
    return found


_RUN_FIELDS = (
    "id",
    "rule",
    "rule_version",
    "status",
    "reason",
    "work_class",
    "subject",
    "created_at",
    "updated_at",
    "ended_at",
)


def _line(row: dict[str, Any]) -> dict[str, Json]:
    return {"at": row["at"], "kind": row["kind"], "step": row["step"], "detail": encode(loads(row["detail"]))}


def _attempt(row: dict[str, Any]) -> dict[str, Json]:
    outcome = loads(row["outcome"]) if row["outcome"] else []
    rejected = outcome[1:4] if outcome and outcome[0] == "rejected" else None
    return {
        **{name: row[name] for name in ("id", "path", "part", "number", "action", "state", "marker", "call")},
        "rejected": rejected,
    }


def _hold(row: dict[str, Any]) -> dict[str, Json]:
    fields = ("id", "run", "step", "code", "about", "cause", "what", "opened_at", "released_at", "released_by")
    return {
        **{name: row[name] for name in fields},
        "sentence": sentence(row["code"]),
        "choices": list(choices_of(row)),
        "detail": loads(row["detail"]),
    }


def _link(connection: str, row: dict[str, Any]) -> dict[str, Json]:
    fields = ("part", "kind", "vendor_id", "marker", "version", "made_by", "gone", "updated_at")
    return {"connection": connection, **{name: row[name] for name in fields}}


def _event(store: Store, row: dict[str, Any]) -> dict[str, Json]:
    matches = store.rows("matches_of_event", event=row["id"])
    fields = ("rule", "result", "reason", "run")
    return {
        **{name: row[name] for name in ("id", "type", "title", "time")},
        "matches": [{name: match[name] for name in fields} for match in matches],
    }
