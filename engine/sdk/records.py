"""The records that practice systems produce and ledgers consume, frozen and exact.

Halaxy builds them, Xero's postings read them; neither knows the other. Money is Decimal in the
practice's currency, `_at` an aware UTC time, `_on` and dates are days in the practice's time zone.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeVar, cast

Json = Any
T = TypeVar("T")

PayerKind = Literal["patient", "organisation"]
ReceiptKind = Literal[
    "payment", "deposit", "deposit_applied", "to_deposit", "refund", "dishonour", "failed", "discount"
]


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is billed."""

    kind: PayerKind
    id: str
    name: str
    given: str | None = None
    family: str | None = None
    role: str | None = None
    email: str | None = None
    mobile: str | None = None
    accounts_email: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums as the practice system states them."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class LineDiscount:
    """A discount shown on a line: what was taken off, and the price before it (both with tax)."""

    gross: Decimal
    price_before: Decimal


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line of a sale; `gross` includes `tax`; `tax` is None when only the header's is known (R6)."""

    id: str
    description: str
    gross: Decimal
    tax: Decimal | None
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    code: str | None = None
    category: str | None = None
    practitioner: str | None = None
    subject: str | None = None
    taxable: bool = False
    discount: LineDiscount | None = None
    status: Literal["active", "voided", "write-off", "unassigned", "locked"] = "active"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money, or what looks like it, on a sale; amounts are positive, `kind` says the direction."""

    id: str
    kind: ReceiptKind
    at: dt.datetime
    date: dt.date
    method: str
    amount: Decimal
    surcharge: Decimal | None = None
    fee: Decimal | None = None
    invoice: str | None = None
    deposit: str | None = None
    pay_run: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """An invoice with all its money, as last read; `version` counts our snapshots of it, from 1."""

    id: str
    number: str
    version: int
    kind: Literal["invoice", "quote"]
    status: Literal["active", "issued", "write-off"]
    deleted: bool
    date: dt.date
    payer: Payer
    currency: str
    totals: Totals
    fully_paid: bool
    lines: tuple[SaleLine, ...]
    payments: tuple[Receipt, ...] = ()
    due: dt.date | None = None
    location: str | None = None
    practitioner: str | None = None
    subject: str | None = None
    claim: str | None = None
    changed_at: dt.datetime | None = None


def to_plain(record: object) -> Json:
    """A record as plain maps and lists (Decimals, dates and times stay what they are)."""
    if is_dataclass(record) and not isinstance(record, type):
        return {field.name: to_plain(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, tuple | list):
        return [to_plain(item) for item in record]
    return record


def from_plain(kind: type[T], plain: Mapping[str, Json]) -> T:
    """The reverse of to_plain.

    Raises:
        KeyError: A field without default is missing.
    """
    hints = _hints(cast(Hashable, kind))
    given = {name: _read(hints[name], value) for name, value in plain.items() if name in hints}
    return kind(**given)


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(hint: Any, value: Json) -> Json:
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin is tuple:
        return tuple(_read(typing.get_args(hint)[0], item) for item in value)
    if origin in (types.UnionType, typing.Union):
        return _read(next(part for part in typing.get_args(hint) if part is not type(None)), value)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_plain(hint, value)
    return value


# Which class a record kind of a posting is read into.
RECORDS: Mapping[str, type] = {"sale": Sale, "payer": Payer}
