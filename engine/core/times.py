"""Aware times as text that sorts: ISO in UTC with microseconds and a Z.

No current time here; clocks are passed in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def text_of(moment: datetime) -> str:
    """An aware time as text, always of the same length."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_of(text: str) -> datetime:
    """The reverse of text_of."""
    return datetime.fromisoformat(text)


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day of a moment in an IANA zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()
