"""Which columns a report of each kind has, by the headings that reports use and by a practice's own.

PURE. Headings are compared without regard to case, spaces and punctuation; two that fit one column are a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.halaxy.imports.cells import day, identities, identity, money, yes
from connectors.halaxy.imports.faults import BadCell, BadFile, RowFault
from connectors.halaxy.imports.rows import Row

Json = Any
Read = Callable[[str], Json]
_HEADING_WITHIN = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind: how it is read and by which headings it is known; `needed` ones must have a heading."""

    name: str
    read: Read
    headings: tuple[str, ...]
    needed: bool = False
    blank: bool = True


def _text(text: str) -> str:
    return text


def _gone(text: str) -> bool:
    """A status or a yes; `deleted`, `void` and `cancelled` say that the row is no more."""
    said = yes(text)
    return said if said is not None else bool(re.search(r"delet|void|cancel|remov", text, re.IGNORECASE))


def _paid(text: str) -> Json:
    said = yes(text)
    return said if said is not None else day(text)


def _positive(text: str) -> Json:
    amount = money(text)
    if amount < 0:
        raise BadCell(f'"{text}" is negative.', "Write what was charged as a positive sum.")
    return amount


_DELETED = Column("deleted", _gone, ("deleted", "status", "state"))
_LOCATION = Column("location", identity, ("location id", "clinic id"))

KINDS: Mapping[str, tuple[Column, ...]] = {
    "expenses": (
        Column("id", identity, ("id", "expense id", "receipt id", "receipt number", "expense number", "reference id")),
        Column("kind", _text, ("type", "kind", "record type")),
        Column("date", day, ("date", "expense date", "date of expense", "receipt date"), True, False),
        Column("due", day, ("due", "due date")),
        Column("paid", _paid, ("paid", "paid on", "date paid", "payment date", "paid date")),
        Column("supplier", _text, ("supplier", "vendor", "payee", "paid to", "contact", "business name")),
        Column("description", _text, ("description", "details", "what", "notes", "memo")),
        Column("category", _text, ("category", "expense category", "account"), True),
        Column("gross", money, ("gross", "amount", "total", "amount inc gst", "total inc gst"), True, False),
        Column("tax", money, ("tax", "gst", "gst amount", "tax amount"), True),
        Column("method", _text, ("method", "payment method", "paid by", "paid with")),
        Column("currency", _text, ("currency",)),
        _LOCATION,
        _DELETED,
    ),
    "payouts": (
        Column("id", identity, ("id", "payout id", "settlement id", "transfer id", "reference id")),
        Column("method", _text, ("method", "payment method", "processor", "funder", "source"), True, False),
        Column("bank_date", day, ("bank date", "date", "paid on", "arrival date", "settlement date"), True, False),
        Column("net", money, ("net", "net amount", "amount", "total", "settled amount"), True, False),
        Column("text", _text, ("text", "bank text", "reference", "description", "statement text", "bank reference")),
        Column("covers", identities, ("covers", "payments", "payment ids", "transactions")),
        _LOCATION,
        _DELETED,
    ),
    "fees": (
        Column("id", identity, ("payment", "payment id", "transaction id", "receipt id", "id"), True, False),
        Column("fee", _positive, ("fee", "processing fee", "fee inc gst", "fees")),
        Column("surcharge", _positive, ("surcharge", "surcharge amount", "patient surcharge")),
        Column("pay_run", identity, ("pay run", "pay run number", "settlement", "remittance", "payout id")),
        Column("dispute_fee", _positive, ("dispute fee", "chargeback fee")),
        Column("reverses", identity, ("reverses", "reversed payment", "original payment")),
    ),
    "invoices": (
        Column("id", identity, ("invoice", "invoice id", "invoice number", "id"), True, False),
        Column("due", day, ("due", "due date")),
        Column("claim", _text, ("claim", "claim number", "claim no", "reference")),
    ),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a report's columns are: the heading's row, and the index of each column found."""

    row: int
    places: Mapping[str, int]


def find_heading(kind: str, rows: Sequence[Row], own: Mapping[str, str]) -> Heading:
    """The heading among the first rows, with the practice's own headings (by column name) before the usual ones.

    Raises:
        BadFile: A needed column has no heading, or two headings fit one column.
    """
    unknown = [name for name in own if name not in {column.name for column in KINDS[kind]}]
    if unknown:
        names = ", ".join(column.name for column in KINDS[kind])
        raise BadFile(tuple(RowFault(0, 0, f'{kind} have no column "{name}".', f"Use {names}.") for name in unknown))
    tries = [_try(kind, row, own) for row in rows[:_HEADING_WITHIN]]
    heading, faults = min(tries, key=lambda found: (len(found[1]), -len(found[0].places)))
    if faults:
        raise BadFile(tuple(faults))
    return heading


def _try(kind: str, row: Row, own: Mapping[str, str]) -> tuple[Heading, list[RowFault]]:
    plain = [_plain(cell) for cell in row.cells]
    places: dict[str, int] = {}
    faults: list[RowFault] = []
    for column in KINDS[kind]:
        wanted = (own[column.name],) if column.name in own else column.headings
        found = next((hits for heading in wanted if (hits := _places(plain, heading))), [])
        if len(found) > 1:
            what = f'Two columns are headed "{row.cells[found[0]]}".'
            faults.append(RowFault(row.number, found[1] + 1, what, "Rename or delete one of them."))
        elif found:
            places[column.name] = found[0]
        elif column.needed or column.name in own:
            mend = f'Say which it is with --columns {column.name}="..."; it is known as {", ".join(wanted)}.'
            faults.append(RowFault(row.number, 0, f"There is no column for {column.name}.", mend))
    return Heading(row.number, places), faults


def _places(plain: Sequence[str], heading: str) -> list[int]:
    return [index for index, cell in enumerate(plain) if cell and cell == _plain(heading)]


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", heading.casefold()).strip()
