"""The double entry of documents, worked out from the documents alone; knows nothing of what decided on them.

PURE. Which side a document stands on is common bookkeeping and Xero's (fact sheet 9): a sale debits receivables and
credits its accounts and the GST; a payment moves receivables to where the money arrives; credits the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.compose.preview.documents import Document
from engine.core.money import ZERO, total

Json = Any
_DRAFTS = ("DRAFT", "SUBMITTED")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger; one of the two amounts is zero."""

    date: date | None
    account: str
    debit: Decimal
    credit: Decimal
    document: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The accounts that documents use without naming them, by code; the words stand where Xero's chart is not known."""

    receivable: str
    tax: str


def chart_of(accounts: Iterable[Mapping[str, Json]]) -> Chart:
    """The control accounts of a chart, found by what they are to Xero and never by code (fact sheet 11.3)."""
    codes = {account["system"]: account["code"] for account in accounts if account["system"]}
    return Chart(codes.get("DEBTORS", "Accounts receivable"), codes.get("GST", "GST"))


def ledger(documents: Iterable[Document], chart: Chart, approved: bool = False) -> tuple[Row, ...]:
    """The rows of documents, each document balanced.

    Args:
        approved: Show drafts too, as they will count once a person has approved them; drafts move nothing.
    """
    rows: list[Row] = []
    for one in documents:
        if one.verb != "new" or (one.status in _DRAFTS and not approved):
            continue
        for account, amount in _entries(one, chart):
            if amount != ZERO:
                debit, credit = (amount, ZERO) if amount > ZERO else (ZERO, -amount)
                rows.append(Row(one.date, account, debit, credit, one.number or one.reference))
    return tuple(rows)


def balanced(rows: Iterable[Row]) -> bool:
    """Whether debits and credits are the same."""
    some = tuple(rows)
    return total(tuple(row.debit for row in some)) == total(tuple(row.credit for row in some))


def _entries(one: Document, chart: Chart) -> Iterator[tuple[str, Decimal]]:
    """Accounts with their amounts, debits positive."""
    match one.kind:
        case "invoice":
            yield chart.receivable, one.amount
            yield from _lines(one, chart, -1)
        case "credit note":
            yield chart.receivable, -one.amount
            yield from _lines(one, chart, 1)
        case "payment":
            sign = -1 if one.direction == "out" else 1
            yield one.account, sign * one.amount
            yield chart.receivable, -sign * one.amount
        case "bank transaction":
            yield from _bank(one, chart)
        case "bank transfer":
            yield one.to_account, one.amount
            yield one.account, -one.amount


def _bank(one: Document, chart: Chart) -> Iterator[tuple[str, Decimal]]:
    """Money in or out; an overpayment is credit of the customer, kept in receivables."""
    sign = 1 if one.direction.startswith("RECEIVE") else -1
    yield one.account, sign * one.amount
    if one.direction.endswith("OVERPAYMENT"):
        yield chart.receivable, -sign * one.amount
    else:
        yield from _lines(one, chart, -sign)


def _lines(one: Document, chart: Chart, sign: int) -> Iterator[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for line in one.lines:
        sums[line.account] = sums.get(line.account, ZERO) + line.amount - line.tax
    for account, amount in sums.items():
        yield account, sign * amount
    yield chart.tax, sign * one.tax
