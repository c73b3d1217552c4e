"""Schedule phrases: `every business day at 07:00, 13:00`, `every 10 minutes`, `cron 0 9 * * 1`.

Reads texts; when a schedule is due is in `engine.core.schedule`.
"""

from __future__ import annotations

import re
from datetime import time

from engine.core.rule import Schedule
from engine.core.schedule import check_cron
from engine.lang.durations import clock_of, read_time
from engine.lang.faults import LangError, did_you_mean
from engine.lang.splitting import Part, split_at, split_commas
from engine.lang.vocabulary.entry import Phrase

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CRON_DAYS = {name: str((number + 1) % 7) for number, name in enumerate(WEEKDAYS)}
_MOST_TIMES = 24
_TIME_WITHOUT_AT = re.compile(
    r"(every .*?[a-z]),? ([0-9]{1,2}(?:[:.][0-9]{2})? ?(?:am|pm)?)|(every .*[a-z0-9]),? ([0-9:]{4,5})", re.IGNORECASE
)


def is_schedule(text: str) -> bool:
    """Whether a `when` is meant as a schedule."""
    return text.split(" ", 1)[0].lower() in ("every", "cron")


def read_schedule(text: str) -> Schedule:
    """A schedule phrase, such as `every business day at 07:00, 13:00`.

    A month without the day named (`month on day 31`) is served on its last day.

    Raises:
        LangError: It cannot be read, or has no time of day where it needs one.
    """
    flat = " ".join(text.split())
    if len(flat) > 200:
        raise LangError("schedule-unreadable", "The schedule is longer than 200 characters.", "Shorten it.")
    if flat.lower().startswith("cron"):
        return _cron(flat)
    parts = split_at(flat, ("at",))
    what = parts[0].text.lower().removeprefix("every").strip()
    times = _times(parts[1]) if len(parts) == 2 else ()
    interval = re.fullmatch(r"(?:([0-9]{1,5}) )?(minutes?|hours?)", what)
    if interval:
        if times:
            raise LangError("schedule-unreadable", "An interval has no time of day.", "Leave out `at ...`.")
        return _interval(flat, int(interval.group(1) or 1), interval.group(2))
    if (meant := _with_at(flat)) and not times:
        what = f'"{flat[:60]}" has a time without `at`.'
        raise LangError("schedule-unreadable", what, f'Write "{meant}".')
    days, business, last = _days(what)
    if not times:
        raise LangError("schedule-needs-time", f'"{flat}" has no time of day.', f'Write "{flat} at 09:00".')
    cron = tuple(f"{at.minute} {at.hour} {day}" for at in times for day in days)
    return Schedule(flat, cron, business_days=business, last_business_day=last)


def _days(what: str) -> tuple[tuple[str, ...], bool, bool]:
    """Day fields of cron, whether only business days count, whether only the month's last one."""
    if what == "day":
        return ("* * *",), False, False
    if what == "weekday":
        return ("* * 1-5",), False, False
    if what == "business day":
        return ("* * *",), True, False
    if what in _CRON_DAYS:
        return (f"* * {_CRON_DAYS[what]}",), False, False
    if what == "month on the last business day":
        return ("* * *",), False, True
    found = re.fullmatch(r"month on day ([0-9]{1,2})", what)
    if found and 1 <= int(found.group(1)) <= 31:
        return _month_day(int(found.group(1))), False, False
    known = (
        "day",
        "weekday",
        "business day",
        *WEEKDAYS,
        "month on day 1",
        "month on the last business day",
        "10 minutes",
    )
    mend = did_you_mean(what, known) or 'Write "every day at 09:00", "every monday at 08:30", "every 10 minutes".'
    raise LangError("schedule-unreadable", f'"every {what[:60]}" is no schedule.', mend, 7)


def _with_at(flat: str) -> str:
    """A schedule with its time of day written as it should be; empty where none stands at its end."""
    late = _TIME_WITHOUT_AT.fullmatch(flat)
    what, clock = (late.group(1) or late.group(3), late.group(2) or late.group(4)) if late else ("", "")
    return f"{what} at {clock_of(clock)}" if clock_of(clock) else ""


def _month_day(day: int) -> tuple[str, ...]:
    if day <= 28:
        return (f"{day} * *",)
    if day == 31:
        return ("L * *",)
    return (f"{day} 1,3-12 *", "L 2 *")


def _interval(flat: str, count: int, unit: str) -> Schedule:
    minutes = count * (60 if unit.startswith("hour") else 1)
    if not 1 <= minutes <= 7 * 24 * 60:
        raise LangError("schedule-unreadable", "An interval is from 1 minute to a week.", "Use `every monday at ...`.")
    if minutes == 60:
        return Schedule(flat, ("0 * * * *",))
    if minutes < 60 and 60 % minutes == 0:
        return Schedule(flat, (f"*/{minutes} * * * *",))
    if minutes % 60 == 0 and 24 % (minutes // 60) == 0:
        # Hours are listed, not starred, so that a skipped hour is made up for and a doubled one counts once.
        hours = ",".join(str(hour) for hour in range(0, 24, minutes // 60))
        return Schedule(flat, (f"0 {hours} * * *",))
    return Schedule(flat, (), every_minutes=minutes)


def _times(part: Part) -> tuple[time, ...]:
    several = re.sub(r" (?:and|&) ", ", ", part.text)
    if several != part.text:
        raise LangError("time-unreadable", "Times are separated by commas.", f'Write "at {several}".', part.start + 1)
    times = tuple(read_time(piece.text, part.start + piece.start + 1) for piece in split_commas(part.text))
    if len(times) > _MOST_TIMES:
        raise LangError("schedule-unreadable", f"More than {_MOST_TIMES} times a day.", "Use `every 30 minutes`.")
    return tuple(sorted(set(times)))


def _cron(flat: str) -> Schedule:
    fields = flat[4:].strip()
    if not check_cron(fields):
        raise LangError(
            "cron-unreadable",
            f'"{fields[:60]}" is not cron, or is never due.',
            'Cron has five fields: minute, hour, day, month, weekday; as in "cron 30 7 * * 1-5".',
        )
    return Schedule(flat, (fields,))


SCHEDULE = Phrase(
    "a schedule",
    '"every" ( [N] "minutes" | [N] "hours" | "day" | "weekday" | "business day" | WEEKDAY | "month on day" N'
    ' | "month on the last business day" ) [ "at" HH:MM { "," HH:MM } ] | "cron" FIVE FIELDS',
    "When a rule runs by the clock of the practice. Minutes and hours need no time of day, everything else does."
    " A month without the day named is served on its last day.",
    (
        "every 10 minutes",
        "every day at 06:00",
        "every business day at 08:30, 13:00",
        "every monday at 09:00",
        "every month on day 1 at 07:00",
        "every month on the last business day at 16:00",
        "cron 30 7 * * 1-5",
    ),
    read_schedule,
    r"^([Ee]very|[Cc]ron) ",
)
