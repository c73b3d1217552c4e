"""R20: documents of somebody else for the same sales - Halaxy's own Xero link, or a person who typed them.

PURE. One such document is a person's, and is adopted or held by itself (AC-60); several of them are a second program
that writes to the same books, and then nothing may be posted at all.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.xero import payloads
from connectors.xero.outcomes import rows_of
from engine.sdk.contract import Found, PollTime, Record, Request, Response, Shelf

Json = Any
NATIVE_SYNC = "native sync"
ON, OFF = "on", "off"
MANY = 3
DAILY = 24 * 60 * 60
_OWN = re.compile(r"^HX[A-Z]?-", re.IGNORECASE)
_OURS_IN_NAME = re.compile(r"\s*\(HX-[A-Z]-[^)]*\)\s*$", re.IGNORECASE)
_DAYS_APART = 3
_PAGE_SIZE = 500
_FIRST_LOOK = timedelta(days=45)
_OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Known:
    """A sale as the practice system has it: its numbers without any prefix, who pays, how much, of which day."""

    id: str
    numbers: frozenset[str]
    payer: str
    total: Decimal
    date: date


@dataclass(frozen=True, slots=True)
class Stranger:
    """A document in Xero that is not ours."""

    id: str
    number: str
    contact: str
    total: Decimal
    date: date


@dataclass(frozen=True, slots=True)
class Twin:
    """A stranger that seems to stand for a sale, and in what the two agree."""

    document: Stranger
    sale: str
    alike: str


def twins(known: Iterable[Known], strangers: Iterable[Stranger]) -> tuple[Twin, ...]:
    """The strangers that stand for a sale: the same number and total, or the same payer, total and (nearly) day."""
    by_total: dict[Decimal, list[Known]] = {}
    for sale in known:
        by_total.setdefault(sale.total, []).append(sale)
    found: list[Twin] = []
    taken: set[str] = set()
    for document in strangers:
        if _OWN.match(document.number):
            continue
        for sale in by_total.get(document.total, ()):
            alike = _alike(sale, document)
            if alike and sale.id not in taken:
                taken.add(sale.id)
                found.append(Twin(document, sale.id, alike))
                break
    return tuple(found)


def plain_number(text: str) -> str:
    """A number without letters, zeros and signs before it: `INV-01001` is 1001."""
    return re.sub(r"^[^1-9]*", "", text.strip())


def plain_name(text: str) -> str:
    """A name for comparing: without our own addition, in small letters, single spaces."""
    return " ".join(_OURS_IN_NAME.sub("", text).casefold().split())


def _alike(sale: Known, document: Stranger) -> str:
    number = plain_number(document.number)
    if number and number in sale.numbers:
        return "number and total"
    near = abs((document.date - sale.date).days) <= _DAYS_APART
    if near and plain_name(document.contact) == plain_name(sale.payer) != "":
        return "payer, total and day"
    return ""


def word(state: str, found: Sequence[Twin], said_by: str, at: datetime, cleared: Iterable[str] = ()) -> dict[str, Json]:
    """What is kept of it, and what postings look at: `state` is on or off.

    Args:
        cleared: Ids of documents that a person has looked at and said to be no link's.
    """
    documents = [{"number": twin.document.number, "sale": twin.sale, "alike": twin.alike} for twin in found[:20]]
    return {
        "state": state,
        "said_by": said_by,
        "at": at,
        "count": len(found),
        "documents": documents,
        "cleared": sorted(set(cleared)),
    }


# --- the daily look ---------------------------------------------------------------------------------------


def strangers(cursor: Json, shelf: Shelf, time: PollTime) -> Generator[Request, Response, Found]:
    """Once a day: invoices of others that changed since, beside our own; many twins switch `native sync` on.

    Raises:
        ValueError: An answer is no list.
    """
    after = time.now.isoformat()
    own = [link for link in shelf.links_of("invoice") if not link.gone]
    if not own:
        return Found(after)
    since = datetime.fromisoformat(str(cursor)) - _OVERLAP if cursor else time.now - _FIRST_LOOK
    rows = yield from _changed(since)
    names = {link.id: str(link.seen.get("name") or "") for link in shelf.links_of("contact")}
    known = [_known(link.source, link.seen or link.written, names) for link in own]
    ours = {link.id for link in own}
    kept = shelf.get(NATIVE_SYNC, NATIVE_SYNC)
    cleared = set(kept.data.get("cleared", ())) if kept else set()
    others = [document for row in rows if (document := stranger(row)) and document.id not in ours | cleared]
    found = twins([sale for sale in known if sale is not None], others)
    if len(found) < MANY:
        return Found(after)
    body = word(ON, found, "the daily look", time.now, cleared)
    return Found(after, (Record(NATIVE_SYNC, NATIVE_SYNC, kept.version + 1 if kept else 1, body),))


def stranger(row: Mapping[str, Json]) -> Stranger | None:
    """An invoice row of Xero as a stranger; None for one that is gone."""
    if row.get("Status") in ("VOIDED", "DELETED"):
        return None
    name = str((row.get("Contact") or {}).get("Name") or "")
    on = payloads.read_date(row.get("Date"))
    number = str(row.get("InvoiceNumber") or "")
    return Stranger(str(row["InvoiceID"]), number, name, payloads.read_money(row.get("Total")), on) if on else None


def _known(source: str, seen: Mapping[str, Json], names: Mapping[str, str]) -> Known | None:
    if not seen.get("date") or seen.get("total") is None:
        return None
    id = source.rpartition(" ")[2]
    payer = names.get(str(seen.get("contact_id")), "")
    return Known(id, frozenset((plain_number(id),)), payer, seen["total"], seen["date"])


def _changed(since: datetime) -> Generator[Request, Response, list[Mapping[str, Json]]]:
    header = (("If-Modified-Since", since.strftime("%Y-%m-%dT%H:%M:%S")),)
    rows: list[Mapping[str, Json]] = []
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
