"""What `daybook check` proves of the templates that rules use; each template is used by the step of one rule."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from engine.compose.checking import check_files, check_packaged, check_workspace
from engine.errors import Problem
from engine.library.reading import read_library

ROOT = Path(__file__).parents[2]
RULE = """rule: x
when: halaxy.invoice.overdue
settings:
  from: {{type: text, ask: Who?, default: us}}
steps:
{before}  - mail:
      if: invoice.payer.email is given
      do: email.send
      with:
        to: = invoice.payer.email
        {template}
"""


def problems(
    folder: Path, text: str, template: str = "template: hello", before: str = "", **others: str
) -> list[Problem]:
    workspace = folder / "practice"
    for name, each in {"templates/hello.md": text, **others}.items():
        file = workspace / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(each, encoding="utf-8")
    (workspace / "rules" / "own").mkdir(parents=True, exist_ok=True)
    (workspace / "rules" / "own" / "x.yaml").write_text(RULE.format(template=template, before=before))
    return list(read_library(workspace, (), ("halaxy", "email")).check())


HEAD = "---\nsubject: Hello\n---\n"
SOUND = (
    "Hello {{ invoice.number }}",
    "{{ invoice.totals.balance | money }} {{ settings.from }} {{ practice.name }} {{ run.id }}",
    "{% if invoice.due is given %}{{ invoice.due | date('%d %B') }}{% endif %}",
    "{% if invoice.payer.given is missing %}you{% else %}{{ invoice.payer.given }}{% endif %}",
    "{% for line in invoice.lines if line.gross > 0 %}{{ loop.index }}. {{ line.description | default('-') }}{% endfor %}",
    "{% set total = invoice.lines | sum(gross) %}{% if total > 5 %}{{ total | money }}{% endif %}",
    "{% if invoice.fully_paid %}{% set a = 1 %}{% else %}{% set a = 2 %}{% endif %}{{ a }}",
    "{% macro row(a) %}{{ a.gross | money }}{% endmacro %}{% for line in invoice.lines %}{{ row(line) }}{% endfor %}",
    "{% set note %}{{ invoice.number }}{% endset %}{{ note | upper }}",
    "{{ invoice.payer.email }}",
    "{% raw %}{{ anything }}{% endraw %}",
    "{# {{ nothing }} #}",
)


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_template_passes(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, HEAD + text) == []


BROKEN = (
    ("{{ invoice.numbr }}", "unknown-path", 4, 4, 'Did you mean "number"?'),
    ("\n{{ invoce.number }}", "unknown-name", 5, 4, 'Did you mean "invoice"?'),
    ("{{ invoice.payer.given }}", "unguarded-value", 4, 4, "Guard it"),
    ("{{ invoice.totals.gross | date }}", "filter-type", 4, 27, ""),
    ("{{ invoice.totals.gross | monie }}", "unknown-filter", 4, 27, 'Did you mean "money"?'),
    ("{% if invoice.number is givn %}{% endif %}", "unknown-test", 4, 22, 'Did you mean "given"?'),
    ("{% if invoice.number %}{% endif %}", "no-yes-or-no", 4, 7, "is given"),
    ("{% if invoice.number == 7 %}{% endif %}", "unlike-types", 4, 7, ""),
    ("{% for line in invoice.payer %}{% endfor %}", "unlike-types", 4, 16, "list"),
    ("{% for line in invoice.lines %}{{ line.grss }}{% endfor %}", "unknown-path", 4, 35, 'Did you mean "gross"?'),
    ("{% for line in invoice.lines %}{% endfor %}{{ line.gross }}", "unknown-name", 4, 47, ""),
    ("{% if invoice.fully_paid %}{% set a = 1 %}{% endif %}{{ a }}", "unknown-name", 4, 57, "after the step that makes it"),
    ("{% set invoice = 1 %}", "name-shadows", 4, 4, "another name"),
    ("{{ invoice.payer }}", "group-shown", 4, 4, "Name one of its fields"),
    ("{{ settings.form }}", "unknown-setting", 4, 4, 'Did you mean "from"?'),
    ("{% macro m(a) %}{{ a.nme }}{% endmacro %}{{ m(invoice.payer) }}", "unknown-path", 4, 20, 'Did you mean "name"?'),
    ("{{ m(1) }}", "template-unreadable", 4, 4, ""),
    ("{% include 'helo' %}", "unknown-template", 4, 4, 'Did you mean "hello"?'),
    ("{% include 'hello' %}", "template-unreadable", 4, 4, "another template"),
    ("{% if true %}", "template-unreadable", 4, 4, "endif"),
    ("a }} b", "template-unreadable", 4, 3, ""),
    ("{{ 'x' | attr('y') }}", "unknown-filter", 4, 10, ""),
    ("{{ invoice.__class__ }}", "unknown-path", 4, 4, ""),
)  # fmt: skip


@pytest.mark.parametrize("text, code, line, col, mend", BROKEN)
def test_a_broken_template_is_told_at_its_place(
    tmp_path: Path, text: str, code: str, line: int, col: int, mend: str
) -> None:
    found = [one for one in problems(tmp_path, HEAD + text) if one.file == "templates/hello.md"]
    assert (code, line, col) in [(one.code, one.line, one.col) for one in found]
    assert all(one.mend for one in found)
    assert any(mend in one.mend for one in found if one.code == code)


@pytest.mark.parametrize(
    "template, code, mend",
    [
        ("template: helo", "unknown-template", 'Did you mean "hello"?'),
        ("template: = invoice.number", "bad-value", "Write its name"),
        ("template: hello {{ invoice.number }}", "bad-value", "Write its name"),
        ("template: hello\n        body: x", "template-and-body", "Leave one of them out."),
        ("subject: x", "input-missing", "body"),
    ],
)
def test_a_step_names_a_template_that_is_there(tmp_path: Path, template: str, code: str, mend: str) -> None:
    found = problems(tmp_path, HEAD + "x", template)
    assert [one.code for one in found if one.file == "rules/own/x.yaml"] == [code]
    assert mend in found[0].mend


def test_a_template_without_a_subject_needs_one_in_the_step(tmp_path: Path) -> None:
    assert [one.code for one in problems(tmp_path / "a", "x")] == ["input-missing"]
    assert problems(tmp_path / "b", "x", "template: hello\n        subject: y") == []


def test_after_a_wait_what_may_have_changed_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + "{{ invoice.totals.balance | money }}", before="  - wait: {wait: 3 days}\n")
    assert [(one.file, one.code) for one in found] == [("templates/hello.md", "stale-after-wait")]


def test_names_of_earlier_steps_may_be_used(tmp_path: Path) -> None:
    before = "  - name: {set: {colour: red}}\n"
    assert problems(tmp_path, HEAD + "{{ colour }}", before=before) == []


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD, **{"templates/news.html": "x", "templates/hello.txt": "x"})
    assert [(one.file, one.code) for one in found] == [
        ("templates/hello.txt", "not-a-name"),
        ("templates/news.html", "not-a-name"),
    ]


def test_a_broken_template_that_no_rule_uses_is_told_too(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD, **{"templates/other.md": "{% if %}"})
    assert [(one.file, one.code) for one in found] == [("templates/other.md", "expression-empty")]


def test_templates_beside_a_loose_rule_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    (folder / "templates").mkdir(parents=True)
    rule = folder / "x.yaml"
    rule.write_text(RULE.format(template="template: hello", before=""))
    assert [one.code for one in check_files([rule]).problems] == ["unknown-template"]
    (folder / "templates" / "hello.md").write_text(HEAD + "{{ invoice.nope }}")
    assert [one.code for one in check_files([rule]).problems] == ["unknown-path"]


def test_a_workspace_is_checked_with_its_templates(tmp_path: Path) -> None:
    workspace = tmp_path / "practice"
    copytree(ROOT / "examples" / "harbour", workspace)
    (workspace / "templates").mkdir(exist_ok=True)
    (workspace / "templates" / "hello.md").write_text("{% fi %}")
    checked = check_workspace(workspace, {})
    assert [(one.file, one.code) for one in checked.problems] == [("templates/hello.md", "template-unreadable")]
    assert checked.texts["templates/hello.md"] == "{% fi %}"


def test_a_workspace_has_its_own_wording_of_a_packaged_template(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "overdue_1.md").write_text(HEAD + "Ours.")
    shelf = read_library(tmp_path, ("follow_ups",), ()).shelf("follow_ups/overdue_reminders")
    assert (shelf["overdue_1"].file, shelf["overdue_2"].file) == (
        "templates/overdue_1.md",
        "rules/follow_ups/templates/overdue_2.md",
    )


def test_the_packaged_templates_are_sound() -> None:
    assert check_packaged().problems == ()
