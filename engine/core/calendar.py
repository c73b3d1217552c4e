"""Business days: weekends and the practice's public holidays.

Holidays come in as data; which state has which holiday is not known here.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a practice does not work, besides Saturdays and Sundays."""

    holidays: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Whether the practice works on that day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_business_days(self, day: date, count: int) -> date:
        """The day so many business days later (earlier when negative); a count of 0 is the day itself.

        Raises:
            OverflowError: There is no such day before the year 10000.
        """
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_business_day(day)
        return day

    def last_business_day(self, year: int, month: int) -> date | None:
        """The month's last day of work; None for a month without any."""
        day = date(year, month, monthrange(year, month)[1])
        while not self.is_business_day(day):
            if day.day == 1:
                return None
            day -= _ONE_DAY
        return day
