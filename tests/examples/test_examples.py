"""Every example is without fault and its tests pass; they, and those of shipped rules, fail when a part is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from breaking import broken_rules, passes
from click.testing import CliRunner

from engine.cli.main import run
from engine.compose.rehearsing import Rehearsable, packaged

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if re.match(r"[0-9]{2}_", path.name))
RULES = (*packaged().chosen([str(EXAMPLES)]), *packaged().chosen([]))
NAMES = [one.rule.id for one in RULES]


def daybook(*words: str) -> tuple[int, str]:
    """Exit code and all that is printed, as a person would run it."""
    with CliRunner().isolation() as (out, err, _):
        code = run(words)
        return code, out.getvalue().decode() + err.getvalue().decode()


def test_there_is_an_example_for_each_line_of_the_readme() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    listed = re.findall(r"^\| \[`(\w+)`\]\(\1\)", readme, re.MULTILINE)
    assert [*FOLDERS, "harbour"] == listed


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_is_checked_without_a_finding_and_its_tests_pass(folder: str) -> None:
    code, checked = daybook("check", str(EXAMPLES / folder))
    assert (0, True) == (code, "no errors, no warnings" in checked), checked
    code, tested = daybook("test", str(EXAMPLES / folder))
    assert (0, True) == (code, ", 0 failed" in tested), tested
    assert "Without tests" not in tested


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_teaches_one_thing_in_a_comment_at_its_head(folder: str) -> None:
    for file in (EXAMPLES / folder).glob("*.yaml"):
        assert re.match(r"# [A-Z].+\n", file.read_text()), file


@pytest.mark.parametrize("one", RULES, ids=NAMES)
def test_the_tests_of_a_rule_fail_when_a_part_of_it_is_missing(one: Rehearsable) -> None:
    survivors = [name for name, broken in broken_rules(one.rule) if passes(one, broken)]
    assert [] == survivors
