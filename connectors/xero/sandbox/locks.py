"""The lock dates of the organisation.

Source: Xero fact sheet 7.5 (wording) and 8.15; a day on the lock date is locked.
"""

from __future__ import annotations

from datetime import date

from .problems import Findings
from .state import Books

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def check_lock(books: Books, on: date, findings: Findings) -> None:
    """Note a fault when nothing dated on this day may be written any more."""
    organisation = books.organisation
    for lock, name in ((organisation.year_lock, "end of year"), (organisation.period_lock, "period")):
        if lock is not None and on <= lock:
            shown = f"{lock.day:02d}-{_MONTHS[lock.month - 1]}-{lock.year}"
            findings.add(f"The document date cannot be before the {name} lock date, currently set at {shown}")
            return
