"""Hints inside one process: a line without repeats.

Nothing survives the process; the store's due rows are swept anyway.
"""

from __future__ import annotations

import threading


class InProcessQueue:
    """See `engine.ports.Queue`."""

    def __init__(self) -> None:
        self._hints: dict[str, None] = {}
        self._changed = threading.Condition()

    def hint(self, run: str) -> None:
        """Put a run into the line, once."""
        with self._changed:
            self._hints[run] = None
            self._changed.notify()

    def take(self, limit: int, wait_seconds: float) -> tuple[str, ...]:
        """The oldest hints."""
        with self._changed:
            if not self._hints and wait_seconds > 0:
                self._changed.wait(wait_seconds)
            taken = tuple(list(self._hints)[:limit])
            for run in taken:
                del self._hints[run]
            return taken

    def close(self) -> None:
        """Forget what is left."""
        with self._changed:
            self._hints.clear()
            self._changed.notify_all()
