"""Clocks that are set back or run ahead, machines that sleep, daylight saving: each wait ends once, and none too early."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from office import Office

from engine.core.times import text_of
from engine.ports import Insert
from engine.runtime.budgets import room
from engine.runtime.parts import Limits

ZONE = ZoneInfo("Australia/Sydney")
RULE = """rule: A test
when: shop.asked
steps:
  - first:
      wait: {first}
  - one:
      do: shop.make
      with:
        n: = invoice.id
        at: one
  - second:
      wait until: due
  - two:
      do: shop.make
      with:
        n: = invoice.id
        at: two
  - event:
      wait for: shop.paid with same invoice.id
      at most: 2 days
      on timeout: continue
  - three:
      do: shop.make
      with:
        n: = invoice.id
        at: three
"""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
JUMPS = {
    "an hour back": (-HOUR,),
    "a day back": (-DAY,),
    "a week ahead": (WEEK,),
    "there and back": (WEEK, -WEEK),
    "back and there": (-DAY, DAY),
    "again and again": (-HOUR, HOUR, -DAY, 3 * DAY, -HOUR, -DAY),
}
# Summer ends on 5 April 2026 at 3:00 (an hour twice), and begins on 4 October 2026 at 2:00 (an hour left out).
STARTS = {
    "plain days": datetime(2026, 3, 1, 22, tzinfo=UTC),
    "an hour twice": datetime(2026, 4, 2, 22, tzinfo=UTC),
    "an hour left out": datetime(2026, 10, 1, 22, tzinfo=UTC),
}


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_each_wait_ends_once_and_none_before_its_time(
    tmp_path: Path, start: datetime, jumps: tuple[timedelta, ...]
) -> None:
    office = Office(tmp_path, {"test/rule": RULE.format(first="2 days at 02:30")}, start)
    due = start + timedelta(days=4)
    for id in range(3):
        office.happen("shop.asked", invoice={"id": str(id)}, due=due)
        office.pass_time(hours=5)
    for number, jump in enumerate(jumps):
        office.pass_time(deaths=True, hours=11 * (number + 1))
        office.clock.set(office.clock.now() + jump)
        office.die()
        office.work()
    office.pass_time(deaths=True, days=20)

    assert office.statuses() == {"succeeded": 3}
    assert Counter((inputs["n"], inputs["at"]) for _, _, inputs in office.sent) == Counter(
        (str(id), at) for id in range(3) for at in ("one", "two", "three")
    )
    earliest = {"one": _half_past_two(start + timedelta(days=2)), "two": due, "three": due}
    for at, _, inputs in office.sent:
        assert at >= earliest[inputs["at"]], (at, inputs)


def _half_past_two(day: datetime) -> datetime:
    """At the earliest: 2:30 on the practice's day, the first of the two where there are two."""
    local = day.astimezone(ZONE)
    return local.replace(hour=2, minute=30, second=0, fold=0).astimezone(UTC)


@pytest.mark.parametrize(
    "start, wait, due",
    [
        (datetime(2026, 4, 3, 22, 0, tzinfo=UTC), "1 day at 02:30", "Sun 05 Apr 02:30"),
        (datetime(2026, 10, 2, 23, 0, tzinfo=UTC), "1 day at 02:30", "Sun 04 Oct 03:30"),
        (datetime(2026, 4, 3, 22, 0, tzinfo=UTC), "24 hours", "Sun 05 Apr 08:00"),
        (datetime(2026, 4, 3, 22, 0, tzinfo=UTC), "1 day", "Sun 05 Apr 09:00"),
        (datetime(2026, 10, 2, 23, 0, tzinfo=UTC), "24 hours", "Sun 04 Oct 10:00"),
        (datetime(2026, 10, 2, 23, 0, tzinfo=UTC), "1 day", "Sun 04 Oct 09:00"),
    ],
)
def test_days_are_days_of_the_calendar_and_hours_are_hours(
    tmp_path: Path, start: datetime, wait: str, due: str
) -> None:
    steps = f"steps:\n  - pause:\n      wait: {wait}\n  - make:\n      do: shop.make\n"
    office = Office(tmp_path, {"test/rule": f"rule: A test\nwhen: shop.asked\n{steps}"}, start)
    office.happen("shop.asked", invoice={"id": "1"})
    office.pass_time(deaths=True, days=3)

    assert [office.local(at) for at, _, _ in office.sent] == [due]


def test_a_clock_that_was_ahead_does_not_use_up_the_requests_of_later(tmp_path: Path) -> None:
    office = Office(tmp_path, {"test/rule": "rule: A test\nwhen: shop.asked\nsteps:\n  - make:\n      do: shop.make\n"})
    ahead = text_of(office.clock.now() + DAY / 2)
    sends = [Insert("sends", {"connection": "shop", "at": ahead, "purpose": "call"}) for _ in range(200)]
    office.store.write(tuple(sends))
    shop = replace(office.parts.connection("shop"), limits=Limits(minute=100))

    assert room(office.parts, shop, office.clock.now()).open
    assert not room(office.parts, shop, office.clock.now() + DAY / 2).open
