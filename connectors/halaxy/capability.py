"""What other connectors may ask of Halaxy: every sale of a period, read afresh.

PURE. Nothing is stored and no event comes of it; the polls stand in `triggers.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import date
from typing import Any

from connectors.halaxy.gathering import complete, gathered, keep_invoices, keep_lines, keep_payments
from connectors.halaxy.joining import rejoin
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import invoice
from connectors.halaxy.reading import Resources, by_ids, changed_since, confirm, created_since, search, since
from connectors.halaxy.settings import MARGIN, midnight, moment
from engine.sdk.contract import PollTime, Request, Response, Shelf
from engine.sdk.records import Sale, from_plain

Json = Any


def sales(first: date, last: date, shelf: Shelf, at: PollTime) -> Generator[Request, Response, tuple[Sale, ...]]:
    """Read every invoice dated in a period (both days included), with its lines and money.

    Halaxy cannot filter by invoice date (fact sheet 1.1). What was made or changed since the period
    began is asked for by time; what has lain untouched since before (booked ahead) by the ids that the
    shelf knows. Where the shelf does not reach back, all made since 400 days before are read instead.

    Returns:
        In order of id; quotes and deleted invoices are not among them. Empty: there is none.
    """
    now, overlay = moment(at), Overlay(shelf)
    known = {
        record.id for record in shelf.all("sale") if first <= record.data["date"] <= last and not record.data["deleted"]
    }
    reaches = bool(known) and first >= now.start_date
    begin = midnight(first, now.zone)
    bound = begin if reaches else begin - MARGIN
    name, check = ("_lastUpdated", changed_since) if reaches else ("created", created_since)
    rows: dict[str, Resources] = {}
    for kind in ("PaymentTransaction", "Invoice", "InvoiceLine"):
        rows[kind] = check((yield from search(kind, (name, since(bound)))), bound, now.zone)
    missing = known - rows["Invoice"].keys()
    fresh = yield from by_ids("Invoice", missing)
    yield from confirm("Invoice", missing, fresh)
    heads = {id: row for id, row in {**rows["Invoice"], **fresh}.items() if _dated(row, first, last)}
    so_far = gathered(overlay)
    keep_payments(so_far, rows["PaymentTransaction"], now)
    keep_lines(so_far, rows["InvoiceLine"])
    keep_invoices(so_far, heads)
    so_far.touched.clear()
    so_far.touched.update(heads)
    yield from complete(so_far, now)
    rejoin(overlay, heads, now)
    found = (record.data for id in sorted(heads) if (record := overlay.get("sale", id)))
    read = (from_plain(Sale, data) for data in found)
    return tuple(sale for sale in read if sale.kind == "invoice" and not sale.deleted and first <= sale.date <= last)


def _dated(row: Mapping[str, Json], first: date, last: date) -> bool:
    on = invoice(row).date
    return on is not None and first <= on <= last
