"""runs, show, why, holds, rules, reconcile, retry, serve, sandbox: over a practice whose month is in Xero."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from beside_sandboxes import INVOICES, begin_with, connected, daybook, lead_to

from engine.cli.why import story
from engine.cli.words import flat, masked, plain
from engine.clock import SystemClock
from engine.compose.sandboxes import Sandboxes
from engine.core.run import Entry
from engine.runtime.rows import history_rows
from engine.store.sqlite import SqliteStore

Json = Any
ROOT = Path(__file__).parent.parent.parent
PROGRAM = "import sys; from engine.cli.main import run; sys.exit(run(sys.argv[1:]))"


def asked(practice: Path, *words: str) -> Json:
    done = daybook(*words, "--json", "--workspace", str(practice))
    assert done.code == 0, done.err
    return json.loads(done.out)


def last_day(month: str) -> str:
    first = date.fromisoformat(month)
    return ((first + timedelta(days=32)).replace(day=1) - timedelta(days=1)).isoformat()


def sales_run(practice: Path) -> dict[str, Json]:
    return asked(practice, "runs", "--rule", "financial_sync/sales", "--status", "succeeded")[0]


# --- runs and show -------------------------------------------------------------------------------------


def test_runs_are_chosen_by_status_rule_and_subject(practice: Path) -> None:
    run = sales_run(practice)
    of_subject = asked(practice, "runs", "--subject", run["subject"], "--rule", "financial_sync/sales")

    assert run["id"] in [one["id"] for one in of_subject]
    assert {one["subject"] for one in of_subject} == {run["subject"]}
    assert len(asked(practice, "runs", "--limit", "2")) == 2
    assert asked(practice, "runs", "--rule", "no/rule") == []


def test_elsewhere_than_on_a_terminal_a_table_is_lines_of_cells(practice: Path) -> None:
    lines = daybook("runs", "--limit", "3", "--workspace", str(practice)).out.splitlines()
    assert lines[0].split("\t") == ["run", "status", "rule", "subject", "began", "ended", "reason"]
    assert [len(line.split("\t")) for line in lines] == [7] * 4


def test_a_run_is_shown_whole(practice: Path) -> None:
    found = asked(practice, "show", sales_run(practice)["id"])

    assert set(found) == {"run", "event", "history", "attempts", "calls", "holds"}
    assert next(line["kind"] for line in found["history"]) == "started"
    text = daybook("show", found["run"]["id"], "--workspace", str(practice)).out
    for word in (found["run"]["id"], "History", "make Xero agree", "halaxy.invoice.changed"):
        assert word in text or word == "History"  # titles are for terminals


def test_personal_values_are_masked_until_asked_for_and_that_is_kept(practice: Path) -> None:
    place = ("--workspace", str(practice))
    run = sales_run(practice)["id"]
    store = SqliteStore(practice / "data" / "daybook.sqlite")
    found = Entry("done", "find the patient", {"result": {"id": "p1", "name": "Ava Nguyen", "owes": "95.00"}})
    store.write(tuple(history_rows(run, (found,), SystemClock().now())))
    store.close()
    masked_out = daybook("show", run, *place).out
    assert ("Ava Nguyen" in masked_out, "id p1, name •••, owes 95.00" in masked_out) == (False, True)

    refused = daybook("show", run, "--values", *place, answers="n\n")
    assert (refused.code, refused.out.count("run_")) == (130, 0)
    shown = daybook("show", run, "--values", *place, answers="y\n")
    assert (shown.code, "name Ava Nguyen" in shown.out) == (0, True)
    after = asked(practice, "show", run)["history"]
    assert after[-1]["kind"] == "values shown"
    assert after[-1]["detail"]["by"]


@pytest.mark.parametrize(
    "value, shown",
    [
        ({"email": "ava@patients.example", "id": "p1"}, {"email": "•••", "id": "p1"}),
        ({"payer": {"name": "Ava", "kind": "patient"}}, {"payer": {"name": "•••", "kind": "patient"}}),
        ({"total": {"$number": "110.00"}, "on": {"$date": "2026-01-02"}}, {"total": "110.00", "on": "2026-01-02"}),
        ({"note": "to ava@patients.example"}, {"note": "•••"}),
        ({"what": "to ava@patients.example"}, {"what": "to •••"}),
        ({"ok": True, "count": 0, "none": None}, {"ok": True, "count": 0, "none": None}),
    ],
)
def test_what_is_masked_is_personal_and_nothing_else(value: dict[str, Json], shown: dict[str, Json]) -> None:
    assert masked(plain(value)) == shown


def test_a_value_on_one_line() -> None:
    assert flat({"a": 1, "b": {"c": [True, None, "x"]}, "d": None, "e": ""}) == "a 1, b c yes; ; x"


# --- why -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "HX-{}", "hx-{}", "#{}", "invoice {}", "halaxy invoice {}"])
def test_an_invoice_is_found_under_all_its_names(practice: Path, form: str) -> None:
    subject = sales_run(practice)["subject"]
    assert asked(practice, "why", form.format(subject))["subject"] == subject


def test_the_story_says_what_happened_why_and_what_stands(practice: Path) -> None:
    subject = sales_run(practice)["subject"]
    text = daybook("why", subject, "--workspace", str(practice)).out

    assert re.search(r"^Invoice \S+ of \d{4}-\d\d-\d\d: \d+\.\d\d invoiced, \d+\.\d\d paid", text)
    assert "financial_sync/sales ran: run_" in text
    assert f"invoice: invoice HX-{subject} stands, made by Daybook" in text
    assert "Nothing holds it, and nothing is left to do." in text


def a_story(**more: Json) -> str:
    match = {"rule": "r/x", "result": "matched", "reason": "", "run": "run_1"}
    event = {"id": "e", "type": "t", "title": "It happened", "time": "2026-01-01T00:00:00.000000Z", "matches": [match]}
    found = {"subject": "7", "invoice": None, "events": [event], "runs": [], "links": [], "holds": [], **more}
    return "\n".join(story(found, "Australia/Sydney"))


def test_each_end_of_a_story_has_its_sentence() -> None:
    run = {"id": "run_1", "status": "failed", "reason": "post: no"}
    assert "daybook show run_1" in a_story(runs=[run])
    assert "run_1 failed, post: no" in a_story(runs=[run])
    assert "Work on it is under way." in a_story(runs=[{**run, "status": "running", "reason": ""}])
    assert "It waits: until Friday." in a_story(runs=[{**run, "status": "waiting", "reason": "until Friday"}])
    hold = {"id": "hold_1", "code": "UNMAPPED", "about": "payment 1", "cause": "method Gold", "sentence": "No account.",
            "opened_at": "2026-01-01T00:00:00.000000Z"}  # fmt: skip
    assert "It is held since 2026-01-01 11:00:00 by UNMAPPED: No account." in a_story(holds=[hold])
    unmatched = {"rule": "r/x", "result": "not matched", "reason": "total > 0 (0.00)", "run": None}
    event = {"id": "e", "type": "t", "title": "It", "time": "2026-01-01T00:00:00.000000Z", "matches": [unmatched]}
    assert "r/x did not run: total > 0 (0.00)" in a_story(events=[event])
    assert "Nothing of it stands in Xero." in a_story()


# --- rules and connections -----------------------------------------------------------------------------


def test_a_rule_is_switched_off_and_on(practice: Path) -> None:
    place = ("--workspace", str(practice))

    def state() -> bool:
        return {rule["id"]: rule["on"] for rule in asked(practice, "rules")}["financial_sync/agreement"]

    assert state()
    assert daybook("rules", "off", "financial_sync/agreement", *place).code == 0
    assert not state()
    assert daybook("rules", "on", "financial_sync/agreement", *place).code == 0
    assert state()


def test_rules_tell_how_their_runs_went(practice: Path) -> None:
    sales = next(rule for rule in asked(practice, "rules") if rule["id"] == "financial_sync/sales")
    assert sales["runs"]["succeeded"] >= INVOICES
    assert sales["last_run"]


def test_connections_tell_what_they_used(practice: Path) -> None:
    xero = next(one for one in asked(practice, "connections") if one["name"] == "xero")
    assert (xero["state"], xero["activated"]) == ("open", True)
    assert 0 < xero["calls"]["day"] < xero["calls"]["day_limit"]


# --- reconcile -----------------------------------------------------------------------------------------


def test_both_sides_agree_to_the_cent(practice: Path, month: str) -> None:
    found = asked(practice, "reconcile", "--from", month, "--to", last_day(month))

    assert (found["verdict"], found["difference"], found["items"]) == ("agree", "0.00", [])
    assert found["sales"] == found["ledger"]
    assert found["sales"]["invoices"] == INVOICES
    text = daybook("reconcile", "--from", month, "--workspace", str(practice)).out
    assert "difference 0.00, nothing differs" in text.splitlines()[0]


def test_a_side_that_cannot_be_read_makes_it_unknown(practice: Path, month: str, tmp_path: Path) -> None:
    file = practice / "daybook.yaml"
    before = file.read_text()
    try:
        file.write_text(re.sub(r"(address: 'http://[^/']+):\d+/main'", r"\1:1/main'", before))
        done = daybook("reconcile", "--from", month, "--json", "--workspace", str(practice))
    finally:
        file.write_text(before)

    assert done.code == 3
    assert json.loads(done.out)["verdict"] == "unknown"
    assert json.loads(done.out)["problems"][0].startswith("Halaxy could not be read")


# --- holds and retry -----------------------------------------------------------------------------------


def test_nothing_is_held(practice: Path) -> None:
    assert asked(practice, "holds") == []


def test_a_run_that_succeeded_is_not_tried_again(practice: Path) -> None:
    done = daybook("retry", sales_run(practice)["id"], "--workspace", str(practice))
    assert (done.code, "error[not-failed]" in done.err) == (3, True)


def test_what_has_no_account_is_held_named_and_let_go_when_the_map_has_it(empty: Path, month: str) -> None:
    with Sandboxes() as own:
        own.tell("halaxy", "/_sandbox/seed", json.dumps({"month": {"first": month, "invoices": 3, "seed": 5}}).encode())
        begin_with(empty, month)
        (empty / "maps" / "payment_accounts.yaml").write_text(
            "from: text\nto: xero account\nor: discount\nrows:\n  Discount: discount\n"
            + "".join(
                f"  {name}: 611\n"
                for name in (
                    "Cash",
                    "EFTPOS",
                    "HICAPS",
                    "Medicare",
                    "DVA",
                    "Braintree",
                    "BPAY",
                    "Direct Deposit",
                    "Stripe",
                )
            )
        )
        lead_to(empty, own)
        connected(empty)
        place = ("--workspace", str(empty))
        daybook("rules", "off", "financial_sync/paid_invoice", *place)
        assert daybook("sync", "now", *place).code == 0
        held = asked(empty, "holds")
        assert {hold["code"] for hold in held} == {"UNMAPPED"}
        assert {tuple(hold["choices"]) for hold in held} == {("try again",)}
        subject = held[0]["subject"]
        assert "by UNMAPPED" in daybook("why", subject, *place).out

        (empty / "maps" / "revenue_accounts.yaml").write_text(
            "from: halaxy fee category\nto: xero account\nrows:\n  Consultation: 200\n  Product: 201\n  Report: 202\n"
            "  Non-attendance: 203\n"
        )
        resolved = daybook("holds", "resolve", held[0]["id"], "--choose", "try again", *place)
        # The change of the map may have released it already, which is said.
        assert resolved.code == 0 or "released already" in resolved.err
        assert daybook("serve", "--once", "--level", "error", *place).code == 0
        assert "UNMAPPED" not in {hold["code"] for hold in asked(empty, "holds")}


# --- serve and sandbox ---------------------------------------------------------------------------------


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_works_until_it_is_asked_to_end(practice: Path, number: signal.Signals) -> None:
    with started("serve", "--log", "json", "--workspace", str(practice)) as child:
        assert child.stderr is not None
        first = json.loads(child.stderr.readline())
        child.send_signal(number)
        rest = child.stderr.read()
    assert (first["event"], child.returncode) == ("process started", 0)
    assert json.loads(rest.splitlines()[-1])["event"] == "process stopping"
    assert '"level": "error"' not in rest


def test_serve_once_ends_when_all_is_quiet_and_writes_nothing_twice(practice: Path) -> None:
    store = SqliteStore(practice / "data" / "daybook.sqlite")
    before = store.rows("table_counts")[0]
    done = daybook("serve", "--once", "--log", "json", "--level", "error", "--workspace", str(practice))
    after = store.rows("table_counts")[0]
    store.close()

    assert done.code == 0, done.err
    assert after["calls"] == before["calls"]


def test_the_sandboxes_print_settings_that_lead_to_them(tmp_path: Path) -> None:
    with started("sandbox", "--dir", str(tmp_path / "kept")) as child:
        assert child.stdout is not None
        lines = []
        for line in child.stdout:
            lines.append(line)
            if "Stop with" in line:
                break
        child.send_signal(signal.SIGINT)
    assert child.returncode == 0
    text = "".join(lines)
    assert re.search(r"address: http://\S+/main", text)
    assert "client_id: daybook-demo" in text
    assert (tmp_path / "kept").is_dir()
