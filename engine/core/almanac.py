"""Moments that a rule's waits and limits mean, in the practice's time zone and on its calendar.

Pure; the time it counts from is handed in. What a length means is in `engine.core.schedule`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.core.calendar import Calendar
from engine.core.rule import Span
from engine.core.schedule import add, at_wall_clock
from engine.errors import CannotTell

Json = Any
Unit = Literal["minutes", "hours", "days", "weeks", "months", "business days"]
_UNITS: tuple[Unit, ...] = ("minutes", "hours", "days", "weeks", "months", "business days")
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Almanac:
    """The time at which a step began, where the practice is, and its calendar."""

    now: datetime
    timezone: str
    calendar: Calendar

    def after(self, span: Span, since: datetime) -> datetime:
        """The moment so long after another.

        Raises:
            CannotTell: It lies outside the calendar.
        """
        try:
            return self._moment(add(since.astimezone(self._zone()), span, self.calendar))
        except (ValueError, OverflowError):
            raise CannotTell("A wait ends outside the calendar.", "Wait for less long.") from None

    def after_at(self, span: Span, clock: time | None, since: datetime) -> datetime:
        """The moment so long after another, on that day at a time of day; a skipped time is the one after the gap."""
        due = self.after(span, since)
        if clock is None:
            return due
        return at_wall_clock(due.astimezone(self._zone()).date(), clock, self._zone())

    def moment(self, value: Json, text: str, since: datetime) -> datetime:
        """The moment that an expression's value means: a time, the beginning of a day, or a length after `since`.

        Raises:
            CannotTell: It is none of them.
        """
        try:
            if isinstance(value, str):
                span = _span(value)
                if span is not None:
                    return self.after(span, since)
                value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
            if isinstance(value, Span):
                return self.after(value, since)
            if isinstance(value, date):
                return self._moment(value)
        except (ValueError, OverflowError):
            pass
        raise CannotTell(f'"{text}" is no time.', "Give a date, a time or a length such as 7 days.")

    def next_opening(self) -> datetime | None:
        """When the practice opens next; None while it is open."""
        return self.calendar.next_opening(self.now.astimezone(self._zone()))

    def look_again(self, since: datetime, until: datetime) -> datetime:
        """When to look again for what is missing: twenty times over the length, every minute to every hour."""
        pause = min(max((until - since) / _LOOKS, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        return min(self.now + pause, until)

    def _moment(self, value: date) -> datetime:
        """An aware time within what can be stored; a day begins at midnight."""
        zone = self._zone()
        if not isinstance(value, datetime):
            value = at_wall_clock(value, time(), zone)
        if value.tzinfo is None:
            value = at_wall_clock(value.date(), value.time(), zone)
        # What is long past is due now; texts of years before 1000 would not sort.
        return max(value, self.now) if value.astimezone(zone).year < self.now.year else value

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def _span(text: str) -> Span | None:
    count, _, unit = text.strip().partition(" ")
    if unit and not unit.endswith("s"):
        unit = f"{unit}s"
    known = next((one for one in _UNITS if one == unit), None)
    return Span(int(count), known) if count.isdecimal() and known is not None else None
