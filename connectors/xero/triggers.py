"""What Xero is asked by the clock: the organisation's facts daily, and linked invoices that a person changed.

PURE: polls are generators that yield requests and are sent responses. Whether a change matters to a sale is
decided by the postings.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.xero import payloads
from connectors.xero.calls.invoices import GONE
from connectors.xero.outcomes import rows_of
from connectors.xero.posting.theirs import changed_by_person
from connectors.xero.strangers import DAILY, strangers
from engine.core.money import ZERO
from engine.errors import SignInNeeded
from engine.sdk.contract import Found, Link, NewEvent, Poll, PollTime, Record, Request, Response, SeenDocument, Shelf

Json = Any
PINNED = "pinned organisation"
_DAY = 24 * 60 * 60
_TEN_MINUTES = 10 * 60
# Some edits reach lists late; the window overlaps and repeats are harmless (fact sheet 6).
_OVERLAP = timedelta(minutes=5)
_PAGE_SIZE = 500
_MOST_IDS = 40
_LONGEST_REFERENCE = 40

Fact = Callable[[Mapping[str, Json]], Json]
_FACTS: tuple[tuple[str, str, str, Fact], ...] = (
    ("organisation", "/Organisation", "Organisations", payloads.organisation_fact),
    ("account", "/Accounts", "Accounts", payloads.account_fact),
    ("tax rate", "/TaxRates", "TaxRates", payloads.tax_rate_fact),
    ("tracking", "/TrackingCategories", "TrackingCategories", payloads.tracking_fact),
)


def facts(cursor: Json, shelf: Shelf, time: PollTime) -> Generator[Request, Response, Found]:
    """Organisation, accounts, tax rates and tracking; a record's version rises only when it differs.

    Raises:
        ValueError: An answer is no list; nothing is stored and the poll comes again.
        SignInNeeded: Xero answers as another organisation than the one that a person confirmed; nothing is posted.
    """
    records: list[Record] = []
    for kind, path, collection, fact in _FACTS:
        response = yield Request("GET", path)
        for row in rows_of(response, collection):
            if kind == "organisation":
                _must_be_pinned(shelf, fact(row))
            records.extend(_newer(shelf, kind, _fact_id(kind, row), fact(row)))
    return Found(time.now.isoformat(), tuple(records))


def _must_be_pinned(shelf: Shelf, shown: Mapping[str, Json]) -> None:
    pinned = shelf.get(PINNED, PINNED)
    if pinned is None or not shown["id"] or shown["id"] == pinned.data["id"]:
        return
    what = f"Xero answers as {shown['name']}, but this practice posts to {pinned.data['name']}. Nothing is posted."
    mend = 'If the new organisation is meant, confirm it with "daybook setup organisation --yes"; else connect again.'
    raise SignInNeeded(what, mend)


def _fact_id(kind: str, row: Mapping[str, Json]) -> str:
    match kind:
        case "organisation":
            return "organisation"
        case "account":
            return str(row.get("Code") or row["AccountID"])
        case "tax rate":
            return str(row.get("TaxType") or row["Name"])
        case _:
            return str(row["Name"])


def _newer(shelf: Shelf, kind: str, id: str, data: Json) -> tuple[Record, ...]:
    kept = shelf.get(kind, id)
    if kept is not None and kept.data == data:
        return ()
    return (Record(kind, id, kept.version + 1 if kept else 1, data),)


def documents(cursor: Json, shelf: Shelf, time: PollTime) -> Generator[Request, Response, Found]:
    """Linked invoices that changed since the last look; an event only where a person changed one.

    Raises:
        ValueError: An answer is no list.
    """
    after = time.now.isoformat()
    restored = yield from _restored_contacts(shelf)
    links = {link.id: link for link in shelf.links_of("invoice")}
    if cursor is None or not links:
        return Found(after, documents=restored)
    since = datetime.fromisoformat(str(cursor)) - _OVERLAP
    rows = yield from _changed_since(since)
    payments = {link.id: link for link in shelf.links_of("payment")}
    seen: list[SeenDocument] = []
    events: list[NewEvent] = []
    for row in rows:
        link = links.get(str(row.get("InvoiceID", "")))
        if link is None:
            continue
        shown = payloads.invoice_seen(row)
        if not link.gone:
            seen.append(SeenDocument("invoice", link.id, shown))
        changed = by_a_person(link, shown, payments)
        if changed:
            events.append(_event(link, shown, changed, row, time))
    return Found(after, events=tuple(events), documents=(*restored, *seen))


def _restored_contacts(shelf: Shelf) -> Generator[Request, Response, tuple[SeenDocument, ...]]:
    """Contacts that were found archived and are not any more: invoices wait for them. No call while there are none."""
    archived = sorted({link.id for link in shelf.links_of("contact") if link.seen.get("status") == "ARCHIVED"})
    found: list[SeenDocument] = []
    for first in range(0, len(archived), _MOST_IDS):
        ids = ",".join(archived[first : first + _MOST_IDS])
        response = yield Request("GET", "/Contacts", (("IDs", ids), ("includeArchived", "true")))
        shown = [payloads.contact_seen(row) for row in rows_of(response, "Contacts")]
        found += [SeenDocument("contact", row["id"], row) for row in shown if row["status"] != "ARCHIVED"]
    return tuple(found)


def _changed_since(since: datetime) -> Generator[Request, Response, list[Mapping[str, Json]]]:
    rows: list[Mapping[str, Json]] = []
    header = (("If-Modified-Since", since.strftime("%Y-%m-%dT%H:%M:%S")),)
    page = 1
    while True:
        query = (("where", 'Type=="ACCREC"'), ("page", str(page)), ("pageSize", str(_PAGE_SIZE)))
        response = yield Request("GET", "/Invoices", query, header)
        if response.status == 304:
            return rows
        batch = rows_of(response, "Invoices")
        rows.extend(batch)
        if len(batch) < _PAGE_SIZE:
            return rows
        page += 1


def by_a_person(link: Link, shown: Mapping[str, Json], payments: Mapping[str, Link]) -> tuple[str, ...]:
    """What of a linked invoice is not our doing: fields, an approval, payments added or taken away."""
    changed = list(changed_by_person(link.written, shown)) if not (link.gone and shown["status"] in GONE) else []
    if link.written.get("status") in ("DRAFT", "SUBMITTED") and shown["status"] not in (*GONE, link.written["status"]):
        changed.append("approved")
    there = {str(payment["id"]) for payment in shown["payments"]}
    ours = {id for id, paid in payments.items() if not paid.gone and paid.written.get("invoice_id") == link.id}
    if any(id not in payments for id in there):
        changed.append("payment added")
    if ours - there:
        changed.append("payment removed")
    return tuple(dict.fromkeys(changed))


def _event(
    link: Link, shown: Mapping[str, Json], changed: Sequence[str], row: Mapping[str, Json], time: PollTime
) -> NewEvent:
    at = payloads.read_time(row.get("UpdatedDateUTC")) or time.now
    data = {
        "document": {
            "kind": "invoice",
            "id": link.id,
            "number": shown["number"],
            "status": shown["status"],
            "total": shown["total"],
            "paid": shown["paid"],
            "due": shown["due"],
            "changed": list(changed),
            "source": link.source,
            "source_id": link.source.rpartition(" ")[2],
        }
    }
    # The overlap shows a change twice; the same time of change makes it one event.
    key = f"{link.id} {at.isoformat()}"
    title = f"{shown['number'][:_LONGEST_REFERENCE]} was changed in Xero"
    amount: Decimal = shown["total"] or ZERO
    return NewEvent("xero.document.changed", key, at, title, data, amount, link.source)


POLLS = (
    Poll("facts", facts, _DAY),
    Poll("documents", documents, _TEN_MINUTES),
    Poll("strangers", strangers, DAILY),
)
