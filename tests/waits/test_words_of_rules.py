"""Words of rules and steps as a run meets them: time limits as expressions, named steps on timeout, busy rules, ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from office import Office, detail, sent

from engine.core.retry import DEFAULT
from engine.sdk.contract import Done, Rejected, Retry

HEAD = "rule: A test\nwhen: shop.asked\n"


def an_office(folder: Path, steps: str, head: str = "", **names: object) -> Office:
    return Office(folder, {"test/rule": f"{HEAD}{head}steps:\n{steps}"}, names=names)


ON_TIMEOUT = """
  - money:
      wait for: shop.paid with same invoice.id
      at most: = patience
      save as: paid
      on timeout:
        - chase:
            do: books.task
        - once more:
            wait for: shop.paid with same invoice.id
            at most: 1 day
            on timeout: continue
            save as: late
  - make:
      if: paid is missing
      do: shop.make
"""


@pytest.mark.parametrize("patience, day", [("2 days", 2), ("1 business day", 1), ("36 hours", 1.5)])
def test_steps_on_timeout_are_gone_through_and_the_run_goes_on_behind_them(
    tmp_path: Path, patience: str, day: float
) -> None:
    office = an_office(tmp_path, ON_TIMEOUT, patience=patience)
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    start = office.clock.now()
    office.pass_time(deaths=True, days=9)

    assert [action for _, action, _ in office.sent] == ["books.task", "shop.make"]
    assert office.sent[0][0] - start < timedelta(days=day, minutes=1)
    assert office.sent[0][0] - start >= timedelta(days=day)
    assert office.statuses() == {"succeeded": 1}


def test_a_limit_that_is_no_length_holds_the_run(tmp_path: Path) -> None:
    office = an_office(tmp_path, ON_TIMEOUT, patience="a while")
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=3)

    assert [hold["code"] for hold in office.store.rows("holds")] == ["CANNOT_TELL"]


def test_a_time_limit_of_an_action_may_be_an_expression(tmp_path: Path) -> None:
    steps = "  - make:\n      do: shop.make\n      at most: = patience\n      on error:\n        - tell:\n            do: books.task\n"
    office = an_office(tmp_path, steps, patience="30 minutes")
    office.answers["shop.make"] = lambda inputs: Retry("busy", 7200)
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(hours=1)

    assert [action for _, action, _ in office.sent] == ["shop.make", "books.task"]


def test_then_stop_ends_the_run_after_the_step_but_not_when_it_was_skipped(tmp_path: Path) -> None:
    steps = (
        "  - tell:\n      if: invoice.small\n      do: books.task\n      then: stop\n  - make:\n      do: shop.make\n"
    )
    office = an_office(tmp_path, steps)
    for small in (True, False):
        office.happen("shop.asked", invoice={"id": "1", "small": small})
    office.work()

    assert sorted(action for _, action, _ in office.sent) == ["books.task", "shop.make"]
    assert sorted(row["reason"] for row in office.runs()) == ["", "tell: then stop"]


@pytest.mark.parametrize(
    "busy, statuses, made",
    [
        ("wait", {"waiting": 1, "queued": 2}, ["1", "2", "3"]),
        ("skip", {"waiting": 1, "cancelled": 2}, ["1"]),
        ("newest", {"waiting": 1, "cancelled": 2}, ["3"]),
    ],
)
def test_a_busy_rule_waits_skips_or_takes_the_newest(
    tmp_path: Path, busy: str, statuses: dict[str, int], made: list[str]
) -> None:
    head = f"one at a time per: invoice.id\nwhen busy: {busy}\n"
    steps = "  - pause:\n      wait: 4 hours\n  - make:\n      do: shop.make\n      with:\n        n: = number\n"
    office = an_office(tmp_path, steps, head)
    for number in ("1", "2", "3"):
        office.happen("shop.asked", invoice={"id": "7"}, number=number)
        office.pass_time(hours=1)
    assert office.statuses() == statuses
    office.pass_time(hours=14)

    assert [inputs["n"] for _, _, inputs in office.sent] == made


def test_stop_if_tells_with_which_values_it_held(tmp_path: Path) -> None:
    office = an_office(tmp_path, "  - make:\n      do: shop.make\n", "stop if: invoice.open <= 5\n")
    office.happen("shop.asked", invoice={"id": "1", "open": 3})
    office.work()

    run = office.runs()[0]
    assert (run["status"], run["reason"], office.sent) == ("succeeded", "stop if invoice.open <= 5", [])
    assert "3" in detail(office, run["id"], "stop if")[0]["because"]


def test_stop_when_tells_which_event_it_was(tmp_path: Path) -> None:
    head = "stop when:\n  - shop.paid with same invoice.id\n"
    office = an_office(tmp_path, "  - pause:\n      wait: 2 days\n", head)
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    office.happen("shop.paid", invoice={"id": "1"})
    office.work()

    (told,) = detail(office, office.runs()[0]["id"], "stop when")
    assert (told["type"], told["event"][:4]) == ("shop.paid", "evt_")


@pytest.mark.parametrize(
    "answer, tries", [(Rejected("NO", "no"), 1), (Retry("busy"), DEFAULT.times + 1), (Done({}), 1)]
)
def test_without_a_phrase_the_kind_of_failure_says_whether_it_is_tried_again(
    tmp_path: Path, answer: Done | Rejected | Retry, tries: int
) -> None:
    office = an_office(tmp_path, "  - make:\n      do: shop.make\n")
    office.answers["shop.make"] = lambda inputs: answer
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=1)

    assert len(office.sent) == tries


def test_again_after_counts_from_the_last_start_and_knows_business_days(tmp_path: Path) -> None:
    office = an_office(tmp_path, "  - make:\n      do: shop.make\n", "again after: 2 business days\n")
    for _ in range(8):  # Monday to Monday
        office.happen("shop.asked", invoice={"id": "1"})
        office.pass_time(days=1)

    assert [at[:3] for at, _ in sent(office)] == ["Mon", "Wed", "Fri"]


def test_a_missing_thing_is_looked_for_as_long_as_the_step_says_and_its_error_has_a_name(tmp_path: Path) -> None:
    steps = """
  - look:
      do: shop.find
      if missing: retry for 2 hours
      on error:
        - tell:
            do: books.task
            with:
              code: = error.code
"""
    office = an_office(tmp_path, steps)
    looks: list[object] = []
    office.answers["shop.find"] = lambda inputs: looks.append(office.clock.now()) or Done({"thing": None})
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(deaths=True, hours=4)

    assert [inputs for _, _, inputs in office.sent] == [{"code": "MISSING"}]
    assert 15 < len(looks) < 60
