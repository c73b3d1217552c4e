"""Reads a practice's opening hours: `weekdays: 08:00-18:00`, `saturday: closed`, lists for several stretches.

Times are local to the practice; public holidays are not opening hours and stand elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time

from engine.config.model import DAYS, Hours
from engine.errors import UserError
from engine.lang.faults import did_you_mean, shown
from engine.lang.fields import Fields

_WEEKDAYS = 5
_MEND = "Write 08:00-18:00 or closed."
_HOURS = re.compile(r"(\d{1,2}):(\d{2}) ?(?:-|–|to) ?(\d{1,2}):(\d{2})")


def read_opening_hours(practice: Fields) -> tuple[Hours, ...]:
    """The opening hours among the fields of the practice, in the order of the week."""
    fields = practice.inner("opening hours", ("weekdays", *DAYS), "the opening hours")
    weekdays = _hours_of(fields, "weekdays", range(_WEEKDAYS))
    single = {day: _hours_of(fields, day, range(n, n + 1)) for n, day in enumerate(DAYS) if fields.node(day)}
    kept = [hours for hours in weekdays if DAYS[hours.weekday] not in single]
    return tuple(sorted([*kept, *(h for found in single.values() for h in found)], key=lambda h: (h.weekday, h.opens)))


def hours_of(texts: Mapping[str, object]) -> tuple[Hours, ...]:
    """The reverse of what rules see as `practice.opening_hours`: texts by weekday, several stretches by commas.

    Raises:
        UserError: One of them is not known or cannot be read.
    """
    wrong = next((name for name in texts if name not in ("weekdays", *DAYS)), None)
    if wrong is not None:
        what = f'Opening hours know no "{shown(wrong)}".'
        raise UserError(what, did_you_mean(wrong, ("weekdays", *DAYS)), "not-opening-hours")
    by_day = {day: texts.get(day, texts.get("weekdays") if n < _WEEKDAYS else None) for n, day in enumerate(DAYS)}
    return tuple(hours for n, text in enumerate(by_day.values()) for hours in _of_day(n, str(text or "closed")))


def _of_day(weekday: int, text: str) -> tuple[Hours, ...]:
    if text == "closed":
        return ()
    spans = [_read_span(part.strip()) for part in text.split(",")]
    if None in spans:
        raise UserError(f'"{shown(text)}" are no opening hours.', _MEND, "not-opening-hours")
    return tuple(Hours(weekday, *span) for span in spans if span is not None)


def _hours_of(fields: Fields, word: str, weekdays: range) -> tuple[Hours, ...]:
    """The stretches of a line such as `08:00-12:00`; several stand in a list; `closed` has none."""
    found = []
    for text, spot in fields.texts(word):
        hours = _read_span(text)
        if hours is not None:
            found += [Hours(weekday, *hours) for weekday in weekdays]
        elif text != "closed":
            fields.note(spot, "not-opening-hours", f'"{shown(text)}" are no opening hours.', _MEND)
    return tuple(found)


def _read_span(text: str) -> tuple[time, time] | None:
    match = _HOURS.fullmatch(text)
    if match is None:
        return None
    first, first_minute, last, last_minute = map(int, match.groups())
    if first > 23 or last > 23 or first_minute > 59 or last_minute > 59:
        return None
    opens, closes = time(first, first_minute), time(last, last_minute)
    return (opens, closes) if opens < closes else None
