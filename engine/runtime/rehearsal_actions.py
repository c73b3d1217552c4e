"""How the actions of a rehearsed rule are carried out: plain ones by one answer, postings round by round.

Sends nothing itself: `Hands` give the answers, made up or read. Stores nothing; what stands is kept in `Standing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from engine.core.run import Failure, Perform
from engine.core.times import local_day
from engine.core.values import dumps, loads
from engine.lang.catalogue import ActionSchema
from engine.lang.faults import LangError, did_you_mean
from engine.lang.types import cast_by_schema
from engine.sdk.contract import (
    Ask,
    Calls,
    Connector,
    Done,
    Element,
    Finished,
    Hold,
    Known,
    Later,
    Link,
    Outcome,
    Posting,
    RateLimited,
    Refused,
    Rejected,
    Today,
)
from engine.sdk.records import RECORDS, from_plain

Json = Any
How = Literal["simulated", "given", "read"]
_MOST_ROUNDS = 40
# What a connector's pure functions raise for values that they cannot use.
_UNUSABLE = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class Skill:
    """An action as a rehearsal knows it; `name` is the connector's own, without the connector's name before it."""

    connector: Connector
    name: str
    schema: ActionSchema
    writes: bool = True

    @property
    def full_name(self) -> str:
        """`xero.create_invoice`."""
        return f"{self.connector.name}.{self.name}"

    @property
    def posting(self) -> Posting | None:
        """The posting behind it; None for a call."""
        return self.connector.postings.get(self.name)


@dataclass(frozen=True, slots=True)
class Act:
    """One action that happened, or one call that a posting asked for (`part` names its effect)."""

    step: str
    path: str
    action: str
    inputs: Mapping[str, Json]
    marker: str = ""
    part: str = ""
    how: How = "simulated"
    outcome: Outcome | None = None
    writes: bool = True
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The action has a result."""

    result: Json


@dataclass(frozen=True, slots=True)
class Parked:
    """The run waits at the action for a person or a change."""

    code: str
    about: str
    what: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class PutOff:
    """The action is to be begun again at a time."""

    at: datetime
    why: str


Ending = Answered | Failure | Parked | PutOff


class Hands(Protocol):
    """Who answers in place of the vendors."""

    def given(self, command: Perform, action: str) -> Outcome | None:
        """An answer laid down for an action, by its name or its step's."""
        ...

    def call(self, skill: Skill, command: Perform, element: Element, standing: Standing) -> tuple[Outcome, How]:
        """The answer to one call."""
        ...

    def facts(self, skill: Skill, command: Perform, inputs: Mapping[str, Json]) -> Mapping[str, Mapping[str, Json]]:
        """What is known of the other side's reference records."""
        ...

    def links(self, skill: Skill, command: Perform, sources: frozenset[str]) -> tuple[Link, ...]:
        """What is known to stand for some source records, beside what the stage knows."""
        ...


@dataclass(slots=True)
class Standing:
    """What stands at one connection's vendor, as far as the rehearsal knows: link rows by source key and part."""

    links: dict[tuple[str, str], Link] = field(default_factory=dict)

    def put(self, link: Link) -> None:
        """Note what stands for a part, in place of what stood."""
        self.links[link.source, link.part] = link

    def documents(self) -> dict[str, dict[str, Json]]:
        """The vendor's documents by id, each with its kind."""
        return {
            link.id: {"number": link.marker, **link.written, **link.seen, "id": link.id, "kind": link.kind}
            for link in self.links.values()
            if not link.gone
        }


@dataclass(slots=True)
class Stage:
    """Carries out the actions of a rehearsal and notes each act.

    Attributes:
        known: What stands before the first action, by connector; the key "" holds what any of them may know.
    """

    skills: Mapping[str, Skill]
    hands: Hands
    timezone: str
    known: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    _standing: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def perform(self, command: Perform, now: datetime) -> Ending:
        """Carry out one action."""
        skill = self.skills.get(command.action)
        if skill is None:
            mend = did_you_mean(command.action, self.skills)
            return Failure(command.step, f"There is no action {command.action}.", mend, "NO_ACTION")
        try:
            inputs = loads(dumps(cast_by_schema(dict(command.inputs), skill.schema.inputs)))
        except LangError as fault:
            return Failure(command.step, fault.message, fault.mend, "BAD_INPUT")
        given = self.hands.given(command, command.action)
        if skill.posting is not None and given is None:
            return self._post(skill, skill.posting, command, inputs, now)
        if given is not None:
            return self._ending(skill, command, self._noted(skill, command, Element("", inputs), given, "given"))
        unusable = _unusable(skill, command, inputs)
        if unusable is not None:
            return unusable
        outcome, how = self.hands.call(skill, command, Element("", inputs), self.standing(skill, command))
        return self._ending(skill, command, self._noted(skill, command, Element("", inputs), outcome, how))

    def standing(self, skill: Skill, command: Perform) -> Standing:
        """What stands at the vendor of an action, on the connection that its step names."""
        where = (skill.connector.name, command.connection or "")
        if where not in self._standing:
            self._standing[where] = Standing()
            for link in (*self.known.get("", ()), *self.known.get(skill.connector.name, ())):
                self._standing[where].put(link)
        return self._standing[where]

    def _noted(
        self, skill: Skill, command: Perform, element: Element, outcome: Outcome, how: How, part: str = ""
    ) -> Outcome:
        act = Act(command.step, command.path, skill.full_name, element.payload, element.marker, part, how, outcome)
        self.acts.append(replace(act, writes=skill.writes, connection=command.connection or ""))
        return outcome

    def _ending(self, skill: Skill, command: Perform, outcome: Outcome) -> Ending:
        match outcome:
            case Done(result):
                return _answered(skill, result)
            case Rejected(code, what, mend):
                return Failure(command.step, what, mend, code)
            case RateLimited():
                return Failure(command.step, "The connection's limit is reached.", "Try it later.", "NOT_READ")
        return Failure(command.step, outcome.what, "Try it later.", "NOT_READ")

    # --- postings ---

    def _post(
        self, skill: Skill, posting: Posting, command: Perform, inputs: Mapping[str, Json], now: datetime
    ) -> Ending:
        place = len(self.acts)
        self.acts.append(
            Act(command.step, command.path, skill.full_name, inputs, writes=False, connection=command.connection or "")
        )
        try:
            record: Any = from_plain(RECORDS[posting.record], inputs[posting.input])
            ending = self._rounds(skill, posting, command, inputs, record, now)
            if isinstance(ending, Answered):
                self.acts[place] = replace(self.acts[place], outcome=Done(ending.result))
            return ending
        except _UNUSABLE as fault:
            what = f"The {posting.record} of this posting lacks something, or has it in another form ({fault})."
            mend = f"Give every field of the {posting.record}, and of what is known, in the type that it declares."
            return Failure(command.step, what, mend, "BAD_INPUT")

    def _rounds(
        self,
        skill: Skill,
        posting: Posting,
        command: Perform,
        inputs: Mapping[str, Json],
        record: Any,
        now: datetime,
    ) -> Ending:
        standing, answers = self.standing(skill, command), dict[str, Outcome]()
        today = Today(now, local_day(now, self.timezone), self.timezone)
        facts = self.hands.facts(skill, command, inputs)
        sources = frozenset({*posting.keys(record), *posting.shared(record, inputs)})
        for link in self.hands.links(skill, command, sources):
            standing.links.setdefault((link.source, link.part), link)
        if posting.linked is not None:
            named = posting.linked({key: link for key, link in standing.links.items() if key[0] in sources})
            for link in self.hands.links(skill, command, frozenset(named)):
                standing.links.setdefault((link.source, link.part), link)
            sources |= frozenset(named)
        for _ in range(_MOST_ROUNDS):
            links = {key: link for key, link in standing.links.items() if key[0] in sources}
            decision = posting.decide(record, Known(links, dict(answers), facts), inputs, today)
            for link in () if isinstance(decision, Refused | Later) else decision.links:
                standing.put(link)
            match decision:
                case Finished(result):
                    return _answered(skill, result)
                case Refused(code, what, mend):
                    return Failure(command.step, what, mend, code)
                case Hold():
                    what = str(decision.detail.get("what", "")) or decision.cause
                    return Parked(decision.code, decision.about, what)
                case Later(at, why, _):
                    return PutOff(at, why)
                case Calls(asks):
                    for ask in asks:
                        answers[ask.part] = self._ask(skill, command, ask, standing, int(getattr(record, "version", 1)))
        return Failure(
            command.step, "The posting did not come to an end.", "Report this as a fault.", "TOO_MANY_ROUNDS"
        )

    def _ask(self, posting: Skill, command: Perform, ask: Ask, standing: Standing, version: int) -> Outcome:
        name = f"{posting.connector.name}.{ask.action}"
        skill = self.skills.get(name) or Skill(posting.connector, ask.action, ActionSchema())
        element = Element(ask.element.marker, loads(dumps(dict(ask.element.payload))))
        given = self.hands.given(command, name)
        if isinstance(given, Rejected):
            return self._noted(skill, command, element, given, "given", ask.part)
        outcome, how = self.hands.call(skill, command, element, standing)
        if isinstance(given, Done) and isinstance(outcome, Done):
            outcome, how = _overlaid(outcome, given.result), "given"
        if isinstance(outcome, Done) and ask.link is not None and outcome.link is not None:
            made, (source, part) = outcome.link, ask.link
            seen = loads(dumps(dict(made.seen)))
            standing.put(Link(source, part, made.kind, made.id, made.marker, version, seen, seen, gone=ask.ends))
        return self._noted(skill, command, element, outcome, how, ask.part)


def _overlaid(outcome: Done, given: Mapping[str, Json]) -> Done:
    """A simulated answer with what a test says of it."""
    link = outcome.link and replace(outcome.link, seen={**outcome.link.seen, **given})
    return replace(outcome, result={**outcome.result, **given}, link=link)


def _unusable(skill: Skill, command: Perform, inputs: Mapping[str, Json]) -> Failure | None:
    """The request is built as if it were sent, so that inputs which cannot be sent are found here too."""
    call = skill.connector.calls.get(skill.name)
    if call is None:
        return Failure(command.step, f"{skill.full_name} is no call.", "Report this as a fault.", "NO_ACTION")
    try:
        call.request([Element("rehearsal", inputs)])
    except _UNUSABLE as fault:
        what = f"The input of {skill.full_name} cannot be used ({type(fault).__name__})."
        return Failure(command.step, what, "Check the step's inputs.", "BAD_INPUT")
    return None


def _answered(skill: Skill, result: Mapping[str, Json]) -> Answered:
    """As the engine hands it on: every output that the manifest promises, none where the action left it out."""
    return Answered({**dict.fromkeys(skill.schema.outputs.get("properties", ())), **result})
