"""Sends a written call and writes down what came back, in one unit that expects the call's fence.

Silence is left as it is: `engine.runtime.resolve` takes it up when nobody else can still be sending.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from engine.core.values import loads
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.ports import Change
from engine.runtime.budgets import failed, limited, sign_in_needed, worked
from engine.runtime.flows import Waits, drive, read_on
from engine.runtime.parts import ActionTerms, Connection, Parts
from engine.runtime.settle import Settlement
from engine.sdk.contract import Done, Outcome, RateLimited, Rejected, Request, Response, Retry, SignIn, Unknown

Json = Any
_LOG = structlog.get_logger()


class Carrier:
    """Carries calls over their connection's door."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settlement = Settlement(parts)

    def carry(self, connection: Connection, terms: ActionTerms, call: dict[str, Any]) -> None:
        """Send one call, the bytes and key as written, and close it with its answer."""
        try:
            connection.door.prepare()
            answer = connection.door.send(_request(call), lambda: self._in_time(call), terms.time_limit_seconds)
        except NotSent as fault:
            self._not_sent(connection, call, fault.what)
        except SignInNeeded as fault:
            self._not_sent(connection, call, fault.what, sign_in=True)
        except NoAnswer as fault:
            self._silence(connection, terms, call, fault.what)
        else:
            self.close(connection, terms, call, answer)

    def carry_again(self, connection: Connection, terms: ActionTerms, call: dict[str, Any]) -> None:
        """Send the same bytes with the same key once more; when they cannot leave, the look-ups follow."""
        try:
            connection.door.prepare()
            answer = connection.door.send(_request(call), lambda: self._in_time(call), terms.time_limit_seconds)
        except SignInNeeded as fault:
            self._parts.store.write((sign_in_needed(connection.name, fault.what),))
        except (NotSent, NoAnswer) as fault:
            _LOG.warning("call unanswered", call=call["id"], connection=connection.name, fault=fault.code)
        else:
            self.close(connection, terms, call, answer)

    def close(self, connection: Connection, terms: ActionTerms, call: dict[str, Any], answer: Response) -> None:
        """Judge an answer element by element and write the outcome of each."""
        now = self._parts.now()
        rows = self._parts.store.rows("attempts_of_call", call=call["id"])
        rows = [row for row in rows if row["state"] in ("in call", "unknown")]
        outcomes = _judge(connection, call["action"], rows, answer)
        if not terms.writes:
            outcomes = self._further(connection, call["action"], outcomes)
            outcomes = tuple(_reads_again(outcome) for outcome in outcomes)
        limits = outcomes
        if call["repeats"]:
            outcomes = tuple(_says_of_the_first(outcome) for outcome in outcomes)
        changes: list[Change] = []
        for outcome in limits:
            if isinstance(outcome, RateLimited):
                changes = [limited(connection.name, outcome, now)]
            elif isinstance(outcome, SignIn):
                changes = [sign_in_needed(connection.name, outcome.what)]
        if not changes:
            changes = worked(self._parts, connection.name)
        self._settlement.close(call, terms, rows, outcomes, answer, tuple(changes), now)

    def _further(self, connection: Connection, action: str, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        """What a read still has to ask for; when it cannot be had now, the whole read is made again."""
        if connection.call(action).further is None or not any(isinstance(outcome, Done) for outcome in outcomes):
            return outcomes
        try:
            return drive(self._parts, connection, read_on(self._parts, connection, action, outcomes), "read")
        except Waits as limit:
            instead: Outcome = limit.limit
        except SignInNeeded as fault:
            instead = SignIn(fault.what)
        except (NoAnswer, NotSent) as fault:
            instead = Retry(fault.what)
        return tuple(instead if isinstance(outcome, Done) else outcome for outcome in outcomes)

    def _in_time(self, call: dict[str, Any]) -> bool:
        clock = self._parts.clock
        return bool(clock.boot_id() == call["boot"] and clock.boottime() <= call["send_by_boot"])

    def _not_sent(self, connection: Connection, call: dict[str, Any], why: str, sign_in: bool = False) -> None:
        now = self._parts.now()
        _LOG.info("call not sent", call=call["id"], connection=connection.name)
        extra = [sign_in_needed(connection.name, why)] if sign_in else failed(self._parts, connection.name, why, now)
        self._settlement.not_sent(call, tuple(extra), now)

    def _silence(self, connection: Connection, terms: ActionTerms, call: dict[str, Any], why: str) -> None:
        now = self._parts.now()
        _LOG.warning("call unanswered", call=call["id"], connection=connection.name)
        changes = failed(self._parts, connection.name, why, now)
        if not terms.writes:
            self._settlement.not_sent(call, tuple(changes), now)
        elif changes:
            self._parts.store.write(tuple(changes))


def _request(call: dict[str, Any]) -> Request:
    headers = (("idempotency-key", call["key"]),) if call["key"] else ()
    query = tuple((name, value) for name, value in loads(call["query"]))
    return Request(call["method"], call["path"], query, headers, bytes(call["body"]))


def _judge(
    connection: Connection, action: str, rows: Sequence[dict[str, Any]], answer: Response
) -> tuple[Outcome, ...]:
    elements = [connection.terms[action].element(row) for row in rows]
    try:
        outcomes = connection.call(action).outcomes(elements, answer)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, IndexError) as fault:
        _LOG.warning("call unanswered", connection=connection.name, action=action, fault=type(fault).__name__)
        return (Unknown(f"The answer could not be read ({type(fault).__name__})."),) * len(rows)
    if len(outcomes) != len(rows):
        return (Unknown("The answer does not tell of every element."),) * len(rows)
    return outcomes


def _reads_again(outcome: Outcome) -> Outcome:
    """A read has no effect to be unknown of: it is simply made again."""
    return Retry(outcome.what) if isinstance(outcome, Unknown) else outcome


def _says_of_the_first(outcome: Outcome) -> Outcome:
    """A repeat that was turned away at the gate tells nothing of the silent first try."""
    turned_away = isinstance(outcome, RateLimited | SignIn | Retry)
    refused = isinstance(outcome, Rejected) and outcome.code == "WHOLE_CALL"
    return Unknown("The repeat was turned away.") if turned_away or refused else outcome
