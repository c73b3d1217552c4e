"""One rule file to a Rule, or to all of its problems at once.

Shapes and words only; `checker` looks at what the words name. Never raises on bad input.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, cast

from engine.core.expression import Expression
from engine.core.rule import AgainAfter, BusyMode, EventPhrase, Place, QuietHours, Rule, Schedule
from engine.errors import Problem
from engine.lang import words
from engine.lang.faults import LangError
from engine.lang.foreign import meant
from engine.lang.forms import read_form
from engine.lang.phrases import read_again_after, read_event_type, read_keys, read_name, read_retry
from engine.lang.reading import Entry, Reading
from engine.lang.rule_tests import RuleTest, read_tests
from engine.lang.schedules import is_schedule, read_schedule
from engine.lang.steps import StepReader
from engine.lang.tree import Entries, Node, Spot, Text, read_tree
from engine.lang.types import cast as cast_type
from engine.lang.vocabulary.rules import RULE


def read_rule(id: str, file: str, text: str) -> tuple[Rule | None, tuple[Problem, ...]]:
    """Read a rule file.

    Args:
        id: The rule's path below its rules folder, without `.yaml`.
        file: The file's name for problems.
        text: What the file holds.

    Returns:
        The rule and no errors, or None and every problem, in the order of the file.
    """
    found = read_rule_file(id, file, text)
    return found.rule, found.problems


@dataclass(frozen=True, slots=True)
class ReadRule:
    """What a rule file came to.

    Attributes:
        rule: None when there are errors.
        tests: Those that stand in it.
        problems: Errors and warnings, in the order of the file.
        torso: Of a rule with errors, what could be read of it; only for looking on for mistakes.
    """

    rule: Rule | None
    tests: tuple[RuleTest, ...]
    problems: tuple[Problem, ...]
    torso: Rule | None = None


def read_rule_file(id: str, file: str, text: str) -> ReadRule:
    """Read a rule file with its tests; like `read_rule`."""
    root, found = read_tree(file, text)
    problems = [_owned(problem, id) for problem in found]
    if root is None:
        empty = Problem(file, 1, 1, "file-empty", "The file is empty.", _EXAMPLES["rule"], 0, "error", id)
        return ReadRule(None, (), tuple(problems or [empty]))
    reading = Reading(file, id)
    reader = _RuleReader(reading, StepReader(reading))
    rule = reader.rule(id, root, _version(text))
    # What the first look says of a line is the cause of anything else that is wrong there.
    lines = {problem.line for problem in problems}
    problems += [problem for problem in reading.problems if problem.line not in lines]
    if any(problem.severity == "error" for problem in problems):
        return ReadRule(None, reader.tests, tuple(sorted(problems)), rule)
    return ReadRule(rule, reader.tests, tuple(sorted(problems)))


def _version(text: str) -> str:
    """The text's own hash; the settings form is part of it."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _owned(problem: Problem, id: str) -> Problem:
    return Problem(
        problem.file,
        problem.line,
        problem.col,
        problem.code,
        problem.message,
        problem.mend,
        problem.end_col,
        problem.severity,
        id,
        problem.source,
    )


class _RuleReader:
    """Reads the words of a rule, one method a word that needs more than a line."""

    def __init__(self, reading: Reading, steps: StepReader) -> None:
        self.reading = reading
        self.steps = steps
        self.tests: tuple[RuleTest, ...] = ()

    def rule(self, id: str, root: Node, version: str) -> Rule | None:
        """The rule, as far as it can be read."""
        entry = self.reading.entries(root, "A rule", words.RULE)
        if not isinstance(root, Entries):
            return None
        # A needed word that is only misspelt, or called as in another tool, is told there.
        misspelt = {meant(key.text, words.RULE) for key, _ in root.entries if key.text not in words.RULE}
        for word in words.RULE_NEEDED:
            if word not in entry and word not in misspelt:
                spot = Spot(root.spot.line, root.spot.col, 0)
                self.reading.fault(spot, "word-missing", f"The rule has no `{word}`.", _EXAMPLES[word])
        for word in words.RULE_NOT_YET:
            if word in entry:
                self.steps.not_yet(entry[word][0])
        events, schedule = self._when(entry)
        self._check_missed(entry, schedule)
        if "tests" in entry:
            self.tests = read_tests(self.reading, entry["tests"][1])
        return Rule(
            id=id,
            version=version,
            title=self._text(entry, "rule") or id,
            place=self.reading.place(root.spot),
            events=events,
            schedule=schedule,
            if_missed=cast(Literal["run once", "skip"], self._word(entry, "if missed")),
            about=self._text(entry, "about") or "",
            owner=self._text(entry, "owner"),
            enabled=self._enabled(entry),
            settings=read_form(self.reading, entry["settings"][1]) if "settings" in entry else (),
            once_per=self._keys(entry, "once per"),
            one_at_a_time_per=self._keys(entry, "one at a time per"),
            when_busy=self._busy(entry),
            conditions=self._conditions(entry, "if"),
            any_conditions=self._conditions(entry, "if any"),
            stop_if=self._conditions(entry, "stop if"),
            stop_when=self._stop_when(entry),
            steps=self.steps.steps(entry["steps"][1], "`steps`") if "steps" in entry else (),
            retry=self.reading.read(entry["try again"][1], "`try again`", read_retry) if "try again" in entry else None,
            on_error=self.steps.steps(entry["on error"][1], "`on error`") if "on error" in entry else (),
            places=self._places(entry),
            again_after=self._again_after(entry),
            keep_fresh=self._keep_fresh(entry),
            quiet_hours=self._quiet_hours(entry),
        )

    def _again_after(self, entry: Entry) -> AgainAfter | None:
        if "again after" not in entry:
            return None
        node = entry["again after"][1]
        found = self.reading.read(node, "`again after`", read_again_after)
        return AgainAfter(found.span, self.reading.placed(node, found.per)) if found is not None else None

    def _keep_fresh(self, entry: Entry) -> tuple[str, ...]:
        nodes = self.reading.one_or_more(entry["keep fresh"][1]) if "keep fresh" in entry else ()
        found: list[str] = []
        for node in nodes:
            found += self.reading.read(node, "`keep fresh`", _names) or ()
        return tuple(dict.fromkeys(found))

    def _quiet_hours(self, entry: Entry) -> QuietHours:
        return cast(QuietHours, self._word(entry, "quiet hours"))

    def _text(self, entry: Entry, word: str) -> str | None:
        return self.reading.text(entry[word][1], f"`{word}`") if word in entry else None

    def _word(self, entry: Entry, word: str) -> str:
        known = words.choices(RULE, word)
        if word not in entry:
            return known[0]
        return self.reading.one_of(entry[word][1], f"`{word}`", known) or known[0]

    def _enabled(self, entry: Entry) -> bool:
        if "enabled" not in entry:
            return True
        found = self.reading.read(entry["enabled"][1], "`enabled`", lambda text: cast_type(text, "yes or no"))
        return found is not False

    def _when(self, entry: Entry) -> tuple[tuple[str, ...], Schedule | None]:
        if "when" not in entry:
            return (), None
        node = entry["when"][1]
        nodes = self.reading.one_or_more(node)
        if len(nodes) == 1 and isinstance(nodes[0], Text) and is_schedule(nodes[0].text.strip()):
            return (), self.reading.read(nodes[0], "`when`", read_schedule)
        if isinstance(node, Text) and node.text.strip() == "called":
            self.reading.fault(
                node.spot, "not-yet", "`when: called` is not yet supported by this version.", _EXAMPLES["when"]
            )
            return (), None
        events = [self.reading.read(item, "`when`", _event) for item in nodes]
        if not nodes:
            self.reading.fault(node.spot, "value-missing", "`when` has no event.", _EXAMPLES["when"])
        return tuple(dict.fromkeys(filter(None, events))), None

    def _check_missed(self, entry: Entry, schedule: Schedule | None) -> None:
        if "if missed" in entry and schedule is None and "when" in entry:
            what = "`if missed` is for schedules; events are never missed."
            self.reading.fault(entry["if missed"][0].spot, "word-does-not-fit", what, "Remove it.")

    def _keys(self, entry: Entry, word: str) -> tuple[Expression, ...]:
        if word not in entry:
            return ()
        found: list[Expression] = []
        for node in self.reading.one_or_more(entry[word][1]):
            found += self.reading.placed_all(node, self.reading.read(node, f"`{word}`", read_keys))
        return tuple(found)

    def _busy(self, entry: Entry) -> BusyMode:
        if "when busy" in entry and "one at a time per" not in entry:
            what = "`when busy` needs `one at a time per`."
            self.reading.fault(entry["when busy"][0].spot, "word-does-not-fit", what, "Add it, or remove this.")
        return cast(BusyMode, self._word(entry, "when busy"))

    def _conditions(self, entry: Entry, word: str) -> tuple[Expression, ...]:
        return self.reading.expressions(entry[word][1], f"`{word}`") if word in entry else ()

    def _stop_when(self, entry: Entry) -> tuple[EventPhrase, ...]:
        if "stop when" not in entry:
            return ()
        nodes = self.reading.one_or_more(entry["stop when"][1])
        return tuple(filter(None, (self.steps.event_phrase(node, "`stop when`") for node in nodes)))

    def _places(self, entry: Entry) -> tuple[tuple[str, Place], ...]:
        places = [(word, self.reading.place(key.spot)) for word, (key, _) in entry.items()]
        for node in self.reading.one_or_more(entry["when"][1]) if "when" in entry else ():
            if isinstance(node, Text):
                places.append((node.text.strip(), self.reading.place(node.spot)))
        for word in ("stop when", "keep fresh"):
            nodes = self.reading.one_or_more(entry[word][1]) if word in entry else ()
            places += [(f"{word} {number}", self.reading.place(node.spot)) for number, node in enumerate(nodes)]
        return tuple(places)


def _event(text: str) -> str:
    if is_schedule(text.strip()):
        raise LangError("schedule-in-list", "A schedule stands among events.", "Make a rule of its own for it.")
    return read_event_type(text.strip())


def _names(text: str) -> tuple[str, ...]:
    return tuple(read_name(part.strip()) for part in text.split(","))


_EXAMPLES = {
    "rule": "Begin with `rule: what it does, as a sentence`.",
    "when": "Write e.g. `when: halaxy.invoice.paid` or `when: every day at 09:00`.",
    "steps": "Write `steps:` and below it `- a short sentence:` with `do:` inside.",
}
