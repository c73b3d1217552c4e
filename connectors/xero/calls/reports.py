"""Reports for rules: what a contact owes by invoice, money through the bank accounts, the trial balance.

PURE. Xero answers tables of texts; a column becomes a field named after its heading, sums become Decimals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.xero.outcomes import rows_of, whole_answer
from engine.core.money import ZERO, cents
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response

Json = Any
_AMOUNT = re.compile(r"-?\d+(\.\d+)?$")
_DATES = {"on": "date", "first": "fromDate", "last": "toDate"}


def _asking(name: str) -> Callable[[Sequence[Element]], Request]:
    def request(elements: Sequence[Element]) -> Request:
        wanted = elements[0].payload
        query = [("contactId", str(wanted["contact_id"]))] if wanted.get("contact_id") else []
        query += [(param, wanted[key].isoformat()) for key, param in _DATES.items() if wanted.get(key)]
        return Request("GET", f"/Reports/{name}", tuple(query))

    return request


def _answered(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if (whole := whole_answer(response, writes=False)) is not None:
        return (whole,) * len(elements)
    try:
        table = _table(rows_of(response, "Reports")[0])
    except (ValueError, KeyError, IndexError, AttributeError):
        return (Rejected("INVALID", "Xero's report cannot be read.", "Report this call."),) * len(elements)
    return (Done(table),) * len(elements)


def _table(report: Mapping[str, Json]) -> dict[str, Json]:
    """`title`, `rows` (each with its `section`) and `totals`, the summary of the whole."""
    names: list[str] = []
    rows: list[dict[str, Json]] = []
    totals: dict[str, Json] = {}
    for section, row in _flat(report["Rows"]):
        cells = [cell.get("Value") or "" for cell in row.get("Cells") or ()]
        if row["RowType"] == "Header":
            names = [_field(cell) for cell in cells]
        elif row["RowType"] == "Row":
            rows.append({"section": section, **_named(names, cells)})
        elif row["RowType"] == "SummaryRow":
            totals = _named(names, cells)
    sums = {name: value for name, value in totals.items() if isinstance(value, Decimal)}
    return {"title": report.get("ReportName") or "", "rows": rows, "totals": sums, "due": sums.get("due", ZERO)}


def _flat(rows: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for row in rows:
        if row["RowType"] == "Section":
            yield from ((row.get("Title") or "", inner) for inner in row.get("Rows") or ())
        else:
            yield "", row


def _named(names: Sequence[str], cells: Sequence[str]) -> dict[str, Json]:
    return {name: _value(cell) for name, cell in zip(names, cells, strict=False) if name}


def _value(cell: str) -> Json:
    plain = cell.replace(",", "")
    return cents(Decimal(plain)) if _AMOUNT.match(plain) else cell


def _field(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


CALLS = {
    "aged_receivables": Call("aged_receivables", _asking("AgedReceivablesByContact"), _answered),
    "aged_payables": Call("aged_payables", _asking("AgedPayablesByContact"), _answered),
    "bank_summary": Call("bank_summary", _asking("BankSummary"), _answered),
    "trial_balance": Call("trial_balance", _asking("TrialBalance"), _answered),
}
