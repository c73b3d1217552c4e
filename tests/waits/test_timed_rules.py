"""Timed rules on a virtual clock: over both clock changes, holidays, the turn of the year, downtime and deaths."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from office import Office
from stories import LORD_HOWE, NSW, QLD, SA, VIC, WA, Practice
from test_stories import Fragile, at_local, go_on

from engine.compose.calendar import calendar_of


def timed(folder: Path, phrase: str, start: str, practice: Practice = NSW, kind: type[Office] = Office) -> Office:
    """An office with one rule that runs by a schedule and gives a task."""
    text = f"rule: By the clock\nwhen: {phrase}\nsteps:\n  - do it:\n      do: shop.make\n"
    moment = at_local(start, zone_of(practice))
    office = kind(folder, {"test/timed": text}, moment, calendar=calendar_of(practice, 2026), practice=practice)
    office.work()
    return office


def zone_of(practice: Practice) -> ZoneInfo:
    return ZoneInfo(practice.timezone)


def times(office: Office) -> list[str]:
    return [office.local(at) for at, _, _ in office.sent]


SPRING, AUTUMN = "2026-10-02T12:00", "2026-04-03T12:00"
TO_SPRING, TO_AUTUMN = "2026-10-06T01:00", "2026-04-07T01:00"


@pytest.mark.parametrize("kind", [Office, Fragile])
@pytest.mark.parametrize(
    "phrase, practice, start, until, expected",
    [
        # Every day once, on the day without that time and on the day that has it twice.
        ("every day at 02:30", NSW, SPRING, TO_SPRING, ["Sat 03 Oct 02:30", "Sun 04 Oct 03:00", "Mon 05 Oct 02:30"]),
        ("every day at 02:30", NSW, AUTUMN, TO_AUTUMN, ["Sat 04 Apr 02:30", "Sun 05 Apr 02:30", "Mon 06 Apr 02:30"]),
        ("every day at 02:30", SA, SPRING, TO_SPRING, ["Sat 03 Oct 02:30", "Sun 04 Oct 03:00", "Mon 05 Oct 02:30"]),
        ("every day at 02:30", SA, AUTUMN, TO_AUTUMN, ["Sat 04 Apr 02:30", "Sun 05 Apr 02:30", "Mon 06 Apr 02:30"]),
        ("every day at 02:15", LORD_HOWE, SPRING, TO_SPRING,
         ["Sat 03 Oct 02:15", "Sun 04 Oct 02:30", "Mon 05 Oct 02:15"]),
        ("every day at 01:45", LORD_HOWE, AUTUMN, TO_AUTUMN,
         ["Sat 04 Apr 01:45", "Sun 05 Apr 01:45", "Mon 06 Apr 01:45"]),
        ("every day at 02:30", QLD, SPRING, TO_SPRING, ["Sat 03 Oct 02:30", "Sun 04 Oct 02:30", "Mon 05 Oct 02:30"]),
        ("every 6 hours", NSW, "2026-10-03T23:00", "2026-10-05T01:00",
         ["Sun 04 Oct 00:00", "Sun 04 Oct 06:00", "Sun 04 Oct 12:00", "Sun 04 Oct 18:00", "Mon 05 Oct 00:00"]),
        # A weekday is one on the calendar, a business day one on which the practice works.
        ("every weekday at 07:30, 16:00", NSW, "2026-04-02T12:00", "2026-04-07T12:00",
         ["Thu 02 Apr 16:00", "Fri 03 Apr 07:30", "Fri 03 Apr 16:00", "Mon 06 Apr 07:30", "Mon 06 Apr 16:00",
          "Tue 07 Apr 07:30"]),
        ("every business day at 07:30", NSW, "2026-04-02T12:00", "2026-04-09T00:00",
         ["Tue 07 Apr 07:30", "Wed 08 Apr 07:30"]),
        ("every business day at 09:00", VIC, "2026-11-01T00:00", "2026-11-05T00:00",
         ["Mon 02 Nov 09:00", "Wed 04 Nov 09:00"]),
        ("every business day at 09:00", WA, "2026-02-27T12:00", "2026-03-04T00:00", ["Tue 03 Mar 09:00"]),
        ("every business day at 09:00", NSW, "2026-12-23T12:00", "2027-01-06T00:00",
         ["Thu 24 Dec 09:00", "Tue 29 Dec 09:00", "Wed 30 Dec 09:00", "Thu 31 Dec 09:00", "Mon 04 Jan 09:00",
          "Tue 05 Jan 09:00"]),
        ("every monday at 08:00", NSW, "2026-09-26T00:00", "2026-10-13T00:00",
         ["Mon 28 Sep 08:00", "Mon 05 Oct 08:00", "Mon 12 Oct 08:00"]),
        # Months.
        ("every month on the last business day at 17:00", NSW, "2026-12-01T00:00", "2027-06-01T00:00",
         ["Thu 31 Dec 17:00", "Fri 29 Jan 17:00", "Fri 26 Feb 17:00", "Wed 31 Mar 17:00", "Fri 30 Apr 17:00",
          "Mon 31 May 17:00"]),
        ("every month on day 31 at 23:30", NSW, "2027-12-01T00:00", "2028-05-01T00:00",
         ["Fri 31 Dec 23:30", "Mon 31 Jan 23:30", "Tue 29 Feb 23:30", "Fri 31 Mar 23:30", "Sun 30 Apr 23:30"]),
        ("every month on day 1 at 00:00", NSW, "2026-12-31T23:00", "2027-02-02T00:00",
         ["Fri 01 Jan 00:00", "Mon 01 Feb 00:00"]),
        # Cron, for those who know it.
        ("cron 0 9 1 */3 *", NSW, "2026-08-01T00:00", "2027-05-01T00:00",
         ["Thu 01 Oct 09:00", "Fri 01 Jan 09:00", "Thu 01 Apr 09:00"]),
        ("cron 0 9 29 2 *", NSW, "2026-08-01T00:00", "2028-05-01T00:00", ["Tue 29 Feb 09:00"]),
    ],
)  # fmt: skip
def test_it_runs_when_its_phrase_says_and_at_no_other_time(
    tmp_path: Path, phrase: str, practice: Practice, start: str, until: str, expected: list[str], kind: type[Office]
) -> None:
    office = timed(tmp_path, phrase, start, practice, kind)
    go_on(office, at_local(until, zone_of(practice)))

    assert expected == times(office)
    assert Counter({"succeeded": len(expected)}) == office.statuses()


@pytest.mark.parametrize("day, hours", [("2026-10-04", 23), ("2026-04-05", 25), ("2026-06-07", 24)])
@pytest.mark.parametrize("minutes", [15, 30, 45])
def test_every_so_many_minutes_is_as_often_as_there_are_minutes(
    tmp_path: Path, day: str, hours: int, minutes: int
) -> None:
    office = timed(tmp_path, f"every {minutes} minutes", f"{day}T00:00")
    office.pass_time(hours=hours)

    gaps = {(after[0] - before[0]).total_seconds() for before, after in zip(office.sent, office.sent[1:], strict=False)}
    assert {minutes * 60} == gaps
    assert abs(len(office.sent) - hours * 60 / minutes) < 1


@pytest.mark.parametrize(
    "word, days, expected",
    [
        # Switched off from Thursday noon before Easter, on again on Wednesday at half past ten.
        ("run once", 6, ["Thu 02 Apr 08:00", "Wed 08 Apr 10:30", "Thu 09 Apr 08:00"]),
        ("skip", 6, ["Thu 02 Apr 08:00", "Thu 09 Apr 08:00"]),
        # Nothing is missed over the holidays themselves.
        ("run once", 4, ["Thu 02 Apr 08:00", "Tue 07 Apr 08:00", "Wed 08 Apr 08:00", "Thu 09 Apr 08:00"]),
        ("skip", 4, ["Thu 02 Apr 08:00", "Tue 07 Apr 08:00", "Wed 08 Apr 08:00", "Thu 09 Apr 08:00"]),
    ],
)
def test_what_was_missed_is_made_up_for_once_or_skipped(
    tmp_path: Path, word: str, days: int, expected: list[str]
) -> None:
    office = timed(tmp_path, f"every business day at 08:00\nif missed: {word}", "2026-04-02T07:00")
    go_on(office, at_local("2026-04-02T12:00", zone_of(NSW)))
    back = at_local(f"2026-04-0{2 + days}T10:30", zone_of(NSW))
    office.clock.pass_until(back)
    office.die()
    go_on(office, at_local("2026-04-09T12:00", zone_of(NSW)))

    assert expected == times(office)


def test_a_night_job_is_done_once_when_the_process_comes_back_between_the_two_o_clocks(tmp_path: Path) -> None:
    office = timed(tmp_path, "every day at 02:30", "2026-04-04T12:00")
    office.clock.pass_until(datetime(2026, 4, 4, 15, 45, tzinfo=UTC))  # 02:45, the first time
    office.die()
    office.work()
    office.clock.pass_until(datetime(2026, 4, 4, 16, 29, tzinfo=UTC))  # 02:29, the second time
    office.die()
    office.pass_time(hours=12)

    assert [datetime(2026, 4, 4, 15, 45, tzinfo=UTC)] == [at for at, _, _ in office.sent]
