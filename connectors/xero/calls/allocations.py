"""Calls that apply a credit note to an invoice, and take that back (fact sheet 8.6).

PURE. An allocation has no marker of its own: it is known by credit note, invoice and amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import EACH, done
from connectors.xero.outcomes import by_element, rows_of, whole_answer
from connectors.xero.payloads import allocation_body, allocation_seen, credit_note_seen
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response, write_json

Json = Any


def _allocate(elements: Sequence[Element]) -> Request:
    path = f"/CreditNotes/{elements[0].payload['credit_note_id']}/Allocations"
    return Request(
        "PUT", path, EACH, body=write_json({"Allocations": [allocation_body(item.payload) for item in elements]})
    )


def _allocated(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "Allocations", lambda element, row: _done(element, allocation_seen(row)))


def _done(element: Element, seen: Mapping[str, Json]) -> Done:
    return done("allocation", element, {**seen, "credit_note_id": element.payload["credit_note_id"]})


def _read(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/CreditNotes/{elements[0].payload['credit_note_id']}")


def _standing(element: Element, response: Response) -> list[Mapping[str, Json]]:
    credit = credit_note_seen(rows_of(response, "CreditNotes")[0])
    return [item for item in credit["allocations"] if _fits(element, item)]


def _fits(element: Element, item: Mapping[str, Json]) -> bool:
    wanted = element.payload
    if wanted.get("allocation_id"):
        return bool(item["id"] == wanted["allocation_id"])
    return bool(item["invoice_id"] == wanted["invoice_id"] and item["amount"] == wanted["amount"])


def _found(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    rows = _standing(elements[0], response) if response.status != 404 else []
    return (_done(elements[0], rows[0]) if rows else None,)


def _remove(elements: Sequence[Element]) -> Request:
    wanted = elements[0].payload
    return Request("DELETE", f"/CreditNotes/{wanted['credit_note_id']}/Allocations/{wanted['allocation_id']}")


def _removed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """Its answer has no envelope; a 404 says that it was gone before, which is what was wanted."""
    whole = whole_answer(response, writes=True)
    if whole is None or (isinstance(whole, Rejected) and whole.code == "GONE"):
        return (_gone(elements[0]),)
    return (whole,)


def _gone(element: Element) -> Done:
    return done("allocation", element, {"id": element.payload["allocation_id"], "removed": True})


def _found_removed(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    rows = _standing(elements[0], response) if response.status != 404 else []
    return (None if rows else _gone(elements[0]),)


CALLS = {
    "allocate_credit": Call("allocate_credit", _allocate, _allocated, _read, _found, example=examples.allocation),
    "remove_allocation": Call(
        "remove_allocation", _remove, _removed, _read, _found_removed, example=examples.removed_allocation
    ),
}
