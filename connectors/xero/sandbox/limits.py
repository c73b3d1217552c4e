"""Rate limits: fixed windows by minute and day for each organisation, by minute for the app, and calls at once.

Source: Xero fact sheet 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b

_MINUTE = 60
_DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many calls each window takes, and how many may be in flight."""

    minute: int = 60
    day: int = 5000
    app_minute: int = 10_000
    at_once: int = 5


@dataclass(slots=True)
class _Window:
    seconds: int
    offset: int
    number: int = -1
    used: int = 0

    def roll(self, now: datetime) -> None:
        number = self._second(now) // self.seconds
        if number != self.number:
            self.number, self.used = number, 0

    def left_seconds(self, now: datetime) -> int:
        return self.seconds - self._second(now) % self.seconds

    def _second(self, now: datetime) -> int:
        return int((now - _EPOCH).total_seconds()) + self.offset


@dataclass(slots=True)
class Limits:
    """Counters of one app; each organisation's windows start at a moment of their own."""

    allowance: Allowance
    _tenants: dict[str, tuple[_Window, _Window]] = field(default_factory=dict)
    _app: _Window = field(default_factory=lambda: _Window(_MINUTE, 0))
    _in_flight: list[datetime] = field(default_factory=list)

    def take(self, tenant: str, now: datetime, *, count_refused: bool = False) -> tuple[str, int]:
        """Count a call.

        Returns:
            The name of the limit that refuses it (empty: it may pass) and the seconds until it would pass.
        """
        minute, day = self._roll(tenant, now)
        for window, most, name in (
            (day, self.allowance.day, "day"),
            (minute, self.allowance.minute, "minute"),
            (self._app, self.allowance.app_minute, "appminute"),
        ):
            if window.used >= most:
                if count_refused:
                    self._count(minute, day)
                return name, window.left_seconds(now)
        if len(self._in_flight) >= self.allowance.at_once:
            return "concurrent", 0
        self._count(minute, day)
        return "", 0

    def exhaust(self, tenant: str, name: str, now: datetime) -> None:
        """Use up the rest of a window (`minute` or `day`), as another writer of the app would."""
        minute, day = self._roll(tenant, now)
        if name == "minute":
            minute.used = self.allowance.minute
        else:
            day.used = self.allowance.day

    def hold(self, until: datetime) -> None:
        """A slow answer keeps its place among the calls in flight until then."""
        self._in_flight.append(until)

    def headers(self, tenant: str, now: datetime) -> Mapping[str, str]:
        """The three headers that every answer carries."""
        minute, day = self._roll(tenant, now)
        return {
            "X-DayLimit-Remaining": str(max(self.allowance.day - day.used, 0)),
            "X-MinLimit-Remaining": str(max(self.allowance.minute - minute.used, 0)),
            "X-AppMinLimit-Remaining": str(max(self.allowance.app_minute - self._app.used, 0)),
        }

    def _count(self, minute: _Window, day: _Window) -> None:
        for window in (minute, day, self._app):
            window.used += 1

    def _roll(self, tenant: str, now: datetime) -> tuple[_Window, _Window]:
        if tenant not in self._tenants:
            start = int.from_bytes(blake2b(tenant.encode(), digest_size=4).digest(), "big")
            self._tenants[tenant] = _Window(_MINUTE, start % _MINUTE), _Window(_DAY, start % _DAY)
        minute, day = self._tenants[tenant]
        for window in (minute, day, self._app):
            window.roll(now)
        self._in_flight = [end for end in self._in_flight if end > now]
        return minute, day
