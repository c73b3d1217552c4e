"""Real processes, real SIGKILL: a demo that is killed again and again ends with the same books."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from engine.compose.sandboxes import Sandboxes
from engine.compose.workspace import Choices, Workspace
from engine.library.files import packaged_examples

_CLEARING = {"611", "612", "613", "614", "615", "616", "617"}
KILLS = 10
INVOICES = 200


def test_a_demo_killed_ten_times_ends_with_the_same_books(tmp_path: Path) -> None:
    folder, report = tmp_path / "demo", tmp_path / "report.json"
    _hasty_workspace(folder)
    dice = random.Random(7)
    killed = 0
    while killed < KILLS:
        process = _start(folder, report)
        try:
            process.communicate(timeout=dice.uniform(0.6, 2.4))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=10)
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
    """The demo's workspace with short silences, so that ten kills take no quarter of an hour."""
    shutil.copytree(packaged_examples() / "harbour", folder)
    file = folder / "daybook.yaml"
    text = file.read_text(encoding="utf-8")
    hasty = re.sub(r"(send within|time limit|settles after) seconds: \d+", r"\1 seconds: 1", text)
    assert hasty != text
    timing = "  notifications:\n    timing:\n      send within seconds: 1\n      time limit seconds: 1\n"
    file.write_text(hasty.replace("  notifications: {}\n", timing), encoding="utf-8")


def _nothing_stands_twice(folder: Path) -> None:
    with Sandboxes(folder / "sandbox") as sandboxes:
        ledger = sandboxes.ask("xero", "/_sandbox/ledger")
        assert sum(row["debit"] for row in ledger) == sum(row["credit"] for row in ledger)
    with Workspace(folder, {}, Choices()) as workspace:
        done = workspace.store.rows("links_of_kind", connection="xero", kind="payment")
    documents = Counter(row["document"] for row in ledger if row["account"] in _CLEARING and row["debit"])
    live = {row["vendor_id"] for row in done if not row["gone"]}
    assert live <= documents.keys()
    assert max(documents.values()) == 1
