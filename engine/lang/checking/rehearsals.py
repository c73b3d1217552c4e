"""A rule's own tests against what the rule does and the connectors offer: actions, steps, inputs, paths, samples.

Plays nothing; what a test comes to is found by `daybook test`. Files have been read by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.expression import Literal
from engine.core.rule import Place, Rule
from engine.errors import Problem
from engine.lang.catalogue import Catalogue
from engine.lang.checking.conditions import Conditions
from engine.lang.checking.events import Events
from engine.lang.checking.flow import all_steps
from engine.lang.checking.notes import Enough, Notes
from engine.lang.checking.samples import wrong_field
from engine.lang.checking.scope import EVENT_FIELDS
from engine.lang.checking.shapes import NoField, field_of
from engine.lang.faults import did_you_mean, shown
from engine.lang.rule_tests import Changes, Expected, RuleTest, Sample
from engine.lang.schemas import UnknownPath, parts_of, walk

Json = Any
_ENVELOPE = ("type", "id", "key", "source", "connection", "title", "amount", "time", "subject", "data")


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """What the sample files beside a rule hold.

    Attributes:
        values: By their name in tests; None where nobody has looked inside.
        broken: What is wrong with those that cannot be read.
        known: Names of the files that are there, for mends.
    """

    values: Mapping[str, Json]
    broken: Mapping[str, str] = field(default_factory=dict)
    known: tuple[str, ...] = ()


def check_tests(
    rule: Rule, tests: Sequence[RuleTest], catalogue: Catalogue, files: SampleFiles | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong with the tests of a rule.

    Args:
        rule: Whose tests they are.
        tests: As read.
        catalogue: What it may name.
        files: What stands beside the rule; None leaves samples unchecked.
    """
    notes = Notes(rule.id)
    check = _Tests(rule, catalogue, notes, files)
    try:
        for test in tests:
            check.test(test)
    except Enough:
        pass
    return tuple(sorted(notes.problems))


@dataclass(frozen=True, slots=True)
class _Tests:
    rule: Rule
    catalogue: Catalogue
    notes: Notes
    files: SampleFiles | None

    def test(self, test: RuleTest) -> None:
        places = dict(test.places)
        self._event(test.event, test.but_with, places)
        for turn in test.then:
            self._event(turn.event, turn.but_with, dict(turn.places), starts=False)
        for _, sample in test.given:
            self._file(sample)
        steps = {step.name for step in all_steps((*self.rule.steps, *self.rule.on_error))}
        for name, samples in test.answers:
            if name not in steps and name not in self.catalogue.actions:
                what = f'"{shown(name)}" is neither a step of this rule nor an action.'
                place = places.get(f"answers {name}", test.place)
                self.notes.note(place, "unknown-answer", what, did_you_mean(name, steps), len(name))
            for sample in samples:
                self._file(sample)
        for expected in test.expect:
            self._expected(expected)

    def _expected(self, expected: Expected) -> None:
        at = expected.action_place or expected.place
        events = Events(self.catalogue, self.notes, Conditions(self.notes, frozenset()))
        action = events.action(expected.action, at)
        places = dict(expected.places)
        for name, _ in expected.inputs if action is not None and action.inputs else ():
            parts = parts_of(name)
            found = field_of(action.inputs if action else {}, name)
            if isinstance(found, NoField) and len(parts) > 1:
                found = field_of(action.inputs if action else {}, parts[0])
            if isinstance(found, NoField):
                what = f'{expected.action} has no input "{shown(name)}".'
                mend = did_you_mean(name, filter(None, found.known))
                self.notes.note(places.get(name, at), "unknown-input", what, mend, len(name))

    def _event(
        self, sample: Sample | None, but_with: Changes, places: Mapping[str, Place], starts: bool = True
    ) -> None:
        found = self._file(sample) if sample is not None else None
        stated = next((value for path, value in but_with if path == "event.type"), None)
        kind = _stated(stated) or (str(found["type"]) if isinstance(found, Mapping) and "type" in found else "")
        kinds = (kind,) if kind else self.rule.events if starts else tuple(self.catalogue.events)
        self._check_changes(but_with, kinds, places)
        if sample is None or (self.rule.schedule is not None and starts):
            return
        if kind and kind not in self.rule.events and starts:
            what = f"This is {_a(kind)}, which does not start the rule."
            mend = f"Give a sample of {self.rule.events[0]}." if self.rule.events else "Leave it out."
            self.notes.note(sample.place, "sample-does-not-fit", what, mend, len(sample.file))
        elif isinstance(found, Mapping) and len(kinds) == 1 and kinds[0] in self.catalogue.events:
            self._check_data(sample, found, kinds[0])

    def _check_data(self, sample: Sample, found: Mapping[str, Json], kind: str) -> None:
        data = found["data"] if "data" in found else {n: v for n, v in found.items() if n not in _ENVELOPE}
        schemas = self.catalogue.events[kind]
        wrong = wrong_field(data, {"type": "object", "properties": schemas})
        if wrong is not None and schemas:
            what = f"{shown(sample.file)}: {wrong[0]}"
            self.notes.note(sample.place, "sample-does-not-fit", what, wrong[1], len(sample.file))

    def _check_changes(self, changes: Changes, kinds: Sequence[str], places: Mapping[str, Place]) -> None:
        for path, value in changes:
            parts = tuple("[]" if part.isdigit() else part for part in parts_of(path))
            at = places.get(f"but with {path}") or getattr(value, "place", None) or self.rule.place
            if parts[:1] == ("event",):
                if len(parts) > 1 and parts[1] not in (*EVENT_FIELDS, *_ENVELOPE):
                    what = f"{shown(path)} is not known: there is no {shown(parts[1])} there."
                    self.notes.note(at, "unknown-path", what, did_you_mean(parts[1], EVENT_FIELDS), len(path))
                continue
            known = [self.catalogue.events[kind] for kind in kinds if kind in self.catalogue.events]
            found = [walk({"properties": schemas}, ("event", *parts)) for schemas in known if schemas]
            if found and all(isinstance(one, UnknownPath) for one in found):
                first = found[0]
                self.notes.note(at, "unknown-path", first.message.replace("event.", "", 1), first.mend, len(path))

    def _file(self, sample: Sample | None) -> Json:
        """What a sample file holds, as far as that is known; one that is missing is told."""
        if sample is None or not sample.file or self.files is None:
            return None
        if sample.file not in self.files.values:
            what = f"There is no file {shown(sample.file)} beside the rule."
            mend = did_you_mean(sample.file, self.files.known) or "Add it."
            self.notes.note(sample.place, "sample-missing", what, mend, len(sample.file))
            return None
        if sample.file in self.files.broken:
            what = f"{shown(sample.file)} cannot be read: {self.files.broken[sample.file]}"
            self.notes.note(sample.place, "sample-unreadable", what, "Mend the file.", len(sample.file))
        return self.files.values[sample.file]


def _stated(value: object) -> str:
    return value.literal if isinstance(value, Literal) and isinstance(value.literal, str) else ""


def _a(kind: str) -> str:
    return f"a sample of {kind}"
