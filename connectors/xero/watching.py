"""Watching Xero for rules: lists of what changed since the last look, compared with what was kept.

PURE: polls are generators. The first look keeps what stands and tells nothing, page by page; it may take several runs.
What each resource tells stands in `watched`. They cost a call each time, so they run only while a rule awaits them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from connectors.xero.outcomes import rows_of
from connectors.xero.payloads import invoice_seen, read_time
from connectors.xero.triggers import by_a_person
from connectors.xero.watched import WATCHED, Row, Watched, invoice_shown
from engine.sdk.contract import Found, Link, NewEvent, Poll, PollTime, Record, Request, Response, Shelf

Json = Any
Lists = Generator[Request, Response, list[Row]]
Flow = Generator[Request, Response, Found]

_TEN_MINUTES, _HOUR = 10 * 60, 60 * 60
# Some edits reach lists late; what is read twice makes no second event (fact sheet 6).
_OVERLAP = timedelta(minutes=5)
_ONLY_SIZE = 100
_PAGES_A_RUN = 20
_OVERDUE_DAYS = (1, 7, 14, 30, 60, 90)
_PAST_DUE = (("pageSize", "1000"), ("order", "InvoiceId"))


def watch(of: Watched, cursor: Json, shelf: Shelf, time: PollTime) -> Flow:
    """What happened to one resource since the cursor; without one, what stands is kept and nothing is told.

    Raises:
        ValueError: An answer is no list; nothing is stored and the poll comes again.
    """
    if cursor is None or "page" in cursor:
        return (yield from _begin(of, int(cursor["page"]) if cursor else 1, shelf, time))
    since = datetime.fromisoformat(str(cursor["since"])) - _OVERLAP
    rows = yield from _pages(of, 1, None, (("If-Modified-Since", since.strftime("%Y-%m-%dT%H:%M:%S")),), ())
    links = {link.id: link for link in _links(of, shelf)} if rows else {}
    payments = {link.id: link for link in shelf.links_of("payment")} if rows else {}
    records: list[Record] = []
    events: list[NewEvent] = []
    for row in rows:
        kind, now = of.kind_of(row), dict(of.seen(row))
        kept = shelf.get(f"watched {kind}", str(now["id"]))
        new = _kept(of, kept, kind, row, now)
        if new is None:
            continue
        records.append(new)
        link = links.get(str(now["id"]))
        # A light row may have shown less: without a newer stamp nobody has changed anything.
        moved = kept is None or kept.data.get("stamp") != new.data["stamp"]
        person = moved and (link is None or _by_person(of, link, row, now, payments))
        events += _events(of, kept, kind, row, now, person, link, time)
    return Found({"since": time.now.isoformat()}, tuple(records), tuple(events))


def _begin(of: Watched, page: int, shelf: Shelf, time: PollTime) -> Flow:
    """Keeps what stands, in the order of ids, so that no change moves a row past a page's end."""
    ordered = (*of.light, ("order", of.id_field))
    rows = yield from _pages(of, page, _PAGES_A_RUN, (), ordered)
    records = []
    for row in rows:
        kind, now = of.kind_of(row), dict(of.seen(row))
        new = _kept(of, shelf.get(f"watched {kind}", str(now["id"])), kind, row, now)
        records += [new] if new is not None else []
    size = of.page_size or _ONLY_SIZE
    if len(rows) < _PAGES_A_RUN * size:
        return Found({"since": time.now.isoformat()}, tuple(records))
    return Found({"page": page + _PAGES_A_RUN}, tuple(records))


def _pages(
    of: Watched,
    first: int,
    most: int | None,
    headers: tuple[tuple[str, str], ...],
    query: tuple[tuple[str, str], ...],
) -> Lists:
    rows: list[Row] = []
    page = first
    size = (("pageSize", str(of.page_size)),) if of.page_size else ()
    while most is None or page < first + most:
        asked = (*of.query, *query, ("page", str(page)), *size)
        response = yield Request("GET", f"/{of.plural}", asked, headers)
        if response.status == 304:
            break
        batch = rows_of(response, of.plural)
        rows.extend(batch)
        if len(batch) < (of.page_size or _ONLY_SIZE):
            break
        page += 1
    return rows


def _kept(of: Watched, kept: Record | None, kind: str, row: Row, now: Mapping[str, Json]) -> Record | None:
    """The new snapshot; None when Xero shows what was kept."""
    data = {**now, "stamp": _stamp(row)}
    if kept is not None and kept.data == data:
        return None
    return Record(f"watched {kind}", str(now["id"]), kept.version + 1 if kept else 1, data)


def _stamp(row: Row) -> str:
    moment = read_time(row.get("UpdatedDateUTC"))
    return moment.isoformat() if moment else ""


_LINK_KINDS = {"invoices": ("invoice", "bill"), "credit_notes": ("credit note",), "contacts": ("contact",)}


def _links(of: Watched, shelf: Shelf) -> Iterator[Link]:
    for kind in _LINK_KINDS.get(of.name, ()):
        yield from shelf.links_of(kind)


def _by_person(of: Watched, link: Link, row: Row, now: Row, payments: Mapping[str, Link]) -> bool:
    """Whether a document that we wrote shows anything but what we wrote."""
    if link.kind == "invoice":
        return bool(by_a_person(link, invoice_seen(row), payments))
    return any(link.written.get(name, now[name]) != now[name] for name in of.fields)


def _events(
    of: Watched, kept: Record | None, kind: str, row: Row, now: Row, person: bool, link: Link | None, time: PollTime
) -> Iterator[NewEvent]:
    at = read_time(row.get("UpdatedDateUTC")) or time.now
    object_ = {**now, "source": link.source if link is not None else ""}
    amount: Decimal | None = now.get("total", now.get("amount"))
    for what in of.happened(kept.data if kept is not None else None, now, person):
        key = f"{kind} {now['id']} {what} {'' if what == 'created' else _stamp(row)}".strip()
        title = f"{of.title(now)}: {what.replace('_', ' ')}"
        yield NewEvent(f"xero.{kind}.{what}", key, at, title, {kind: object_}, amount, f"xero {kind} {now['id']}")


# --- overdue ---------------------------------------------------------------------------------------------


def overdue(cursor: Json, shelf: Shelf, time: PollTime) -> Flow:
    """Invoices and bills that have become overdue by a number of days since the day of the cursor.

    Asks once a day, on its first run of the practice's day; days on which nothing ran are made up for.

    Raises:
        ValueError: An answer is no list.
    """
    today = time.now.astimezone(ZoneInfo(time.timezone)).date()
    if cursor is None or date.fromisoformat(str(cursor)) >= today:
        return Found(today.isoformat())
    day = f"DateTime({today:%Y,%m,%d})"
    past = (("where", f'Status=="AUTHORISED" AND DueDate<{day}'), *_PAST_DUE)
    rows: list[Row] = []
    page = 1
    while True:
        response = yield Request("GET", "/Invoices", (*past, ("page", str(page))))
        batch = rows_of(response, "Invoices")
        rows.extend(batch)
        if len(batch) < 1000:
            break
        page += 1
    after = date.fromisoformat(str(cursor))
    days = sorted({int(count) for count in time.settings.get("overdue_days") or _OVERDUE_DAYS})
    events = [event for row in rows for event in _reached(row, days, after, today, time)]
    return Found(today.isoformat(), events=tuple(events))


def _reached(row: Row, days: list[int], after: date, today: date, time: PollTime) -> Iterator[NewEvent]:
    kind, now = WATCHED["invoices"].kind_of(row), invoice_shown(row)
    for count in days:
        if now["due_date"] is None or not after < now["due_date"] + timedelta(days=count) <= today:
            continue
        late = {"overdue_by": count, "days_overdue": (today - now["due_date"]).days, "source": ""}
        key = f"{kind} {now['id']} overdue {count} {now['due_date']}"
        title = f"{str(now['number'])[:40]} is overdue by {count} days".strip()
        subject = f"xero {kind} {now['id']}"
        yield NewEvent(f"xero.{kind}.overdue", key, time.now, title, {kind: {**now, **late}}, now["due"], subject)


POLLS = (
    *(Poll(name, partial(watch, of), _TEN_MINUTES) for name, of in WATCHED.items()),
    Poll("overdue", overdue, _HOUR),
)
