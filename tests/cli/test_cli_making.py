"""init, connect, disconnect, activate, check."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from beside_sandboxes import ANSWERS, allowed, begin_with, connected, daybook, lead_to

from engine.clock import SystemClock
from engine.compose.sandboxes import HALAXY_CLIENT, Sandboxes
from engine.compose.sign_ins import SignIn
from engine.config.fill_in import with_settings
from engine.library.files import packaged_examples
from engine.store.sqlite import SqliteStore

ROOT = Path(__file__).parent.parent.parent


def states(workspace: Path) -> dict[str, str]:
    rows = json.loads(daybook("connections", "--json", "--workspace", str(workspace)).out)
    return {row["name"]: row["state"] for row in rows}


def activated(workspace: Path) -> bool:
    rows = json.loads(daybook("connections", "--json", "--workspace", str(workspace)).out)
    return {row["name"]: row["activated"] for row in rows}["xero"]


# --- init ----------------------------------------------------------------------------------------------


def test_a_new_workspace_has_all_that_is_to_be_filled_in_and_no_faults(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    done = daybook("init", str(folder), answers="Harbour\nNSW\nRobin Vale\nmanager@harbour.example\n")

    assert done.code == 0, done.err
    assert "daybook connect halaxy" in done.out
    assert (folder / "data" / "key").exists()
    assert stat.S_IMODE((folder / "data" / "key").stat().st_mode) == 0o600
    assert "/data/" in (folder / ".gitignore").read_text()
    start = SystemClock().now().astimezone(ZoneInfo("Australia/Sydney")).strftime("%Y-%m-01")
    assert f"start_date: '{start}'" in (folder / "daybook.yaml").read_text()
    assert f"start_date: {start}" in (folder / "settings" / "financial_sync.yaml").read_text()
    assert "# EFTPOS: 612" in (folder / "maps" / "payment_accounts.yaml").read_text()
    assert daybook("check", "--workspace", str(folder)).code == 0


def test_nothing_is_written_over(empty: Path) -> None:
    before = {file: file.read_bytes() for file in empty.rglob("*") if file.is_file()}
    done = daybook("init", str(empty), *ANSWERS)

    assert done.code == 3
    assert {file: file.read_bytes() for file in empty.rglob("*") if file.is_file()} == before


def test_files_that_were_there_before_stay(tmp_path: Path) -> None:
    own = tmp_path / "maps" / "revenue_accounts.yaml"
    own.parent.mkdir()
    own.write_text("mine")
    assert daybook("init", str(tmp_path), *ANSWERS).code == 0
    assert own.read_text() == "mine"


@pytest.mark.parametrize("word, value", [("--email", "nobody"), ("--state", "XX"), ("--timezone", "Moon/Base")])
def test_what_cannot_be_is_refused(tmp_path: Path, word: str, value: str) -> None:
    done = daybook("init", str(tmp_path / "x"), *ANSWERS, word, value)
    assert done.code in (2, 3)
    assert not (tmp_path / "x").exists()


# --- settings written into the file --------------------------------------------------------------------

HEAD = "practice:\n  name: H\n  timezone: Australia/Sydney\n\n"


@pytest.mark.parametrize(
    "block",
    [
        "connections:\n  xero: {}\n",
        "connections:\n  xero:\n",
        "connections:\n  xero:  {}\n  books: {}\n",
        "connections:\n  halaxy:\n    poll: every 10 minutes\n  xero:\n    settings:\n      mode: pkce\n",
        "connections:\n  # the ledger\n  xero:\n    poll: every 5 minutes\n\nqueue: in process\n",
        "connections:\n    xero:\n      settings:\n        mode: pkce\n",
    ],
)
def test_a_setting_goes_where_it_belongs_and_nothing_else_changes(block: str) -> None:
    text = with_settings(HEAD + block, "xero", {"client_id": "it's: #1"})
    if text is None:
        assert "    xero" in block  # an own indentation is left to the person
        return
    kept = [line for line in (HEAD + block).splitlines() if line.strip() and "xero" not in line]
    assert [line for line in kept if line not in text.splitlines()] == []
    assert "client_id: 'it''s: #1'" in text


@pytest.mark.parametrize("text", ["", "connections: {xero: {}}\n" + HEAD, HEAD + "connections:\n  halaxy: {}\n"])
def test_what_cannot_be_done_safely_is_left_to_the_person(text: str) -> None:
    assert with_settings(text, "xero", {"client_id": "x"}) is None


# --- connect -------------------------------------------------------------------------------------------


def test_halaxy_is_connected_with_a_secret_that_works_and_stands_in_no_file(empty: Path, sandboxes: Sandboxes) -> None:
    lead_to(empty, sandboxes)
    done = daybook("connect", "halaxy", "--workspace", str(empty), answers=f"{HALAXY_CLIENT[1]}\n")

    assert (done.code, states(empty)["halaxy"]) == (0, "open"), done.err
    holding = [
        file.name for file in empty.rglob("*") if file.is_file() and HALAXY_CLIENT[1].encode() in file.read_bytes()
    ]
    assert holding == []
    assert HALAXY_CLIENT[1] not in done.out + done.err


def test_a_wrong_secret_is_refused_and_the_old_one_stands(empty: Path, sandboxes: Sandboxes) -> None:
    lead_to(empty, sandboxes)
    place = ("--workspace", str(empty))
    assert daybook("connect", "halaxy", *place, DAYBOOK_HALAXY_CLIENT_SECRET=HALAXY_CLIENT[1]).code == 0
    wrong = daybook("connect", "halaxy", *place, DAYBOOK_HALAXY_CLIENT_SECRET="wrong")

    assert (wrong.code, states(empty)["halaxy"]) == (3, "open")
    assert "refuses the client id or the client secret" in wrong.err
    assert daybook("sync", "now", "--connection", "halaxy", *place).code == 0


def test_missing_settings_are_asked_for_and_written(empty: Path) -> None:
    done = daybook("connect", "halaxy", "--workspace", str(empty), answers="my-client\n")

    assert done.code == 3
    assert "Set DAYBOOK_HALAXY_CLIENT_SECRET" in done.err
    assert "client_id: 'my-client'" in (empty / "daybook.yaml").read_text()


def test_xero_waits_for_the_browser_and_names_the_organisation(empty: Path, sandboxes: Sandboxes) -> None:
    lead_to(empty, sandboxes)
    file = empty / "daybook.yaml"
    file.write_text(file.read_text().replace("http://localhost:8377/callback", "http://localhost:18377/callback"))
    program = "import sys; from engine.cli.main import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "connect", "xero", "--timeout", "20", "--workspace", str(empty)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as child:
        assert child.stdout is not None
        address = next(line for line in child.stdout if line.startswith("http")).strip()
        with urllib.request.urlopen(address, timeout=10) as page:
            assert b"You can close this window" in page.read()
        said = child.stdout.read()
    assert child.returncode == 0
    assert "xero is connected to Harbour Allied Health" in said
    assert states(empty)["xero"] == "open"


def test_nobody_coming_back_and_a_foreign_address_are_refused(empty: Path, sandboxes: Sandboxes) -> None:
    lead_to(empty, sandboxes)
    place = ("--workspace", str(empty))
    late = daybook("connect", "xero", "--timeout", "1", *place)
    assert (late.code, "error[no-return]" in late.err) == (3, True)

    forged = daybook("connect", "xero", "--paste", *place, answers="http://localhost:8377/callback?code=x&state=y\n")
    assert (forged.code, "Xero gave no consent" in forged.err) == (3, True)
    assert states(empty)["xero"] == "new"


def test_another_organisation_than_the_pinned_one_is_refused(empty: Path, sandboxes: Sandboxes) -> None:
    lead_to(empty, sandboxes)
    with SignIn(empty, os.environ, "xero") as sign_in:
        assert sign_in.consent(allowed) == "Harbour Allied Health"
    with SignIn(empty, os.environ, "xero") as sign_in:
        sign_in._needs.vault.put({"tenant_id": "another", "tenant_name": "Other Books"})
        with pytest.raises(Exception, match="belongs to the Xero organisation Other Books"):
            sign_in.consent(allowed)


def test_disconnecting_forgets_the_sign_in(empty: Path, sandboxes: Sandboxes) -> None:
    lead_to(empty, sandboxes)
    connected(empty)
    assert daybook("disconnect", "xero", "--workspace", str(empty)).code == 0
    assert daybook("disconnect", "halaxy", "--workspace", str(empty)).code == 0

    assert (states(empty)["halaxy"], states(empty)["xero"]) == ("new", "new")
    store = SqliteStore(empty / "data" / "daybook.sqlite")
    assert store.rows("secret", connection="halaxy", name="client_secret") == []
    assert store.rows("secret", connection="xero", name="refresh_token") == []
    store.close()


def test_mail_is_greeted_and_nothing_is_sent(empty: Path, sandboxes: Sandboxes) -> None:
    file = empty / "daybook.yaml"
    lead_to(empty, sandboxes)
    before = len(sandboxes.mail.messages)
    done = daybook("connect", "email", "--workspace", str(empty))
    assert (done.code, len(sandboxes.mail.messages)) == (0, before), done.err

    file.write_text(file.read_text().replace(f"'{sandboxes.mail.port}'", "'1'"))
    assert daybook("connect", "email", "--workspace", str(empty)).code == 3


def test_what_needs_no_sign_in_says_so(empty: Path) -> None:
    done = daybook("connect", "books", "--workspace", str(empty))
    assert (done.code, "works without a sign-in" in done.out) == (0, True)


# --- activate ------------------------------------------------------------------------------------------


def test_gaps_in_maps_stand_in_the_way_and_all_are_told(empty: Path, sandboxes: Sandboxes, month: str) -> None:
    begin_with(empty, month)
    lead_to(empty, sandboxes)
    connected(empty)
    place = ("--workspace", str(empty))
    assert "Nothing was read from Halaxy yet" in daybook("activate", "--yes", *place).err
    shutil.copytree(packaged_examples() / "harbour" / "maps", empty / "maps", dirs_exist_ok=True)
    revenue = empty / "maps" / "revenue_accounts.yaml"
    revenue.write_text(
        revenue.read_text().replace("  Consultation: 200\n", "").replace("Product: 201", "Product: 99999")
    )
    # Reading without posting: nothing may reach the ledger that other tests compare.
    daybook("rules", "off", "financial_sync/sales", *place)
    daybook("rules", "off", "financial_sync/paid_invoice", *place)
    daybook("rules", "off", "financial_sync/contacts", *place)
    assert daybook("sync", "now", *place).code == 0
    done = daybook("activate", "--yes", *place)

    assert done.code == 3
    assert 'maps/revenue_accounts.yaml has no row for "Consultation".' in done.err
    assert "the account 99999, which Xero does not have" in done.err

    shutil.copy(packaged_examples() / "harbour" / "maps" / "revenue_accounts.yaml", revenue)
    refused = daybook("activate", "--yes", *place)
    assert (refused.code, "The Xero organisation is not confirmed yet." in refused.err) == (3, True)
    daybook("setup", "organisation", "--yes", *place)
    daybook("setup", "native-link", "--answer", "off", *place)
    assert daybook("activate", *place, answers="n\n").code == 130
    assert not activated(empty)
    assert daybook("activate", *place, answers="y\n").code == 0
    assert activated(empty)
    assert "activated already" in daybook("activate", *place).out


# --- check ---------------------------------------------------------------------------------------------


def test_the_packaged_rulesets_have_no_problem(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from engine.cli.main import run; sys.exit(run(['check']))"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "DAYBOOK_WORKSPACE": ""}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, "no errors, no warnings" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_problem_is_told_with_all_that_an_editor_needs(empty: Path) -> None:
    (empty / "rules" / "own").mkdir()
    bad = empty / "rules" / "own" / "bad.yaml"
    bad.write_text(
        "rule: Bad\nwhen: halaxy.invoice.changed\nsteps:\n  - post it:\n      do: xero.create_invoce\n      with:\n        number: 1\n"
    )
    place = ("--workspace", str(empty))
    done = daybook("check", "--json", *place)
    problem = next(one for one in json.loads(done.out) if one["code"] == "unknown-action")

    assert done.code == 1
    assert set(problem) == {"file", "line", "col", "end_col", "code", "severity", "message", "mend", "rule"}
    assert (problem["file"], problem["line"], problem["rule"]) == ("rules/own/bad.yaml", 5, "own/bad")
    assert json.loads(daybook("check", "--format", "json", *place).out) == json.loads(done.out)
    text = daybook("check", *place).out
    assert "rules/own/bad.yaml:5:" in text
    assert "^" in text
    assert "1 error" in text
    assert json.loads(daybook("check", str(empty / "maps"), "--json", *place).out) == []
    assert daybook("check", str(bad), *place).code == 1


def test_a_file_anywhere_can_be_checked(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "good.yaml").write_text("rule: Good\nwhen: halaxy.invoice.paid\nsteps:\n  - end:\n      stop: done\n")
    assert daybook("check", str(folder), DAYBOOK_WORKSPACE="").code == 0
    (folder / "bad.yaml").write_text("rule: Bad\nwhen: halaxy.invoice.payed\nsteps:\n  - end:\n      stop: done\n")
    done = daybook("check", str(folder), DAYBOOK_WORKSPACE="")
    assert (done.code, "bad.yaml:2:" in done.out) == (1, True), done.out


def test_a_broken_workspace_file_and_a_broken_rule_are_told_together(empty: Path) -> None:
    file = empty / "daybook.yaml"
    file.write_text(file.read_text().replace("state: 'NSW'", "state: 'XX'"))
    (empty / "rules" / "own").mkdir()
    (empty / "rules" / "own" / "bad.yaml").write_text("rule: x\n")
    found = {one["file"] for one in json.loads(daybook("check", "--json", "--workspace", str(empty)).out)}
    assert {"daybook.yaml", "rules/own/bad.yaml"} <= found
