"""The audit log of what people did about differences, and the number of each comparison: both only ever grow.

What a repair does to the books stands in `engine.compose.repairs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.core.times import text_of, time_of
from engine.core.values import dumps, encode, loads
from engine.ports import Insert, Store
from engine.runtime import reports
from engine.sdk.capabilities import Noted, OpenHold

Json = Any


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry: who did what about which difference, why, and both sides before and after."""

    by: str
    action: str
    item: str
    about: str
    reason: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]


def record(deed: Deed, now: datetime) -> Insert:
    """The change that writes an entry; it goes into the unit of what was done."""
    row = {"at": text_of(now), "by": deed.by, "action": deed.action, "item": deed.item, "about": deed.about}
    row |= {"reason": deed.reason, "before": dumps(dict(deed.before)), "after": dumps(dict(deed.after))}
    return Insert("audit", row)


def entries(store: Store, limit: int = 50, **wanted: str) -> list[dict[str, Json]]:
    """The newest entries.

    Args:
        store: The store.
        limit: At most so many.
        wanted: `item`, `about`, `by`, `action`, `since` (a stored time); those left out do not count.
    """
    conditions = {name: wanted.get(name, "") for name in ("item", "about", "by", "action", "since")}
    rows = store.rows("audit", limit=limit, **conditions)
    return [{**row, "before": encode(loads(row["before"])), "after": encode(loads(row["after"]))} for row in rows]


def noted(store: Store) -> dict[str, Noted]:
    """The differences that people let stand, by item."""
    found = {}
    for row in store.rows("last_words"):
        if row["action"] in ("accept", "ignore"):
            fingerprint = str(loads(row["before"]).get("fingerprint", ""))
            found[row["item"]] = Noted(row["action"], fingerprint, row["reason"], row["by"])
    return found


def open_holds(store: Store) -> tuple[OpenHold, ...]:
    """What waits, oldest first."""
    return tuple(
        OpenHold(
            hold["id"], hold["code"], hold["about"], hold["sentence"], time_of(hold["opened_at"]), hold["subject"] or ""
        )
        for hold in reports.holds(store)
    )


def keep_comparison(
    store: Store, now: datetime, days: tuple[date, date], difference: Decimal | None, items: int | None
) -> None:
    """Remember the number of a comparison; None where it is unknown."""
    first, last = days
    row = {"at": text_of(now), "first": first.isoformat(), "last": last.isoformat(), "items": items}
    store.write((Insert("comparisons", {**row, "difference": None if difference is None else str(difference)}),))


def history(store: Store, since: datetime) -> list[dict[str, Json]]:
    """The number of each comparison since a time, oldest first; its difference is null where it was unknown."""
    return store.rows("comparisons", since=text_of(since))
