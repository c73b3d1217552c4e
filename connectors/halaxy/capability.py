"""What other connectors may ask of Halaxy: every sale of a period and the payers' deposits, read afresh.

PURE. Nothing is stored and no event comes of it; the polls stand in `triggers.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.halaxy.crediting import Accounts
from connectors.halaxy.deposits import rejoin_deposits
from connectors.halaxy.gathering import (
    Gathered,
    complete,
    gathered,
    keep_invoices,
    keep_lines,
    keep_payments,
    loose_payments,
    recheck,
)
from connectors.halaxy.joining import rejoin
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import invoice
from connectors.halaxy.reading import Resources, by_ids, changed_since, confirm, created_since, search, since
from connectors.halaxy.settings import MARGIN, Moment, midnight, moment
from engine.core.money import ZERO
from engine.sdk.capabilities import DepositBalance, SalesBooks
from engine.sdk.contract import PollTime, Record, Request, Response, Shelf
from engine.sdk.records import Deposit, Sale, from_plain

Json = Any


def sales(first: date, last: date, shelf: Shelf, at: PollTime) -> Generator[Request, Response, tuple[Sale, ...]]:
    """Read every invoice dated in a period (both days included), with its lines and money.

    Returns:
        In order of id; quotes and deleted invoices are not among them. Empty: there is none.
    """
    now, so_far = moment(at), gathered(Overlay(shelf))
    rows = yield from _changed(first, now, so_far, _dated_on(shelf.all("sale"), first, last))
    heads = {id: row for id, row in rows.items() if _dated(row, first, last)}
    found = yield from _joined(so_far, heads, now)
    return tuple(sale for sale in found if sale.kind == "invoice" and not sale.deleted and first <= sale.date <= last)


def sales_books(first: date, last: date, shelf: Shelf, at: PollTime) -> Generator[Request, Response, SalesBooks]:
    """Read what a period is compared by: invoices dated in it, paid in it or still open after it, and all deposits.

    Returns:
        Sales in order of id, quotes among them; deposits in order of id, deleted ones with nothing left.
    """
    now, so_far = moment(at), gathered(Overlay(shelf))
    stored = shelf.all("sale")
    still_open = {record.id for record in stored if _is_open(record.data, last)}
    rows = yield from _changed(first, now, so_far, _dated_on(stored, first, last) | still_open)
    paid = _paid_between(so_far, first, last)
    more = yield from by_ids("Invoice", paid - rows.keys())
    rows = {**rows, **more}
    heads = {id: row for id, row in rows.items() if id in paid | still_open or _dated(row, first, last)}
    yield from recheck(so_far, loose_payments(so_far.overlay, midnight(first, now.zone)), now)
    found = yield from _joined(so_far, heads, now)
    return SalesBooks(tuple(sale for sale in found if not sale.deleted), _deposits(so_far, now))


def sales_of(ids: Sequence[str], shelf: Shelf, at: PollTime) -> Generator[Request, Response, SalesBooks]:
    """Read invoices by their ids; those that Halaxy does not have are named in `gone`."""
    now, so_far = moment(at), gathered(Overlay(shelf))
    rows = yield from by_ids("Invoice", ids)
    gone = yield from confirm("Invoice", ids, rows)
    found = yield from _joined(so_far, rows, now)
    return SalesBooks(tuple(sale for sale in found if not sale.deleted), (), gone)


def _changed(
    first: date, now: Moment, so_far: Gathered, known: set[str]
) -> Generator[Request, Response, dict[str, Mapping[str, Json]]]:
    """Heads made or changed since a day, with their lines and money, and those of the ids that the shelf knows.

    Halaxy cannot filter by invoice date (fact sheet 1.1). What was made or changed since the period began is asked
    for by time; what has lain untouched since before (booked ahead) by its id. Where the shelf does not reach back,
    all made since 400 days before are read instead.
    """
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
    keep_payments(so_far, rows["PaymentTransaction"], now)
    keep_lines(so_far, rows["InvoiceLine"])
    return {**rows["Invoice"], **fresh}


def _joined(so_far: Gathered, heads: Resources, now: Moment) -> Generator[Request, Response, tuple[Sale, ...]]:
    """Whole sales of these heads, in order of id."""
    keep_invoices(so_far, heads)
    so_far.touched.clear()
    so_far.touched.update(heads)
    yield from complete(so_far, now)
    rejoin(so_far.overlay, heads, now)
    found = (record.data for id in sorted(heads) if (record := so_far.overlay.get("sale", id)))
    return tuple(from_plain(Sale, data) for data in found)


def _deposits(so_far: Gathered, now: Moment) -> tuple[DepositBalance, ...]:
    overlay = so_far.overlay
    owners = so_far.owners | {record.parent for record in overlay.all("deposit")}
    rejoin_deposits(overlay, owners, now)
    accounts = Accounts(overlay)
    found = []
    for record in sorted(overlay.all("deposit"), key=lambda record: record.id):
        deposit = from_plain(Deposit, record.data)
        left = ZERO if deposit.deleted else accounts.of(record.parent).left.get(deposit.id, ZERO)
        found.append(DepositBalance(deposit, left))
    return tuple(found)


def _dated_on(stored: Iterable[Record], first: date, last: date) -> set[str]:
    return {record.id for record in stored if first <= record.data["date"] <= last and not record.data["deleted"]}


def _is_open(sale: Mapping[str, Json], last: date) -> bool:
    return bool(sale["date"] <= last and not sale["deleted"] and sale["totals"]["balance"] != ZERO)


def _paid_between(so_far: Gathered, first: date, last: date) -> set[str]:
    """Invoices with a transaction in the period."""
    found = (record.data for record in so_far.overlay.all("payment"))
    return {row["invoice"] for row in found if row["invoice"] and row["at"] and _within(row["at"], first, last)}


def _within(at: Json, first: date, last: date) -> bool:
    # A day of slack either way: which day it was in the practice's zone is told by the joined receipt.
    return bool(first.toordinal() - 1 <= at.date().toordinal() <= last.toordinal() + 1)


def _dated(row: Mapping[str, Json], first: date, last: date) -> bool:
    on = invoice(row).date
    return on is not None and first <= on <= last
