"""What a workspace's files come to, together with the packaged rulesets in use."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.config.read import read_config
from engine.library.reading import Library, read_library

ROOT = Path(__file__).parent.parent.parent

RULE = """\
rule: Say hello
settings:
  greeting:
    type: text
    default: Hello
    ask: What is said?
when: halaxy.invoice.paid
steps:
  - tell:
      do: notifications.send
      with:
        to: practice manager
        message: "{{ settings.greeting }}"
"""
RULESET = """\
ruleset: Greetings
settings:
  start_date:
    type: date
    ask: From when on?
maps:
  accounts:
    from: text
    to: xero account
rules:
  - hello
"""


@pytest.fixture
def packaged(tmp_path: Path) -> Path:
    put(
        tmp_path / "packaged",
        {"greetings/ruleset.yaml": RULESET, "greetings/hello.yaml": RULE, "other/broken.yaml": "rule: [\n"},
    )
    return tmp_path / "packaged"


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def library(workspace: Path, packaged: Path, *rulesets: str, connectors: tuple[str, ...] = ()) -> Library:
    return read_library(workspace, rulesets or ("greetings",), connectors, packaged)


def codes(read: Library) -> list[tuple[str, str, str]]:
    return [(problem.file, problem.code, problem.severity) for problem in read.problems]


def test_the_demo_practice_and_the_packaged_ruleset_have_no_fault() -> None:
    workspace = ROOT / "examples/harbour"
    config = read_config(workspace, {})
    read = read_library(workspace, config.rulesets, [each.connector for each in config.connections.values()])
    people = frozenset(name for person in config.people for name in (person.name, person.email, *person.roles))
    assert [str(problem) for problem in read.check(people)] == []
    assert "financial_sync/sales" in read.rules
    assert read.names("financial_sync/sales")["ruleset"]["settings"]["start_date"] == date(2026, 1, 1)
    assert read.maps["payment_accounts"]["Discount"] == "discount"


def test_a_rule_sees_its_form_its_rulesets_form_and_the_maps(tmp_path: Path, packaged: Path) -> None:
    workspace = put(
        tmp_path / "w",
        {
            "settings/greetings.yaml": "start_date: 2026-07-01\n",
            "settings/greetings/hello.yaml": "greeting: Good day\n",
            "maps/accounts.yaml": "from: text\nto: xero account\nrows:\n  Cash: 0611\n",
        },
    )
    read = library(workspace, packaged)
    assert codes(read) == []
    names = read.names("greetings/hello")
    assert names["settings"] == {"greeting": "Good day"}
    assert names["ruleset"] == {"settings": {"start_date": date(2026, 7, 1)}}
    assert names["maps"]["accounts"]["Cash"] == "0611"


def test_without_files_a_rule_has_the_defaults_of_its_form_and_what_is_missing_is_a_warning(
    tmp_path: Path, packaged: Path
) -> None:
    read = library(tmp_path, packaged)
    assert read.names("greetings/hello")["settings"] == {"greeting": "Hello"}
    assert codes(read) == [
        ("maps/accounts.yaml", "map-missing", "warning"),
        ("settings/greetings.yaml", "setting-missing", "warning"),
    ]


def test_only_rulesets_in_use_are_read(tmp_path: Path, packaged: Path) -> None:
    read = library(tmp_path, packaged, "greetings")
    assert list(read.rules) == ["greetings/hello"]
    assert list(library(tmp_path, packaged, "nothing").rules) == []


@pytest.mark.parametrize("name, mend", [("greeting", 'Did you mean "greetings"?'), ("../secrets", "Known here")])
def test_an_unknown_ruleset_is_told_with_the_nearest_one(tmp_path: Path, packaged: Path, name: str, mend: str) -> None:
    (problem,) = library(tmp_path, packaged, name).problems
    assert problem.code == "unknown-ruleset"
    assert mend in problem.mend


def test_the_workspaces_copy_of_a_rule_stands_in_for_the_packaged_one(tmp_path: Path, packaged: Path) -> None:
    put(tmp_path / "w", {"rules/greetings/hello.yaml": RULE.replace("Say hello", "Say goodbye")})
    read = library(tmp_path / "w", packaged)
    rule = read.rules["greetings/hello"]
    assert (rule.rule.title, rule.packaged) == ("Say goodbye", False)
    assert read.texts[rule.file] == rule.text
    assert library(tmp_path, packaged).rules["greetings/hello"].packaged


def test_a_broken_copy_does_not_bring_the_packaged_rule_back(tmp_path: Path, packaged: Path) -> None:
    put(tmp_path / "w", {"rules/greetings/hello.yaml": "rule: Say nothing\n"})
    read = library(tmp_path / "w", packaged)
    assert list(read.rules) == []
    assert ("rules/greetings/hello.yaml", "word-missing", "error") in codes(read)


def test_problems_of_all_files_are_told_together(tmp_path: Path, packaged: Path) -> None:
    put(
        tmp_path / "w",
        {
            "rules/lost.yaml": RULE,
            "rules/mine/a.yaml": RULE.replace("steps", "stepps"),
            "settings/greetings.yaml": "start_date: soon\n",
            "settings/gone.yaml": "a: b\n",
            "maps/accounts.yaml": "from: text\nto: xero acount\nrows: {}\n",
        },
    )
    assert {(file, code) for file, code, _ in codes(library(tmp_path / "w", packaged))} == {
        ("rules/lost.yaml", "misplaced"),
        ("rules/mine/a.yaml", "unknown-word"),
        ("settings/greetings.yaml", "bad-value"),
        ("settings/gone.yaml", "settings-unused"),
        ("maps/accounts.yaml", "unknown-type"),
    }


def test_the_settings_of_a_rule_that_cannot_be_read_are_not_called_unused(tmp_path: Path, packaged: Path) -> None:
    put(tmp_path / "w", {"rules/mine/a.yaml": "rule: x\n", "settings/mine/a.yaml": "greeting: Hi\n"})
    assert "settings-unused" not in {code for _, code, _ in codes(library(tmp_path / "w", packaged))}


def test_a_ruleset_that_lists_a_rule_without_a_file_is_told(tmp_path: Path, packaged: Path) -> None:
    put(packaged, {"greetings/ruleset.yaml": RULESET + "  - goodbye\n"})
    assert ("rules/greetings/ruleset.yaml", "rule-missing", "warning") in codes(library(tmp_path, packaged))


def test_what_rules_name_is_checked_against_the_manifests_in_use(tmp_path: Path, packaged: Path) -> None:
    wrong = RULE.replace("notifications.send", "notifications.sent").replace("settings.greeting", "invoice.nummer")
    put(tmp_path / "w", {"rules/mine/a.yaml": wrong})
    read = library(tmp_path / "w", packaged, "greetings", connectors=("halaxy", "notifications"))
    found = {(problem.file, problem.code) for problem in read.check() if problem.severity == "error"}
    assert ("rules/mine/a.yaml", "unknown-action") in found
    assert not any(file == "rules/greetings/hello.yaml" for file, _ in found)


def test_an_unknown_connector_is_told_with_the_nearest_one(tmp_path: Path, packaged: Path) -> None:
    read = library(tmp_path, packaged, "greetings", connectors=("zero",))
    assert [problem.mend for problem in read.problems if problem.code == "unknown-connector"] == [
        'Did you mean "xero"?'
    ]


def test_a_ruleset_of_the_workspace_itself_has_its_own_form(tmp_path: Path, packaged: Path) -> None:
    put(
        tmp_path / "w",
        {
            "rules/mine/ruleset.yaml": RULESET,
            "rules/mine/hello.yaml": RULE,
            "settings/mine.yaml": "start_date: 2026-01-31\n",
        },
    )
    read = read_library(tmp_path / "w", (), (), packaged)
    assert read.names("mine/hello")["ruleset"]["settings"] == {"start_date": date(2026, 1, 31)}
    assert read.catalogue("mine").ruleset_settings.keys() == {"start_date"}
    assert read.catalogue("elsewhere").ruleset_settings == {}
