"""The `tests` of a rule as data: what happens, what is given, what outside actions answer, what is expected.

Shapes only. What a test comes to is found by `engine.runtime.rehearse`; sample files are read by whoever runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.expression import Expression
from engine.core.rule import Place, Span
from engine.errors import Problem
from engine.lang import words
from engine.lang.durations import read_duration
from engine.lang.faults import LangError, shown
from engine.lang.reading import Entry, Reading
from engine.lang.tree import Entries, Items, Node, Text, read_tree
from engine.lang.types import bad, cast

Changes = tuple[tuple[str, Expression], ...]
Places = tuple[tuple[str, Place], ...]
_FILES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Sample:
    """Data of a test: the name of a file beside the rule, or `values` that are written in the test itself."""

    place: Place
    file: str = ""
    values: Expression | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes later in a test: the clock moves (by a span, or to a time), and then an event may arrive."""

    place: Place
    after: Span | None = None
    at: datetime | None = None
    event: Sample | None = None
    but_with: Changes = ()
    places: Places = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """An action that has to happen: exactly `times`, or at least once when None, with at least these inputs."""

    action: str
    place: Place
    times: int | None = None
    inputs: Changes = ()
    action_place: Place | None = None
    places: Places = ()
    connection: str = ""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test of a rule.

    Attributes:
        at: The clock; a time without a zone is one of the practice's.
        given: Samples by word: `settings`, `maps`, `practice`, `known`, `facts`.
        answers: By the name of an action or a step; several are given one after the other.
        places: Where names stand: `answers NAME`, `but with PATH`.
        runs: How many runs there have to be; `because` is part of the reason when there are none.
    """

    name: str
    place: Place
    event: Sample | None = None
    but_with: Changes = ()
    at: datetime | None = None
    given: tuple[tuple[str, Sample], ...] = ()
    answers: tuple[tuple[str, tuple[Sample, ...]], ...] = ()
    then: tuple[Turn, ...] = ()
    expect: tuple[Expected, ...] = ()
    runs: int | None = None
    because: str = ""
    places: Places = ()


def rule_tests(id: str, file: str, text: str) -> tuple[tuple[RuleTest, ...], tuple[Problem, ...]]:
    """The tests that stand in the text of a rule, and what is wrong with their shape."""
    root, _ = read_tree(file, text)
    reading = Reading(file, id)
    entries = {key.text: value for key, value in root.entries} if isinstance(root, Entries) else {}
    tests = read_tests(reading, entries["tests"]) if "tests" in entries else ()
    return tests, tuple(sorted(reading.problems))


def read_tests(reading: Reading, node: Node) -> tuple[RuleTest, ...]:
    """The tests below `tests`; what cannot be read is noted and left out."""
    tests: list[RuleTest] = []
    names: set[str] = set()
    for item in reading.items(node, "`tests`"):
        test = _test(reading, item)
        if test.name in names:
            what = f'"{shown(test.name)}" names two tests.'
            reading.fault(item.spot, "test-name-twice", what, "Give each test a name of its own.")
        names.add(test.name)
        tests.append(test)
    return tuple(tests)


def _test(reading: Reading, node: Node) -> RuleTest:
    entry = reading.entries(node, "A test", words.TEST)
    for word in words.TEST_NEEDED:
        if word not in entry:
            reading.fault(node.spot, "word-missing", f"A test needs `{word}`.", "Add it.")
    expect, runs, because = _expectation(reading, entry["expect"][1]) if "expect" in entry else ((), None, "")
    return RuleTest(
        (reading.text(entry["name"][1], "`name`") or "") if "name" in entry else "",
        reading.place(node.spot),
        _sample(reading, entry["event"][1]) if "event" in entry else None,
        _changes(reading, entry, "but with"),
        _moment(reading, entry, "at"),
        _given(reading, entry["given"][1]) if "given" in entry else (),
        _answers(reading, entry["answers"][1]) if "answers" in entry else (),
        tuple(_turn(reading, item) for item in reading.one_or_more(entry["then"][1])) if "then" in entry else (),
        expect,
        runs,
        because,
        _places(reading, entry, ("answers", "but with")),
    )


def _sample(reading: Reading, node: Node) -> Sample:
    place = reading.place(node.spot)
    if isinstance(node, Text) and node.text.strip().endswith(_FILES):
        return Sample(place, node.text.strip())
    return Sample(place, "", reading.value(node))


def _changes(reading: Reading, entry: Entry, word: str) -> Changes:
    if word not in entry:
        return ()
    found = reading.entries(entry[word][1], f"`{word}`")
    return tuple((name, reading.value(value)) for name, (_, value) in found.items())


def _places(reading: Reading, entry: Entry, words: Sequence[str]) -> Places:
    """Where the names below these words stand."""
    below = [(word, entry[word][1]) for word in words if word in entry]
    return tuple(
        (f"{word} {key.text}", reading.place(key.spot))
        for word, node in below
        if isinstance(node, Entries)
        for key, _ in node.entries
    )


def _moment(reading: Reading, entry: Entry, word: str) -> datetime | None:
    return reading.read(entry[word][1], f"`{word}`", _time) if word in entry else None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        mend = "Write it as in 2026-01-31T09:30+10:00; without an offset it is the practice's own time."
        raise bad(f'"{shown(text)}" is no date and time.', mend) from None


def _given(reading: Reading, node: Node) -> tuple[tuple[str, Sample], ...]:
    entry = reading.entries(node, "`given`", words.TEST_GIVEN)
    return tuple((word, _sample(reading, value)) for word, (_, value) in entry.items())


def _answers(reading: Reading, node: Node) -> tuple[tuple[str, tuple[Sample, ...]], ...]:
    entry = reading.entries(node, "`answers`")
    return tuple(
        (name, tuple(_sample(reading, item) for item in reading.one_or_more(value)))
        for name, (_, value) in entry.items()
    )


def _turn(reading: Reading, node: Node) -> Turn:
    """A map of words, or in short a length, a time or a sample file."""
    place = reading.place(node.spot)
    if isinstance(node, Text):
        if node.text.strip().endswith(_FILES):
            return Turn(place, event=_sample(reading, node))
        moved = reading.read(node, "`then`", _length_or_time)
        return Turn(place, at=moved) if isinstance(moved, datetime) else Turn(place, after=moved)
    entry = reading.entries(node, "`then`", words.TEST_THEN)
    if "after" in entry and "at" in entry:
        reading.fault(entry["at"][0].spot, "word-does-not-fit", "`at` and `after` both move the clock.", "Keep one.")
    return Turn(
        place,
        reading.read(entry["after"][1], "`after`", read_duration) if "after" in entry else None,
        _moment(reading, entry, "at"),
        _sample(reading, entry["event"][1]) if "event" in entry else None,
        _changes(reading, entry, "but with"),
        _places(reading, entry, ("but with",)),
    )


def _length_or_time(text: str) -> Span | datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return read_duration(text)


def _expectation(reading: Reading, node: Node) -> tuple[tuple[Expected, ...], int | None, str]:
    expected: list[Expected] = []
    runs: int | None = None
    because = ""
    for item in reading.one_or_more(node):
        entry = reading.entries(item, "`expect`", words.TEST_EXPECT)
        if "runs" in entry:
            runs = _count(reading, entry, "runs")
        because = _text(reading, entry, "because") or because
        if "do" in entry:
            expected.append(_expected(reading, entry, reading.place(item.spot)))
        elif isinstance(item, Entries) and not {"runs", "because"} & entry.keys():
            reading.fault(item.spot, "word-missing", "Nothing is expected here.", "Write `do: connector.action`.")
    if isinstance(node, Items) and not node.items:
        reading.fault(node.spot, "value-missing", "`expect` is empty.", "Write `- do: connector.action`, or `runs: 0`.")
    if because and runs != 0:
        reading.fault(node.spot, "word-does-not-fit", "`because` needs `runs: 0`.", "Add it, or remove this.")
    return tuple(expected), runs, because


def _expected(reading: Reading, entry: Entry, place: Place) -> Expected:
    return Expected(
        _text(reading, entry, "do"),
        place,
        _count(reading, entry, "times"),
        _changes(reading, entry, "with"),
        reading.place(entry["do"][1].spot),
        tuple((name.removeprefix("with "), at) for name, at in _places(reading, entry, ("with",))),
        _text(reading, entry, "connection"),
    )


def _text(reading: Reading, entry: Entry, word: str) -> str:
    return reading.text(entry[word][1], f"`{word}`") or "" if word in entry else ""


def _count(reading: Reading, entry: Entry, word: str) -> int | None:
    return reading.read(entry[word][1], f"`{word}`", _whole) if word in entry else None


def _whole(text: str) -> int:
    count = cast(text, "whole number")
    if not isinstance(count, int) or count < 0:
        raise LangError("bad-value", f'"{shown(text)}" counts nothing.', "Write 0, 1, 2 ...")
    return count
