"""Lengths of time and times of day as admins write them: `7 days`, `3 business days`, `09:30`.

Only reads; what a length means on a calendar is in `engine.core.schedule`.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Literal, cast

from engine.core.rule import Span
from engine.lang.faults import LangError, did_you_mean
from engine.lang.vocabulary.entry import Phrase

Unit = Literal["minutes", "hours", "days", "weeks", "months", "business days"]

UNITS = ("minutes", "hours", "days", "weeks", "months", "business days")
MOST = 100_000
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_HALF_DAY = re.compile(r"([0-9]{1,2})(?:[:.]([0-5][0-9]))? ?(am|pm)?", re.IGNORECASE)
_FORM = re.compile(r"([0-9]{1,9}) +([a-z]+(?: +[a-z]+)?)")


def read_duration(text: str) -> Span:
    """A length of time.

    Raises:
        LangError: It is not a number and a unit.
    """
    flat = text.strip().lower()
    found = _FORM.fullmatch(flat)
    if found is None:
        raise LangError(
            "duration-unreadable",
            f'"{text[:60]}" is no length of time.',
            'Write a number and a unit, such as "7 days", "2 hours" or "3 business days".',
        )
    count, unit = int(found.group(1)), " ".join(found.group(2).split())
    plural = unit if unit.endswith("s") else f"{unit}s"
    if plural not in UNITS:
        raise LangError("duration-unit", f'"{unit}" is no unit of time.', did_you_mean(plural, UNITS))
    if count > MOST:
        raise LangError("duration-too-long", f"A length of {count} {plural} is too long.", f"At most {MOST}.")
    return Span(count, cast(Unit, plural))


def read_signed(text: str) -> Span:
    """A length of time that may begin with a minus, as `| add("-45 days")` takes it.

    Raises:
        LangError: It is not a number and a unit.
    """
    flat = text.strip()
    if not flat.startswith("-"):
        return read_duration(flat)
    span = read_duration(flat[1:])
    return Span(-span.count, span.unit)


def read_time(text: str, col: int = 0) -> time:
    """`09:30`.

    Raises:
        LangError: It is no time of day.
    """
    found = _TIME.fullmatch(text)
    if found is None or int(found.group(1)) > 23 or int(found.group(2)) > 59:
        mend = f"Write hours and minutes: {clock_of(text) or '09:30'}."
        raise LangError("time-unreadable", f'"{text[:20]}" is no time of day.', mend, col)
    return time(int(found.group(1)), int(found.group(2)))


def clock_of(text: str) -> str:
    """`9am`, `9.30` or `8:30 pm` as hours and minutes; empty for anything else."""
    found = _HALF_DAY.fullmatch(text.strip())
    if found is None or (found.group(2) is None and found.group(3) is None):
        return ""
    hour, half = int(found.group(1)), (found.group(3) or "").lower()
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return f"{hour:02}:{found.group(2) or '00'}" if hour < 24 else ""


LENGTH = Phrase(
    "a length of time",
    f"N ( {' | '.join(UNITS)} )",
    "A number and a unit; the unit may be singular. Business days leave out weekends and public holidays.",
    ("7 days", "1 hour", "3 business days"),
    read_duration,
    r"^[0-9]+ ",
)
TIME = Phrase(
    "a time of day",
    "HH:MM",
    "Hours and minutes of a 24-hour clock.",
    ("09:30", "17:00"),
    read_time,
    r"^[0-9]{1,2}:",
)
