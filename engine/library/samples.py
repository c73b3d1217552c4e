"""The sample files that the tests of a rule name, read for the checker.

Looks only at files that are named, beside the rule or below its folder; JSON is read as data, YAML only found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.errors import Problem
from engine.lang.checking.rehearsals import SampleFiles
from engine.lang.rule_tests import RuleTest
from engine.library.files import SAMPLES, read

Json = Any


def sample_files(root: Path, folder: Path, tests: Sequence[RuleTest]) -> SampleFiles:
    """What the tests of a rule name.

    Args:
        root: No file may lead out of it: the folder of all rules.
        folder: That of the rule; names in tests are relative to it.
        tests: Of the rule.
    """
    names = dict.fromkeys(name for test in tests for name in _named(test))
    values: dict[str, Json] = {}
    broken: dict[str, str] = {}
    for name in names:
        if not (folder / name).is_file():
            continue
        problems: list[Problem] = []
        text = read(root, folder / name, name, problems)
        values[name] = None
        if text is None:
            broken[name] = problems[0].message
        elif name.endswith(".json"):
            try:
                values[name] = json.loads(text)
            except (ValueError, RecursionError) as error:
                line = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
                broken[name] = f"It is no JSON{line}."
    known = tuple(sorted(f"{SAMPLES}/{path.name}" for path in (folder / SAMPLES).glob("*"))) if names else ()
    return SampleFiles(values, broken, known)


def _named(test: RuleTest) -> Iterator[str]:
    turns = [turn.event for turn in test.then]
    answers = [sample for _, samples in test.answers for sample in samples]
    for sample in (test.event, *turns, *answers, *(sample for _, sample in test.given)):
        if sample is not None and sample.file:
            yield sample.file
