"""The machine's clock, new ids and chance: the only place in the product that asks for any of them.

Everything else is handed the ports `Clock`, `Ids` and `Jitter`, so that years pass in a test in seconds.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHANCE_BITS = 80  # the layout of a ULID: 48 bits of milliseconds, then 80 of chance
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The clock of this machine."""

    def __init__(self) -> None:
        self._boot_id = _boot_id()

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def boottime(self) -> float:
        """Seconds that no change of the wall clock moves; where the system has no such clock, without its sleep."""
        with suppress(AttributeError, OSError):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()

    def boot_id(self) -> str:
        """The kernel's id of this boot; elsewhere one for this process, so that no other compares with it."""
        return self._boot_id


class SystemIds:
    """Ids of a prefix and 26 characters that sort by time of making, also within one millisecond of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        """An id such as `run_01KAQZ6T9N8B1W4D2GXV5R7M3C`."""
        with self._lock:
            fresh = time.time_ns() // 1_000_000 << _CHANCE_BITS | secrets.randbits(_CHANCE_BITS)
            # Counting on from the last id keeps the order within a millisecond and after the clock was set back.
            self._last = max(fresh, self._last + 1)
            return f"{prefix}_{_in_crockford(self._last)}"


def jitter() -> float:
    """Chance from 0 up to 1, from the system's source."""
    return secrets.randbelow(1 << 53) / (1 << 53)


def unguessable() -> str:
    """A fresh text of 64 letters, digits, - and _ that nobody can guess: for states and verifiers of a sign-in."""
    return secrets.token_urlsafe(48)


def _in_crockford(number: int) -> str:
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def _boot_id() -> str:
    with suppress(OSError):
        if text := _BOOT_ID.read_text(encoding="ascii").strip():
            return text
    return f"process-{secrets.token_hex(16)}"
