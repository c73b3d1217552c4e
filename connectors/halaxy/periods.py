"""Days of a location and months of a practitioner, put together from the sales in them (R24, R25).

PURE, and no request: a poll that runs after those that read. Only the days and months of changed sales are touched;
what they say is kept as records, and the events only name them. What becomes of them is decided by postings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.halaxy.fee_shares import Shares, invoiced, received
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.settings import Moment, moment
from engine.core.money import ZERO, total
from engine.sdk.contract import Flow, Found, NewEvent, PollTime, Shelf
from engine.sdk.records import Sale, from_plain, to_plain

Json = Any
DAY, MONTH = "day", "practitioner month"
# Which days and months a sale stands in, and at which version it was put there.
_FILED = "filed"
_LISTS = {DAY: ("sales", "refunded"), MONTH: ("received", "invoiced")}


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sale belongs: rows by (record kind, id, list)."""

    rows: Mapping[tuple[str, str, str], tuple[Json, ...]]

    def ids(self, kind: str) -> set[str]:
        """The records of a kind that it is part of."""
        return {id for of, id, _ in self.rows if of == kind}


def periods(cursor: Json, shelf: Shelf, at: PollTime) -> Flow:
    """Files every sale that changed since the last run into its days and months."""
    yield from ()
    now, overlay = moment(at), Overlay(shelf)
    since = datetime.fromisoformat(cursor["since"]) if cursor else None
    touched: set[tuple[str, str]] = set()
    for record in shelf.all("sale"):
        changed_at = record.data["changed_at"]
        if since is None or changed_at is None or changed_at >= since:
            touched |= _file(overlay, from_plain(Sale, {**record.data, "version": record.version}), now)
    touched |= _carry(overlay, {id.rpartition("-")[0] for kind, id in touched if kind == MONTH})
    told = [event for kind, id in sorted(touched) if (event := _event(overlay, kind, id, now)) is not None]
    return Found({"since": at.now.isoformat()}, overlay.changed(), tuple(told))


def places(sale: Sale, start: date) -> Places:
    """The days and months that a sale belongs to, from the start date on."""
    rows: dict[tuple[str, str, str], tuple[Json, ...]] = {}
    if sale.kind == "invoice":
        here = sale.location or "ALL"
        plain = to_plain(sale)
        if sale.date >= start:
            rows[DAY, f"{here}-{sale.date:%Y%m%d}", "sales"] = (plain,)
        went = {item.date for item in sale.payments if item.kind == "refund"} - {sale.date}
        rows |= {(DAY, f"{here}-{on:%Y%m%d}", "refunded"): (plain,) for on in went if on >= start}
    for name, shares in (("received", received(sale)), ("invoiced", invoiced(sale))):
        rows |= _by_month(name, shares, start)
    return Places(rows)


def _by_month(name: str, shares: Shares, start: date) -> dict[tuple[str, str, str], tuple[Json, ...]]:
    found: dict[tuple[str, str, str], tuple[Json, ...]] = {}
    for who, share in shares:
        if share.date >= start:
            key = (MONTH, f"{who}-{share.date:%Y%m}", name)
            found[key] = (*found.get(key, ()), to_plain(share))
    return found


# --- filing ---------------------------------------------------------------------------------------


def _file(overlay: Overlay, sale: Sale, at: Moment) -> set[tuple[str, str]]:
    """Puts a sale where it belongs now, and takes it from where it was; the records that this changed."""
    filed = overlay.get(_FILED, sale.id)
    if filed is not None and filed.data["version"] == sale.version:
        return set()
    now = places(sale, at.start_date)
    before = {(kind, id) for kind in _LISTS for id in filed.data[kind]} if filed else set()
    after = {(kind, id) for kind in _LISTS for id in now.ids(kind)}
    changed = {(kind, id) for kind, id in before | after if _put(overlay, kind, id, sale, now, at)}
    overlay.put(_FILED, sale.id, {"version": sale.version, **{kind: sorted(now.ids(kind)) for kind in _LISTS}})
    return changed


def _put(overlay: Overlay, kind: str, id: str, sale: Sale, now: Places, at: Moment) -> bool:
    known = overlay.get(kind, id)
    data = dict(known.data) if known else _empty(kind, id)
    for name in _LISTS[kind]:
        others = [row for row in data[name] if _sale_of(kind, row) != sale.id]
        data[name] = sorted([*others, *now.rows.get((kind, id, name), ())], key=lambda row: _order(kind, row))
    if known is not None and all(data[name] == known.data[name] for name in _LISTS[kind]):
        return False
    stored = overlay.stored(kind, id)
    overlay.put(kind, id, {**data, "version": stored.version + 1 if stored else 1, "changed_at": at.now})
    return True


def _empty(kind: str, id: str) -> dict[str, Json]:
    who, _, when = id.rpartition("-")
    if kind == DAY:
        on = date.fromisoformat(when)
        return {"id": id, "date": on, "location": None if who == "ALL" else who, "sales": [], "refunded": []}
    first = date.fromisoformat(f"{when}01")
    carried = {"received_before": ZERO, "invoiced_before": ZERO}
    return {"id": id, "practitioner": who, "month": first, "received": [], "invoiced": [], **carried}


def _sale_of(kind: str, row: Mapping[str, Json]) -> str:
    return str(row["id"] if kind == DAY else row["sale"])


def _order(kind: str, row: Mapping[str, Json]) -> tuple[Json, ...]:
    if kind == MONTH:
        return row["date"], row["sale"], row["source"]
    return len(row["id"]), row["id"]


# --- what is carried on ---------------------------------------------------------------------------


def _carry(overlay: Overlay, practitioners: Iterable[str]) -> set[tuple[str, str]]:
    """A month below zero counts against the next; the months that this changed."""
    wanted, changed = set(practitioners), set[tuple[str, str]]()
    rows = [record for record in overlay.all(MONTH) if record.data["practitioner"] in wanted] if wanted else []
    carried: dict[tuple[str, str], Decimal] = {}
    for record in sorted(rows, key=lambda item: item.data["month"]):
        data, who = dict(record.data), str(record.data["practitioner"])
        for name in _LISTS[MONTH]:
            before = carried.get((who, name), ZERO)
            data[f"{name}_before"] = before
            carried[who, name] = min(before + total(tuple(share["net"] for share in data[name])), ZERO)
        if data != record.data:
            stored = overlay.stored(MONTH, record.id)
            overlay.put(MONTH, record.id, {**data, "version": stored.version + 1 if stored else 1})
            changed.add((MONTH, record.id))
    return changed


def _event(overlay: Overlay, kind: str, id: str, at: Moment) -> NewEvent | None:
    record = overlay.get(kind, id)
    if record is None:
        return None
    named = ("id", "version", *(("date", "location") if kind == DAY else ("practitioner", "month")))
    name, title = (DAY, f"Day {id}") if kind == DAY else ("practitioner_month", f"Month {id}")
    return NewEvent(
        type=f"halaxy.{name}.changed",
        key=f"{name}:{id}:v{record.version}",
        time=at.now,
        title=f"{title} changed",
        data={("day" if kind == DAY else "month"): {field: record.data[field] for field in named}},
        subject=id,
    )
