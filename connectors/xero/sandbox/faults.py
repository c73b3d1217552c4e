"""Faults on demand: which request is struck, and what happens to it.

Holds the list and picks; `gate.py` carries the faults out. Source: Xero fact sheet 14.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

from engine.sdk.sandbox import Asked

Json = Any

KINDS = (
    "429 minute",
    "429 day",
    "concurrent",
    "500",
    "500 after effect",
    "503",
    "503 after effect",
    "slow",
    "drop",
    "drop after effect",
    "half",
    "expire tokens",
    "html",
    "empty 400",
    "disconnect",
)


@dataclass(slots=True)
class Fault:
    """One fault: strikes the `nth` matching request (from 1) and the following ones, `times` in all."""

    do: str
    method: str = ""
    path: str = ""
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    seen: int = 0

    def matches(self, asked: Asked) -> bool:
        """A path with `*` is a pattern over the whole path, any other a part of it; case is ignored."""
        path, wanted = asked.path.lower(), self.path.lower()
        fits = fnmatch(path, wanted) or fnmatch(path, f"*{wanted}") if "*" in wanted else wanted in path
        return fits and self.method.upper() in ("", asked.method)

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it may."""
        return self.seen >= self.nth - 1 + self.times


@dataclass(slots=True)
class Faults:
    """The list of faults in force."""

    waiting: list[Fault] = field(default_factory=list)

    def strike(self, asked: Asked) -> Fault | None:
        """The fault for a request, and count the request for every fault that it matches."""
        struck = None
        for fault in self.waiting:
            if fault.matches(asked):
                fault.seen += 1
                if struck is None and fault.seen >= fault.nth:
                    struck = fault
        self.waiting = [fault for fault in self.waiting if not fault.spent]
        return struck

    def add(self, rows: list[Json]) -> list[str]:
        """Take in faults as JSON; returns what is wrong with them, and adds none if anything is."""
        made, wrong = [], []
        for row in rows:
            do = str(row.get("do", ""))
            if do.removeprefix("429 ") == "concurrent":
                do = "concurrent"
            match = row.get("match") or {}
            if do not in KINDS:
                wrong.append(f"unknown fault '{do}', known are: {', '.join(KINDS)}")
            made.append(
                Fault(do, str(match.get("method", "")), str(match.get("path", "")), int(match.get("nth", 1)),
                      int(row.get("times", 1)), float(row.get("seconds", 0)))
            )  # fmt: skip
        if not wrong:
            self.waiting.extend(made)
        return wrong

    def shown(self) -> list[Json]:
        """The faults in force as JSON."""
        return [
            {"match": {"method": fault.method, "path": fault.path, "nth": fault.nth}, "do": fault.do,
             "times": fault.times, "seconds": fault.seconds, "seen": fault.seen}
            for fault in self.waiting
        ]  # fmt: skip
