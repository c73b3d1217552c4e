"""What holds for every command: documented, fast to help, finds its workspace, never a traceback for a user's error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from beside_sandboxes import daybook

from engine.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent.parent
MANUAL = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
WITHOUT_WORKSPACE = {"cases", "connectors", "demo", "init", "sandbox"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_section_and_says_its_exit_codes(command: str) -> None:
    section = MANUAL.partition(f"\n### `daybook {command}")[2].partition("\n### ")[0]
    assert section, f"docs/cli.md has no section on {command}"
    assert "Exit codes: 0" in section


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_in_the_manual(command: str) -> None:
    words = [command, "now"] if command == "sync" else [command]
    shown = daybook(*words, "--help").out
    options = {word.strip(",.;[]") for word in shown.split() if word.startswith("--")}
    section = (
        MANUAL.partition(f"\n### `daybook {command}")[2].partition("\n### ")[0] + MANUAL.partition("## Exit codes")[0]
    )
    assert {option for option in options - {"--help"} if option not in section} == set()


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - WITHOUT_WORKSPACE - {"check"}))
def test_outside_of_a_workspace_a_command_says_what_to_do(command: str, tmp_path: Path) -> None:
    words = {"sync": ["sync", "now"], "connect": ["connect", "xero"], "disconnect": ["disconnect", "xero"]}
    words |= {name: [name, "x"] for name in ("show", "why", "retry", "try", "preview", "remap", "link")}
    words |= {"import": ["import", "expenses", "x"]}
    words |= {"unlink": ["unlink", "x", "--reason", "y"], "backfill": ["backfill", "--since", "2026-01-01"]}
    done = daybook(*words.get(command, [command]), "--workspace", str(tmp_path))

    assert (done.code, done.out) == (3, "")
    assert "error[no-workspace]" in done.err
    assert "daybook init" in done.err


def test_a_command_finds_the_workspace_above_it_or_in_the_environment(empty: Path, tmp_path: Path) -> None:
    below = empty / "maps" / "deeper"
    below.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DAYBOOK_WORKSPACE"}
    program = "import sys; from engine.cli.main import run; sys.exit(run(['runs', '--json']))"

    def code(folder: Path, **more: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment | more | {"PYTHONPATH": str(ROOT)},
                              capture_output=True, text=True, check=False)  # fmt: skip
        return done.returncode, done.stdout.strip()

    assert code(below) == (0, "[]")
    assert code(tmp_path)[0] == 3
    assert code(tmp_path, DAYBOOK_WORKSPACE=str(empty)) == (0, "[]")


@pytest.mark.parametrize(
    "words, code, says",
    [
        (("nothing",), 2, "No such command"),
        (("runs", "--limit", "many"), 2, "Invalid value"),
        (("show", "run_x"), 3, "error[no-such-run]"),
        (("why", "HX-77"), 3, 'Nothing is known of "77"'),
        (("retry", "run_x"), 3, "error[no-such-run]"),
        (("holds", "resolve", "hold_x", "--choose", "try again"), 3, "error[no-such-hold]"),
        (("rules", "on", "financial_sync/sale"), 3, 'Did you mean "financial_sync/sales"?'),
        (("connect", "zero"), 3, 'Did you mean "xero"?'),
        (("sync", "now"), 3, 'Run "daybook connect halaxy"'),
        (("sync", "now", "--connection", "books"), 3, "error[no-such-connection]"),
        (("activate", "--yes"), 3, "halaxy is not connected"),
        (("reconcile", "--from", "2026-02-01", "--to", "2026-01-01"), 3, "error[no-period]"),
        (("reconcile",), 3, ""),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(empty: Path, words: tuple[str, ...], code: int, says: str) -> None:
    # In a group the option stands with the command that works on the workspace.
    place = ("--workspace", str(empty)) if code == 3 else ()
    done = daybook(*words, *place)

    assert done.code == code
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_problem_in_a_file_is_told_with_its_place(empty: Path) -> None:
    file = empty / "daybook.yaml"
    file.write_text(file.read_text().replace("Australia/Sydney", "Australia/Sidney"))
    done = daybook("connections", "--workspace", str(empty))

    assert done.code == 1
    assert "daybook.yaml:" in done.err
    assert 'Did you mean "Australia/Sydney"?' in done.err


def test_a_broken_rule_stops_no_one_from_looking(empty: Path) -> None:
    (empty / "rules" / "own").mkdir()
    (empty / "rules" / "own" / "bad.yaml").write_text("rule: x\nwhen: nothing.at_all\nsteps: 5\n")

    assert daybook("runs", "--workspace", str(empty)).code == 0
    assert daybook("holds", "--workspace", str(empty)).code == 0
    assert daybook("serve", "--once", "--workspace", str(empty)).code == 1
