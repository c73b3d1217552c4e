"""The workspace's file: what it may say, and what is said when it is wrong."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from engine.config.model import Channel, Config, Connection, Hours, Limits, Timing, Webhooks
from engine.config.read import config_of, read_config
from engine.config.template import write_template
from engine.core.rule import Place
from engine.errors import Problems, UserError

ROOT = Path(__file__).parent.parent.parent
HERE = Path("w")
SMALLEST = "practice:\n  name: Harbour\n  timezone: Australia/Sydney\n"


def config(text: str, **environment: str) -> Config:
    return config_of(HERE, text, environment)


def problems(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(Problems) as found:
        config(text)
    return [(problem.line, problem.col, problem.code) for problem in found.value.problems]


def test_a_practice_with_a_name_and_a_timezone_is_a_workspace() -> None:
    read = config(SMALLEST)
    assert (read.practice.name, read.practice.timezone, read.practice.currency) == (
        "Harbour",
        "Australia/Sydney",
        "AUD",
    )
    assert (read.queue, read.database, read.rulesets) == ("in process", HERE / "data/daybook.sqlite", ())


def test_the_demo_practice_is_read_whole() -> None:
    read = read_config(ROOT / "examples/harbour", {})
    assert dict(read.practice.locations) == {"CL-1": "Manly", "CL-2": "Newtown"}
    assert len(read.practice.opening_hours) == 6
    assert [person.name for person in read.people_of("Practice Manager")] == ["Robin Vale"]
    assert list(read.connections) == ["halaxy", "xero", "email", "notifications", "books"]
    assert read.connections["halaxy"].settings["terms_days"] == "7"
    assert read.rulesets == ("financial_sync",)


def test_connections_and_channels_keep_their_settings_as_texts() -> None:
    read = config(
        SMALLEST
        + """
channels:
  phone:
    kind: webhook
    address: https://hooks.practice.example/0400
connections:
  xero_newtown:
    connector: xero
    poll: every 2 hours
    settings:
      tenant: 0012
      scopes:
        - accounting
        - offline
    timing:
      send within seconds: 20
      time_limit_seconds: 45
    limits:
      minute: 30
"""
    )
    assert read.channels == {"phone": Channel("phone", "webhook", {"address": "https://hooks.practice.example/0400"})}
    settings = {"tenant": "0012", "scopes": ["accounting", "offline"]}
    expected = Connection(
        "xero_newtown", "xero", settings, Timing(20, 45, None), Limits(30, None), 7200, Place("daybook.yaml", 13, 5)
    )
    assert read.connections == {"xero_newtown": expected}


@pytest.mark.parametrize(
    "lines, expected",
    [
        ("weekdays: 08:00-18:00", [Hours(day, time(8), time(18)) for day in range(5)]),
        ("weekdays: closed\n    sunday: 9:30 to 12:00", [Hours(6, time(9, 30), time(12))]),
        ("weekdays: closed\n    friday:\n      - 13:00–17:00\n      - 08:00-12:00",
         [Hours(4, time(8), time(12)), Hours(4, time(13), time(17))]),
        ("weekdays: 08:00-18:00\n    monday: closed", [Hours(day, time(8), time(18)) for day in range(1, 5)]),
    ],
)  # fmt: skip
def test_opening_hours_are_read_by_weekday(lines: str, expected: list[Hours]) -> None:
    assert list(config(f"{SMALLEST}  opening hours:\n    {lines}\n").practice.opening_hours) == expected


def test_rules_see_the_practice_as_plain_values() -> None:
    names = config(SMALLEST + "  state: NSW\n  opening_hours:\n    monday: 08:00-18:00\n").practice.names()
    assert names["state"] == "NSW"
    assert names["opening_hours"]["monday"] == "08:00-18:00"
    assert names["opening_hours"]["sunday"] == "closed"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", [(1, 1, "file-empty")]),
        ("- a\n", [(1, 1, "map-needed"), (1, 1, "word-missing"), (1, 1, "word-missing")]),
        ("store: a\npractice:\n", [(2, 1, "word-missing"), (2, 1, "word-missing")]),
        ("practice:\n  name: H\n  timezone: Australia/Sidney\n", [(3, 13, "unknown-timezone")]),
        (SMALLEST + "  state: NWS\n", [(4, 10, "unknown-word")]),
        (SMALLEST + "  currency: Dollars\n", [(4, 13, "not-a-currency")]),
        (SMALLEST + "pepole: {}\n", [(4, 1, "unknown-word")]),
        (SMALLEST + "  opening hours:\n    weekdays: 18:00-08:00\n", [(5, 15, "not-opening-hours")]),
        (SMALLEST + "  opening hours:\n    weekdays: 25:00-26:00\n", [(5, 15, "not-opening-hours")]),
        (SMALLEST + "people:\n  Kim:\n    email: kim at home\n", [(6, 12, "bad-value")]),
        (SMALLEST + "people:\n  Kim:\n    email: k@h.example\n    channels: pager\n", [(7, 15, "unknown-channel")]),
        (SMALLEST + "connections:\n  My Xero: {}\n", [(5, 3, "not-a-name")]),
        (SMALLEST + "connections:\n  xero:\n    limits:\n      minute: many\n", [(7, 15, "bad-number")]),
        (SMALLEST + "connections:\n  xero:\n    limits:\n      day: 0\n", [(7, 12, "bad-number")]),
        (SMALLEST + "connections:\n  xero:\n    settings:\n      client_secret: abc\n", [(7, 7, "secret-in-file")]),
        (SMALLEST + "connections:\n  xero:\n    poll: sometimes\n", [(6, 11, "not-an-interval")]),
        (SMALLEST + "connections:\n  xero:\n    poll: every 0 minutes\n", [(6, 11, "not-an-interval")]),
        (SMALLEST + "queue: rabbit\n", [(4, 8, "not-a-queue")]),
        (SMALLEST + "queue: redis://me:pw@host/0\n", [(4, 8, "secret-in-file")]),
        (SMALLEST + "rulesets:\n  - ../../etc\n", [(5, 5, "not-a-name")]),
        (SMALLEST + "store:\n  - a\n", [(5, 3, "text-needed")]),
        (SMALLEST + "store: a\nstore: b\n", [(5, 1, "duplicate-key")]),
        (SMALLEST + "  opening hours: {}\n  opening_hours: {}\n", [(5, 3, "duplicate-key")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert problems(text) == expected


def test_all_problems_are_said_at_once_and_the_nearest_word_is_named() -> None:
    with pytest.raises(Problems) as found:
        config("practice:\n  nam: Harbour\n  timezone: Australia/Sydny\nconnetions: {}\n")
    said = str(found.value)
    assert len(found.value.problems) == 4
    for word in ('"name"', '"Australia/Sydney"', '"connections"', "daybook.yaml:3:13: error[unknown-timezone]"):
        assert word in said


def test_secrets_are_not_repeated_in_the_problem() -> None:
    with pytest.raises(Problems) as found:
        config(
            SMALLEST
            + "queue: redis://me:hunter22@host/0\nconnections:\n  email:\n    settings:\n      password: pa55\n"
        )
    assert "hunter22" not in str(found.value)
    assert "pa55" not in str(found.value)


def test_the_environment_names_the_queue_when_its_address_holds_a_password() -> None:
    assert config(SMALLEST, DAYBOOK_QUEUE="redis://me:pw@host/0").queue == "redis://me:pw@host/0"


def test_a_folder_without_the_file_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="daybook init"):
        read_config(tmp_path, {})


@pytest.mark.parametrize("name", ["Harbour", "O'Brien & Sons: Physio #1", '"Quoted" {{ x }}', "- dash", "yes"])
def test_a_new_workspace_is_read_back_as_it_was_asked_for(tmp_path: Path, name: str) -> None:
    write_template(tmp_path / "new", name, "Australia/Perth", "WA", name, "pm@practice.example")
    read = read_config(tmp_path / "new", {})
    assert (read.practice.name, read.practice.state, read.people[0].name) == (name, "WA", name)
    assert (tmp_path / "new/rules").is_dir()


def test_a_workspace_is_not_made_twice(tmp_path: Path) -> None:
    write_template(tmp_path, "A", "Australia/Perth", "WA", "Kim", "kim@a.example")
    with pytest.raises(UserError, match="already"):
        write_template(tmp_path, "B", "Australia/Perth", "WA", "Kim", "kim@a.example")
    assert read_config(tmp_path, {}).practice.name == "A"


def test_webhooks_are_off_until_the_file_asks_for_them() -> None:
    assert config(SMALLEST).webhooks is None
    read = config(SMALLEST + "webhooks:\n  address: https://books.harbour.example/daybook/\n")
    assert read.webhooks == Webhooks("127.0.0.1", 8710, "https://books.harbour.example/daybook")
    read = config(SMALLEST + 'webhooks:\n  address: https://h.example:8443\n  listen: "[::1]:99"\n')
    assert read.webhooks == Webhooks("::1", 99, "https://h.example:8443")


WRONG_WEBHOOKS = [
    ("  listen: 127.0.0.1:80\n", "word-missing"),
    ("  address: http://books.harbour.example\n", "not-https"),
    ("  address: books.harbour.example\n", "not-https"),
    ("  address: https://\n", "not-https"),
    ("  address: https://user@books.harbour.example\n", "not-https"),
    ("  address: https://books.harbour.example/?a=b\n", "not-https"),
    ("  address: https://books.harbour.example:port\n", "not-https"),
    ("  address: https://h.example\n  listen: 8710\n", "not-a-place"),
    ("  address: https://h.example\n  listen: 0.0.0.0:99999\n", "not-a-place"),
    ("  address: https://h.example\n  adress: x\n", "unknown-word"),
]


@pytest.mark.parametrize("lines, code", WRONG_WEBHOOKS)
def test_a_wrong_setting_of_webhooks_is_said(lines: str, code: str) -> None:
    assert [found for _, _, found in problems(f"{SMALLEST}webhooks:\n{lines}")] == [code]
