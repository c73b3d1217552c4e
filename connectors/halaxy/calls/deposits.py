"""The deposit read: `find_deposit` by id.

PURE. One request shows a transaction only; what was used or given back of a deposit comes with the polls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.halaxy import payloads
from connectors.halaxy.outcomes import refusal
from connectors.halaxy.reading import PAGE_SIZE, bundle
from connectors.halaxy.receipts import receipt
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response

Json = Any


def _request(elements: Sequence[Element]) -> Request:
    ids = ",".join(str(element.payload["id"]) for element in elements)
    return Request("GET", "/PaymentTransaction", (("_id", ids), ("_count", str(PAGE_SIZE)), ("page", "1")))


def _outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    refused = refusal(response)
    if refused is not None:
        return tuple(refused for _ in elements)
    rows = {str(row["id"]): _head(row) for row in bundle(response, "PaymentTransaction").resources}
    missing = Rejected("NOT_FOUND", "Halaxy has no deposit with this id.", "Check the id.")
    found = (rows.get(str(element.payload["id"])) for element in elements)
    return tuple(missing if deposit is None else Done({"deposit": deposit}) for deposit in found)


def _head(resource: Mapping[str, Json]) -> Json | None:
    """What one transaction tells of a deposit; None when it is none."""
    payment = payloads.payment(resource, ZoneInfo("UTC"))
    found = receipt(payment, ZoneInfo("UTC"))
    if found is None or found.kind not in ("deposit", "to_deposit"):
        return None
    return {"id": found.id, "at": found.at, "method": found.method, "amount": found.amount, "invoice": found.invoice}


FIND_DEPOSIT = Call("find_deposit", _request, _outcomes)
