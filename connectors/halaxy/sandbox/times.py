"""Times of the sandbox: the practice's zone, whole seconds, days and wire forms.

Reads no clock; every time is handed in, aware.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Australia/Sydney")


def whole(moment: datetime) -> datetime:
    """The moment in UTC, cut to the second, as Halaxy shows no fractions."""
    return moment.astimezone(UTC).replace(microsecond=0)


def day_of(moment: datetime) -> date:
    """The practice-local day of a moment."""
    return moment.astimezone(ZONE).date()


def zone_of(style: str) -> tzinfo:
    """The zone in which a date without a time is meant: `utc`, or else the practice's."""
    return UTC if style == "utc" else ZONE


def start_of(day: date, zone: tzinfo) -> datetime:
    """Midnight at the start of a day, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def at_local(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A practice-local clock time of a day, as UTC."""
    return datetime.combine(day, time(hour, minute, second), ZONE).astimezone(UTC)


def shown(moment: datetime, style: str) -> str:
    """Wire text of a moment: `local` with the Sydney offset, or `utc`."""
    return moment.astimezone(UTC if style == "utc" else ZONE).isoformat()
