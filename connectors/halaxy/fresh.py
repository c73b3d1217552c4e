"""Invoices read again by id, whole: from their heads to lines, money and payer as they are in Halaxy now.

PURE. Nothing is stored and no event comes of it; the polls find the same change in their own time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from datetime import timedelta
from typing import Any

from connectors.halaxy import payloads
from connectors.halaxy.gathering import (
    PARTIES,
    Gathered,
    complete,
    gathered,
    invoice_of,
    keep_lines,
    keep_payments,
    keep_reference,
    lines_of,
    mark_removed,
    payer_key,
    payments_of,
    recheck,
)
from connectors.halaxy.joining import rejoin
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.reading import by_ids, changed_since, confirm, search, since
from connectors.halaxy.settings import Moment, moment
from engine.sdk.contract import Done, Outcome, PollTime, Rejected, Request, Response, Shelf

Json = Any
Steps = Generator[Request, Response, None]

NO_INVOICE = Rejected(
    "NOT_FOUND", "Halaxy has no invoice with this id.", "Check the id; it is not the displayed number."
)
_RECENT_MONEY = timedelta(days=1)  # the polls look back ten minutes; a day also covers one that failed for a while


def fresh_sales(
    heads: Sequence[Outcome], shelf: Shelf, at: PollTime
) -> Generator[Request, Response, tuple[Outcome, ...]]:
    """Each head that was found becomes the whole sale, under the version that the polls will give it.

    Payments cannot be asked for by invoice (fact sheet 1.1): those known of it are read again by id, and new ones are
    found among what changed lately. The fee catalogue and the roles are as last polled.
    """
    now, so_far = moment(at), gathered(Overlay(shelf))
    ids = [outcome.result["invoice"]["id"] for outcome in heads if isinstance(outcome, Done)]
    for outcome in heads:
        if isinstance(outcome, Done):
            so_far.overlay.put("invoice", outcome.result["invoice"]["id"], outcome.result["invoice"])
    yield from _parts(so_far, ids, now)
    so_far.read.update(ids)
    so_far.touched.clear()
    so_far.touched.update(ids)
    yield from complete(so_far, now)
    rejoin(so_far.overlay, ids, now)
    return tuple(_whole(so_far.overlay, outcome) if isinstance(outcome, Done) else outcome for outcome in heads)


def _parts(so_far: Gathered, ids: Sequence[str], now: Moment) -> Steps:
    yield from _lines(so_far, ids)
    bound = now.now - _RECENT_MONEY
    rows = yield from search("PaymentTransaction", ("_lastUpdated", since(bound)))
    keep_payments(so_far, changed_since(rows, bound, now.zone), now)
    known = {payment.id: payment for id in ids for payment in payments_of(so_far.overlay, id) if payment.id not in rows}
    yield from recheck(so_far, known, now)
    yield from _payers(so_far, ids)


def _lines(so_far: Gathered, ids: Iterable[str]) -> Steps:
    for id in ids:
        known = lines_of(so_far.overlay, id)
        rows = yield from search("InvoiceLine", ("invoice", f"Invoice/{id}"))
        own = {line_id: row for line_id, row in rows.items() if payloads.line(row).invoice == id}
        gone = yield from confirm("InvoiceLine", [line.id for line in known], own)
        keep_lines(so_far, own)
        mark_removed(so_far, [line for line in known if line.id in gone], id)


def _payers(so_far: Gathered, ids: Iterable[str]) -> Steps:
    """Payers as they are now; a key without their scope leaves those that are known."""
    wanted: dict[str, set[str]] = {kind: set() for kind in PARTIES}
    for id in ids:
        invoice = invoice_of(so_far.overlay, id)
        if invoice is not None and invoice.recipient is not None and payer_key(invoice) is not None:
            wanted[invoice.recipient.type].add(invoice.recipient.id)
    for kind, parties in wanted.items():
        rows = yield from by_ids(kind, parties, optional=True)
        for id, row in rows.items():
            keep_reference(so_far.overlay, kind, id, row)


def _whole(overlay: Overlay, head: Done) -> Outcome:
    sale = overlay.get("sale", head.result["invoice"]["id"])
    if sale is None or sale.data["deleted"]:
        return NO_INVOICE
    return Done({"invoice": {**sale.data, "version": sale.version}})
