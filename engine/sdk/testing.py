"""Settable stand-ins for time, ids and chance, for tests, simulations and the writers of connectors.

Never imported by the running product; deterministic throughout.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

# A Monday morning in Sydney: most tests need a day on which practices are open.
A_MONDAY = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)


class VirtualClock:
    """A clock that stands still until it is moved.

    Setting the wall clock back with `set` leaves `boottime` alone, as on a real machine; `pass_time` moves both;
    `reboot` begins a new boot.
    """

    def __init__(self, start: datetime = A_MONDAY) -> None:
        self._now = _aware(start)
        self._boottime = 1000.0
        self._boots = 1

    def now(self) -> datetime:
        """The time that was set."""
        return self._now

    def boottime(self) -> float:
        """Seconds of this boot."""
        return self._boottime

    def boot_id(self) -> str:
        """`boot-1`, after a reboot `boot-2`, and so on."""
        return f"boot-{self._boots}"

    def pass_time(self, seconds: float) -> None:
        """Let time pass on both clocks; `seconds` is not negative."""
        if seconds < 0:
            raise ValueError("time passes forward only; use set() to turn the wall clock back")
        self._now += timedelta(seconds=seconds)
        self._boottime += seconds

    def pass_until(self, moment: datetime) -> None:
        """Let time pass until a moment; one that is past changes nothing."""
        self.pass_time(max(0.0, (_aware(moment) - self._now).total_seconds()))

    def set(self, moment: datetime) -> None:
        """Turn the wall clock only, as a person or a time server does."""
        self._now = _aware(moment)

    def reboot(self) -> None:
        """Start the machine again: its boot clock begins at zero under a new id."""
        self._boots += 1
        self._boottime = 0.0


class CountingIds:
    """Ids that count within each prefix: `run_0000000001`, `run_0000000002`, `call_0000000001`."""

    def __init__(self) -> None:
        self._made: Counter[str] = Counter()

    def new(self, prefix: str) -> str:
        """The next id of a prefix."""
        self._made[prefix] += 1
        return f"{prefix}_{self._made[prefix]:010}"


def no_jitter() -> float:
    """Chance that always falls on zero."""
    return 0.0


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a clock needs an aware time")
    return moment.astimezone(UTC)
