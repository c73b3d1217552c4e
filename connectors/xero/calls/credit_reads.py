"""The read of what is left of a credit of any kind (fact sheet 8.10).

PURE. Credit notes have calls of their own besides; over- and prepayments are made as bank transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from connectors.xero.calls import examples
from connectors.xero.calls.shape import read_each
from connectors.xero.payloads import credit_seen
from engine.sdk.contract import Call, Element, Outcome, Request, Response

Json = Any
_COLLECTIONS = {"credit note": "CreditNotes", "overpayment": "Overpayments", "prepayment": "Prepayments"}


def _collection(elements: Sequence[Element]) -> str:
    return _COLLECTIONS[str(elements[0].payload["credit"])]


def _one(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/{_collection(elements)}/{quote(str(elements[0].payload['id']), safe='')}")


def _read(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    read = read_each(_collection(elements), credit_seen, lambda element, row: bool(row["id"] == element.payload["id"]))
    return read(elements, response)


CALLS = {"find_credit": Call("find_credit", _one, _read, example=examples.found_credit)}
