"""Folders of rules outside of a workspace: what is read of them, and what their tests run with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.compose.calendar import calendar_of_names
from engine.compose.checking import check_files
from engine.compose.rehearsing import packaged
from engine.config.model import Hours, Practice
from engine.config.opening_hours import hours_of
from engine.errors import UserError
from engine.runtime.rehearsal_tests import run_test

RULE = """\
rule: Tell somebody
when: halaxy.invoice.paid
if: invoice.totals.gross > ruleset.settings.least and invoice.location is given
steps:
  - tell:
      do: notifications.send
      with:
        to: = maps.people[invoice.location]
        message: Paid
"""
HEAD = """\
ruleset: Ours
settings:
  least: {type: money, default: 5.00, ask: From what sum?}
maps:
  people: {from: text, to: person}
rules: [tell]
"""
MAILS = """\
rule: Write to them
when: halaxy.invoice.paid
quiet hours: keep
steps:
  - write:
      do: email.send
      with: {to: robin@sample.example, subject: Hello, body: Hello}
"""


def put(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        place = folder / (name.replace("__", "/") + ".yaml")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def codes(folder: Path) -> list[tuple[str, str]]:
    return [(Path(one.file).name, one.code) for one in check_files([folder]).problems]


def test_the_ruleset_beside_a_rule_gives_it_settings_and_maps(tmp_path: Path) -> None:
    folder = put(tmp_path / "ours", tell=RULE, ruleset=HEAD)
    assert [] == codes(folder)

    put(folder, ruleset=HEAD.replace("least:", "most:").replace("people:", "staff:"))
    assert [("tell.yaml", "unknown-setting"), ("tell.yaml", "unknown-map")] == codes(folder)


def test_samples_and_workspaces_below_are_left_out(tmp_path: Path) -> None:
    folder = put(tmp_path, ours__tell=RULE, ours__ruleset=HEAD, ours__samples__maps="a: 1", shop__daybook="x: 1",
                 shop__rules__own__bad="nonsense: 1")  # fmt: skip
    assert [] == codes(folder)
    assert ["ours/tell"] == [one.rule.id for one in packaged().chosen([str(folder)])]


def test_a_folder_without_rules_is_told(tmp_path: Path) -> None:
    folder = put(tmp_path / "empty", ruleset=HEAD, maps__people="from: text\nto: person\nrows: {a: b}\n")
    with pytest.raises(UserError, match="There is no rule in"):
        packaged().chosen([str(folder)])


@pytest.mark.parametrize(
    "given, at, mails",
    [
        ("{state: VIC}", "2026-11-03T10:00", 0),
        ("{state: NSW}", "2026-11-03T10:00", 1),
        ("{holidays: [2026-11-04]}", "2026-11-04T10:00", 0),
        ("{state: VIC, holidays: []}", "2026-11-03T10:00", 1),
        ("{opening_hours: {weekdays: 09:00-12:00}}", "2026-11-04T12:30", 0),
        ('{opening_hours: {weekdays: "09:00-12:00, 12:30-17:00"}}', "2026-11-04T12:30", 1),
    ],
)
def test_a_test_runs_with_the_holidays_and_hours_of_its_practice(
    tmp_path: Path, given: str, at: str, mails: int
) -> None:
    tests = f"tests:\n  - name: it\n    event: {{invoice: {{id: 1}}}}\n    at: {at}\n    given: {{practice: {given}}}\n"
    put(tmp_path / "own", mails=f"{MAILS}{tests}    expect:\n      - do: email.send\n        times: {mails}\n")
    (one,) = packaged().chosen([str(tmp_path)])
    assert () == run_test(one.rule, one.tests[0], one.bench).findings


@pytest.mark.parametrize(
    "hours, told",
    [("{sunnday: closed}", "sunday"), ("{monday: nine to five}", "08:00-18:00"), ("{monday: 8-18}", "08:00")],
)
def test_opening_hours_that_cannot_be_read_are_told_with_their_place(tmp_path: Path, hours: str, told: str) -> None:
    tests = f"tests:\n  - name: it\n    event: {{invoice: {{id: 1}}}}\n    given:\n      practice:\n        opening_hours: {hours}\n"
    put(tmp_path / "own", mails=f"{MAILS}{tests}    expect:\n      - runs: 1\n")
    (one,) = packaged().chosen([str(tmp_path)])
    (finding,) = run_test(one.rule, one.tests[0], one.bench).findings
    assert "mails.yaml:" in finding
    assert told in finding


def test_opening_hours_come_back_as_rules_see_them() -> None:
    from datetime import time

    hours = (Hours(0, time(8), time(12)), Hours(0, time(13), time(17)), Hours(5, time(9), time(11)))
    practice = Practice("Harbour", "Australia/Sydney", state="VIC", opening_hours=hours)
    assert hours == hours_of(practice.names()["opening_hours"])
    calendar = calendar_of_names(practice.names(), 2026)
    assert (False, True) == (calendar.is_business_day(date(2026, 11, 3)), calendar.is_business_day(date(2026, 11, 4)))
