"""Real processes, real SIGKILL: a demo that is killed again and again ends with the same books."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from engine.compose.sandboxes import Sandboxes
from engine.library.files import packaged_examples
from engine.sdk.sandbox import Asked

KILLS = 10
INVOICES = 60


def test_a_demo_killed_ten_times_ends_with_the_same_books(tmp_path: Path) -> None:
    folder, report = tmp_path / "demo", tmp_path / "report.json"
    _hasty_workspace(folder)
    dice = random.Random(7)
    killed = 0
    while killed < KILLS:
        process = _start(folder, report)
        try:
            process.wait(dice.uniform(0.7, 2.6))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            killed += 1
    last = _start(folder, report)
    output, _ = last.communicate(timeout=150)

    assert last.returncode == 0, output
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["difference"] == "0.00"
    assert found["halaxy"] == found["xero"]
    _nothing_stands_twice(folder)


def _start(folder: Path, report: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "engine", "demo", "--invoices", str(INVOICES), "--keep", str(folder)]
    return subprocess.Popen(
        [*command, "--report", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )


def _hasty_workspace(folder: Path) -> None:
    """The demo's workspace with short silences, so that ten kills do not take an hour."""
    shutil.copytree(packaged_examples() / "harbour", folder)
    file = folder / "daybook.yaml"
    hasty = "\n".join(
        (
            "  xero:",
            "    timing:",
            "      send within seconds: 1",
            "      time limit seconds: 1",
            "      settles after seconds: 1",
        )
    )
    text = file.read_text(encoding="utf-8")
    assert "  xero: {}" in text
    file.write_text(text.replace("  xero: {}", hasty), encoding="utf-8")


def _nothing_stands_twice(folder: Path) -> None:
    with Sandboxes(folder / "sandbox") as sandboxes:
        ledger = sandboxes.ask("xero", "/_sandbox/ledger")
        assert sum(row["debit"] for row in ledger) == sum(row["credit"] for row in ledger)
    journal = (folder / "sandbox" / "xero.journal").read_text(encoding="utf-8")
    assert journal
    postings = Counter((row["document"], row["account"], row["date"]) for row in ledger if row["debit"])
    assert postings
    assert Asked
