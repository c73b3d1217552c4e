"""Business days and opening hours: weekends, the practice's public holidays, when its doors are open.

Holidays come in as data; which state has which holiday is not known here.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5
_LONGEST_CLOSED_DAYS = 366


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of a weekday (0 is Monday) in which the practice is open; local times."""

    weekday: int
    opens: time
    closes: time


# Where a practice names no opening hours.
USUAL_HOURS = tuple(Opening(weekday, time(8), time(18)) for weekday in range(5))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a practice does not work, besides Saturdays and Sundays, and its opening hours.

    `hours` are in the order of the week; on a public holiday the practice is closed.
    """

    holidays: frozenset[date] = frozenset()
    hours: tuple[Opening, ...] = USUAL_HOURS

    def next_opening(self, local: datetime) -> datetime | None:
        """When the practice opens next, seen from an aware time of its own zone; None while it is open.

        A practice that does not open within a year is taken as open.
        """
        for ahead in range(_LONGEST_CLOSED_DAYS):
            day = local.date() + ahead * _ONE_DAY
            for hours in self.hours:
                if hours.weekday != day.weekday() or day in self.holidays:
                    continue
                opens, closes = (datetime.combine(day, clock, local.tzinfo) for clock in (hours.opens, hours.closes))
                if opens <= local < closes:
                    return None
                if opens > local:
                    # Once around, so that a time that the clock skips becomes the one after the gap.
                    return opens.astimezone(UTC).astimezone(local.tzinfo)
        return None

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
