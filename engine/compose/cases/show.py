"""A played case in a bookkeeper's words: documents side by side, the ledger side by side, holds, what differs.

Texts only; printing is the command's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from engine.compose.cases.documents import Pair
from engine.compose.cases.form import Expected, Row
from engine.compose.cases.judge import Verdict
from engine.compose.cases.matching import shown
from engine.compose.cases.play import Result
from engine.compose.cases.writes import Written

Json = Any
_WIDE = 66
_LEDGER = "date        account      debit     credit"
_HEAD = ("Type", "Contact", "Invoice", "CreditNote", "Prepayment", "Overpayment", "Account", "BankAccount",
         "FromBankAccount", "ToBankAccount", "Date", "DueDate", "Amount", "Total", "TotalTax", "Status")  # fmt: skip


def lines_of(result: Result) -> Iterator[str]:
    """The report of a failed case, line by line."""
    for verdict in result.verdicts:
        if verdict.findings:
            yield f"{verdict.stage} ({result.case.file}:{verdict.line})"
            yield from (f"  - {finding}" for finding in verdict.findings)
            yield from _documents(verdict.pairs)
            yield from _ledger(verdict)
    if result.at_end:
        yield "at the end"
        yield from (f"  - {finding}" for finding in result.at_end)
    if result.stopped:
        yield f"  - stopped: {result.stopped}"


def _documents(pairs: Sequence[Pair]) -> Iterator[str]:
    if not pairs:
        return
    yield f"  documents   {'expected':<{_WIDE}} | in Xero"
    for pair in pairs:
        mark = "=" if pair.agrees else "!"
        left = _expected(pair.expected) if pair.expected else ["(nothing)"]
        right = _written(pair.written) if pair.written else ["(nothing)"]
        for index, (one, two) in enumerate(zip_longest(left, right, fillvalue="")):
            yield f"  {mark if index == 0 else ' '}           {one[:_WIDE]:<{_WIDE}} | {two}"


def _expected(one: Expected) -> list[str]:
    rows = [_line(row) for row in one.rows or ()]
    return [f"{one.verb} {one.kind} {one.name}".rstrip(), *_head(one.fields), *rows]


def _written(one: Written) -> list[str]:
    return [f"{one.verb} {one.kind} {one.name}".rstrip(), *_head(one.fields), *(_line(row) for row in one.rows)]


def _head(fields: Mapping[str, Json]) -> list[str]:
    words = [f"{name} {shown(fields[name])}" for name in _HEAD if fields.get(name) not in (None, "")]
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDE - 4:
            lines.append("")
        lines[-1] += f"  {word}"
    text = [f"  Reference {fields['Reference']}"] if fields.get("Reference") else []
    return [line for line in lines if line] + text


def _line(row: Mapping[str, Json]) -> str:
    amount, account, tax = (shown(row.get(name)) for name in ("LineAmount", "AccountCode", "TaxAmount"))
    return f"    {amount:>9}  {account}  {row.get('TaxType', '')} {tax}  {row.get('Description', '')}".rstrip()


def _ledger(verdict: Verdict) -> Iterator[str]:
    if not (verdict.expected_ledger or verdict.ledger):
        return
    yield f"  ledger      {_LEDGER:<{_WIDE}} | {_LEDGER}"
    for mark, one, two in _side_by_side(verdict.expected_ledger, verdict.ledger):
        yield f"  {mark}           {_row(one):<{_WIDE}} | {_row(two)}"


def _side_by_side(wanted: Sequence[Row], actual: Sequence[Row]) -> Iterator[tuple[str, Row | None, Row | None]]:
    left = Counter(actual)
    missing = []
    for row in wanted:
        if left[row]:
            left[row] -= 1
            yield "=", row, row
        else:
            missing.append(row)
    for one, two in zip_longest(missing, left.elements()):
        yield "!", one, two


def _row(row: Row | None) -> str:
    return f"{row.date}  {row.account:<7} {row.debit:>10.2f} {row.credit:>10.2f}" if row else "(nothing)"


def as_json(result: Result, seconds: float) -> dict[str, Json]:
    """The same as plain data; money as text."""
    return {
        "case": result.case.id,
        "file": result.case.file,
        "passed": result.passed,
        "seconds": round(seconds, 2),
        "stopped": result.stopped,
        "at_end": list(result.at_end),
        "stages": [
            {
                "stage": verdict.stage,
                "line": verdict.line,
                "findings": list(verdict.findings),
                "documents": [
                    {
                        "agrees": pair.agrees,
                        "expected": _expected(pair.expected) if pair.expected else None,
                        "written": _written(pair.written) if pair.written else None,
                    }
                    for pair in verdict.pairs
                ],
                "ledger": {"expected": _rows(verdict.expected_ledger), "written": _rows(verdict.ledger)},
            }
            for verdict in result.verdicts
        ],
    }


def _rows(rows: Sequence[Row]) -> list[list[str]]:
    return [[row.date.isoformat(), row.account, f"{row.debit:.2f}", f"{row.credit:.2f}"] for row in rows]
