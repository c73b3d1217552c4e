"""Business days around weekends and holidays."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.calendar import Calendar

EASTER = Calendar(frozenset({date(2026, 4, 3), date(2026, 4, 6)}))


@pytest.mark.parametrize(
    "start, count, expected",
    [
        (date(2026, 4, 1), 0, date(2026, 4, 1)),
        (date(2026, 4, 1), 1, date(2026, 4, 2)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 4, 4), 1, date(2026, 4, 7)),
        (date(2026, 4, 7), -1, date(2026, 4, 2)),
        (date(2026, 4, 1), 5, date(2026, 4, 10)),
    ],
)
def test_business_days_skip_weekends_and_holidays(start, count, expected):
    assert expected == EASTER.add_business_days(start, count)


def test_the_last_business_day_of_a_month_is_before_the_weekend():
    assert date(2026, 5, 29) == EASTER.last_business_day(2026, 5)


def test_a_month_of_holidays_has_no_last_business_day():
    closed = Calendar(frozenset(date(2026, 1, day) for day in range(1, 32)))
    assert closed.last_business_day(2026, 1) is None


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 60))
def test_going_forth_and_back_by_business_days_comes_to_a_business_day_on_the_way(day, count):
    there = EASTER.add_business_days(day, count)
    assert EASTER.is_business_day(there)
    assert there > day
    if EASTER.is_business_day(day):
        assert day == EASTER.add_business_days(there, -count)
