"""Waits: none is missed, each event serves one, and the clock, restarts and the number of runs change nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from office import Office, sent

from engine.ports import Insert
from engine.runtime.holds import let_go
from engine.sdk.contract import Done, Rejected, Retry

HEAD = "rule: A test\nwhen: shop.asked\n"
MAKE = "      do: shop.make\n      with:\n        n: = invoice.id\n"


def rule(steps: str, head: str = "") -> dict[str, str]:
    return {"test/rule": f"{HEAD}{head}steps:\n{steps}"}


WAIT_FOR = """
  - the money:
      wait for: shop.paid with same invoice.id where new.amount > 10
      at most: 7 days
      on timeout: continue
      save as: paid
  - then make it:
      if: paid is given
      do: shop.make
      with:
        n: = paid.amount
"""


def test_an_awaited_event_goes_to_the_run_that_it_belongs_to_and_fits(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(WAIT_FOR))
    for id in ("1", "2"):
        office.happen("shop.asked", invoice={"id": id})
    office.work()
    office.happen("shop.paid", invoice={"id": "1"}, amount=5)
    office.happen("shop.paid", invoice={"id": "2"}, amount=50)
    office.work()

    assert office.statuses() == {"waiting": 1, "succeeded": 1}
    assert [inputs for _, _, inputs in office.sent] == [{"n": 50}]
    office.pass_time(days=8)
    assert office.statuses() == {"succeeded": 2}
    assert len(office.sent) == 1


def test_an_event_during_an_earlier_step_is_not_missed(tmp_path: Path) -> None:
    steps = "  - pause:\n      wait: 2 days\n" + WAIT_FOR.lstrip("\n")
    office = Office(tmp_path, rule(steps))
    office.happen("shop.paid", invoice={"id": "1"}, amount=99)  # before the run's own event: does not count
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    office.happen("shop.paid", invoice={"id": "1"}, amount=40)
    office.happen("shop.paid", invoice={"id": "1"}, amount=41)
    office.pass_time(days=3, deaths=True)

    assert [inputs for _, _, inputs in office.sent] == [{"n": 40}]


def test_an_event_serves_one_wait_of_a_run(tmp_path: Path) -> None:
    wait = "  - {name}:\n      wait for: shop.paid with same invoice.id\n      at most: 7 days\n      save as: {name}\n"
    steps = wait.format(name="first") + wait.format(name="second") + f"  - make:\n{MAKE}"
    office = Office(tmp_path, rule(steps))
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    office.happen("shop.paid", invoice={"id": "1"})
    office.work()
    assert (office.statuses(), office.sent) == ({"waiting": 1}, [])

    office.happen("shop.paid", invoice={"id": "1"})
    office.work()
    assert office.statuses() == {"succeeded": 1}


def test_an_equality_of_numbers_does_not_mind_how_they_are_written(tmp_path: Path) -> None:
    from decimal import Decimal

    steps = "  - money:\n      wait for: shop.paid where new.amount == total\n      at most: 1 day\n  - make:\n" + MAKE
    office = Office(tmp_path, rule(steps))
    office.happen("shop.asked", invoice={"id": "1"}, total=Decimal("110.00"))
    office.work()
    office.happen("shop.paid", amount=110)
    office.work()

    assert office.statuses() == {"succeeded": 1}


STOP_WHEN = "stop when:\n  - shop.paid with same invoice.id where new.amount > 10\n"


@pytest.mark.parametrize("amount, made, status", [(50, 0, "cancelled"), (5, 1, "succeeded")])
def test_stop_when_ends_a_waiting_run_for_an_event_that_fits(
    tmp_path: Path, amount: int, made: int, status: str
) -> None:
    office = Office(tmp_path, rule(f"  - pause:\n      wait: 7 days\n  - make:\n{MAKE}", STOP_WHEN))
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=2)
    office.happen("shop.paid", invoice={"id": "1"}, amount=amount)
    office.pass_time(days=6)

    assert (len(office.sent), office.statuses()) == (made, {status: 1})


def test_stop_when_counts_before_the_first_step_of_a_run_that_began_late(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(f"  - make:\n{MAKE}", STOP_WHEN))
    office.happen("shop.asked", invoice={"id": "1"})
    office.happen("shop.paid", invoice={"id": "1"}, amount=50)
    office.work()

    assert (office.sent, office.statuses()) == ([], {"cancelled": 1})
    assert office.runs()[0]["reason"] == "stop when shop.paid"


def test_a_stop_when_that_cannot_be_told_holds_the_run_and_is_judged_again(tmp_path: Path) -> None:
    head = "stop when:\n  - shop.paid with same invoice.id where new.amount > limit\n"
    office = Office(tmp_path, rule(f"  - pause:\n      wait: 7 days\n  - make:\n{MAKE}", head), names={"limit": None})
    office.happen("shop.asked", invoice={"id": "1"})
    office.work()
    office.happen("shop.paid", invoice={"id": "1"}, amount=50)
    office.pass_time(days=9)
    hold = office.store.rows("holds")[0]
    assert (hold["code"], office.sent) == ("CANNOT_TELL", [])

    office.names = {"limit": 10}
    office.store.write(tuple(let_go(office.parts, hold, "settings", office.clock.now())))
    office.work()
    assert office.statuses() == {"cancelled": 1}


def test_a_wait_ends_on_its_day_at_its_time_across_daylight_saving(tmp_path: Path) -> None:
    start = datetime(2026, 4, 2, 22, 0, tzinfo=UTC)  # Friday, 9 o'clock; clocks go back on Sunday 5 April
    office = Office(tmp_path, rule(f"  - pause:\n      wait: 3 days at 07:30\n  - make:\n{MAKE}"), start)
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=5, deaths=True)

    assert sent(office) == [("Mon 06 Apr 07:30", "shop.make")]


def test_waits_that_are_due_are_handled_once_whatever_the_clock_does(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(f"  - pause:\n      wait: 3 days\n  - make:\n{MAKE}"))
    for id in range(20):
        office.happen("shop.asked", invoice={"id": str(id)})
    office.work()
    start = office.clock.now()
    for days in (2, -30, 4, -1, 400, 1):
        office.clock.set(start + timedelta(days=days))
        office.die()
        office.pass_time(hours=1)

    assert office.statuses() == {"succeeded": 20}
    assert len(office.sent) == 20


def test_a_hundred_thousand_waiting_runs_cost_an_arriving_event_nothing(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(WAIT_FOR))

    def waiting(first: int, last: int) -> None:
        row = {"path": "the money", "type": "shop.paid", "index_path": "invoice.id", "looked": 1}
        for start in range(first, last, 5000):
            changes = []
            for n in range(start, min(start + 5000, last)):
                value = f'"{n}"'
                same = f'[["invoice.id","\\"{n}\\""]]'
                changes.append(Insert("subscriptions", {**row, "run": f"r{n}", "index_value": value, "same": same}))
            office.store.write(tuple(changes))

    def fastest() -> float:
        times = []
        for _ in range(30):
            office.happen("shop.paid", invoice={"id": "nobody"}, amount=50)
            begun = perf_counter()
            office.loop.dispatch.step(office.clock.now())
            times.append(perf_counter() - begun)
        return min(times)

    waiting(0, 10)
    few = fastest()
    waiting(10, 100_000)
    many = fastest()
    assert many < 5 * few + 0.002


# --- the words of rules and steps ---------------------------------------------------------------------


def test_again_after_starts_once_within_the_time_for_each_value_also_for_events_at_once(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(f"  - make:\n{MAKE}", "again after: 7 days per patient\n"))
    for day in range(10):
        for patient in ("a", "a", "b"):
            office.happen("shop.asked", invoice={"id": f"{day}"}, patient=patient)
        office.pass_time(days=1)

    assert len(office.sent) == 4
    results = [row["result"] for row in office.store.rows("matches_of_event", event="evt_0000000002")]
    assert results == ["repeated"]


def test_quiet_hours_keep_messages_to_outsiders_for_the_next_opening(tmp_path: Path) -> None:
    from datetime import date

    steps = """
  - tell the patient:
      do: email.send
      with:
        to: = to
"""
    friday_night = datetime(2026, 4, 2, 10, 0, tzinfo=UTC)  # Thursday 21:00 before Good Friday
    holidays = frozenset(date(2026, 4, day) for day in (3, 4, 5, 6))
    from engine.core.calendar import Calendar

    office = Office(tmp_path, rule(steps, "quiet hours: keep\n"), friday_night, calendar=Calendar(holidays))
    office.happen("shop.asked", invoice={"id": "1"}, to="robin@sample.example")
    office.happen("shop.asked", invoice={"id": "2"}, to="Manager@harbour.example")
    office.pass_time(days=6, deaths=True)

    assert sent(office) == [("Thu 02 Apr 21:00", "email.send"), ("Tue 07 Apr 08:00", "email.send")]


def test_keep_fresh_reads_the_object_again_after_a_wait_and_stop_if_sees_it(tmp_path: Path) -> None:
    head = "keep fresh: invoice\nstop if: invoice.open <= 5\n"
    steps = f"  - pause:\n      wait: 1 day\n  - make:\n{MAKE}  - again:\n      wait: 1 day\n  - more:\n{MAKE}"
    office = Office(tmp_path, rule(steps, head))
    balances = {"1": [50, 40], "2": [3], "3": [30, 0]}
    office.answers["halaxy.find_invoice"] = lambda inputs: Done(
        {"invoice": {"id": inputs["id"], "open": balances[inputs["id"]].pop(0)}}
    ) if inputs else Done({})  # fmt: skip
    for id in balances:
        office.happen("shop.asked", invoice={"id": id, "open": 60})
    office.pass_time(days=3, deaths=True)

    assert [inputs["n"] for _, _, inputs in office.sent] == ["1", "3", "1"]
    reasons = [row["reason"] for row in office.runs()]
    assert reasons == ["", "stop if invoice.open <= 5", "stop if invoice.open <= 5"]
    assert ("done", "keep fresh: invoice") in office.history(office.runs()[0]["id"])


def test_an_object_that_is_gone_ends_its_run(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(f"  - pause:\n      wait: 1 day\n  - make:\n{MAKE}", "keep fresh: invoice\n"))
    office.answers["halaxy.find_invoice"] = lambda inputs: Rejected("NOT_FOUND", "It is gone.")
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=2)

    assert [(row["status"], row["reason"]) for row in office.runs()] == [("succeeded", "invoice is no longer there")]


MISSING = """
  - look:
      do: shop.find
      if missing: {word}
      save as: found
  - make:
      if: found is given
      do: shop.make
"""


@pytest.mark.parametrize("answer", [Done({"patient": None, "matches": 0}), Rejected("NOT_FOUND", "No.")])
@pytest.mark.parametrize(
    "word, days, status, made",
    [("stop", 1, "succeeded", 0), ("continue", 1, "succeeded", 0), ("retry for 2 days", 3, "failed", 0)],
)
def test_if_missing_says_what_follows(
    tmp_path: Path, answer: Done | Rejected, word: str, days: int, status: str, made: int
) -> None:
    office = Office(tmp_path, rule(MISSING.format(word=word)))
    office.answers["shop.find"] = lambda inputs: answer
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=days)

    assert office.statuses() == {status: 1}
    assert sum(action == "shop.make" for _, action, _ in office.sent) == made


def test_what_comes_late_is_found_while_it_is_looked_for(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(MISSING.format(word="retry for 2 days")))
    late = office.clock.now() + timedelta(days=1)
    office.answers["shop.find"] = lambda inputs: (
        Done({"thing": {"id": "9"}}) if office.clock.now() > late else Done({"thing": None})
    )
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=3, deaths=True)

    assert [action for _, action, _ in office.sent] == ["shop.make"]


@pytest.mark.parametrize("phrase, tries", [("never", 1), ("3 times over 2 hours", 4), (None, 13)])
def test_a_step_is_tried_again_as_it_says(tmp_path: Path, phrase: str | None, tries: int) -> None:
    again = f"      try again: {phrase}\n" if phrase else ""
    office = Office(tmp_path, rule(f"  - make:\n{MAKE}{again}"))
    office.answers["shop.make"] = lambda inputs: Retry("busy")
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=1)

    assert (len(office.sent), office.statuses()) == (tries, {"failed": 1})
    if phrase and phrase != "never":
        assert office.sent[-1][0] - office.sent[0][0] > timedelta(hours=1)


def test_the_rules_own_phrase_is_the_default_of_its_steps(tmp_path: Path) -> None:
    office = Office(tmp_path, rule(f"  - make:\n{MAKE}", "try again: 2 times over 1 hour\n"))
    office.answers["shop.make"] = lambda inputs: Retry("busy")
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(days=1)

    assert len(office.sent) == 3


def test_a_time_limit_ends_a_step_that_nobody_has_sent_and_never_one_that_is_on_its_way(tmp_path: Path) -> None:
    steps = f"  - make:\n{MAKE}      at most: 30 minutes\n      on error: continue\n  - tell:\n      do: books.task\n"
    office = Office(tmp_path, rule(steps))
    office.answers["shop.make"] = lambda inputs: Retry("busy", 7200)
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(minutes=20)
    assert office.statuses() == {"running": 1}
    office.pass_time(minutes=20)

    assert [action for _, action, _ in office.sent] == ["shop.make", "books.task"]
    assert ("timed out", "make") in office.history(office.runs()[0]["id"])
    assert office.statuses() == {"succeeded": 1}


@pytest.mark.parametrize("missed, runs", [("", 1), ("if missed: skip\n", 0)])
def test_a_schedule_missed_in_downtime_runs_once_or_is_skipped(tmp_path: Path, missed: str, runs: int) -> None:
    text = f"rule: A test\nwhen: every day at 09:00\n{missed}steps:\n  - make:\n      do: shop.make\n"
    office = Office(tmp_path, {"test/rule": text})
    office.work()
    office.clock.pass_time(5 * 86400 + 3600)
    office.die()
    office.work()
    assert len(office.sent) == runs

    office.pass_time(days=2)
    assert len(office.sent) == runs + 2


def test_a_clock_that_was_ahead_neither_silences_nor_repeats_a_schedule(tmp_path: Path) -> None:
    text = "rule: A test\nwhen: every business day at 09:30\nsteps:\n  - make:\n      do: shop.make\n"
    office = Office(tmp_path, {"test/rule": text})
    office.pass_time(hours=1)
    start = office.clock.now()
    office.clock.set(start + timedelta(days=400))
    office.pass_time(minutes=1)
    before = len(office.sent)  # Tuesday's start came early, as one that seemed missed
    office.clock.set(start)
    office.pass_time(days=7)

    assert [at for at, _ in sent(office)][before:] == [
        "Wed 04 Mar 09:30",
        "Thu 05 Mar 09:30",
        "Fri 06 Mar 09:30",
        "Mon 09 Mar 09:30",
    ]
