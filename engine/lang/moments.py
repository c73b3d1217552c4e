"""Days and moments inside expressions: the practice's clock and holidays, dates from text and as text.

English names whatever the machine's language; knows no current time but the one in the names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.core.calendar import Calendar
from engine.errors import CannotTell
from engine.lang.show import kind

Json = Any
Names = Mapping[str, Json]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_practice(moment: datetime, names: Names) -> datetime:
    """A moment on the practice's own clock."""
    practice = names.get("practice")
    zone = practice.get("timezone") if isinstance(practice, Mapping) else None
    if not isinstance(zone, str):
        return moment
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        raise CannotTell("The practice's time zone is not known.", "Mend `timezone` in daybook.yaml.") from None


def calendar_of(names: Names) -> Calendar:
    """The practice's holidays, when the names hold them."""
    practice = names.get("practice")
    days = practice.get("holidays") if isinstance(practice, Mapping) else None
    return Calendar(frozenset(day for day in days or () if isinstance(day, date)))


def day_or_moment(value: Json, names: Names) -> date | datetime:
    """A day, or a moment on the practice's clock, from a value; an ISO date as text counts as a day."""
    if isinstance(value, datetime):
        return in_practice(value, names)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise CannotTell("A text is no date.", "Write dates as 2026-01-31.")
    raise CannotTell(f"A date is needed, but this value is {kind(value)}.", "Check which field holds the date.")


_SIGNS: dict[str, Callable[[date], str]] = {
    "d": lambda day: f"{day.day:02}",
    "-d": lambda day: str(day.day),
    "m": lambda day: f"{day.month:02}",
    "-m": lambda day: str(day.month),
    "Y": lambda day: f"{day.year:04}",
    "y": lambda day: f"{day.year % 100:02}",
    "B": lambda day: MONTHS[day.month - 1],
    "b": lambda day: MONTHS[day.month - 1][:3],
    "A": lambda day: WEEKDAYS[day.weekday()],
    "a": lambda day: WEEKDAYS[day.weekday()][:3],
    "H": lambda day: f"{_clock(day).hour:02}",
    "M": lambda day: f"{_clock(day).minute:02}",
    "%": lambda day: "%",
}


def date_text(day: date, form: str) -> str:
    """A day or moment in a form such as `%-d %B %Y`; only the signs of the manual, in English, whatever the machine."""
    if len(form) > 100:
        raise CannotTell("The form of a date is longer than 100 characters.", "Shorten it.")

    def one(found: re.Match[str]) -> str:
        sign = found.group(1)
        if sign not in _SIGNS:
            raise CannotTell(f'The form of a date has no sign "%{sign}".', f"It has %{', %'.join(_SIGNS)}.")
        return _SIGNS[sign](day)

    return re.sub(r"%(-?.|$)", one, form)


def _clock(day: date) -> datetime:
    if isinstance(day, datetime):
        return day
    raise CannotTell("The time of a day without a time is asked for.", "Use a date and time.")
