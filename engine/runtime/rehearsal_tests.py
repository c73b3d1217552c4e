"""Runs the tests of a rule: sets the stage from what a test gives, plays it, judges it.

Nothing is sent, stored or read but the sample files that are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.core.calendar import Calendar
from engine.core.events import Event, names_of
from engine.core.rule import Choose, Do, ForEach, Place, Rule, Setting, Step, WaitFor
from engine.core.schedule import add
from engine.core.times import local_day
from engine.errors import UserError
from engine.lang.catalogue import Catalogue
from engine.lang.faults import did_you_mean, shown
from engine.lang.rule_tests import Changes, Expected, RuleTest, Sample, Turn
from engine.runtime.rehearsal_actions import Skill, Stage
from engine.runtime.rehearsal_answers import Simulated
from engine.runtime.rehearsal_events import changed, event_of, schedule_event
from engine.runtime.rehearsal_given import answers_of, facts_of, filled, known_links, maps_of
from engine.runtime.rehearsal_values import SampleFault, Samples, evaluated, local, typed
from engine.runtime.rehearsal_verdict import Wanted, findings
from engine.runtime.rehearse import Rehearsal, Surroundings
from engine.runtime.templates import NoTemplates, Templates

Json = Any
_EARLIEST = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local time of whatever zone the test's practice has
PRACTICE: Mapping[str, Json] = {
    "name": "Sample Practice",
    "timezone": "Australia/Sydney",
    "currency": "AUD",
    "country": "AU",
    "state": "NSW",
    "locations": {},
    "opening_hours": {},
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What the tests of one rule are run with.

    Attributes:
        catalogue: Events and actions with their schemas.
        forms: The settings forms of the `rule` and of its `ruleset`.
        maps: Names of the mapping tables that there are.
        text: The text of a sample file beside the rule; raises UserError when there is none.
        templates: Fills template files in.
        calendar: Public holidays and opening hours of a practice, as rules see it, for the years around one.
    """

    catalogue: Catalogue
    skills: Mapping[str, Skill]
    forms: Mapping[str, Sequence[Setting]]
    maps: tuple[str, ...]
    text: Callable[[str], str]
    practice: Mapping[str, Json] = field(default_factory=lambda: PRACTICE)
    templates: Templates = field(default_factory=NoTemplates)
    calendar: Callable[[Mapping[str, Json], int], Calendar] = lambda practice, year: Calendar()


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a test ended; `findings` are empty when it passed."""

    rule: str
    name: str
    place: Place
    findings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.findings


def run_test(rule: Rule, test: RuleTest, bench: Bench) -> Judgement:
    """Play one test of a rule and judge it."""
    try:
        return Judgement(rule.id, test.name, test.place, _Play(rule, test, bench).findings())
    except SampleFault as fault:
        return Judgement(rule.id, test.name, test.place, (str(fault),))


class _Play:
    """One test being played."""

    def __init__(self, rule: Rule, test: RuleTest, bench: Bench) -> None:
        self.rule, self.test, self.bench = rule, test, bench
        self.given = dict(test.given)
        self.zone, self.practice, self.calendar = self._practice()
        self.events = 0

    def findings(self) -> tuple[str, ...]:
        """What is not as expected."""
        first, now = self._first()
        around = self._around(now)
        stage, hands = self._stage(around, now)
        readers = {type_: readers_of(schemas) for type_, schemas in self.bench.catalogue.events.items()}
        seen = Surroundings(around, self.zone, self.calendar, readers, addressees_of(self.bench.skills))
        seen = replace(seen, templates=self.bench.templates)
        rehearsal = Rehearsal(self.rule, seen, stage)
        hands.objects.update(first.data)
        rehearsal.happens(first, now)
        for turn in self.test.then:
            now = self._turn(turn, rehearsal, hands, now)
        sight = {**around, **names_of(first), "now": now, "today": local_day(now, self.zone)}
        wanted = [self._wanted(expected, sight) for expected in self.test.expect]
        unused = self._unused(hands)
        found = findings(rehearsal, wanted, self.test.runs, self.test.because)
        return (*unused, *found) if found else ()

    # --- what is given ---

    def _practice(self) -> tuple[str, Mapping[str, Json], Calendar]:
        practice = dict(self.bench.practice)
        zone = str(practice["timezone"])
        if "practice" in self.given:
            place = self.given["practice"].place
            more = Samples(self.bench.text, {}).map(self.given["practice"], "`practice`")
            practice |= more
            zone = _zone(str(practice["timezone"]), place)
        calendar = self._calendar(practice)
        practice["holidays"] = sorted(calendar.holidays)
        return zone, practice, calendar

    def _calendar(self, practice: Mapping[str, Json]) -> Calendar:
        """Holidays that the test gives are the only ones; otherwise they are those of the practice's state."""
        place = self.given["practice"].place if "practice" in self.given else self.test.place
        try:
            calendar = self.bench.calendar(practice, (self.test.at or _EARLIEST).year)
        except UserError as fault:
            raise SampleFault(place, fault.what, fault.mend) from None
        if "holidays" not in practice:
            return calendar
        return replace(calendar, holidays=frozenset(typed(practice["holidays"] or [], _DATES, "holidays", place)))

    def _samples(self, now: datetime) -> Samples:
        names = {"now": now, "today": local_day(now, self.zone), "practice": self.practice}
        return Samples(self.bench.text, names)

    def _first(self) -> tuple[Event, datetime]:
        """The starting event and the time: the test's, else the sample's own, else a Monday morning."""
        stated = local(self.test.at, self.zone) if self.test.at is not None else None
        now = stated or local(_EARLIEST, self.zone)
        if self.test.event is None:
            if self.rule.schedule is None:
                raise SampleFault(self.test.place, "This test has no event.", "Add `event:` with a sample file.")
            self.events = 1
            return schedule_event(self.rule, now), now
        event = self._event(self.test.event, self.test.but_with, now)
        return (event, now) if stated is not None else (replace(event, accepted_at=event.time), event.time)

    def _event(self, sample: Sample, but_with: Changes, now: datetime) -> Event:
        self.events += 1
        samples = self._samples(now)
        given = samples.map(sample, "An event")
        envelope = tuple(one for one in but_with if one[0].startswith(_ENVELOPE))
        values = evaluated(envelope, samples.names, sample.place)
        given |= {name.removeprefix(_ENVELOPE): value for name, value in values.items()}
        event = event_of(given, sample.place, self.rule, self.bench.catalogue, self.events, now)
        inner = tuple(one for one in but_with if one not in envelope)
        if not inner:
            return event
        values = evaluated(inner, {**samples.names, **names_of(event)}, sample.place)
        schemas = self.bench.catalogue.events.get(event.type, {})
        return replace(event, data=changed(event.data, values, schemas, sample.place))

    def _around(self, now: datetime) -> dict[str, Json]:
        samples = self._samples(now)
        settings, maps = self.given.get("settings"), self.given.get("maps")
        forms = filled(
            samples.map(settings, "`settings`") if settings else {},
            self.bench.forms,
            settings.place if settings else self.test.place,
        )
        tables = maps_of(
            samples.map(maps, "`maps`") if maps else {}, self.bench.maps, maps.place if maps else self.test.place
        )
        absent = {name: None for kind in self.rule.events for name in self.bench.catalogue.events.get(kind, {})}
        return {
            **absent,
            "settings": forms.get("rule", {}),
            "ruleset": {"settings": forms.get("ruleset", {})},
            "maps": tables,
            "practice": self.practice,
        }

    def _stage(self, around: Mapping[str, Json], now: datetime) -> tuple[Stage, Simulated]:
        samples = self._samples(now)
        actions = dict(_actions((*self.rule.steps, *self.rule.on_error)))
        answers = answers_of(self.test.answers, tuple(actions), self.bench.skills, actions, samples)
        stated = self.given.get("facts")
        facts = facts_of(samples.map(stated, "`facts`"), stated.place) if stated else {}
        hands = Simulated(now, answers, facts)
        known = self.given.get("known")
        links = known_links(samples.plain(known), known.place) if known else ()
        return Stage(self.bench.skills, hands, self.zone, {"": links}), hands

    # --- what happens, and what should ---

    def _turn(self, turn: Turn, rehearsal: Rehearsal, hands: Simulated, now: datetime) -> datetime:
        later = local(turn.at, self.zone) if turn.at is not None else now
        if turn.after is not None:
            moved = add(now.astimezone(ZoneInfo(self.zone)), turn.after, self.calendar)
            later = moved if isinstance(moved, datetime) else now
        if later < now:
            raise SampleFault(turn.place, "The clock of `then` goes backwards.", "Give times in their order.")
        hands.now = later
        rehearsal.until(later)
        if turn.event is not None:
            event = self._event(turn.event, turn.but_with, later)
            hands.objects.update(_same_objects(hands.objects, event.data))
            rehearsal.happens(event, later)
        return later

    def _wanted(self, expected: Expected, names: Mapping[str, Json]) -> Wanted:
        if expected.action not in self.bench.skills:
            what = f"There is no action {shown(expected.action)}."
            raise SampleFault(expected.place, what, did_you_mean(expected.action, self.bench.skills))
        inputs = evaluated(expected.inputs, names, expected.place)
        return Wanted(expected.action, expected.times, inputs, expected.place, expected.connection)

    def _unused(self, hands: Simulated) -> tuple[str, ...]:
        names = [name for name in hands.answers if name not in hands.used]
        return (f"Answers that nobody asked for: {', '.join(names)}.",) if names else ()


_ENVELOPE = "event."
_DATES: Mapping[str, Json] = {"type": "array", "items": {"type": "string", "x-type": "date"}}


def readers_of(schemas: Mapping[str, Mapping[str, Json]]) -> dict[str, str]:
    """The action that reads each of an event's objects again, where its schema names one."""
    return {name: str(schema["x-reader"]) for name, schema in schemas.items() if "x-reader" in schema}


def addressees_of(skills: Mapping[str, Skill]) -> dict[str, str]:
    """The actions that write to people's addresses, each with the input that holds the address."""
    found: dict[str, str] = {}
    for name, skill in skills.items():
        to = (skill.schema.inputs.get("properties") or {}).get("to", {})
        if skill.writes and to.get("x-type") in ("email", "phone"):
            found[name] = "to"
    return found


def _same_objects(known: Mapping[str, Json], data: Mapping[str, Json]) -> dict[str, Json]:
    """The objects of a later event that show again what is known, by its id."""
    return {
        name: value
        for name, value in data.items()
        if isinstance(value, Mapping)
        and isinstance(known.get(name), Mapping)
        and value.get("id") == known[name].get("id")
    }


def _zone(name: str, place: Place) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SampleFault(place, f'There is no time zone "{shown(name)}".', "As in Australia/Sydney.") from None


def _actions(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """The names of all steps, inner ones included, with the action of each; "" for one that does none."""
    found: list[tuple[str, str]] = []
    for step in steps:
        verb = step.verb
        found.append((step.name, verb.action if isinstance(verb, Do) else ""))
        inner: list[Sequence[Step]] = [step.on_error] if isinstance(step.on_error, tuple) else []
        match verb:
            case Choose():
                inner += [*(steps for _, steps in verb.branches), verb.otherwise]
            case ForEach():
                inner.append(verb.steps)
            case WaitFor() if isinstance(verb.on_timeout, tuple):
                inner.append(verb.on_timeout)
        for each in inner:
            found += _actions(each)
    return found
