"""Problems as people and programs see them."""

from __future__ import annotations

from engine.lang.parser import read_rule
from engine.lang.problems import as_json, as_text

TEXT = 'rule: x\nwhen: halaxy.invoice.paid\nif: invoice.kind = "a"\nsteps:\n  - a: {stop: b}\n'


def test_a_problem_shows_its_line_with_a_caret():
    _, problems = read_rule("a/b", "rules/a/b.yaml", TEXT)
    assert as_text(problems, {"rules/a/b.yaml": TEXT}) == (
        "rules/a/b.yaml:3:18: error[one-equals-sign]: One = does not compare. Write `==`.\n"
        '3 | if: invoice.kind = "a"\n'
        "                     ^^^^^"
    )


def test_a_long_line_is_shown_around_its_caret():
    text = f"rule: x\nwhen: a.b\nif: {'a + ' * 60}a = b\nsteps: []\n"
    _, problems = read_rule("a/b", "f.yaml", text)
    shown = as_text(problems, {"f.yaml": text}).split("\n")
    caret = shown[2].index("^")
    assert "=" == shown[1][caret]
    assert len(shown[1]) < 180


def test_no_source_no_line():
    _, problems = read_rule("a/b", "f.yaml", TEXT)
    assert "^" not in as_text(problems, {})


def test_problems_as_plain_data():
    _, problems = read_rule("a/b", "f.yaml", TEXT)
    assert [
        {
            "file": "f.yaml",
            "line": 3,
            "col": 18,
            "end_col": 23,
            "code": "one-equals-sign",
            "severity": "error",
            "message": "One = does not compare.",
            "mend": "Write `==`.",
            "rule": "a/b",
        }
    ] == as_json(problems)
