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
    """Money, or what looks like it, on a sale or deposit; amounts are positive, `kind` says the direction.

    Attributes:
        surcharge: What the payer was charged on top, with tax; not part of `amount`.
        fee: What the processor kept of it, with tax; None where it is billed apart or not known.
        deposit: The deposit that it is drawn from (`deposit_applied`) or has become (`to_deposit`).
        reverses: For a dishonour, the payment that came back; None where the practice system does not tell.
        dispute_fee: For a dishonour, what the processor charged for it, with tax.
    """

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
    reverses: str | None = None
    dispute_fee: Decimal | None = None


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
    due_reported: dt.date | None = None
    location: str | None = None
    practitioner: str | None = None
    subject: str | None = None
    claim: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money that a payer left with the practice, and what was given back of it.

    `invoice` names the sale whose refund was kept as this credit (`to_deposit`); None for money taken in. What is
    drawn from it stands on the sales that it pays.
    """

    id: str
    version: int
    deleted: bool
    payer: Payer
    at: dt.datetime
    date: dt.date
    method: str
    amount: Decimal
    currency: str
    refunds: tuple[Receipt, ...] = ()
    location: str | None = None
    invoice: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """One movement of a processor or funder to the bank; negative when it took money back.

    `covers` are the ids of the receipts in it, as far as the report names them.
    """

    id: str
    version: int
    deleted: bool
    method: str
    bank_date: dt.date
    net: Decimal
    text: str
    covers: tuple[str, ...] = ()
    location: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Expense:
    """What the practice bought; `kind` receipt is one of Halaxy's own (fees, credits, refunds charged to the card)."""

    id: str
    version: int
    deleted: bool
    kind: Literal["expense", "receipt"]
    date: dt.date
    supplier: str
    description: str
    category: str
    gross: Decimal
    tax: Decimal
    currency: str
    due: dt.date | None = None
    paid: dt.date | None = None
    method: str | None = None
    location: str | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The sales of one location that are dated on one day, and those of other days with money that went back on it.

    `id` is `<location>-<yyyymmdd>`. Deleted sales stay among `sales`, so that their end can be told.
    """

    id: str
    version: int
    date: dt.date
    location: str | None = None
    sales: tuple[Sale, ...] = ()
    refunded: tuple[Sale, ...] = ()
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class FeeShare:
    """A practitioner's part of one receipt (`received`) or of one sale (`invoiced`); negative where money went back.

    `gross` includes GST, `net` does not. `source` is the id of the receipt or the sale.
    """

    sale: str
    source: str
    date: dt.date
    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class PractitionerMonth:
    """What patients paid for one practitioner's work in one month, and what was invoiced for it.

    `month` is its first day; `id` is `<practitioner>-<yyyymm>`. `received_before` and `invoiced_before` are what the
    months right before fell short of zero (zero or negative, without GST): it is carried into this one.
    """

    id: str
    version: int
    practitioner: str
    month: dt.date
    received: tuple[FeeShare, ...] = ()
    invoiced: tuple[FeeShare, ...] = ()
    received_before: Decimal = Decimal("0.00")
    invoiced_before: Decimal = Decimal("0.00")
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
RECORDS: Mapping[str, type] = {
    "sale": Sale,
    "payer": Payer,
    "deposit": Deposit,
    "payout": Payout,
    "expense": Expense,
    "day": Day,
    "practitioner month": PractitionerMonth,
}
