"""The practice's calendar: its opening hours, and the public holidays of its state from the extra `au`.

The package `holidays` knows the days; without it every Monday to Friday is a business day, and `missing_holidays`
says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from engine.config.model import Practice
from engine.config.opening_hours import hours_of
from engine.core.calendar import USUAL_HOURS, Calendar, Opening

Json = Any
_PACKAGE = "holidays"
_YEARS_BACK, _YEARS_AHEAD = 2, 10


def calendar_of(practice: Practice, year: int) -> Calendar:
    """The calendar for the years around one.

    Args:
        practice: Country, state and opening hours; without opening hours Monday to Friday, 8 to 18 o'clock.
        year: The present one.
    """
    hours = tuple(Opening(each.weekday, each.opens, each.closes) for each in practice.opening_hours) or USUAL_HOURS
    if find_spec(_PACKAGE) is None:
        return Calendar(frozenset(), hours)
    import holidays  # noqa: PLC0415 - an extra that not every installation has, and slow to load

    years = range(year - _YEARS_BACK, year + _YEARS_AHEAD + 1)
    try:
        days = holidays.country_holidays(practice.country, subdiv=practice.state, years=years)
    except NotImplementedError:
        return Calendar(frozenset(), hours)  # a country or state that the package does not know
    return Calendar(frozenset(days), hours)


def calendar_of_names(practice: Mapping[str, Json], year: int) -> Calendar:
    """The calendar of a practice as rules see it (`practice.country`, `state`, `opening_hours`), for rehearsals."""
    state, stated = practice.get("state"), practice.get("opening_hours")
    hours = hours_of(stated) if isinstance(stated, Mapping) else ()
    country = str(practice.get("country") or "AU")
    known = Practice("", "UTC", country, str(state) if state else None, opening_hours=hours)
    return calendar_of(known, year)


def missing_holidays(practice: Practice) -> str:
    """What a person should know when public holidays count as business days; empty when they do not."""
    if find_spec(_PACKAGE) is None:
        return 'Public holidays are not known: install the extra "au" (pip install daybook-engine[au]).'
    if practice.state is None and practice.country == "AU":
        return "Only national public holidays are known: add `state` to the practice in daybook.yaml."
    return ""
