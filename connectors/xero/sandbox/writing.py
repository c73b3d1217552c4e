"""How a request with many elements is carried out: one by one, each stored or refused for itself.

Good elements stay stored although the whole answer is a 400 (Xero fact sheet 7.2 and 7.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .problems import Invalid, validation_failure

Json = Any
Element = dict[str, Json]
Save = Callable[[Element], tuple[Element, list[str]]]
Echo = Callable[[Element, Invalid], Element]


def write_many(call: Call, plural: str, save: Save, echo: Echo) -> Answer:
    """Store every good element in order and answer as `summarizeErrors` asks."""
    rows: list[Element] = []
    failed: list[Element] = []
    for sent in call.elements(plural):
        try:
            row, warnings = save(sent)
        except Invalid as problem:
            row, warnings = echo(sent, problem), []
            row["ValidationErrors"] = problem.errors()
            failed.append(row)
        _mark(row, warnings, summarize=call.summarize)
        rows.append(row)
    if failed and call.summarize:
        return validation_failure(failed)
    return call.envelope(plural, rows)


def write_one(call: Call, plural: str, save: Save, echo: Echo) -> Answer:
    """Store the first element; a fault is always a 400 (updates by id know no `summarizeErrors`)."""
    sent = call.elements(plural)[0]
    try:
        row, warnings = save(sent)
    except Invalid as problem:
        return validation_failure([{**echo(sent, problem), "ValidationErrors": problem.errors()}])
    _mark(row, warnings, summarize=True)
    return call.envelope(plural, [row])


def _mark(row: Element, warnings: list[str], *, summarize: bool) -> None:
    if warnings:
        row["Warnings"] = [{"Message": message} for message in warnings]
    if not summarize:
        state = "ERROR" if row.get("ValidationErrors") else "OK"
        row["StatusAttributeString"] = "WARNING" if warnings else state
