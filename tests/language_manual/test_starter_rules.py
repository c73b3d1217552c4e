"""`daybook new` and `daybook schema`: a starter for every event and every action, sound as it stands."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from engine.cli.main import run
from engine.compose.checking import check_workspace
from engine.compose.new_workspace import Answers, make_workspace
from engine.compose.offers import manifests, offers_of
from engine.compose.rehearsing import of_workspace
from engine.compose.starting import Wanted, starter_files, write_starter
from engine.config.read import read_config
from engine.library.reading import read_library
from engine.runtime.rehearsal_tests import run_test

OFFERS = offers_of(manifests(None, {}))


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def daybook(*arguments: str) -> Done:
    with CliRunner().isolation() as (out, err, _):
        code = run(arguments)
        sys.stdout.flush()
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return made(tmp_path / "practice")


def made(folder: Path) -> Path:
    make_workspace(
        folder, Answers("Harbour", "Australia/Sydney", "NSW", "Robin", "m@harbour.example", date(2026, 1, 1))
    )
    return folder


def begin(workspace: Path, wanted: list[Wanted]) -> None:
    """Many starters at once, the workspace read only once for all."""
    config = read_config(workspace, {})
    library = read_library(workspace, config.rulesets, [one.connector for one in config.connections.values()])
    for one in wanted:
        for name, text in starter_files(workspace, config, library, one)[1].items():
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace / name).write_text(text, encoding="utf-8")


def faults(workspace: Path, folder: str) -> list[str]:
    """Everything that the checker and the rules' own tests find wrong with the rules of a folder."""
    found = [str(one) for one in check_workspace(workspace, os.environ).problems if f"rules/{folder}/" in one.file]
    judged = [run_test(one.rule, test, one.bench) for one in of_workspace(workspace, os.environ).chosen([folder])
              for test in one.tests]  # fmt: skip
    assert judged
    return [*found, *(f"{each.rule}: {finding}" for each in judged for finding in each.findings)]


def test_a_starter_for_every_action_is_sound(workspace):
    begin(workspace, [Wanted(f"actions/rule_{n}", "", action.name) for n, action in enumerate(OFFERS.actions)])
    assert faults(workspace, "actions") == []


def test_a_starter_for_every_event_is_sound(workspace):
    begin(workspace, [Wanted(f"events/rule_{n}", event.name) for n, event in enumerate(OFFERS.events)])
    begin(workspace, [Wanted("events/by_the_clock", "every business day at 8:30")])
    assert faults(workspace, "events") == []


def test_its_first_line_leads_to_the_schema_that_it_fits(workspace):
    assert daybook("new", "follow_ups/thank_you", "--do", "email.send", "--workspace", str(workspace)).code == 0
    rule = workspace / "rules" / "follow_ups" / "thank_you.yaml"
    text = rule.read_text(encoding="utf-8")
    way = text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((rule.parent / way).read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(text))) == []
    assert "        # reply_to:" in text


def test_without_a_name_each_gets_one_of_its_own(workspace):
    ids = [write_starter(workspace, {}, Wanted())[0] for _ in range(3)]
    assert ids == ["own/new_rule", "own/new_rule_2", "own/new_rule_3"]


@pytest.mark.parametrize(
    "arguments,code,mend",
    [
        (("a/b", "--when", "halaxy.invoice.payed"), "unknown-event", '"halaxy.invoice.paid"'),
        (("a/b", "--do", "notifications.sned"), "unknown-action", '"notifications.send"'),
        (("a/b", "--do", "xero.post_sale", "--when", "halaxy.patient.created"), "event-does-not-fit", "--when"),
        (("a/b", "--when", "every day"), "schedule-needs-time", "every day at 09:00"),
        (("Thank you",), "not-a-name", "follow_ups/thank_you"),
        (("../../outside",), "not-a-name", "follow_ups/thank_you"),
        (("financial_sync/sales",), "rule-exists", "another name"),
    ],
)
def test_what_cannot_be_begun_says_why_and_writes_nothing(workspace, arguments, code, mend):
    before = sorted(workspace.rglob("*"))
    done = daybook("new", *arguments, "--workspace", str(workspace))
    assert (done.code, code in done.err, mend in done.err) == (3, True, True), done.err
    assert sorted(workspace.rglob("*")) == before


def test_nothing_is_written_over(workspace):
    rule = workspace / "rules" / "own" / "mine.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text("rule: mine", encoding="utf-8")
    assert daybook("new", "mine", "--workspace", str(workspace)).code == 3
    assert rule.read_text(encoding="utf-8") == "rule: mine"
    sample = rule.parent / "samples" / "other.json"
    sample.parent.mkdir()
    sample.write_text("{}", encoding="utf-8")
    assert daybook("new", "other", "--workspace", str(workspace)).code == 3
    assert not (rule.parent / "other.yaml").exists()


def test_the_schema_is_printed_or_written(workspace, tmp_path):
    printed = json.loads(daybook("schema", "--workspace", str(workspace)).out)
    file = tmp_path / "made" / "rule.json"
    assert daybook("schema", "--out", str(file), "--workspace", str(workspace)).code == 0
    assert json.loads(file.read_text(encoding="utf-8")) == printed
    assert json.loads(daybook("schema", "--of", "map").out)["title"] == "a map"
