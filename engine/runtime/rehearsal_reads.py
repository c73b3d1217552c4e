"""Answers for trying a rule against the real practice: reads are made, writes are made up.

What was made up once is not looked for at the vendor any more. Links and facts come from the store; nothing is
written there but the count of requests.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.core.run import Perform
from engine.core.values import dumps, loads
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.runtime.flows import drive, read_on
from engine.runtime.parts import Connection, Parts
from engine.runtime.rehearsal_actions import How, Skill, Standing
from engine.runtime.rehearsal_answers import simulated
from engine.runtime.rows import link_of
from engine.sdk.contract import Call, Done, Element, Link, Outcome, Rejected, Request, Response

Json = Any
_FACTS = ("account", "tax rate", "tracking", "organisation", "native sync")


@dataclass(slots=True)
class RealReads:
    """See `engine.runtime.rehearsal_actions.Hands`.

    `answered` are the answers to what was read before, so that a rule can be gone through again without new requests.
    """

    parts: Parts
    now: datetime
    made: set[str] = field(default_factory=set)
    count: int = 0
    answered: dict[str, Outcome] = field(default_factory=dict)

    def given(self, command: Perform, action: str) -> Outcome | None:
        """Nothing is laid down."""
        return None

    def call(self, skill: Skill, command: Perform, element: Element, standing: Standing) -> tuple[Outcome, How]:
        """A read is sent; a write, and a read of what was made up, is answered as if it went well."""
        call = skill.connector.calls.get(skill.name)
        if not skill.writes and call is not None and not self.made & set(_texts(element.payload)):
            return self._read_once(call, skill, command, element), "read"
        self.count += 1
        outcome = simulated(skill, element, standing, self.now, self.count)
        if isinstance(outcome, Done):
            self.made |= {text for text in (element.marker, _id_of(outcome)) if text}
        return outcome, "simulated"

    def facts(self, skill: Skill, command: Perform, inputs: Mapping[str, Json]) -> Mapping[str, Mapping[str, Json]]:
        """The reference records as last polled."""
        found: dict[str, dict[str, Json]] = {kind: {} for kind in _FACTS}
        connection = self._connection(skill, command)
        if connection is not None:
            rows = self.parts.store.rows("record_kinds", connection=connection.name, kinds=dumps(list(_FACTS)))
            for row in rows:
                found[row["kind"]][row["id"]] = loads(row["body"])
        return found

    def links(self, skill: Skill, command: Perform, sources: frozenset[str]) -> tuple[Link, ...]:
        """What stands at the vendor as far as Daybook knows."""
        connection = self._connection(skill, command)
        if connection is None:
            return ()
        rows = self.parts.store.rows("links", connection=connection.name, sources=dumps(sorted(sources)))
        return tuple(link_of(row) for row in rows)

    def _read_once(self, call: Call, skill: Skill, command: Perform, element: Element) -> Outcome:
        key = dumps([skill.full_name, command.connection, command.path, dict(element.payload)])
        if key not in self.answered:
            self.answered[key] = self._read(call, skill, command, element)
        return self.answered[key]

    def _read(self, call: Call, skill: Skill, command: Perform, element: Element) -> Outcome:
        connection = self._connection(skill, command)
        if connection is None:
            mend = f"Connect {skill.connector.name}, or name one of its connections."
            return Rejected("NO_CONNECTION", f"{skill.full_name} has no connection of its own here.", mend)
        try:
            return drive(self.parts, connection, self._asked(connection, call, element), "read")
        except (NotSent, NoAnswer, SignInNeeded) as fault:
            return Rejected("NOT_READ", f"{connection.name} could not be read: {fault.what}", fault.mend)

    def _asked(self, connection: Connection, call: Call, element: Element) -> Generator[Request, Response, Outcome]:
        response = yield call.request([element])
        outcomes = call.outcomes([element], response)
        return (yield from read_on(self.parts, connection, call.name, outcomes))[0]

    def _connection(self, skill: Skill, command: Perform) -> Connection | None:
        return self.parts.connection_for(skill.connector.name, command.connection)


def _texts(payload: Mapping[str, Json]) -> list[str]:
    return [value for value in payload.values() if isinstance(value, str)]


def _id_of(outcome: Done) -> str:
    return outcome.link.id if outcome.link is not None else str(outcome.result.get("id", ""))
