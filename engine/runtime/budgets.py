"""How many requests a connection may still make: per minute and per day, by our own count and the vendor's word.

Shared by all workers through the store. Waiting is a time, never a sleep.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.core.times import text_of, time_of
from engine.ports import Change, Insert, Update
from engine.runtime.parts import Connection, Limits, Parts
from engine.sdk.contract import RateLimited

_MINUTE = timedelta(seconds=60)
_DAY = timedelta(hours=24)
_RESERVE_OF_DAY = 10
# Of a day and of a minute, what an import of history leaves to live work and to people.
_LIVE_SHARE_OF_DAY, _LIVE_SHARE_OF_MINUTE = 3, 3
BACKFILL = "backfill"
_FAILURES_UNTIL_PAUSE = 5
_PROBE_SECONDS = 60
_AFTER_UNSAID_SECONDS = {"minute": 60.0, "day": 3600.0, "concurrent": 2.0}


@dataclass(frozen=True, slots=True)
class Room:
    """Whether a request may go now; if not, when to look again and why."""

    open: bool
    at: datetime | None = None
    why: str = ""


def room(parts: Parts, connection: Connection, now: datetime, reserve: bool = False, work_class: str = "live") -> Room:
    """Look at a connection's state and counts.

    Args:
        reserve: The request may draw on the tenth of a day that is kept for look-ups and people.
        work_class: Work of the class `backfill` has two thirds of a minute and of a day at most.
    """
    row = state_of(parts, connection.name)
    if row is not None and row["not_before"] and row["not_before"] > text_of(now):
        return Room(False, time_of(row["not_before"]), row["reason"] or "the service asked to wait")
    if row is not None and row["state"] == "new":
        return Room(False, None, "not connected yet")
    if row is not None and row["state"] == "paused" and not row["not_before"]:
        return Room(False, None, row["reason"])
    limits = connection.limits
    minute = _sends(parts, connection, now, _MINUTE)
    behind = work_class == BACKFILL
    if minute["n"] >= limits.minute - (limits.minute // _LIVE_SHARE_OF_MINUTE if behind else 0):
        return Room(False, time_of(minute["first"]) + _MINUTE, "calls a minute")
    day = _sends(parts, connection, now, _DAY)
    kept = 0 if reserve else limits.day // (_LIVE_SHARE_OF_DAY if behind else _RESERVE_OF_DAY)
    if day["n"] >= limits.day - kept:
        return Room(False, time_of(day["first"]) + _DAY, "calls a day")
    return Room(True)


def _sends(parts: Parts, connection: Connection, now: datetime, span: timedelta) -> dict[str, Any]:
    window = {"since": text_of(now - span), "until": text_of(now + span)}
    return parts.store.rows("sends_between", connection=connection.name, **window)[0]


def backfill_calls_a_day(limits: Limits) -> int:
    """How many calls a day an import of history may make at most."""
    return limits.day - limits.day // _LIVE_SHARE_OF_DAY


def state_of(parts: Parts, connection: str) -> dict[str, Any] | None:
    """The connection's row."""
    rows = parts.store.rows("connection", name=connection)
    return rows[0] if rows else None


def count(connection: str, purpose: str, now: datetime) -> Change:
    """Count one request; written in the unit that comes before it is sent."""
    return Insert("sends", {"connection": connection, "at": text_of(now), "purpose": purpose})


def limited(connection: str, limit: RateLimited, now: datetime) -> Change:
    """The vendor asked the whole connection to wait; no failure."""
    seconds = limit.after_seconds if limit.after_seconds is not None else _AFTER_UNSAID_SECONDS[limit.scope]
    until = text_of(now + timedelta(seconds=seconds))
    row = {"not_before": until, "reason": f"limit: {limit.scope}"}
    return Update("connections", {"name": connection}, row, expect=None)


def sign_in_needed(connection: str, why: str) -> Change:
    """The sign-in is refused: the connection pauses until a person connects again."""
    row = {"state": "paused", "reason": why, "not_before": None}
    return Update("connections", {"name": connection}, row, expect=None)


def failed(parts: Parts, connection: str, why: str, now: datetime) -> list[Change]:
    """One more failure in a row; after some the connection is tried by one probe a minute only."""
    row = state_of(parts, connection)
    if row is None:
        return []
    failures = row["failures"] + 1
    change: dict[str, Any] = {"failures": failures}
    if failures >= _FAILURES_UNTIL_PAUSE:
        change |= {"not_before": text_of(now + timedelta(seconds=_PROBE_SECONDS)), "reason": why}
    return [Update("connections", {"name": connection}, change, expect=None)]


def worked(parts: Parts, connection: str) -> list[Change]:
    """It answered: forget failures and what was only waited for."""
    row = state_of(parts, connection)
    if row is None or not (row["failures"] or row["reason"]) or row["state"] == "paused":
        return []
    return [Update("connections", {"name": connection}, {"failures": 0, "reason": "", "not_before": None}, expect=None)]
