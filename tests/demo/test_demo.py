"""The demo as its user runs it: other seeds, a second run over the same folder, hints through Redis, the report."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.compose.demo import Outcome, Wish, run_demo

Json = Any


def demo(folder: Path, wish: Wish) -> Outcome:
    return run_demo(folder, wish, {}, lambda _: None, threading.Event().wait)


@pytest.mark.parametrize("seed", [2, 11])
def test_other_seeds_agree_to_the_cent(tmp_path: Path, seed: int) -> None:
    found = demo(tmp_path / "d", Wish(invoices=40, seed=seed))

    assert found.agrees
    assert found.comparison.sales.invoices >= 38  # some of the forty are deleted the next morning


def test_a_paid_invoice_costs_few_calls(tmp_path: Path) -> None:
    found = demo(tmp_path / "d", Wish(invoices=320))
    paid = found.notices  # one notice for each paid invoice

    assert found.agrees
    assert found.calls["xero"] / paid <= 0.12


def test_a_second_run_over_the_same_folder_writes_nothing(tmp_path: Path) -> None:
    demo(tmp_path / "d", Wish(invoices=25))
    journal = tmp_path / "d" / "sandbox" / "xero.journal"
    before = _writes(journal)
    found = demo(tmp_path / "d", Wish(invoices=25))

    assert found.agrees
    assert _writes(journal) == before


def test_the_report_has_the_promised_form(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "engine", "demo", "--invoices", "5", "--report", str(report)]
    path = {"PATH": os.environ["PATH"]}
    ended = subprocess.run(command, check=False, env=path, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    assert list(found) == ["halaxy", "xero", "difference", "runs", "holds", "calls", "seconds"]
    assert list(found["halaxy"]) == list(found["xero"]) == ["invoices", "invoiced", "payments", "paid"]
    assert list(found["runs"]) == ["succeeded", "failed", "waiting"]
    assert isinstance(found["halaxy"]["invoiced"], str)


def test_a_terminal_shows_a_live_bar_and_a_table() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "engine", "demo", "--invoices", "8"]
    terminal = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=terminal) as running:
        os.close(theirs)
        shown = _all_of(ours)
    os.close(ours)

    assert running.returncode == 0, shown
    assert "Xero calls" in shown
    assert "both sides agree to the cent" in shown
    assert "Traceback" not in shown


def _all_of(terminal: int) -> str:
    found = b""
    with contextlib.suppress(OSError):  # a terminal that nobody writes to any more ends so on Linux
        while part := os.read(terminal, 4096):
            found += part
    return found.decode("utf-8", "replace")


def test_hints_may_travel_through_redis(tmp_path: Path, redis_address: str) -> None:
    assert demo(tmp_path / "d", Wish(invoices=20, queue=redis_address)).agrees


def _writes(journal: Path) -> int:
    """Writing requests to the accounting API; sign-ins and reads are none."""
    notes = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    return sum(note[1] in ("PUT", "POST", "DELETE") and note[2].startswith("/api.xro") for note in notes)
