"""The ready-made financial sync: every file is read, and fits the connectors and its own samples."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from engine.lang.forms import read_ruleset
from engine.lang.parser import read_rule
from engine.lang.problems import as_text
from engine.lang.reading import plain_tree
from engine.lang.tree import read_tree
from engine.library.reading import Library, read_library

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "rules" / "financial_sync"
RULES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "ruleset.yaml")


CONNECTORS = ("halaxy", "xero", "email", "notifications", "books")


@cache
def library() -> Library:
    """The ruleset as the example practice uses it."""
    return read_library(
        ROOT / "examples" / "harbour", ("financial_sync",), CONNECTORS, ROOT / "rules", ROOT / "connectors"
    )


def test_the_ruleset_names_its_rules():
    ruleset, problems = read_ruleset("ruleset.yaml", (FOLDER / "ruleset.yaml").read_text())
    assert () == problems
    assert {path.stem for path in RULES} == set(ruleset.rules)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_is_read_without_a_problem(path):
    rule, problems = read_rule(f"financial_sync/{path.stem}", path.name, path.read_text())
    assert "" == as_text(problems, {path.name: path.read_text()})
    assert rule is not None


def test_the_rules_fit_the_connectors_and_the_example_practice():
    problems = library().check(frozenset({"bookkeeper", "practice manager"}))
    assert "" == as_text(problems, library().texts)
    assert {f"financial_sync/{path.stem}" for path in RULES} == set(library().rules)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_sample_that_a_test_names_is_there(path):
    root, _ = read_tree(path.name, path.read_text())
    for test in plain_tree(root)["tests"]:
        named = [test.get("event"), *test.get("given", {}).values(), *test.get("answers", {}).values()]
        for name in named:
            if isinstance(name, str) and name.startswith("samples/"):
                assert (FOLDER / name).is_file(), name


@pytest.mark.parametrize("path", sorted((FOLDER / "samples").glob("*.json")), ids=lambda path: path.stem)
def test_the_objects_of_a_sample_event_are_those_of_its_schema(path):
    sample = json.loads(path.read_text())
    schemas = library().catalogue("financial_sync").events.get(sample.get("type", ""))
    if schemas is None:
        assert path.stem in ("morning", "compared_equal", "compared_different", "compared_unknown")
        return
    for name, value in sample["data"].items():
        assert set(value) <= set(schemas[name]["properties"])
        assert set(schemas[name].get("required", ())) <= set(value)
