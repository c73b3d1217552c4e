"""What is wrong with a report file, told by row and column so that a person can mend it.

PURE. A file with any fault is not taken in at all.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RowFault:
    """One fault; rows and columns count from one, as a spreadsheet shows them; 0 means the file as a whole."""

    row: int
    column: int
    what: str
    mend: str = ""


class UnreadableFile(ValueError):
    """The file is no table that can be read; `what` and `mend` are for people."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


class BadFile(ValueError):
    """All faults of a file."""

    def __init__(self, faults: tuple[RowFault, ...]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class BadCell(ValueError):
    """A cell that cannot be read without guessing."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend
