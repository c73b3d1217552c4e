"""Reports: what one contact owes by age, money through the bank accounts, the trial balance.

Built from the same ledger and documents as everything else. Rows and cells as in Xero's published description of the
accounting service (schema ReportWithRow); cells are texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.sdk.sandbox import Answer

from .arithmetic import ZERO
from .call import Call
from .ledger import Row
from .postings import account_name
from .problems import Invalid, Unknown, validation_failure
from .state import Account, Document
from .wire import moment_out, read_day
from .writing import Element

Json = Any

_GROUPS = (("REVENUE", "Revenue"), ("EXPENSE", "Expenses"), ("ASSET", "Assets"), ("LIABILITY", "Liabilities"),
           ("EQUITY", "Equity"))  # fmt: skip


def get_report(call: Call, key: str) -> Answer:
    """GET /Reports/{name}."""
    match key.lower():
        case "agedreceivablesbycontact":
            return _aged(call, "AgedReceivablesByContact", "Aged Receivables By Contact", "ACCREC")
        case "agedpayablesbycontact":
            return _aged(call, "AgedPayablesByContact", "Aged Payables By Contact", "ACCPAY")
        case "banksummary":
            return _bank_summary(call)
        case "trialbalance":
            return _trial_balance(call)
        case _:
            raise Unknown


def _aged(call: Call, key: str, title: str, kind: str) -> Answer:
    contact = call.books.contacts.get(call.asked.param("contactId").lower())
    if contact is None:
        return validation_failure([{"ValidationErrors": Invalid("A valid contactId must be specified").errors()}])
    on = read_day(call.asked.param("date")) or call.today
    first, last = read_day(call.asked.param("fromDate")), read_day(call.asked.param("toDate"))
    owed = [
        one
        for one in call.books.of_kind("Invoice").values()
        if (one.type, one.contact) == (kind, contact.id)
        and one.status in ("AUTHORISED", "PAID")
        and one.date <= (last or on)
        and (first is None or one.date >= first)
        and one.open
    ]
    owed.sort(key=lambda one: (one.date, one.number))
    head = ("Date", "Reference", "Due Date", "", "Total", "Paid", "Credited", "Due")
    sums = [sum((pick(one) for one in owed), ZERO) for pick in _SUMS]
    rows = [_header(head), _section("", [_aged_row(one) for one in owed], _summary(("Total", "", "", "", *sums)))]
    return _report(call, key, title, (title, contact.name, _words(on)), on, rows)


_SUMS: tuple[Callable[[Document], Decimal], ...] = (
    lambda one: one.totals.gross,
    lambda one: one.paid,
    lambda one: one.credited,
    lambda one: one.open,
)


def _aged_row(one: Document) -> Element:
    due = one.due.isoformat() if one.due else ""
    cells = (f"{one.date.isoformat()}T00:00:00", one.number, f"{due}T00:00:00" if due else "", "")
    return _row((*cells, *(pick(one) for pick in _SUMS)), "invoiceID", one.id)


def _bank_summary(call: Call) -> Answer:
    first = read_day(call.asked.param("fromDate")) or call.today.replace(day=1)
    last = read_day(call.asked.param("toDate")) or call.today
    lines: list[Element] = []
    sums = [ZERO] * 4
    for account in sorted(call.books.accounts.values(), key=lambda one: one.name):
        if account.type == "BANK" and account.status == "ACTIVE":
            moved = _moved(call, account, first, last)
            sums = [whole + part for whole, part in zip(sums, moved, strict=True)]
            lines.append(_row((account.name, *moved), "accountID", account.id))
    head = ("Bank Accounts", "Opening Balance", "Cash Received", "Cash Spent", "Closing Balance")
    rows = [_header(head), _section("", lines, _summary(("Total", *sums)))]
    titles = ("Bank Summary", call.books.organisation.name, f"From {_words(first)} to {_words(last)}")
    return _report(call, "BankSummary", "Bank Summary", titles, last, rows)


def _moved(call: Call, account: Account, first: date, last: date) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    own = [row for row in call.books.ledger.rows if row.account == account_name(account)]
    opening = _balance(row for row in own if row.date < first)
    during = [row for row in own if first <= row.date <= last]
    net: dict[str, Decimal] = {}
    for row in during:  # what was taken back within the period never moved any money
        net[row.document] = net.get(row.document, ZERO) + row.debit - row.credit
    received = sum((amount for amount in net.values() if amount > 0), ZERO)
    spent = -sum((amount for amount in net.values() if amount < 0), ZERO)
    return opening, received, spent, opening + received - spent


def _trial_balance(call: Call) -> Answer:
    on = read_day(call.asked.param("date")) or call.today
    month, year = on.replace(day=1), _year_begins(call, on)
    sections: list[Element] = []
    sums = [ZERO] * 4
    for group, title in _GROUPS:
        lines = []
        for account in sorted(call.books.accounts.values(), key=lambda one: one.name):
            if account.group != group:
                continue
            kept = group in ("REVENUE", "EXPENSE")
            cells = [*_sides(call, account, month if kept else None, on),
                     *_sides(call, account, year if kept else None, on)]  # fmt: skip
            if any(cells):
                sums = [whole + part for whole, part in zip(sums, cells, strict=True)]
                lines.append(_row((f"{account.name} ({account.code})", *cells), "account", account.id))
        if lines:
            sections.append({"RowType": "Section", "Title": title, "Rows": lines})
    head = ("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")
    rows = [_header(head), *sections, _section("", [], _summary(("Total", *sums)))]
    titles = ("Trial Balance", call.books.organisation.name, f"As at {_words(on)}")
    return _report(call, "TrialBalance", "Trial Balance", titles, on, rows)


def _sides(call: Call, account: Account, first: date | None, last: date) -> tuple[Decimal, Decimal]:
    inside = (
        row
        for row in call.books.ledger.rows
        if row.account == account_name(account) and row.date <= last and (first is None or row.date >= first)
    )
    balance = _balance(inside)
    return max(balance, ZERO), max(-balance, ZERO)


def _year_begins(call: Call, on: date) -> date:
    fields = call.books.organisation.fields
    ends = date(on.year, int(fields["FinancialYearEndMonth"]), int(fields["FinancialYearEndDay"]))
    return (ends if ends < on else ends.replace(year=on.year - 1)) + timedelta(days=1)


def _balance(rows: Iterable[Row]) -> Decimal:
    return sum((row.debit - row.credit for row in rows), ZERO)


def _report(call: Call, key: str, name: str, titles: Sequence[str], on: date, rows: list[Element]) -> Answer:
    report = {
        "ReportID": key,
        "ReportName": name,
        "ReportType": key,
        "ReportTitles": list(titles),
        "ReportDate": _words(on),
        "UpdatedDateUTC": moment_out(call.now),
        "Fields": [],
        "Rows": rows,
    }
    return call.envelope("Reports", [report])


def _words(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _header(titles: Sequence[str]) -> Element:
    return {"RowType": "Header", "Cells": [{"Value": title} for title in titles]}


def _section(title: str, rows: list[Element], summary: Element) -> Element:
    return {"RowType": "Section", "Title": title, "Rows": [*rows, summary]}


def _summary(cells: Sequence[Json]) -> Element:
    return {"RowType": "SummaryRow", "Cells": [{"Value": _text(cell)} for cell in cells]}


def _row(cells: Sequence[Json], name: str, id: str) -> Element:
    shown = [{"Value": _text(cell), "Attributes": [{"Value": id, "Id": name}]} for cell in cells]
    return {"RowType": "Row", "Cells": shown}


def _text(cell: Json) -> str:
    return f"{cell:.2f}" if isinstance(cell, Decimal) else str(cell)
