"""Chooses which ready attempts go together, and writes their call before anything is sent.

A lane is (connection, action, class). Full calls go first, the last part of a posting before the others, so that a
limit in mid-wave leaves few half-posted sales. What is left, less than a call's worth a lane, goes first part first:
that brings the later parts together. A lone attempt never waits for company.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from engine.core.keys import CLASS_ORDER
from engine.core.run import Failure, Settled
from engine.core.times import text_of
from engine.core.values import dumps
from engine.ports import Change, Insert, Unit, Update
from engine.runtime.budgets import count, room
from engine.runtime.calls import Carrier
from engine.runtime.parts import ActionTerms, Connection, Parts
from engine.runtime.rows import outcome_text, send_input, wake, withdraw
from engine.sdk.contract import Rejected, Request

Json = Any
_LOOK_AHEAD = 4


class Lanes:
    """Writes one call at a time and has it carried."""

    def __init__(self, parts: Parts, carrier: Carrier) -> None:
        self._parts = parts
        self._carrier = carrier

    def step(self, now: datetime) -> bool:
        """Write and send the most useful call there is; True when one was made or attempts were put aside."""
        for lane in self._in_order(now):
            connection = self._parts.connections.get(lane["connection"])
            if connection is None or not room(self._parts, connection, now, work_class=lane["work_class"]).open:
                continue
            if self._serve(connection, lane, now):
                return True
        return False

    def _in_order(self, now: datetime) -> list[dict[str, Any]]:
        lanes = self._parts.store.rows("ready_lanes", now=text_of(now))
        return sorted(lanes, key=self._place)

    def _place(self, lane: dict[str, Any]) -> tuple[int, bool, int, int]:
        terms = self._terms(lane)
        full = terms is not None and lane["n"] >= terms.batch
        order = terms.lane_order if terms else 0
        return CLASS_ORDER[lane["work_class"]], not full, -order if full else order, lane["first"]

    def _terms(self, lane: dict[str, Any]) -> ActionTerms | None:
        connection = self._parts.connections.get(lane["connection"])
        return connection.terms.get(lane["action"]) if connection else None

    def _serve(self, connection: Connection, lane: dict[str, Any], now: datetime) -> bool:
        terms = connection.terms[lane["action"]]
        rows = self._parts.store.rows(
            "ready_attempts",
            connection=connection.name,
            action=lane["action"],
            work_class=lane["work_class"],
            now=text_of(now),
            limit=terms.batch * _LOOK_AHEAD,
        )
        stale = [row for row in rows if _is_stale(row, now)]
        if stale:
            return any(self._parts.store.write(*[(*withdraw(row["id"], now), wake(row["run"], now)) for row in stale]))
        chosen = _together(rows, terms.batch)
        if not chosen:
            return False
        try:
            request = connection.call(lane["action"]).request([terms.element(row) for row in chosen])
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as fault:
            return self._set_aside(chosen, fault, now)
        return self._write(connection, terms, chosen, request, now)

    def _write(
        self, connection: Connection, terms: ActionTerms, chosen: list[dict[str, Any]], request: Request, now: datetime
    ) -> bool:
        row = call_row(self._parts, connection.name, terms, chosen, request, now)
        unit: list[Change] = [Insert("calls", row), count(connection.name, "call" if terms.writes else "read", now)]
        unit += [
            Update("attempts", {"id": attempt["id"], "state": "ready"}, {"state": "in call", "call": row["id"]})
            for attempt in chosen
        ]
        if not self._parts.store.write(tuple(unit))[0]:
            return False
        self._carrier.carry(connection, terms, row)
        return True

    def _set_aside(self, chosen: list[dict[str, Any]], fault: Exception, now: datetime) -> bool:
        """An element that cannot be built is refused alone; in company each is tried by itself first."""
        if len(chosen) > 1:
            alone = tuple(Update("attempts", {"id": row["id"], "state": "ready"}, {"company": 1}) for row in chosen)
            return self._parts.store.write(alone)[0]
        row = chosen[0]
        what = f"The input of {row['action']} cannot be used ({type(fault).__name__})."
        return self._parts.store.write(refuse(row, Rejected("BAD_INPUT", what, "Check the step's inputs."), now))[0]


def refuse(row: dict[str, Any], outcome: Rejected, now: datetime) -> Unit:
    """The unit that settles a ready attempt as rejected without a call."""
    settled = {"state": "rejected", "outcome": outcome_text(outcome), "settled_at": text_of(now)}
    changes: list[Change] = [Update("attempts", {"id": row["id"], "state": "ready"}, settled), wake(row["run"], now)]
    if not row["part"]:
        failure = Failure(row["path"], outcome.what, outcome.mend, outcome.code)
        changes.append(send_input(row["run"], Settled(row["path"], None, failure)))
    return tuple(changes)


def call_row(
    parts: Parts, connection: str, terms: ActionTerms, chosen: list[dict[str, Any]], request: Request, now: datetime
) -> dict[str, Any]:
    """The row of a call about to be sent; `send by` is kept in boot time and in the store's time."""
    send_by = now + timedelta(seconds=terms.send_within_seconds)
    return {
        "id": parts.ids.new("call"),
        "connection": connection,
        "action": terms.name,
        "method": request.method,
        "path": request.path,
        "query": dumps([list(pair) for pair in request.query]),
        "body": request.body,
        "key": parts.ids.new("key") if request.method in ("PUT", "POST", "PATCH") else "",
        "elements": dumps([row["id"] for row in chosen]),
        "state": "open",
        "work_class": chosen[0]["work_class"],
        "written_at": text_of(now),
        "boot": parts.clock.boot_id(),
        "send_by_boot": parts.clock.boottime() + terms.send_within_seconds,
        "send_by_at": text_of(send_by),
        "silent_until": text_of(send_by + timedelta(seconds=terms.time_limit_seconds)),
        "fence": 1,
        "repeats": 0,
        "lookups": 0,
    }


def _together(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first attempts that may share a call: never two with one source key."""
    if not rows:
        return []
    company = rows[0]["company"]
    limit = min(most, company) if company else most
    chosen: list[dict[str, Any]] = []
    keys: set[str] = set()
    for row in rows:
        if row["company"] != company or (row["source_key"] and row["source_key"] in keys):
            continue
        chosen.append(row)
        keys.add(row["source_key"])
        if len(chosen) == limit:
            break
    return chosen


def _is_stale(row: dict[str, Any], now: datetime) -> bool:
    if row["stale_at"] is not None and row["stale_at"] < text_of(now):
        return True
    return bool(row["record_version"]) and row["newest"] > row["record_version"]
