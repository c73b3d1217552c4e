"""`daybook check --fix` writes mended files back and tells what it changed."""

from __future__ import annotations

from pathlib import Path

from engine.cli.main import run

BROKEN = "rule: x\nwhen: halaxy.invoice.paid\nsteps:\n  - a:\n      stop: {{ invoice.number }} # 1: done\n"
TRAP = "rule: x\r\nwhen: halaxy.invoice.paid\r\nsteps:\r\n  - a:\r\n      stop: {{ invoice.number }}\r\n"


def test_a_mended_file_is_written_and_passes(tmp_path: Path, capsys):
    file = tmp_path / "rule.yaml"
    file.write_bytes(TRAP.encode())
    assert 1 == run(["check", str(file)])
    assert TRAP.encode() == file.read_bytes()
    capsys.readouterr()
    assert 0 == run(["check", "--fix", str(file)])
    said = capsys.readouterr().out
    assert "rule.yaml:5: mended" in said
    assert "+ stop: '{{ invoice.number }}'" in said
    assert TRAP.replace("{{ invoice.number }}", "'{{ invoice.number }}'").encode() == file.read_bytes()
    assert [file] == list(tmp_path.iterdir())


def test_a_file_without_traps_is_left_as_it_is(tmp_path: Path):
    file = tmp_path / "rule.yaml"
    file.write_text(TRAP.replace("{{ invoice.number }}", "done"))
    written = file.stat().st_mtime_ns
    assert 0 == run(["check", "--fix", str(file)])
    assert written == file.stat().st_mtime_ns


def test_the_list_of_problems_stays_json(tmp_path: Path, capsys):
    file = tmp_path / "rule.yaml"
    file.write_text(BROKEN)
    run(["check", "--fix", "--json", str(file)])
    assert capsys.readouterr().out.startswith("[")
