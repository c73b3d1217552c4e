"""Reading the past for an import of history: sales that are not known yet, with what tells them.

PURE generator. What is known already belongs to the polls and is left alone; a sale is told under the same key as the
polls would tell it (`changes.py`), so an import and live work never count one twice.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import date

from connectors.halaxy.gathering import complete, gathered, keep_invoices, keep_lines, keep_payments
from connectors.halaxy.joining import rejoin
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import invoice, line, payment
from connectors.halaxy.reading import Resources, created_since, search, since
from connectors.halaxy.settings import MARGIN, midnight, moment
from engine.core.money import ZERO
from engine.sdk.contract import Found, NewEvent, PollTime, Request, Response, Shelf

CHANGED = "halaxy.invoice.changed"


def history(first: date, last: date, shelf: Shelf, at: PollTime) -> Generator[Request, Response, Found]:
    """Read every invoice dated in a period that the shelf does not know, and older ones that are still owed.

    Returns:
        Their records, and one event `invoice.changed` each; other news of the past is not told, for it is none.
    """
    now, overlay = moment(at), Overlay(shelf)
    bound = midnight(first, now.zone) - MARGIN
    rows: dict[str, Resources] = {}
    for kind in ("PaymentTransaction", "Invoice", "InvoiceLine"):
        rows[kind] = created_since((yield from search(kind, ("created", since(bound)))), bound, now.zone)
    still_open = yield from search("Invoice", ("total-balance", "gt0"))
    known = {record.id for record in shelf.all("sale")}
    heads = _wanted({**still_open, **rows["Invoice"]}, first, last, known)
    so_far = gathered(overlay)
    money = {id: row for id, row in rows["PaymentTransaction"].items() if payment(row, now.zone).invoice in heads}
    keep_payments(so_far, money, now)
    keep_lines(so_far, {id: row for id, row in rows["InvoiceLine"].items() if line(row).invoice in heads})
    keep_invoices(so_far, heads)
    so_far.touched.clear()
    so_far.touched.update(heads)
    yield from complete(so_far, now)
    told = _coarse(rejoin(overlay, heads, now))
    return Found(None, overlay.changed(), told)


def _wanted(rows: Resources, first: date, last: date, known: Iterable[str]) -> Resources:
    skipped = set(known)
    found: Resources = {}
    for id, row in rows.items():
        head = invoice(row)
        if id in skipped or head.date is None or head.date > last:
            continue
        if head.date >= first or (head.balance or ZERO) > ZERO:
            found[id] = row
    return found


def _coarse(events: Iterable[NewEvent]) -> tuple[NewEvent, ...]:
    return tuple(event for event in events if event.type == CHANGED)
