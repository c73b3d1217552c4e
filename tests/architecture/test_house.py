"""The house rules that a machine can see: docstrings, names, the files that every reader expects."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PRODUCT = sorted(
    file for folder in ("engine", "connectors", "deploy") for file in (ROOT / folder).rglob("*.py")
    if file.name != "__init__.py"
)  # fmt: skip
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

# Names that say nothing (docs: house style); each is matched as a word of a class or file name.
EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "common", "misc"}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def classes_of(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_every_module_begins_with_what_it_holds() -> None:
    mute = [name_of(file) for file in PRODUCT if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))]
    assert mute == []


def test_no_two_modules_begin_with_the_same_docstring() -> None:
    first_lines = Counter(
        (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0] for file in PRODUCT
    )
    assert [line for line, count in first_lines.items() if count > 1] == []


def test_no_name_is_empty_of_meaning() -> None:
    files = [name_of(file) for file in PRODUCT + TESTS if EMPTY_WORDS & set(file.stem.lower().split("_"))]
    classes = [name for file in PRODUCT for name in classes_of(file) if name.lower().endswith(tuple(EMPTY_WORDS))]
    assert files + classes == []


def test_files_of_tests_have_names_of_their_own() -> None:
    assert [name for name, count in Counter(file.name for file in TESTS).items() if count > 1] == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "docs/architecture.md"])
def test_what_a_newcomer_looks_for_is_there(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def test_the_readme_begins_with_the_two_commands_and_shows_the_way_of_an_invoice() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.index("make demo") < readme.index("make test") < 1000
    for step in (
        "connectors/halaxy/payloads.py",
        "connectors/xero/posting/sale.py",
        "connectors/xero/calls/invoices.py",
    ):
        assert step in readme


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_locks_hold_versions_and_hashes_but_no_addresses() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        assert text.count("==") <= text.count("--hash="), lock.name
