"""Rules as admins write them: broken ones are refused where the mistake is, sound ones pass without a word.

A file of `corpus/` holds several rules, each after a `# === what it is` line. A line that ends in `#! code` is where
a problem of that code has to stand; a rule must have these problems and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from problem_frames import ROOT, catalogue

from engine.errors import Problem
from engine.lang.checker import check, check_rings, check_torso
from engine.lang.checking.rehearsals import SampleFiles, check_tests
from engine.lang.parser import read_rule_file
from engine.lang.problems import as_text

CORPUS = Path(__file__).parent / "corpus"
MARK = re.compile(r"\s*#! (.*)$")
RULES = ROOT / "rules" / "financial_sync"
NAMES = tuple(sorted(f"samples/{path.name}" for path in (RULES / "samples").iterdir()))
SAMPLES = SampleFiles(
    {name: json.loads((RULES / name).read_text()) if name.endswith(".json") else None for name in NAMES}, {}, NAMES
)


class Case(NamedTuple):
    """A rule of the corpus, without marks, and what has to be said of it by line."""

    name: str
    text: str
    expected: tuple[tuple[int, str], ...]


def cases(kind: str) -> Iterator[Case]:
    for path in sorted((CORPUS / kind).glob("*.yaml")):
        for part in path.read_text(encoding="utf-8").split("\n# === ")[1:]:
            name, _, text = part.partition("\n")
            lines = text.split("\n")
            expected = [
                (number, code)
                for number, line in enumerate(lines, 1)
                for code in (MARK.search(line) or [""] * 2)[1].split()
            ]
            yield Case(f"{path.stem}: {name}", "\n".join(MARK.sub("", line) for line in lines), tuple(sorted(expected)))


def problems_of(text: str) -> tuple[Problem, ...]:
    found = read_rule_file("financial_sync/x", "f.yaml", text)
    if found.rule is None:
        further = check_torso(found.torso, found.problems, catalogue()) if found.torso is not None else ()
        return tuple(sorted((*found.problems, *further)))
    checked = check([found.rule], catalogue()), check_rings([found.rule], catalogue())
    tests = check_tests(found.rule, found.tests, catalogue(), SAMPLES)
    return tuple(sorted((*found.problems, *checked[0], *checked[1], *tests)))


BROKEN, SOUND = tuple(cases("broken")), tuple(cases("sound"))


@pytest.mark.parametrize("case", BROKEN, ids=[case.name for case in BROKEN])
def test_a_broken_rule_is_refused_where_the_mistake_is(case):
    found = problems_of(case.text)
    said = as_text(found, {"f.yaml": case.text})
    assert tuple(sorted((problem.line, problem.code) for problem in found)) == case.expected, said
    assert all(problem.mend.strip(" .") for problem in found), said


@pytest.mark.parametrize("case", SOUND, ids=[case.name for case in SOUND])
def test_a_sound_rule_passes_without_a_word(case):
    assert as_text(problems_of(case.text), {"f.yaml": case.text}) == ""


def test_the_corpus_is_large():
    assert len(BROKEN) >= 200
    assert len(SOUND) >= 80
