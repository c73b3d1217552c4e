"""Real processes, real SIGKILL around wake-ups: waits by time and by event each end once, and what follows is done once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.compose.workspace import Workspace
from engine.core.values import loads
from engine.ports import Insert
from engine.runtime.rows import event_row
from engine.sdk.contract import NewEvent

RUNS = 16
KILLS = 5
WORKSPACE = ("--name", "Harbour", "--state", "NSW", "--person", "Robin Vale", "--email", "manager@harbour.example")
RULE = """rule: Waits twice
when: books.task_done
if: task.by == "first"
steps:
  - until then:
      wait until: event.time | add("0 minutes")
  - the other:
      wait for: books.task_done where new.task.title == task.id
      at most: 10 minutes
      on timeout: fail
  - tell:
      do: books.task
      with:
        for: practice manager
        title: "{{ task.id }}"
"""


def test_waits_end_once_though_the_process_is_killed_around_them(tmp_path: Path) -> None:
    folder = tmp_path / "practice"
    _daybook("init", str(folder), *WORKSPACE).communicate(timeout=20)
    (folder / "rules" / "own").mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "own" / "waits.yaml").write_text(RULE)
    dice = random.Random(11)
    with Workspace(folder, {}) as workspace:
        for number in range(RUNS):
            _happen(workspace, str(number), "first", "", seconds=dice.uniform(0.5, 7))
        for kill in range(KILLS):
            process = _daybook("serve", "--workspace", str(folder))
            for number in range(kill, RUNS, KILLS):
                _happen(workspace, f"other {number}", "second", str(number))
            _let_live(process, dice.uniform(0.8, 1.8))
        for _ in range(10):
            # A call that was cut off is looked at again when its silence is over; `--once` waits for that.
            _daybook("serve", "--once", "--workspace", str(folder)).communicate(timeout=150)
            if not _open_runs(workspace):
                break
        _each_wait_ended_once(workspace)


def _open_runs(workspace: Workspace) -> int:
    return sum(
        row["n"] for row in workspace.store.rows("run_counts") if row["status"] in ("queued", "running", "waiting")
    )


def _each_wait_ended_once(workspace: Workspace) -> None:
    runs = workspace.store.rows("run_list", status="", rule="own/waits", subject="", limit=1000)
    assert [run["status"] for run in runs] == ["succeeded"] * RUNS
    for run in runs:
        ended = Counter(row["step"] for row in workspace.store.rows("history", run=run["id"]) if row["kind"] == "done")
        assert ended == {"until then": 1, "the other": 1, "tell": 1}
    tasks = [loads(row["body"]) for row in workspace.store.rows("records", connection="books", kind="task")]
    assert Counter(task["title"] for task in tasks) == {str(number): 1 for number in range(RUNS)}


def _happen(workspace: Workspace, id: str, by: str, title: str, seconds: float = 0.0) -> None:
    now = workspace.clock.now()
    task: dict[str, Any] = {"task": {"id": id, "for": "manager", "title": title, "by": by}}
    new = NewEvent("books.task_done", f"done {id}", now + timedelta(seconds=seconds), "done", task)
    workspace.store.write((Insert("events", event_row(new, f"evt_{by}_{id}", "books", "books", now)),))


def _daybook(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "engine", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]}
    )


def _let_live(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        return
    raise AssertionError(f"The service ended by itself with {process.returncode}.")
