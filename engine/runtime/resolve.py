"""Settles calls that fell silent: the same bytes once with the same key, then two look-ups, or a person.

Touches a call only after the last moment at which its bytes could still be under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.core.times import text_of, time_of
from engine.core.values import dumps
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.ports import Change, Insert, Update
from engine.runtime.budgets import count, room, sign_in_needed
from engine.runtime.calls import Carrier
from engine.runtime.parts import ActionTerms, Connection, Parts
from engine.runtime.settle import Settlement
from engine.sdk.contract import Done, Response

Json = Any
_LOG = structlog.get_logger()
_KEY_LIFE_SECONDS = 300.0  # Xero keeps a key for six minutes; one is left in hand (Xero fact sheet 5.1)
_REPEAT_AHEAD_SECONDS = 30.0
_LOOKUPS = 2
_BATCH = 10


class Resolve:
    """Takes up silent calls."""

    def __init__(self, parts: Parts, carrier: Carrier) -> None:
        self._parts = parts
        self._carrier = carrier
        self._settlement = Settlement(parts)

    def step(self, now: datetime) -> bool:
        """Take up those whose silence is over; True when one moved."""
        moved = False
        for call in self._parts.store.rows("silent_calls", now=text_of(now), limit=_BATCH):
            connection = self._parts.connections.get(call["connection"])
            if connection is None or not self._is_silent(connection.terms[call["action"]], call):
                continue
            moved = self._take_up(connection, connection.terms[call["action"]], call, now) or moved
        return moved

    def _is_silent(self, terms: ActionTerms, call: dict[str, Any]) -> bool:
        """In the boot that wrote the call its own clock counts, so that a jump of the wall clock frees nothing."""
        clock = self._parts.clock
        if call["state"] != "open" or clock.boot_id() != call["boot"]:
            return True
        return bool(clock.boottime() >= call["send_by_boot"] + terms.time_limit_seconds)

    def _take_up(self, connection: Connection, terms: ActionTerms, call: dict[str, Any], now: datetime) -> bool:
        if not terms.writes:
            self._settlement.not_sent(call, (), now)
            return True
        if terms.unknown == ("ask",):
            return self._ask(call, now)
        if not room(self._parts, connection, now, reserve=True).open:
            return False
        if call["state"] == "open" and "repeat" in terms.unknown and self._may_repeat(call, now):
            return self._repeat(connection, terms, call, now)
        return self._look_up(connection, terms, call, now)

    def _may_repeat(self, call: dict[str, Any], now: datetime) -> bool:
        if not call["key"]:
            return True  # a request that takes no key (DELETE, local work) changes nothing when it comes twice
        late = now + timedelta(seconds=_REPEAT_AHEAD_SECONDS) - time_of(call["written_at"])
        return bool(call["repeats"] == 0) and late < timedelta(seconds=_KEY_LIFE_SECONDS)

    def _repeat(self, connection: Connection, terms: ActionTerms, call: dict[str, Any], now: datetime) -> bool:
        send_by = now + timedelta(seconds=terms.send_within_seconds)
        row = {
            "fence": call["fence"] + 1,
            "repeats": call["repeats"] + 1,
            "boot": self._parts.clock.boot_id(),
            "send_by_boot": self._parts.clock.boottime() + terms.send_within_seconds,
            "send_by_at": text_of(send_by),
            "silent_until": text_of(send_by + timedelta(seconds=terms.time_limit_seconds)),
        }
        claim = Update("calls", {"id": call["id"], "fence": call["fence"], "state": "open"}, row)
        if not self._parts.store.write((claim, count(connection.name, "repeat", now)))[0]:
            return False
        _LOG.info("call sent", call=call["id"], connection=connection.name)
        self._carrier.carry_again(connection, terms, {**call, **row})
        return True

    # --- looking up ---

    def _look_up(self, connection: Connection, terms: ActionTerms, call: dict[str, Any], now: datetime) -> bool:
        action = connection.call(call["action"])
        rows = self._parts.store.rows("attempts_of_call", call=call["id"])
        rows = [row for row in rows if row["state"] in ("in call", "unknown")]
        if action.find is None or action.found is None:
            return self._ask(call, now)
        wait = text_of(now + timedelta(seconds=terms.settles_after_seconds))
        claim = Update(
            "calls", {"id": call["id"], "fence": call["fence"]}, {"state": "asking", "silent_until": wait}, {"fence": 1}
        )
        requests = -(-len(rows) // terms.find)
        counted = [count(connection.name, "look-up", now) for _ in range(requests)]
        if not self._parts.store.write((claim, *counted))[0]:
            return False
        call = {**call, "fence": call["fence"] + 1, "state": "asking"}
        found = self._find(connection, terms, call, rows)
        if found is not None:
            self._found(terms, call, rows, found)
        elif "ask" in terms.unknown:
            self._ask(call, now)
        return True

    def _find(
        self, connection: Connection, terms: ActionTerms, call: dict[str, Any], rows: Sequence[dict[str, Any]]
    ) -> list[Done | None] | None:
        """What stands, element by element; None when a look-up was not answered (it does not count)."""
        action = connection.call(call["action"])
        found: list[Done | None] = []
        for start in range(0, len(rows), terms.find):
            part = rows[start : start + terms.find]
            elements = [terms.element(row) for row in part]
            answer = self._send(connection, terms, action.find(elements) if action.find else None)
            if answer is None or action.found is None:
                return None
            try:
                found += action.found(elements, answer)
            except (ValueError, KeyError, TypeError):
                return None
        return found

    def _send(self, connection: Connection, terms: ActionTerms, request: Any) -> Response | None:
        try:
            connection.door.prepare()
            answer = connection.door.send(request, lambda: True, terms.time_limit_seconds)
        except SignInNeeded as fault:
            self._parts.store.write((sign_in_needed(connection.name, fault.what),))
            return None
        except (NotSent, NoAnswer):
            return None
        return None if answer.status == 429 or answer.status >= 500 else answer

    def _found(
        self, terms: ActionTerms, call: dict[str, Any], rows: Sequence[dict[str, Any]], found: list[Done | None]
    ) -> None:
        now = self._parts.now()
        number = call["lookups"] + 1
        changes: list[Change] = [
            Insert(
                "lookups",
                {
                    "call": call["id"],
                    "number": number,
                    "at": text_of(now),
                    "found": dumps([row["id"] for row, done in zip(rows, found, strict=True) if done]),
                },
            )
        ]
        over = number >= _LOOKUPS or all(found)
        for row, done in zip(rows, found, strict=True):
            if done is not None:
                changes += self._settlement.attempt(row, terms, done, now)
            elif over:
                changes += self._settlement.again(row, now)
        state = {"lookups": number, **({"state": "closed"} if over else {})}
        self._parts.store.write((Update("calls", {"id": call["id"], "fence": call["fence"]}, state), *changes))

    def _ask(self, call: dict[str, Any], now: datetime) -> bool:
        changes: list[Change] = [Update("calls", {"id": call["id"], "fence": call["fence"]}, {"state": "closed"})]
        for row in self._parts.store.rows("attempts_of_call", call=call["id"]):
            if row["state"] in ("in call", "unknown"):
                changes += self._settlement.ask_a_person(row, now)
        return self._parts.store.write(tuple(changes))[0]
