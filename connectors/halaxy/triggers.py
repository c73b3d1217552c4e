"""The polls: what is asked of Halaxy, when, and what comes home.

PURE generators: they yield requests, are sent responses and return what they found. Webhooks would only
make them run sooner; they are complete by themselves (fact sheet 7.2). Watermarks come from our clock,
never from the data, and every window overlaps the one before (section 11).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from typing import Any

from connectors.halaxy import crediting
from connectors.halaxy.changes import overdue
from connectors.halaxy.claims import coverage
from connectors.halaxy.deposits import rejoin_deposits
from connectors.halaxy.gathering import (
    PARTIES,
    Gathered,
    complete,
    gathered,
    keep_invoices,
    keep_lines,
    keep_payments,
    keep_reference,
    loose_payments,
    recent_payments,
    recheck,
)
from connectors.halaxy.joining import loose_events, recent_sales, rejoin, stale
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import Payment, fee, invoice, line, payment
from connectors.halaxy.payout_covers import complete_payouts
from connectors.halaxy.periods import periods
from connectors.halaxy.reading import Resources, by_ids, changed_since, created_since, search, since
from connectors.halaxy.report_facts import INVOICE_FACTS, PAYMENT_FACTS
from connectors.halaxy.settings import MARGIN, OVERLAP, RECENT, Moment, moment
from engine.core.money import ZERO
from engine.core.values import dumps
from engine.sdk.contract import Flow, Found, NewEvent, Poll, PollTime, Record, Request, Response, Shelf
from engine.sdk.records import to_plain

Json = Any

_MONEY = ("PaymentTransaction", "Invoice", "InvoiceLine")
_COVERAGE = "Coverage"


def reference(cursor: Json, shelf: Shelf, at: PollTime) -> Flow:
    """Fees, roles, practitioners and clinics, whole: they are few, and a category is only found there."""
    now, overlay = moment(at), Overlay(shelf)
    fees = yield from search("ChargeItemDefinition")
    renamed = {id for id, row in fees.items() if overlay.put("fee", id, to_plain(fee(row)))}
    changed = bool(renamed)
    for kind in ("PractitionerRole", "Practitioner", "Organization"):
        rows = yield from search(kind, optional=True)
        for id, row in rows.items():
            if kind != "Organization" or id.startswith("CL-"):
                changed |= keep_reference(overlay, kind, id, row)
    touched = [sale.id for sale in recent_sales(overlay, now)] if changed else []
    told = rejoin(overlay, touched, now)
    return Found({"at": at.now.isoformat()}, overlay.changed(), told)


def people(cursor: Json, shelf: Shelf, at: PollTime) -> Flow:
    """Patients, organisations and claim details: all on the first run, silently, then those changed since."""
    now, overlay = moment(at), Overlay(shelf)
    first = cursor is None
    told: list[NewEvent] = []
    changed: set[tuple[str, str]] = set()
    for resource, kind in PARTIES.items():
        bound = now.start if first else _watermark(cursor, resource)
        rows = yield from search(resource, *(() if first else (("_lastUpdated", since(bound)),)), optional=True)
        for id, row in (rows if first else changed_since(rows, bound, now.zone)).items():
            known = overlay.get(kind, id)
            if keep_reference(overlay, resource, id, row) and (record := overlay.get(kind, id)):
                changed.add((kind, id))
                told.extend(() if first else (_party_event(record, known is None, at.now),))
    covered = yield from _coverages(cursor, overlay, now)
    billed = [
        sale.id
        for sale in recent_sales(overlay, now)
        if (sale.payer.kind, sale.payer.id) in changed
        or (sale.payer.kind == "organisation" and sale.subject in covered)
    ]
    told.extend(rejoin(overlay, billed, now))
    told.extend(rejoin_deposits(overlay, {" ".join(key) for key in changed}, now))
    return Found(_cursor((*PARTIES, _COVERAGE), at.now), overlay.changed(), tuple(told))


def sales(cursor: Json, shelf: Shelf, at: PollTime) -> Flow:
    """Payments, then invoices, then lines, changed since the last run; joined to sales."""
    now, so_far = moment(at), gathered(Overlay(shelf))
    if cursor is None:
        yield from _take_over(so_far, now)
    else:
        yield from _window(so_far, cursor, now)
    marks = {**_cursor(_MONEY, at.now), "reports": _reports(so_far.overlay)}
    told_anew = marks["reports"] != (cursor or {}).get("reports")
    return (yield from settle(so_far, now, marks, stale(so_far.overlay) if told_anew else ()))


def open_invoices(cursor: Json, shelf: Shelf, at: PollTime) -> Flow:
    """Reconciliation: every open or recent invoice is read again by id; the missing ones are deleted.

    A deleted invoice leaves no trace in any list (fact sheet 1.1), and it is not known whether every
    change of money moves `_lastUpdated` (section 5). The first run only starts the clock.
    """
    now, so_far = moment(at), gathered(Overlay(shelf))
    marks = {"at": at.now.isoformat(), "day": now.today.isoformat()}
    if cursor is None:
        return Found(marks)
    known = {sale.id: sale for sale in recent_sales(so_far.overlay, now)}
    rows = yield from by_ids("Invoice", known)
    keep_invoices(so_far, rows)
    so_far.touched.update(id for id, sale in known.items() if id not in rows and not sale.deleted)
    is_new_day = cursor.get("day") != marks["day"]
    yield from recheck(so_far, _doubtful(so_far.overlay, now, is_new_day), now)
    found = yield from settle(so_far, now, marks)
    late = _overdue(so_far.overlay, now) if is_new_day else ()
    return Found(found.cursor, found.records, found.events + late)


def _doubtful(overlay: Overlay, now: Moment, is_new_day: bool) -> dict[str, Payment]:
    """Money whose going no sum shows: deposits each time, and once a day all of the last 45 days.

    A payment and its refund may be removed together, which leaves the sum of the invoice as it was.
    """
    if not is_new_day:
        return loose_payments(overlay, now.now - RECENT)
    return {**loose_payments(overlay, now.now - MARGIN), **recent_payments(overlay, now.now - RECENT)}


def _take_over(so_far: Gathered, now: Moment) -> Generator[Request, Response, None]:
    """First run: invoices dated from the start date on, open ones, and those paid since; with a margin."""
    bound = now.start - MARGIN
    rows: dict[str, Resources] = {}
    for kind in _MONEY:
        rows[kind] = created_since((yield from search(kind, ("created", since(bound)))), bound, now.zone)
    still_open = yield from search("Invoice", ("total-balance", "gt0"))
    recent = {
        paid.invoice for row in rows["PaymentTransaction"].values() if _is_new(paid := payment(row, now.zone), now)
    }
    heads = {**rows["Invoice"], **still_open}
    kept = {id: row for id, row in heads.items() if id in recent or _in_scope(row, now)}
    keep_invoices(so_far, kept)
    keep_lines(so_far, {id: row for id, row in rows["InvoiceLine"].items() if line(row).invoice in kept})
    money = {id: payment(row, now.zone) for id, row in rows["PaymentTransaction"].items()}
    wanted = {id for id, paid in money.items() if paid.invoice is None or paid.invoice in kept or _is_new(paid, now)}
    keep_payments(so_far, {id: rows["PaymentTransaction"][id] for id in wanted}, now)
    # Credit used on invoices that are not taken over is no longer there for those that are.
    elsewhere = [paid for id, paid in money.items() if id not in wanted]
    payers = {id: invoice(heads[id]).recipient for paid in elsewhere if (id := paid.invoice or "") in heads}
    so_far.owners.update(crediting.note(so_far.overlay, ((paid, payers.get(paid.invoice or "")) for paid in elsewhere)))


def _coverages(cursor: Json, overlay: Overlay, now: Moment) -> Generator[Request, Response, set[str | None]]:
    """Claim details: all of them once, then those changed since; answers whose have changed."""
    known = cursor is not None and _COVERAGE in cursor
    bound = _watermark(cursor, _COVERAGE) if known else now.start
    rows = yield from search(_COVERAGE, *((("_lastUpdated", since(bound)),) if known else ()), optional=True)
    changed: set[str | None] = set()
    for id, row in (changed_since(rows, bound, now.zone) if known else rows).items():
        found = coverage(row)
        if overlay.put("coverage", id, to_plain(found), found.patient or ""):
            changed.add(found.patient)
    return changed


def _reports(overlay: Overlay) -> int:
    """A number that rises with every fact that an import stores or changes."""
    return sum(record.version for kind in (INVOICE_FACTS, PAYMENT_FACTS) for record in overlay.all(kind))


def _window(so_far: Gathered, cursor: Mapping[str, Json], now: Moment) -> Generator[Request, Response, None]:
    """Later runs: what changed since the last one, less the overlap."""
    rows: dict[str, Resources] = {}
    for kind in _MONEY:
        bound = _watermark(cursor, kind)
        rows[kind] = changed_since((yield from search(kind, ("_lastUpdated", since(bound)))), bound, now.zone)
    keep_payments(so_far, rows["PaymentTransaction"], now)
    keep_invoices(so_far, rows["Invoice"])
    keep_lines(so_far, rows["InvoiceLine"])


def settle(
    so_far: Gathered, now: Moment, cursor: Json, also: Iterable[str] = ()
) -> Generator[Request, Response, Found]:
    """Complete what was touched and join it anew; `also` are invoices that need no reading for that."""
    yield from complete(so_far, now)
    joined = so_far.touched.union(also)
    of_sales = rejoin(so_far.overlay, joined, now)
    of_deposits = rejoin_deposits(so_far.overlay, so_far.owners, now)
    of_payouts = complete_payouts(so_far.overlay, joined, now)
    # Deposits before the sales that draw on them, so that their credit stands when it is wanted.
    told = loose_events(so_far, now) + of_deposits + of_sales + of_payouts
    return Found(cursor, so_far.overlay.changed(), told)


def _in_scope(row: Mapping[str, Json], now: Moment) -> bool:
    head = invoice(row)
    return head.date is None or head.date >= now.start_date or (head.balance or ZERO) > 0


def _is_new(paid: Payment, now: Moment) -> bool:
    return paid.at is None or paid.at >= now.start


def _overdue(overlay: Overlay, now: Moment) -> tuple[NewEvent, ...]:
    return tuple(event for sale in recent_sales(overlay, now) for event in overdue(sale, now.today, now.now))


def _cursor(kinds: Iterable[str], at: datetime) -> Json:
    return {kind: at.isoformat() for kind in kinds}


def _watermark(cursor: Mapping[str, Json], kind: str) -> datetime:
    return datetime.fromisoformat(cursor[kind]) - OVERLAP


def _party_event(record: Record, is_new: bool, at: datetime) -> NewEvent:
    """Created or updated; the key is a digest of the contact fields (fact sheet 2)."""
    word, short = ("Patient", "pat") if record.kind == "patient" else ("Organisation", "org")
    happened = "created" if is_new else "updated"
    digest = hashlib.sha256(dumps(record.data).encode()).hexdigest()[:16]
    return NewEvent(
        type=f"halaxy.{record.kind}.{happened}",
        key=f"{short}:{record.id}:{digest}",
        time=at,
        title=f"{word} {record.id} was {happened}",
        data={record.kind: record.data},
        subject=record.id,
    )


POLLS = (
    Poll("reference", reference, 86_400),
    Poll("people", people, 600),
    Poll("sales", sales, 600),
    Poll("open_invoices", open_invoices, 3_600),
    Poll("periods", periods, 600),
)
