"""A row of a report file, and how large such a file may be.

PURE. Who fills it stands in `tables` and `workbooks`.
"""

from __future__ import annotations

from dataclasses import dataclass

# Far above any practice's month, far below what would fill a small machine.
MAX_BYTES, MAX_ROWS, MAX_COLUMNS, MAX_CELL = 20_000_000, 100_000, 200, 32_767


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number in the file, counted from one; cells are stripped texts."""

    number: int
    cells: tuple[str, ...]
