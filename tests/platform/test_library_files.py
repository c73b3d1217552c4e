"""Which files are rules, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import Problem
from engine.library.files import packaged_connectors, packaged_examples, packaged_rulesets, yaml_files


def put(root: Path, *names: str, text: bytes = b"rule: x\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text)


def found_below(folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    problems: list[Problem] = []
    return [source.id for source in yaml_files(folder, "rules", (2,), problems)], [(p.file, p.code) for p in problems]


def test_rules_stand_one_folder_below_and_their_ids_are_their_paths(tmp_path: Path) -> None:
    put(
        tmp_path,
        "billing/overdue.yaml",
        "billing/a_2.yaml",
        "billing/notes.txt",
        "billing/samples/x.yaml",
        "front/hello.yaml",
    )
    assert found_below(tmp_path) == (["billing/a_2", "billing/overdue", "front/hello"], [])


def test_a_folder_that_does_not_exist_has_no_rules(tmp_path: Path) -> None:
    assert found_below(tmp_path / "none") == ([], [])


@pytest.mark.parametrize(
    "name, code",
    [
        ("lost.yaml", "misplaced"),
        ("a/b/deep.yaml", "misplaced"),
        ("billing/Over-due.yaml", "not-a-name"),
        ("My Rules/a.yaml", "not-a-name"),
        (f"billing/{'x' * 65}.yaml", "not-a-name"),
        ("billing/short.yml", "not-a-name"),
    ],
)
def test_a_file_out_of_place_or_oddly_named_is_a_problem_and_no_rule(tmp_path: Path, name: str, code: str) -> None:
    put(tmp_path, name)
    assert found_below(tmp_path) == ([], [(f"rules/{name}", code)])


def test_hidden_files_of_editors_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "billing/.#overdue.yaml", "billing/.swp.yaml")
    assert found_below(tmp_path) == ([], [])


def test_links_that_lead_out_are_refused_and_links_inside_are_followed(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    put(tmp_path, "outside/secret.yaml", "rules/billing/a.yaml")
    (rules / "billing/b.yaml").symlink_to(rules / "billing/a.yaml")
    (rules / "billing/c.yaml").symlink_to(tmp_path / "outside/secret.yaml")
    (rules / "linked").symlink_to(tmp_path / "outside")
    (rules / "billing/gone.yaml").symlink_to(rules / "billing/nothing.yaml")
    (rules / "billing/loop.yaml").symlink_to(rules / "billing/loop.yaml")
    ids, problems = found_below(rules)
    assert ids == ["billing/a", "billing/b"]
    assert problems == [
        ("rules/billing/c.yaml", "link-out"),
        ("rules/billing/gone.yaml", "unreadable"),
        ("rules/billing/loop.yaml", "unreadable"),
        ("rules/linked/secret.yaml", "link-out"),
    ]


@pytest.mark.parametrize(
    "text, code",
    [(b"x" * (256 * 1024 + 1), "file-too-large"), (b"\xff\xfe", "not-utf-8"), ("ü".encode("latin-1"), "not-utf-8")],
)
def test_files_that_are_too_large_or_no_utf_8_are_refused(tmp_path: Path, text: bytes, code: str) -> None:
    put(tmp_path, "billing/a.yaml", text=text)
    assert found_below(tmp_path) == ([], [("rules/billing/a.yaml", code)])


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    put(tmp_path, "billing/a.yaml", "billing/b.yaml")
    put(tmp_path, "billing/c.yaml", text=b"\xff")
    assert found_below(tmp_path) == (["billing/a", "billing/b"], [("rules/billing/c.yaml", "not-utf-8")])


def test_maps_stand_directly_in_their_folder_and_settings_also_one_below(tmp_path: Path) -> None:
    put(tmp_path, "accounts.yaml", "Bad Name.yaml", "deeper/x.yaml")
    problems: list[Problem] = []
    assert [source.id for source in yaml_files(tmp_path, "maps", (1,), problems)] == ["accounts"]
    assert [(p.file, p.code) for p in problems] == [
        ("maps/Bad Name.yaml", "not-a-name"),
        ("maps/deeper/x.yaml", "misplaced"),
    ]
    assert [source.id for source in yaml_files(tmp_path, "settings", (1, 2), [])] == ["accounts", "deeper/x"]


def test_what_comes_with_daybook_is_found() -> None:
    assert (packaged_rulesets() / "financial_sync").is_dir()
    assert (packaged_examples() / "harbour/daybook.yaml").is_file()
    assert (packaged_connectors() / "xero").is_dir()
