"""`docs/problems.md` names every code of the code base, and says of each example exactly what the checker says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from problem_frames import SECTIONS, problems_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
READERS = ("engine/lang", "engine/library", "engine/config")
ONE_WORD = {"tab", "anchor", "alias", "tag", "yaml"}
# Words with a hyphen in those folders that are no codes of problems.
NO_CODES = {"date-time", "utf-8", "no-workspace", "workspace-exists"}


class Row(NamedTuple):
    """One line of a table."""

    section: str
    code: str
    example: str
    says: str
    mend: str


def rows() -> Iterator[Row]:
    section = ""
    for line in PAGE.split("\n"):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| `"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            yield Row(section, cells[0].strip("`"), cells[1][3:-3], cells[2], cells[3])


ROWS = tuple(rows())


def codes_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if text in ONE_WORD or re.fullmatch(r"(?!x-)[a-z][a-z0-9]*(-[a-z0-9]+)+", text):
                yield text


def test_the_page_names_every_code_and_no_other():
    used = {code for folder in READERS for file in (ROOT / folder).rglob("*.py") for code in codes_in(file)}
    assert used - NO_CODES == {row.code for row in ROWS}


def test_every_code_stands_once():
    codes = [row.code for row in ROWS]
    assert sorted(set(codes)) == sorted(codes)


def test_every_section_says_what_its_examples_are():
    assert all(f"## {section}\n\n{text}\n" in PAGE for section, text in SECTIONS.items())


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_an_example_says_what_the_page_says(row):
    said = [(found.message, found.mend) for found in problems_of(row.section, row.example) if found.code == row.code]
    assert (row.says, row.mend) in said


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_a_problem_says_how_to_mend_it(row):
    assert row.mend
