"""The business days of one month, and picking among them.

Weekdays only; public holidays are ordinary days here.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random


class Days:
    """The weekdays from a first day to the end of its month; every day if there is no weekday left."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.last = (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        every = tuple(first + timedelta(days=n) for n in range((self.last - first).days + 1))
        self.business = tuple(day for day in every if day.weekday() < 5) or every

    def pick(self, random: Random) -> date:
        """Any business day."""
        return random.choice(self.business)

    def later(self, day: date, by: int) -> date:
        """So many days after a day, moved on to a business day, at most the month's last one."""
        wanted = day + timedelta(days=by)
        return next((one for one in self.business if one >= wanted), max(day, self.business[-1]))

    def beyond(self, random: Random) -> date:
        """A weekday in the fortnight after the month."""
        day = self.last + timedelta(days=random.randint(1, 14))
        return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())
