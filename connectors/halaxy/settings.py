"""The connection's own settings as the polls need them, with their defaults.

PURE. What an admin sees of them stands in `manifest.yaml`; the address and the sign-in belong to
`client.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.sdk.contract import PollTime

Json = Any

OVERLAP = timedelta(minutes=10)  # fact sheet 11
# An invoice is made with its booking and dated with its appointment, so the two may lie a year apart.
MARGIN = timedelta(days=400)
RECENT = timedelta(days=45)  # fact sheet 11, reconciliation (b)
_TERMS_DAYS = 7  # R3 of the accounting cases
_HISTORY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a poll runs and by which rules of the practice."""

    now: datetime
    zone: ZoneInfo
    start_date: date
    terms_days: int
    currency: str

    @property
    def today(self) -> date:
        """The practice's local day."""
        return self.now.astimezone(self.zone).date()

    @property
    def start(self) -> datetime:
        """The first moment of the start date, in the practice's zone."""
        return midnight(self.start_date, self.zone)


def moment(at: PollTime) -> Moment:
    """Read the settings; without a start date the last 30 days are taken over."""
    zone = ZoneInfo(at.timezone)
    given, terms = at.settings.get("start_date"), at.settings.get("terms_days")
    return Moment(
        now=at.now,
        zone=zone,
        start_date=_day(given) or (at.now.astimezone(zone) - _HISTORY).date(),
        terms_days=_TERMS_DAYS if terms is None or terms == "" else int(terms),
        currency=str(at.settings.get("currency") or "AUD"),
    )


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime.combine(on, time(0), zone).astimezone(UTC)


def _day(given: Json) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    return given if isinstance(given, date) else date.fromisoformat(given) if given else None
