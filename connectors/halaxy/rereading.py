"""Reading single resources again that a webhook named, so that what changed is known before the next poll.

PURE. The polls find the same without it (fact sheet 7.2). Money cannot be asked for by invoice: a payment whose
invoice shows no other sum is left to the poll that the delivery also runs.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from connectors.halaxy.gathering import PARTIES, gathered, keep_invoices, keep_reference
from connectors.halaxy.joining import recent_sales
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.reading import by_ids
from connectors.halaxy.settings import moment
from connectors.halaxy.triggers import settle
from engine.sdk.contract import Found, PollTime, Request, Response, Shelf


def reread(references: Iterable[str], shelf: Shelf, at: PollTime) -> Generator[Request, Response, Found]:
    """Read these resources again; an invoice that is gone counts as deleted.

    Args:
        references: As `webhooks.Accepted.rereads`; other types than Invoice, Patient and Organization are passed over.
        shelf: The stored snapshots.
        at: When, and the settings.

    Returns:
        Records and events as of a poll; its cursor is None and moves no poll's.
    """
    now, so_far = moment(at), gathered(Overlay(shelf))
    wanted: dict[str, set[str]] = {}
    for named in references:
        kind, _, id = named.partition("/")
        wanted.setdefault(kind, set()).add(id)
    changed: set[tuple[str, str]] = set()
    for kind in PARTIES:
        rows = yield from by_ids(kind, wanted.get(kind, ()), optional=True)
        changed.update((PARTIES[kind], id) for id, row in rows.items() if keep_reference(so_far.overlay, kind, id, row))
    invoices = wanted.get("Invoice", set())
    rows = yield from by_ids("Invoice", invoices)
    keep_invoices(so_far, rows)
    so_far.touched.update(id for id in invoices - rows.keys() if so_far.overlay.get("invoice", id))
    billed = [sale.id for sale in recent_sales(so_far.overlay, now) if (sale.payer.kind, sale.payer.id) in changed]
    so_far.owners.update(" ".join(key) for key in changed)
    return (yield from settle(so_far, now, None, billed))
