"""`daybook rules on` and `rules apply` over a workspace: what is asked, and what an option says instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import run
from engine.compose.workspace import Workspace
from engine.core.times import text_of
from engine.ports import Insert
from engine.runtime.rows import event_row
from engine.sdk.contract import NewEvent

ANSWERS = ("--name", "Harbour", "--state", "NSW", "--person", "Robin Vale", "--email", "manager@harbour.example")
RULE = """rule: Waits a while
when: books.task_done
steps:
  - pause:
      wait: {days} days
"""


def daybook(*arguments: str) -> tuple[int, str]:
    """Run one command of this process; not on a terminal."""
    with CliRunner().isolation("", {}) as (out, err, _):
        code = run(arguments)
        sys.stdout.flush()
        return code, out.getvalue().decode() + err.getvalue().decode()


@pytest.fixture
def practice(tmp_path: Path) -> Path:
    folder = tmp_path / "practice"
    code, said = daybook("init", str(folder), *ANSWERS)
    assert code == 0, said
    write(folder, 3)
    return folder


def write(folder: Path, days: int) -> None:
    file = folder / "rules" / "own" / "pause.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(RULE.format(days=days))


def happen(folder: Path) -> None:
    """A task is done, and the rules look at it."""
    with Workspace(folder, {}) as workspace:
        now = workspace.clock.now()
        task = {"task": {"id": "1", "for": "manager", "title": "x", "by": "manager"}}
        new = NewEvent("books.task_done", f"done {text_of(now)}", now, "done", task)
        workspace.store.write((Insert("events", event_row(new, f"evt_{text_of(now)}", "books", "books", now)),))
        while workspace.loop.dispatch.step(now) or workspace.loop.runner.step(now):
            pass


def test_switching_on_needs_a_word_about_kept_events(practice: Path) -> None:
    place = ("--workspace", str(practice))
    assert daybook("rules", "off", "own/pause", *place)[0] == 0
    happen(practice)

    code, said = daybook("rules", "on", "own/pause", *place)
    assert (code, "--missed run|skip" in said) == (3, True)
    assert "starts 1 runs" in daybook("rules", "on", "own/pause", "--missed", "run", *place)[1]
    assert daybook("rules", "on", "own/pause", *place) == (0, "own/pause is on.\n")


def test_changed_rules_with_open_runs_are_listed_and_decided_about(practice: Path) -> None:
    place = ("--workspace", str(practice))
    happen(practice)
    assert "present text" in daybook("rules", "apply", *place)[1]
    write(practice, 5)

    code, said = daybook("rules", "apply", *place)
    assert (code, "own/pause" in said, "--waiting keep|move|stop" in said) == (3, True, True)
    assert "1 open runs began with an older text of own/pause" in daybook("serve", "--once", *place)[1]
    assert "1 runs end with the text" in daybook("rules", "apply", "--waiting", "keep", *place)[1]
    assert "But for 1 that keep their own" in daybook("rules", "apply", *place)[1]
    assert "1 runs have the present text now" in daybook("rules", "apply", "--waiting", "move", *place)[1]
    assert "Every open run" in daybook("rules", "apply", "--waiting", "stop", *place)[1]


def in_a_terminal(*arguments: str, answers: bytes) -> str:
    """The command as a person types it, in a terminal of its own; gives what was shown."""
    screen, terminal = os.openpty()
    command = [sys.executable, "-m", "engine", *arguments]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True)
    os.close(terminal)
    os.write(screen, answers)
    shown = b""
    while True:
        try:
            part = os.read(screen, 4096)
        except OSError:  # the terminal is closed: the command has ended
            break
        if not part:
            break
        shown += part
    os.close(screen)
    process.wait(20)
    return shown.decode()


def test_a_person_at_a_terminal_is_asked(practice: Path) -> None:
    place = ("--workspace", str(practice))
    daybook("rules", "off", "own/pause", *place)
    happen(practice)
    shown = in_a_terminal("rules", "on", "own/pause", *place, answers=b"perhaps\nskip\n")
    assert "1 events came while own/pause was off. Run it for them? (run, skip)" in shown
    assert "'perhaps' is not one of" in shown
    assert shown.strip().endswith("own/pause is on.")

    happen(practice)
    write(practice, 5)
    shown = in_a_terminal("rules", "apply", *place, answers=b"keep\n")
    assert "What becomes of them? (keep, move, stop)" in shown
    assert "1 runs end with the text that they began with." in shown


def test_a_workspace_knows_its_holidays_its_people_and_what_reads_an_invoice_again(practice: Path) -> None:
    with Workspace(practice, {}) as workspace:
        assert workspace.parts.readers["halaxy.invoice.overdue"] == {"invoice": "halaxy.find_invoice"}
        assert "manager@harbour.example" in workspace.parts.staff
        assert len(workspace.parts.calendar.holidays) > 50


def test_business_days_without_the_practices_state_are_told(practice: Path) -> None:
    file = practice / "daybook.yaml"
    text = file.read_text()
    (practice / "rules" / "own" / "pause.yaml").write_text(RULE.format(days="2 business"))
    assert "holidays-unknown" not in daybook("check", "--workspace", str(practice))[1]

    file.write_text("".join(line for line in text.splitlines(keepends=True) if not line.strip().startswith("state:")))
    assert "holidays-unknown" in daybook("check", "--workspace", str(practice))[1]
