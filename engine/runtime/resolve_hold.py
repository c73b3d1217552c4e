"""A person's word on a hold: the cause is gone and the step is decided again, or an unknown message went out or not.

Writes one unit; what the run then does is the runner's business.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.core.times import text_of
from engine.core.values import loads
from engine.errors import UserError
from engine.ports import Change, Put, Update
from engine.runtime.holds import let_go
from engine.runtime.parts import Parts
from engine.runtime.rows import wake
from engine.runtime.settle import Settlement
from engine.sdk.contract import Done

Row = dict[str, Any]

WENT_OUT, SEND_AGAIN, TRY_AGAIN = "it went out", "send it again", "try again"
_UNKNOWN = "OUTCOME_UNKNOWN"


def choices_of(hold: Row) -> tuple[str, ...]:
    """What a person may say about an open hold: what its posting offers, and that the cause is gone."""
    if hold["code"] == _UNKNOWN:
        return (WENT_OUT, SEND_AGAIN)
    offered = loads(hold["choices"]) if hold["source"] else []
    return (*offered, TRY_AGAIN)


def resolve_hold(parts: Parts, hold: str, choice: str, now: datetime) -> str:
    """Release a hold as a person chose; gives the run that goes on.

    Raises:
        UserError: There is no such hold, it is released already, or the choice is none of its own.
    """
    rows = parts.store.rows("hold", hold=hold)
    if not rows:
        raise UserError(f'There is no hold "{hold}".', 'See them with "daybook holds".', "no-such-hold")
    row = rows[0]
    if row["released_at"] is not None:
        raise UserError(f"The hold {hold} is released already, by {row['released_by']}.", "", "already-released")
    if choice not in choices_of(row):
        known = " or ".join(f'"{word}"' for word in choices_of(row))
        raise UserError(f'"{choice}" is no choice for this hold.', f"Choose {known}.", "no-such-choice")
    by = f"a person: {choice}"
    changes = _about_a_message(parts, row, choice, now) if row["code"] == _UNKNOWN else let_go(parts, row, by, now)
    changes += _kept(row, choice, now)
    guard = Update("holds", {"id": hold, "released_at": None}, {"released_by": by})
    if not parts.store.write((guard, *changes))[0]:
        raise UserError(f"The hold {hold} changed just now.", "Look at it again.", "changed-meanwhile")
    parts.queue.hint(row["run"])
    return str(row["run"])


def _kept(hold: Row, choice: str, now: datetime) -> list[Change]:
    """The choice as the posting will know it; that the cause is gone needs no remembering."""
    if not hold["source"] or choice == TRY_AGAIN:
        return []
    key = {name: hold[name] for name in ("connection", "source", "code", "about")}
    chosen = {"choice": choice, "record_version": hold["record_version"], "hold": hold["id"], "at": text_of(now)}
    return [Put("choices", key, chosen)]


def _about_a_message(parts: Parts, hold: Row, choice: str, now: datetime) -> list[Change]:
    attempt = _held_attempt(parts, hold)
    terms = parts.connection(attempt["connection"]).terms[attempt["action"]]
    settlement = Settlement(parts)
    if choice == WENT_OUT:
        changes = settlement.attempt(attempt, terms, Done(), now)
    else:
        changes = [*settlement.again(attempt, now), wake(attempt["run"], now)]
    running = {"status": "running", "reason": "", "updated_at": text_of(now)}
    return [
        *changes,
        Update("runs", {"id": hold["run"], "status": "waiting"}, running, {"version": 1}, expect=None),
        Update("holds", {"id": hold["id"], "released_at": None}, {"released_at": text_of(now)}),
    ]


def _held_attempt(parts: Parts, hold: Row) -> Row:
    id = hold["path"].rpartition("#")[2]
    for attempt in parts.store.rows("attempts_of_run", run=hold["run"]):
        if attempt["id"] == id and attempt["state"] == "held":
            return attempt
    raise UserError(f"Nothing of the hold {hold['id']} waits for a word.", "", "nothing-held")
