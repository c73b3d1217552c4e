"""What of a report is news: records under new versions, and the events that rules listen to.

PURE over a shelf. A file that was taken in before changes nothing; nor does a row that says what is known. A row that
says again what a newer import has changed since is called older, and taken in only on request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from connectors.halaxy.imports.reports import Report, Said, Told, sum_of
from connectors.halaxy.payout_covers import named_in
from connectors.halaxy.report_facts import INVOICE_FACTS, PAYMENT_FACTS, InvoiceFacts, PaymentFacts
from engine.sdk.contract import Found, NewEvent, Record, Shelf
from engine.sdk.records import Expense, Payout, Sale, from_plain, to_plain

Json = Any
F = TypeVar("F", PaymentFacts, InvoiceFacts)
FILES, ROWS = "import file", "import row"
_STORED = {"expenses": "expense", "payouts": "payout", "fees": PAYMENT_FACTS, "invoices": INVOICE_FACTS}
_TYPES: dict[str, type] = {
    "expense": Expense,
    "payout": Payout,
    PAYMENT_FACTS: PaymentFacts,
    INVOICE_FACTS: InvoiceFacts,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import does.

    Attributes:
        new: What was not known. `changed`: what was known otherwise. `older`: what an import knew before.
        known: How many rows say nothing new.
        repeated: Whether just this file was taken in before.
        found: Everything to store, with its events.
    """

    new: tuple[Told, ...]
    changed: tuple[Told, ...]
    older: tuple[Said, ...]
    known: int
    repeated: bool
    found: Found


def take_in(report: Report, content: bytes, shelf: Shelf, now: datetime, older_too: bool = False) -> Taken:
    """Compare a report with what is stored."""
    file = f"{report.kind} {hashlib.sha256(content).hexdigest()}"
    if shelf.get(FILES, file) is not None and not older_too:
        return Taken((), (), (), len(report.said), True, Found(None))
    kind = _STORED[report.kind]
    sales = _sales(shelf) if kind == "payout" else ()
    new: list[Told] = []
    changed: list[Told] = []
    older: list[Said] = []
    records: list[Record] = [Record(FILES, file, 1, {"rows": len(report.said)})]
    for one in report.said:
        records.append(_row(kind, one, shelf))
        fresh = _fresh(kind, one.told, shelf, sales, now)
        if fresh is None:
            continue
        if not older_too and shelf.get(ROWS, _row_id(kind, one)) is not None:
            older.append(one)
            continue
        (new if fresh.version == 1 else changed).append(fresh.data)
        records.append(replace(fresh, data=to_plain(fresh.data)))
    told = (*new, *changed)
    known = len(report.said) - len(told) - len(older)
    events = tuple(event for one in told for event in _events(kind, one, now))
    return Taken(tuple(new), tuple(changed), tuple(older), known, False, Found(None, tuple(records), events))


def absent(report: Report, shelf: Shelf) -> tuple[Told, ...]:
    """Known expenses or payouts of the days that a whole report spans which it has no more, marked deleted."""
    kind = _STORED[report.kind]
    if kind not in ("expense", "payout"):
        return ()
    days = [_day(one.told) for one in report.said]
    listed = {one.told.id for one in report.said}
    known: list[Expense | Payout] = [from_plain(_TYPES[kind], record.data) for record in shelf.all(kind)]
    gone = [one for one in known if one.id not in listed and not one.deleted and min(days) <= _day(one) <= max(days)]
    return tuple(replace(one, deleted=True) for one in gone)


def summed(told: Sequence[Told]) -> Json:
    """What rows amount to; None where their kind has no sum."""
    return None if told and isinstance(told[0], InvoiceFacts) else sum_of(told)


def _fresh(kind: str, told: Told, shelf: Shelf, sales: tuple[Sale, ...], now: datetime) -> Record | None:
    """The record under its next version, its data still typed; None when nothing about it is new."""
    stored = shelf.get(kind, told.id)
    before = None if stored is None else from_plain(_TYPES[kind], stored.data)
    version = 1 if stored is None else stored.version + 1
    if isinstance(told, PaymentFacts | InvoiceFacts):
        merged = told if before is None else _merged(before, told)
        return None if merged == before else Record(kind, told.id, version, merged)
    if isinstance(told, Payout):
        told = told if told.covers else replace(told, covers=_with_named(before, told, sales))
    if before is not None and replace(told, version=before.version, changed_at=before.changed_at) == before:
        return None
    if before is None and told.deleted:
        return None
    return Record(kind, told.id, version, replace(told, version=version, changed_at=now))


def _with_named(before: Payout | None, told: Payout, sales: tuple[Sale, ...]) -> tuple[str, ...]:
    """The receipts of a payout whose report names none: those known so far, and those that its texts name.

    One that the practice system has deleted stays in it, for the money has moved.
    """
    known = before.covers if before is not None else ()
    return tuple(sorted({*known, *named_in(told, sales)}))


def _merged(before: F, told: F) -> F:
    """A blank cell says nothing; it does not take back what another report told."""
    given = {field.name: getattr(told, field.name) for field in fields(told)}
    return replace(before, **{name: value for name, value in given.items() if value is not None})


def _events(kind: str, told: Told, now: datetime) -> tuple[NewEvent, ...]:
    """Facts of payments and invoices change sales, and the next poll tells of those."""
    if not isinstance(told, Expense | Payout):
        return ()
    amount = told.gross if isinstance(told, Expense) else told.net
    said = "was removed" if told.deleted else "was imported" if told.version == 1 else "changed"
    event = NewEvent(
        type=f"halaxy.{kind}.changed",
        key=f"{kind}:{told.id}:changed:v{told.version}",
        time=now,
        title=f"{kind.capitalize()} {told.id} {said}",
        data={kind: to_plain(told)},
        amount=amount,
        subject=told.id,
    )
    return (event,)


def _row(kind: str, one: Said, shelf: Shelf) -> Record:
    known = shelf.get(ROWS, _row_id(kind, one))
    return known or Record(ROWS, _row_id(kind, one), 1, {})


def _row_id(kind: str, one: Said) -> str:
    return f"{kind} {one.told.id} {one.digest}"


def _day(told: Told) -> Json:
    return told.bank_date if isinstance(told, Payout) else getattr(told, "date", None)


def _sales(shelf: Shelf) -> tuple[Sale, ...]:
    read = (from_plain(Sale, record.data) for record in shelf.all("sale"))
    return tuple(sale for sale in read if not sale.deleted)
