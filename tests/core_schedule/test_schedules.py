"""When schedules are due, over clock changes, holidays and downtime."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import schedule
from engine.core.calendar import Calendar
from engine.core.rule import Span
from engine.errors import UserError
from engine.lang.schedules import read_schedule

SYDNEY = ZoneInfo("Australia/Sydney")
NO_HOLIDAYS = Calendar()
ANZAC = Calendar(frozenset({date(2026, 4, 27)}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SYDNEY)


def dues(phrase: str, after: str, count: int, calendar: Calendar = NO_HOLIDAYS) -> list[str]:
    """The next due times on Sydney's clocks, with the offset where the day has a clock change."""
    moment, found = at(after), []
    for _ in range(count):
        moment = schedule.next_time(read_schedule(phrase), moment, "Australia/Sydney", calendar)
        found.append(f"{moment.astimezone(SYDNEY):%Y-%m-%d %H:%M %z}")
    return found


@pytest.mark.parametrize(
    "phrase, after, expected",
    [
        ("every day at 09:00", "2026-06-01T08:00", ["2026-06-01 09:00 +1000", "2026-06-02 09:00 +1000"]),
        ("every day at 09:00", "2026-06-01T09:00", ["2026-06-02 09:00 +1000"]),
        ("every day at 17:30, 08:00", "2026-06-01T09:00", ["2026-06-01 17:30 +1000", "2026-06-02 08:00 +1000"]),
        ("every weekday at 09:00", "2026-06-05T10:00", ["2026-06-08 09:00 +1000"]),
        ("every sunday at 09:00", "2026-06-05T10:00", ["2026-06-07 09:00 +1000"]),
        ("every business day at 09:00", "2026-04-24T10:00", ["2026-04-28 09:00 +1000"]),
        ("every month on day 31 at 09:00", "2026-01-31T10:00", ["2026-02-28 09:00 +1100", "2026-03-31 09:00 +1100"]),
        ("every month on day 30 at 09:00", "2026-01-31T10:00", ["2026-02-28 09:00 +1100", "2026-03-30 09:00 +1100"]),
        ("every month on the last business day at 17:00", "2026-05-01T00:00", ["2026-05-29 17:00 +1000"]),
        ("every 10 minutes", "2026-06-01T08:01", ["2026-06-01 08:10 +1000", "2026-06-01 08:20 +1000"]),
        ("every 45 minutes", "2026-06-01T00:00", ["2026-06-01 00:15 +1000", "2026-06-01 01:00 +1000"]),
        ("cron 15 14 1 * *", "2026-06-01T14:15", ["2026-07-01 14:15 +1000"]),
    ],
)
def test_due_times(phrase, after, expected):
    assert expected == dues(phrase, after, len(expected), ANZAC)


@pytest.mark.parametrize(
    "phrase, after, expected",
    [
        # 2026-10-04: 02:00 to 03:00 does not exist in Sydney.
        (
            "every day at 02:30",
            "2026-10-03T12:00",
            ["2026-10-04 03:00 +1100", "2026-10-05 02:30 +1100", "2026-10-06 02:30 +1100"],
        ),
        ("every 2 hours", "2026-10-04T00:30", ["2026-10-04 03:00 +1100", "2026-10-04 04:00 +1100"]),
        ("every 30 minutes", "2026-10-04T01:15", ["2026-10-04 01:30 +1000", "2026-10-04 03:00 +1100"]),
        # 2027-04-04: 02:00 to 03:00 comes twice.
        ("every day at 02:30", "2027-04-03T12:00", ["2027-04-04 02:30 +1100", "2027-04-05 02:30 +1000"]),
        ("every 2 hours", "2027-04-04T00:30", ["2027-04-04 02:00 +1100", "2027-04-04 04:00 +1000"]),
        ("every 1 hours", "2027-04-04T01:30", ["2027-04-04 02:00 +1100", "2027-04-04 02:00 +1000"]),
    ],
)
def test_a_skipped_hour_is_made_up_for_and_a_doubled_one_counts_once(phrase, after, expected):
    assert expected == dues(phrase, after, len(expected))


def test_one_who_is_in_the_second_coming_of_an_hour_is_not_sent_back_to_the_first():
    second = datetime(2027, 4, 4, 2, 15, tzinfo=SYDNEY, fold=1)
    due = schedule.next_time(read_schedule("every day at 02:30"), second, "Australia/Sydney", NO_HOLIDAYS)
    assert datetime(2027, 4, 5, 2, 30, tzinfo=SYDNEY) == due


PHRASES = [
    "every day at 02:30",
    "every 2 hours",
    "every 20 minutes",
    "every 45 minutes",
    "every weekday at 00:00, 23:59",
    "every business day at 02:00",
    "every month on day 31 at 02:30",
    "cron 30 1-3 * * *",
]
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from(PHRASES), moments)
@settings(deadline=None, max_examples=150)
def test_the_next_time_is_later_and_none_lies_between(phrase, moment):
    plan = read_schedule(phrase)
    due = schedule.next_time(plan, moment, "Australia/Sydney", ANZAC)
    assert moment < due
    assert due.tzinfo is UTC
    just_before = due - timedelta(seconds=1)
    assert just_before < moment or due == schedule.next_time(plan, just_before, "Australia/Sydney", ANZAC)


@given(st.sampled_from(PHRASES), moments, st.timedeltas(timedelta(minutes=1), timedelta(days=20)))
@settings(deadline=None, max_examples=60)
def test_what_was_missed_is_the_newest_due_time(phrase, after, down):
    plan, newest = read_schedule(phrase), None
    due = schedule.next_time(plan, after, "Australia/Sydney", ANZAC)
    while due <= after + down:
        newest, due = due, schedule.next_time(plan, due, "Australia/Sydney", ANZAC)
    assert newest == schedule.missed(plan, after, after + down, "Australia/Sydney", ANZAC)


def test_a_long_downtime_costs_no_walk_through_all_of_it():
    plan = read_schedule("every 1 minutes")
    after = datetime(2000, 1, 1, tzinfo=UTC)
    until = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)
    assert datetime(2026, 1, 1, tzinfo=UTC) == schedule.missed(plan, after, until, "Australia/Sydney", NO_HOLIDAYS)


def test_a_schedule_that_no_day_serves_is_told():
    closed = Calendar(frozenset(date(2026, 1, 1) + timedelta(days=days) for days in range(4_500)))
    with pytest.raises(UserError, match="never due"):
        schedule.next_time(read_schedule("every business day at 09:00"), at("2026-01-01T00:00"), "UTC", closed)


@pytest.mark.parametrize(
    "moment, span, expected",
    [
        (date(2026, 1, 31), Span(1, "months"), date(2026, 2, 28)),
        (date(2028, 1, 31), Span(1, "months"), date(2028, 2, 29)),
        (date(2026, 1, 15), Span(-1, "months"), date(2025, 12, 15)),
        (date(2026, 1, 31), Span(-45, "days"), date(2025, 12, 17)),
        (date(2026, 4, 24), Span(1, "business days"), date(2026, 4, 28)),
        (date(2026, 1, 1), Span(2, "weeks"), date(2026, 1, 15)),
        # Seven days later at the same time of day, though the clocks changed between.
        (at("2026-10-01T09:00"), Span(7, "days"), at("2026-10-08T09:00")),
        (at("2026-10-03T02:30"), Span(1, "days"), at("2026-10-04T03:30")),
        # Hours are elapsed time.
        (at("2026-10-04T01:30"), Span(1, "hours"), at("2026-10-04T03:30")),
    ],
)
def test_moments_and_days_are_moved_by_spans(moment, span, expected):
    moved = schedule.add(moment, span, ANZAC)
    assert expected == moved
    assert isinstance(moved, datetime) == isinstance(moment, datetime)


@pytest.mark.parametrize(
    "moment, span",
    [
        (date(2026, 1, 1), Span(1, "hours")),
        (date(9999, 12, 31), Span(1, "days")),
        (date(1, 1, 1), Span(-1, "months")),
        (date(9999, 12, 30), Span(9, "business days")),
    ],
)
def test_what_cannot_be_moved_is_a_value_error(moment, span):
    with pytest.raises(ValueError, match=r"."):
        schedule.add(moment, span, NO_HOLIDAYS)


@pytest.mark.parametrize(
    "fields, fine",
    [
        ("0 9 * * 1-5", True),
        ("*/5 * * * *", True),
        ("0 0 31 2 *", False),
        ("0 9 * *", False),
        ("0 0 9 * * *", False),
        ("61 9 * * *", False),
        ("٠ 9 * * *", False),
        ("9" * 5000 + " * * * *", False),
        ("", False),
        ("0 9 * * nonsense", False),
    ],
)
def test_cron_fields_are_checked(fields, fine):
    assert fine == schedule.check_cron(fields)
