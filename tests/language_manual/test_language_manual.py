"""`docs/language.md` tells everything that the language has, and its examples are good rules."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

from engine.compose.checking import check_files
from engine.compose.manual import all_tables, rewritten
from engine.compose.offers import manifests, offers_of
from engine.core.holds import SENTENCES
from engine.lang.checks import TESTS
from engine.lang.filters import FILTERS
from engine.lang.forms import read_map, read_ruleset, read_settings
from engine.lang.parser import read_rule
from engine.lang.types import NAMES
from engine.lang.vocabulary.codes import FAILURES, PAUSES
from engine.lang.vocabulary.names import NAMES as RESERVED
from engine.lang.vocabulary.tables import PHRASES
from engine.lang.words import GROUPS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = [(found[1], found[2]) for found in re.finditer(r"```yaml ?(\w*)\n(.*?)```", PAGE, re.DOTALL)]
HEAD = "rule: x\nwhen: halaxy.invoice.overdue\n"
STEPS = "steps:\n  - end:\n      stop: done\n"
OFFERS = offers_of(manifests(None, {}))


def as_rule(kind: str, text: str) -> str:
    """A fragment of the manual as a whole rule."""
    if kind == "steps":
        return f"{HEAD}steps:\n{textwrap.indent(text, '  ')}"
    if kind == "words":
        head = HEAD if not re.search("^when:", text, re.MULTILINE) else "rule: x\n"
        return f"{head}{text}{STEPS}"
    return text


def test_its_tables_are_those_of_the_program():
    assert rewritten(PAGE) == PAGE, "run `make docs`"


@pytest.mark.parametrize("kind,text", BLOCKS, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(BLOCKS)])
def test_its_examples_have_no_problem(tmp_path, kind, text):
    """Every block says what it is: a rule, words of one, steps, settings, a ruleset or a map."""
    if kind == "map":
        assert read_map("maps/revenue_accounts.yaml", text)[1] == ()
    elif kind == "ruleset":
        assert read_ruleset("ruleset.yaml", text)[1] == ()
    elif kind == "settings":
        form = next(other for known, other in BLOCKS if known == "words" and "smallest_balance" in other)
        rule, _ = read_rule("a/b", "a/b.yaml", as_rule("words", form))
        assert read_settings("settings/a/b.yaml", text, rule.settings)[1] == ()
    else:
        assert kind in {"rule", "words", "steps"}
        folder = tmp_path / "manual"
        (folder / "samples").mkdir(parents=True)
        sample = ROOT / "rules" / "follow_ups" / "samples" / "invoice_overdue.json"
        (folder / "samples" / sample.name).write_bytes(sample.read_bytes())
        (folder / "example.yaml").write_text(as_rule(kind, text), encoding="utf-8")
        assert [str(one) for one in check_files([folder / "example.yaml"]).problems] == []


def test_it_names_every_word_of_the_language():
    words = {word.name for group in GROUPS for word in group.words}
    assert {word for word in words if f"`{word}`" not in PAGE} == set()


@pytest.mark.parametrize(
    "names",
    [
        [known.name for known in RESERVED],
        NAMES,
        FILTERS,
        TESTS,
        [event.name for event in OFFERS.events],
        [action.name for action in OFFERS.actions],
        SENTENCES,
        [known.name for known in (*FAILURES, *PAUSES)],
    ],
    ids=["names", "types", "filters", "tests", "events", "actions", "holds", "failures"],
)
def test_it_names_everything_else(names):
    assert names
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_every_definition_says_what_it_means():
    mute = [f"{group.title}: {word.name}" for group in GROUPS for word in group.words if not word.means.endswith(".")]
    mute += [name for name, each in {**FILTERS, **TESTS}.items() if not each.means.endswith(".") or not each.example]
    assert mute == []


def test_no_table_is_empty():
    assert [name for name, text in all_tables().items() if text.count("\n") < 2] == []


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.name)
def test_the_examples_of_a_phrase_are_read_by_its_reader(phrase):
    for example in phrase.examples:
        assert phrase.read(example) is not None
        assert re.search(phrase.looks, example)


# --- codes ------------------------------------------------------------------------------------------------

ONE_WORD = {"FORBIDDEN", "GONE", "INVALID", "MISSING", "OVERPAID"}


def codes_of(folder: str) -> set[str]:
    """Texts of the code that look like codes of holds, pauses and failures."""
    found = set()
    for file in (ROOT / folder).rglob("*.py"):
        if "sandbox" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if text in ONE_WORD or re.fullmatch(r"[A-Z]+(_[A-Z]+)+", text):
                found.add(text)
    return found


def test_every_code_is_explained_and_no_other():
    used = codes_of("engine/core") | codes_of("engine/runtime") | codes_of("connectors")
    known = {*SENTENCES, *(known.name for known in (*FAILURES, *PAUSES))}
    assert used - known == set()
    assert {known.name for known in (*FAILURES, *PAUSES)} - used == set()
