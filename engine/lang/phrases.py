"""The small grammars of rule words: schedules, events, loops, keys, retries, waits.

A phrase is split at its keywords outside quotes and brackets before any part is read as an expression. Reads texts;
where they stand in a file is the parser's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from engine.core.rule import EventPhrase, Retry, Schedule, Span
from engine.core.schedule import check_cron, length
from engine.lang.durations import read_duration
from engine.lang.expressions import Compiled, compiled, equalities
from engine.lang.faults import LangError, did_you_mean
from engine.lang.words import CONSTANTS, RESERVED

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+", re.IGNORECASE | re.ASCII)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_CRON_DAYS = {name: str((number + 1) % 7) for number, name in enumerate(WEEKDAYS)}
_RETRY = re.compile(r"([0-9]{1,4}) +times? +over +(.+)", re.IGNORECASE | re.ASCII)
_MOST_TIMES = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a phrase: the keyword before it (empty for the first), its text, and where that begins (from 0)."""

    keyword: str
    text: str
    start: int


def outside(text: str) -> Iterator[int]:
    """The places of a text that stand outside quotes and brackets."""
    depth, quote = 0, ""
    skip = False
    for at, sign in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif depth <= 0:
            yield at


def split_at(text: str, keywords: Sequence[str]) -> list[Part]:
    """Split at the first coming of each keyword, in the order of the keywords."""
    places = set(outside(text))
    parts: list[Part] = []
    keyword, start = "", 0
    for word in keywords:
        for found in re.finditer(rf"(?<!\S){word.replace(' ', ' +')}(?!\S)", text[start:]):
            if found.start() + start in places:
                parts.append(_part(keyword, text, start, start + found.start()))
                keyword, start = word, start + found.end()
                break
    parts.append(_part(keyword, text, start, len(text)))
    return parts


def split_commas(text: str) -> list[Part]:
    """Split at the commas of the top level."""
    cuts = [at for at in outside(text) if text[at] == ","]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [_part("", text, start, end) for start, end in zip(starts, [*cuts, len(text)], strict=True)]


def _part(keyword: str, text: str, start: int, end: int) -> Part:
    piece = text[start:end]
    return Part(keyword, piece.strip(), start + len(piece) - len(piece.lstrip()))


def read_keys(text: str) -> tuple[Compiled, ...]:
    """`invoice.id, invoice.version`: expressions separated by commas.

    Raises:
        LangError: One of them cannot be read.
    """
    return tuple(_expression(part) for part in split_commas(text))


def read_event_type(text: str) -> str:
    """`halaxy.invoice.paid`.

    Raises:
        LangError: It is no event type.
    """
    if _EVENT.fullmatch(text):
        return text
    if re.search(r"\s(with same|where)\s", text):
        raise LangError("condition-in-when", "A condition stands behind the event.", "Write it under `if:`.")
    raise LangError(
        "event-unreadable",
        f'"{text[:60]}" is neither an event nor a schedule.',
        'Write an event such as "halaxy.invoice.paid", or "every day at 09:00".',
    )


def read_event_phrase(text: str) -> EventPhrase:
    """`halaxy.invoice.paid with same invoice.id where new.invoice.totals.gross > 0`.

    Raises:
        LangError: It cannot be read, or nothing in it ties the event to the run.
    """
    same: list[tuple[str, Compiled]] = []
    where: Compiled | None = None
    parts = split_at(text, ("with same", "where"))
    kind = read_event_type(parts[0].text)
    for part in parts[1:]:
        if part.keyword == "with same":
            same += _same(part)
        else:
            where = _expression(part)
            same += equalities(part.text)
    if not same:
        raise LangError(
            "event-without-equality",
            f"Nothing ties {kind} to this run.",
            "Add `with same` and a path, such as `with same invoice.id`.",
        )
    return EventPhrase(kind, tuple(same), where)


def _same(part: Part) -> list[tuple[str, Compiled]]:
    found = []
    for path in split_commas(part.text):
        if not _PATH.fullmatch(path.text):
            raise LangError(
                "path-unreadable",
                f'"{path.text[:60]}" is no path after `with same`.',
                "Write a path such as invoice.id.",
                part.start + path.start + 1,
            )
        found.append((path.text, compiled(path.text).moved(part.start + path.start)))
    return found


def read_loop(text: str) -> tuple[str, Compiled]:
    """`line in invoice.lines`: the name and the list.

    Raises:
        LangError: It is not a name, `in` and an expression.
    """
    parts = split_at(text, ("in",))
    if len(parts) != 2 or not parts[1].text:
        raise LangError("loop-unreadable", "A loop is a name, `in` and a list.", "As in `line in invoice.lines`.")
    return read_name(parts[0].text), _expression(parts[1])


def read_name(text: str) -> str:
    """A name that a rule makes.

    Raises:
        LangError: It is no identifier, or one of the language's own words.
    """
    if not _NAME.fullmatch(text) or len(text) > 64:
        raise LangError(
            "name-unreadable",
            f'"{text[:60]}" cannot be a name.',
            "Use letters, digits and underscores, beginning with a letter.",
        )
    if text in RESERVED or text.lower() in CONSTANTS:
        raise LangError("name-reserved", f'The name "{text}" is taken by the language.', "Choose another one.")
    return text


def read_retry(text: str) -> Retry:
    """`5 times over 2 hours`, or `never`.

    Raises:
        LangError: It is neither.
    """
    if text.strip().lower() == "never":
        return Retry(0, timedelta(0))
    found = _RETRY.fullmatch(text.strip())
    if found is None:
        raise LangError(
            "retry-unreadable", f'"{text[:60]}" is no way to retry.', 'Write "5 times over 2 hours" or "never".'
        )
    span = read_duration(found.group(2))
    try:
        over = length(span)
    except ValueError:
        raise LangError("retry-unreadable", f"{span.unit} have no fixed length.", "Use hours, days or weeks.") from None
    if int(found.group(1)) == 0 or over == timedelta(0):
        raise LangError("retry-unreadable", "Zero retries.", 'Write "never".')
    if int(found.group(1)) > 1_000 or over > timedelta(days=31):
        raise LangError("retry-unreadable", "More than 1000 times or 31 days.", "Ask a person after some days instead.")
    return Retry(int(found.group(1)), over)


def read_wait(text: str) -> tuple[Span, time | None]:
    """`3 days at 09:00`: the length and the time of day to go on at.

    Raises:
        LangError: It is neither.
    """
    parts = split_at(text, ("at",))
    span = read_duration(parts[0].text)
    if len(parts) == 1:
        return span, None
    if span.unit in ("minutes", "hours"):
        raise LangError("wait-unreadable", f"A wait of {span.unit} has no time of day.", "Use days, or leave out `at`.")
    return span, read_time(parts[1].text, parts[1].start + 1)


def read_time(text: str, col: int = 0) -> time:
    """`09:30`.

    Raises:
        LangError: It is no time of day.
    """
    found = _TIME.fullmatch(text)
    if found is None or int(found.group(1)) > 23 or int(found.group(2)) > 59:
        raise LangError("time-unreadable", f'"{text[:20]}" is no time of day.', "Write hours and minutes: 09:30.", col)
    return time(int(found.group(1)), int(found.group(2)))


# --- schedules ----------------------------------------------------------------------------------


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


def _expression(part: Part) -> Compiled:
    try:
        return compiled(part.text).moved(part.start)
    except LangError as error:
        raise error.shifted(part.start) from None
