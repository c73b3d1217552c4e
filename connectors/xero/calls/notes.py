"""Notes in the history of a document or contact (fact sheet 8.16).

PURE. A note is known by its text, so the same text on the same document counts as the same note. It cannot be removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.places import place_of
from connectors.xero.calls.shape import done
from connectors.xero.outcomes import by_element, rows_of, whole_answer
from connectors.xero.payloads import read_time
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response, write_json

Json = Any


def _write(elements: Sequence[Element]) -> Request:
    rows = [{"Details": element.payload["text"]} for element in elements]
    return Request("PUT", f"{place_of(elements[0])}/History", body=write_json({"HistoryRecords": rows}))


def _written(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "HistoryRecords", lambda element, row: _done(element))


def _done(element: Element) -> Done:
    own = {name: element.payload[name] for name in ("on", "id", "text")}
    return done("note", element, own)


def _read(elements: Sequence[Element]) -> Request:
    return Request("GET", f"{place_of(elements[0])}/History")


def _found(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    texts = {row.get("Details") for row in rows_of(response, "HistoryRecords")}
    return tuple(_done(element) if element.payload["text"] in texts else None for element in elements)


def _listed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if (whole := whole_answer(response, writes=False)) is not None:
        return (whole,)
    try:
        rows = [_note(row) for row in rows_of(response, "HistoryRecords")]
    except ValueError:
        return (Rejected("INVALID", "Xero's list cannot be read.", "Report this call."),)
    return (Done({"rows": rows, "count": len(rows)}),)


def _note(row: Mapping[str, Json]) -> dict[str, Json]:
    words = {"text": "Details", "change": "Changes", "by": "User"}
    return {**{name: row.get(field) or "" for name, field in words.items()}, "at": read_time(row.get("DateUTC"))}


CALLS = {
    "add_note": Call(
        "add_note", _write, _written, _read, _found,
        example=lambda element, standing: Response(200, {}, write_json({"HistoryRecords": [{}]})),
    ),
    "list_notes": Call("list_notes", _read, _listed),
}  # fmt: skip
