"""From a report's rows to what it tells: expenses, payouts, and facts of payments and invoices.

PURE. All faults are found before any is told; which of it is news is decided in `taking_in`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.halaxy.imports.columns import KINDS, Heading, find_heading
from connectors.halaxy.imports.faults import BadCell, BadFile, RowFault
from connectors.halaxy.imports.rows import Row
from connectors.halaxy.report_facts import InvoiceFacts, PaymentFacts
from engine.core.money import ZERO
from engine.sdk.records import Expense, Payout

Json = Any
Told = Expense | Payout | PaymentFacts | InvoiceFacts
_HALAXY = "Halaxy"


@dataclass(frozen=True, slots=True)
class Said:
    """What one row tells, with the row's number and a digest of its meaning."""

    row: int
    told: Told
    digest: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report read whole; `totals` are the numbers of rows that only sum up others and tell nothing."""

    kind: str
    said: tuple[Said, ...]
    totals: tuple[int, ...] = ()


def read_report(kind: str, rows: Sequence[Row], own: Mapping[str, str], currency: str) -> Report:
    """Everything that a report tells.

    Args:
        kind: expenses, payouts, fees or invoices.
        own: The practice's own headings, by column name.
        currency: Of sums that name none.

    Raises:
        BadFile: With every fault, by row and column.
    """
    heading = find_heading(kind, rows, own)
    body = [row for row in rows if row.number > heading.row]
    totals = tuple(row.number for row in body if _is_total(kind, heading, row))
    faults: list[RowFault] = []
    said: list[Said] = []
    for row in (row for row in body if row.number not in totals):
        values = _values(kind, heading, row, faults)
        if values is not None:
            said += _said(kind, row.number, values, currency, faults)
    if not said and not faults:
        faults.append(RowFault(heading.row, 0, "There is nothing below the headings.", "Export it again."))
    kept = _without_repeats(said, faults)
    if faults:
        raise BadFile(tuple(sorted(faults)))
    return Report(kind, kept, totals)


def _values(kind: str, heading: Heading, row: Row, faults: list[RowFault]) -> Mapping[str, Json] | None:
    values: dict[str, Json] = {}
    before = len(faults)
    for column in KINDS[kind]:
        place = heading.places.get(column.name)
        cell = row.cells[place] if place is not None and place < len(row.cells) else ""
        if not cell:
            values[column.name] = None
            if place is not None and not column.blank:
                faults.append(RowFault(row.number, place + 1, f"The {column.name} is missing.", "Fill it in."))
            continue
        try:
            values[column.name] = column.read(cell)
        except BadCell as problem:
            faults.append(RowFault(row.number, (place or 0) + 1, f"{column.name}: {problem.what}", problem.mend))
    return values if len(faults) == before else None


def _is_total(kind: str, heading: Heading, row: Row) -> bool:
    """A line under the rows that sums them up: its first text says so and it has neither day nor id."""
    names = [name for name in ("date", "bank_date", "id") if name in heading.places]
    blank = all(heading.places[name] >= len(row.cells) or not row.cells[heading.places[name]] for name in names)
    first = next((cell for cell in row.cells if cell), "")
    stands_in = any(
        heading.places[name] < len(row.cells) and row.cells[heading.places[name]] == first for name in names
    )
    return (blank or stands_in) and bool(re.match(r"(grand |sub)?totals?\b", first, re.IGNORECASE))


def _said(kind: str, row: int, values: Mapping[str, Json], currency: str, faults: list[RowFault]) -> Iterator[Said]:
    before = len(faults)
    told = _MAKERS[kind](row, values, currency, faults)
    if len(faults) == before:
        yield Said(row, told, digest_of(told))


def digest_of(told: Told) -> str:
    """The same for rows that mean the same, however they were written."""
    plain = {name: str(value) for name, value in asdict(told).items() if name not in ("version", "changed_at")}
    text = "\n".join(f"{name}={plain[name]}" for name in sorted(plain))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _expense(row: int, values: Mapping[str, Json], currency: str, faults: list[RowFault]) -> Expense:
    own = bool(re.search(r"receipt", values["kind"] or "", re.IGNORECASE))
    gross, tax = values["gross"], values["tax"] or ZERO
    if abs(tax) > abs(gross) or tax * gross < 0:
        faults.append(RowFault(row, 0, f"The tax {tax} does not fit the sum {gross}.", "Compare the row with Halaxy."))
    if not own and not values["supplier"]:
        faults.append(RowFault(row, 0, "The supplier is missing.", "Fill it in; Xero needs a contact."))
    if not values["category"] and not (own and values["description"]):
        faults.append(RowFault(row, 0, "The category is missing.", "Fill it in, so that the account is known."))
    return Expense(
        id=values["id"] or "",
        version=0,
        deleted=values["deleted"] is True,
        kind="receipt" if own else "expense",
        date=values["date"],
        supplier=values["supplier"] or _HALAXY,
        description=values["description"] or "",
        category=values["category"] or "",
        gross=gross,
        tax=tax,
        currency=(values["currency"] or currency).upper(),
        due=values["due"],
        paid=_paid_on(values),
        method=values["method"],
        location=values["location"],
    )


def _paid_on(values: Mapping[str, Json]) -> date | None:
    """A plain yes means that it was paid on its day."""
    paid = values["paid"]
    if paid is True:
        return date.fromisoformat(values["date"].isoformat())
    return None if paid is False else paid


def _payout(row: int, values: Mapping[str, Json], currency: str, faults: list[RowFault]) -> Payout:
    return Payout(
        id=values["id"] or "",
        version=0,
        deleted=values["deleted"] is True,
        method=values["method"],
        bank_date=values["bank_date"],
        net=values["net"],
        text=values["text"] or "",
        covers=values["covers"] or (),
        location=values["location"],
    )


def _payment(row: int, values: Mapping[str, Json], currency: str, faults: list[RowFault]) -> PaymentFacts:
    names = ("fee", "surcharge", "pay_run", "dispute_fee", "reverses")
    made = PaymentFacts(values["id"], **{name: values[name] for name in names})
    if all(values[name] is None for name in names):
        faults.append(RowFault(row, 0, f"The row of payment {made.id} tells nothing.", "Fill it in or delete it."))
    return made


def _invoice(row: int, values: Mapping[str, Json], currency: str, faults: list[RowFault]) -> InvoiceFacts:
    made = InvoiceFacts(values["id"], due_reported=values["due"], claim=values["claim"])
    if made.due_reported is None and made.claim is None:
        faults.append(RowFault(row, 0, f"The row of invoice {made.id} tells nothing.", "Fill it in or delete it."))
    return made


def _without_repeats(said: Sequence[Said], faults: list[RowFault]) -> tuple[Said, ...]:
    """Rows without an id get one of their meaning; equal ones of those are as many facts as rows, counted."""
    kept: dict[str, Said] = {}
    seen: dict[str, int] = {}
    for one in said:
        if not one.told.id:
            seen[one.digest] = seen.get(one.digest, 0) + 1
            suffix = f"-{seen[one.digest]}" if seen[one.digest] > 1 else ""
            one = replace(one, told=replace(one.told, id=f"r{one.digest[:12]}{suffix}"))
        before = kept.get(one.told.id)
        if before is not None and before.digest != one.digest:
            what = f"{one.told.id} stands in row {before.row} too, with other values."
            faults.append(RowFault(one.row, 0, what, "Keep the row that is right."))
        kept.setdefault(one.told.id, one)
    return tuple(kept.values())


def sum_of(told: Sequence[Told]) -> Decimal:
    """What these rows amount to, for a preview."""
    amounts = [
        getattr(one, name, None) or ZERO for one in told for name in ("gross", "net", "fee") if hasattr(one, name)
    ]
    return sum(amounts, ZERO)


_MAKERS: Mapping[str, Callable[[int, Mapping[str, Json], str, list[RowFault]], Told]] = {
    "expenses": _expense,
    "payouts": _payout,
    "fees": _payment,
    "invoices": _invoice,
}
