"""The sliding one-minute window of each key (fact sheet 3.5), and a count of all that was asked.

Counts in real time, whatever the sandbox's clock was set to; not part of the replayed state, since
reads are not noted.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from datetime import datetime, timedelta
from typing import Any

Json = Any

WINDOW = timedelta(seconds=60)


class Limiter:
    """Admits at most so many requests of a key in any minute."""

    def __init__(self) -> None:
        self._admitted: dict[str, deque[datetime]] = {}

    def admit(self, key: str, limit: int, now: datetime) -> tuple[int, int | None]:
        """Count a request.

        Returns:
            What remains in the window, and the whole seconds to wait when it is refused, else None.
        """
        times = self._admitted.setdefault(key, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= limit:
            oldest = times[len(times) - limit] if limit else now
            return 0, max(1, math.ceil((oldest + WINDOW - now).total_seconds()))
        times.append(now)
        return limit - len(times), None


class Calls:
    """How often each address was asked and how it was answered."""

    def __init__(self) -> None:
        self._addresses: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._tokens = 0
        self._recent: deque[datetime] = deque()
        self._busiest = 0

    def note(self, method: str, address: str, status: int, now: datetime) -> None:
        """Count one answered request; ids in the address are written `{id}` by the caller."""
        self._addresses[f"{method} {address}"] += 1
        self._statuses[status] += 1
        self._tokens += address.endswith("/oauth/token")
        while self._recent and self._recent[0] <= now - WINDOW:
            self._recent.popleft()
        self._recent.append(now)
        self._busiest = max(self._busiest, len(self._recent))

    def shown(self) -> Json:
        """Counts by address and status; `total` includes the token requests."""
        return {
            "total": self._statuses.total(),
            "tokens": self._tokens,
            "busiest_minute": self._busiest,
            "by_address": dict(sorted(self._addresses.items())),
            "by_status": {str(status): count for status, count in sorted(self._statuses.items())},
        }
