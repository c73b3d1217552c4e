"""The newest that is to be had of an invoice: read again from the practice's own system, else as last stored.

For trying a rule; what is read is not stored. Which action reads an invoice is said by the events' schemas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.run import Perform
from engine.core.times import time_of
from engine.core.values import dumps, loads
from engine.errors import UserError
from engine.lang.faults import shown
from engine.runtime.parts import Connection, Parts
from engine.runtime.rehearsal_actions import Skill, Standing
from engine.runtime.rehearsal_reads import RealReads
from engine.sdk.contract import Done, Element, Outcome, RateLimited, Rejected

Json = Any
_OBJECT, _RECORD = "invoice", "sale"


@dataclass(frozen=True, slots=True)
class Newest:
    """An invoice and where it was had from; `notice` says when that is not its own system, now."""

    sale: Mapping[str, Json]
    connection: str
    source: str
    notice: str = ""


def newest_invoice(parts: Parts, skills: Mapping[str, Skill], hands: RealReads, wanted: str) -> Newest:
    """An invoice by its id, its number, or its number in the ledger (`HX-1001`).

    Raises:
        UserError: It is neither to be read nor stored.
    """
    why = ""
    for connection, skill in _readers(parts, skills):
        stored = _stored(parts, connection.name, wanted)
        id = str(stored["id"]) if stored is not None else wanted.strip().removeprefix("HX-")
        outcome = _read(skill, hands, connection, id)
        if isinstance(outcome, Done):
            return Newest(loads(dumps(outcome.result[_OBJECT])), connection.name, connection.connector.name)
        why = f"{connection.name} does not give it now: {_said(outcome)}"
        if stored is not None:
            since = time_of(str(stored["stored_at"])).date().isoformat()
            notice = f"This is the invoice as it was stored on {since}. {why}"
            sale = {name: value for name, value in stored.items() if name != "stored_at"}
            return Newest(sale, connection.name, connection.connector.name, notice)
    mend = 'Read the practice first with "daybook sync now", or give an event with --event.'
    raise UserError(f'Nothing is known of the invoice "{shown(wanted)}". {why}'.strip(), mend, "no-such-invoice")


def _readers(parts: Parts, skills: Mapping[str, Skill]) -> Iterator[tuple[Connection, Skill]]:
    """Every connection that has invoices, with the action that reads one again."""
    actions = {objects[_OBJECT] for objects in parts.readers.values() if _OBJECT in objects}
    for connection in parts.connections.values():
        for action in sorted(actions):
            if action in skills and skills[action].connector.name == connection.connector.name:
                yield connection, skills[action]


def _stored(parts: Parts, connection: str, wanted: str) -> dict[str, Json] | None:
    """The snapshot of an invoice, with when it was stored."""
    name = wanted.strip().removeprefix("HX-")
    rows = parts.store.rows("record", connection=connection, kind=_RECORD, id=name) or [
        row
        for row in parts.store.rows("records", connection=connection, kind=_RECORD)
        if str(loads(row["body"]).get("number")) in (name, wanted.strip())
    ]
    if not rows:
        return None
    return {**loads(rows[0]["body"]), "version": rows[0]["version"], "stored_at": rows[0]["updated_at"]}


def _read(skill: Skill, hands: RealReads, connection: Connection, id: str) -> Outcome:
    command = Perform("try", "try", skill.full_name, connection.name, {"id": id})
    return hands.call(skill, command, Element("", {"id": id}), Standing())[0]


def _said(outcome: Outcome) -> str:
    match outcome:
        case Rejected(_, what, mend):
            return f"{what} {mend}".strip()
        case RateLimited():
            return "its limit is reached."
    return str(getattr(outcome, "what", "it was not read."))
