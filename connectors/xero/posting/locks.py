"""R19: nothing dated in a locked period is written; new documents hold or move to the first open day.

PURE. Corrections in locked periods are not made here: they hold.
"""

from __future__ import annotations

from datetime import date

from connectors.xero.posting.situation import Ground
from engine.sdk.contract import Hold


def open_date(now: Ground, day: date, about: str) -> date | Hold:
    """The date that a new document takes, or the hold of a practice that wants to be asked."""
    if not now.locked(day):
        return day
    first = now.day_after_lock()
    if now.policy.lock_policy == "shift" and first <= now.today.day:
        return first
    return locked(now, about, f"post on {first.isoformat()}")


def locked(now: Ground, about: str, *choices: str) -> Hold:
    """The hold of a document that would have to change inside a locked period."""
    lock = now.lock
    return Hold(
        "LOCKED_PERIOD",
        about,
        f"locked until {lock}",
        ("facts", "settings", f"record {now.record}"),
        (*choices, "unlock and retry", "skip"),
        detail={"lock": lock},
    )
