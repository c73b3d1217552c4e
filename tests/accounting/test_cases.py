"""Every accounting case, played through the real rules, store, connectors and sandboxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import logs
from engine.compose.cases.form import read_case
from engine.compose.cases.play import play
from engine.compose.cases.show import lines_of

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.fixture(autouse=True, scope="module")
def _quiet_logs():
    logs.set_up("console", "error")


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_the_books_come_out_as_the_case_says(file):
    case = read_case(file.name, file.read_text(encoding="utf-8"))
    assert case.id == file.stem
    result = play(case)
    assert result.passed, "\n".join(lines_of(result))


def test_all_cases_of_the_reference_are_here():
    assert [file.stem for file in CASES] == [f"AC-{number:02}" for number in range(1, 75)]
