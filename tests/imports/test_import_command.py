"""`daybook import` as a person runs it: preview, once only, bad rows, saved headings; and what rules make of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from report_files import csv_file

from engine.cli.main import run
from engine.compose.cases.files import make_files
from engine.compose.workspace import Workspace

HEAD = ("Expense ID", "Date", "Paid", "Supplier", "Category", "Amount", "GST", "Method")
ROW = ("301", "16/03/2026", "16/03/2026", "Officeworks", "Office supplies", "$88.00", "8.00", "Credit Card")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def daybook(*words):
    with CliRunner().isolation() as (out, err, _):
        code = run(list(words))
        sys.stdout.flush()
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def practice(tmp_path):
    folder = tmp_path / "practice"
    make_files(folder, {})
    return folder


def importing(practice, kind, *rows, options=(), name="report.csv"):
    file = practice.parent / name
    file.write_bytes(csv_file(*rows))
    return daybook("import", kind, str(file), "--workspace", str(practice), *options)


def stored(practice, kind):
    with Workspace(practice, {}) as workspace:
        return workspace.store.rows("records", connection="halaxy", kind=kind)


def test_a_preview_stores_nothing_and_an_import_once(practice):
    shown = importing(practice, "expenses", HEAD, ROW, options=("--dry-run",))
    assert (0, True) == (shown.code, "Nothing was stored" in shown.out)
    assert "1 new, 88.00 in all" in shown.out
    assert "Officeworks" in shown.out
    assert [] == stored(practice, "expense")
    assert "1 new" in importing(practice, "expenses", HEAD, ROW).out
    assert "was taken in before" in importing(practice, "expenses", HEAD, ROW).out
    again = importing(practice, "expenses", HEAD, ROW, ("302", *ROW[1:]))
    assert "1 new, 88.00" in again.out
    assert "1 already known" in again.out
    assert 2 == len(stored(practice, "expense"))


def test_a_bad_row_keeps_the_whole_file_out_and_all_are_named(practice):
    bad = importing(
        practice, "expenses", HEAD, ROW, ("302", "03/16/2026", *ROW[2:]), ("303", *ROW[1:5], "1.234,5", *ROW[6:])
    )
    assert 1 == bad.code
    assert "report.csv:3:2" in bad.err
    assert "report.csv:4:6" in bad.err
    assert [] == stored(practice, "expense")


def test_headings_are_saved_and_used_again(practice):
    head = ("Nr", "Day", "Who", "Sort", "Brutto", "GST")
    row = ("301", "16/03/2026", "Officeworks", "Rent", "88.00", "8.00")
    given = [f"--columns={pair}" for pair in ("id=Nr", "date=Day", "supplier=Who", "category=Sort", "gross=Brutto")]
    assert 0 == importing(practice, "expenses", head, row, options=(*given, "--save-as", "ours")).code
    later = importing(practice, "expenses", head, ("302", *row[1:]), options=("--using", "ours"))
    assert (0, True) == (later.code, "1 new" in later.out)
    wrong = importing(practice, "expenses", head, row, options=("--using", "theirs"))
    assert (3, True) == (wrong.code, "no-such-columns" in wrong.err)


def test_an_older_export_stops_unless_it_is_asked_for(practice):
    unpaid = (*ROW[:2], "No", *ROW[3:7], "")
    importing(practice, "expenses", HEAD, unpaid)
    importing(practice, "expenses", HEAD, ROW)
    older = importing(practice, "expenses", HEAD, unpaid, ("302", *unpaid[1:]))
    assert (3, True) == (older.code, "older-rows" in older.err)
    assert 1 == len(stored(practice, "expense"))
    assert 0 == importing(practice, "expenses", HEAD, unpaid, ("302", *unpaid[1:]), options=("--older",)).code


def test_what_is_no_report_is_told_in_a_sentence(practice):
    file = practice.parent / "x.xlsx"
    file.write_bytes(b"PK\x03\x04 nothing")
    done = daybook("import", "payouts", str(file), "--workspace", str(practice))
    assert (3, True) == (done.code, "save it again" in done.err)
    missing = daybook("import", "payouts", str(Path("/no/such.csv")), "--workspace", str(practice))
    assert (3, True) == (missing.code, "no-file" in missing.err)
    assert "bad-columns" in importing(practice, "fees", ("Payment",), options=("--columns", "fee")).err


def test_an_imported_expense_and_payout_are_events_that_rules_take_up(practice):
    importing(practice, "expenses", HEAD, ROW)
    importing(
        practice, "payouts", ("Payout ID", "Method", "Bank date", "Net"), ("po_1", "Stripe", "13/03/2026", "195.49")
    )
    with Workspace(practice, {}) as workspace:
        counts = workspace.store.rows("table_counts")[0]
        assert 2 == counts["events"]
        for _ in range(20):
            workspace.loop.step(workspace.clock.now())
        assert 1 <= workspace.store.rows("table_counts")[0]["runs"]
