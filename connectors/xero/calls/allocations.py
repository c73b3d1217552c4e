"""Calls that apply a credit to an invoice, and take that back (fact sheet 8.6).

PURE. A credit is a credit note, an overpayment or a prepayment. An allocation has no marker of its own: it is known
by credit, invoice and amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import EACH, done
from connectors.xero.outcomes import by_element, rows_of, whole_answer
from connectors.xero.payloads import allocation_body, allocation_seen
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response, write_json

Json = Any
_COLLECTIONS = {"credit note": "CreditNotes", "overpayment": "Overpayments", "prepayment": "Prepayments"}


def _collection(element: Element) -> str:
    return _COLLECTIONS[str(element.payload["credit"])]


def _credit(element: Element) -> str:
    return f"/{_collection(element)}/{element.payload['credit_id']}"


def _allocate(elements: Sequence[Element]) -> Request:
    body = write_json({"Allocations": [allocation_body(item.payload) for item in elements]})
    return Request("PUT", f"{_credit(elements[0])}/Allocations", EACH, body=body)


def _allocated(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "Allocations", lambda element, row: _done(element, allocation_seen(row)))


def _done(element: Element, seen: Mapping[str, Json]) -> Done:
    credit = {name: element.payload[name] for name in ("credit", "credit_id")}
    return done("allocation", element, {**seen, **credit})


def _read(elements: Sequence[Element]) -> Request:
    return Request("GET", _credit(elements[0]))


def _standing(element: Element, response: Response) -> list[Mapping[str, Json]]:
    row = rows_of(response, _collection(element))[0]
    allocations = [allocation_seen(item) for item in row.get("Allocations") or ()]
    return [item for item in allocations if _fits(element, item)]


def _fits(element: Element, item: Mapping[str, Json]) -> bool:
    wanted = element.payload
    if wanted.get("allocation_id"):
        return bool(item["id"] == wanted["allocation_id"])
    return bool(item["invoice_id"] == wanted["invoice_id"] and item["amount"] == wanted["amount"])


def _found(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    rows = _standing(elements[0], response) if response.status != 404 else []
    return (_done(elements[0], rows[0]) if rows else None,)


def _remove(elements: Sequence[Element]) -> Request:
    return Request("DELETE", f"{_credit(elements[0])}/Allocations/{elements[0].payload['allocation_id']}")


def _removed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """Its answer has no envelope; a 404 says that it was gone before, which is what was wanted."""
    whole = whole_answer(response, writes=True)
    if whole is None or (isinstance(whole, Rejected) and whole.code == "GONE"):
        return (_gone(elements[0]),)
    return (whole,)


def _gone(element: Element) -> Done:
    told = {name: element.payload[name] for name in ("credit_id", "invoice_id", "amount") if name in element.payload}
    return done("allocation", element, {"id": element.payload["allocation_id"], "removed": True, **told})


def _found_removed(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    rows = _standing(elements[0], response) if response.status != 404 else []
    return (None if rows else _gone(elements[0]),)


CALLS = {
    "allocate_credit": Call("allocate_credit", _allocate, _allocated, _read, _found, example=examples.allocation),
    "remove_allocation": Call(
        "remove_allocation", _remove, _removed, _read, _found_removed, example=examples.removed_allocation
    ),
}
