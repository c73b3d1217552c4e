"""Calls on transfers between two own bank accounts (fact sheet 8.19): created one at a time, deleted, never changed.

PURE. Xero guards transfers by nothing, so one is known by its Reference, its accounts, its day and its amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import done, found_in, judged, on_day, read_each
from connectors.xero.outcomes import by_element
from connectors.xero.payloads import bank_transfer_body, bank_transfer_seen
from engine.sdk.contract import Call, Element, Outcome, Rejected, Request, Response, write_json

Json = Any
_NAMED = ("reference", "date", "amount")


def _create(elements: Sequence[Element]) -> Request:
    rows = [bank_transfer_body(element.payload) for element in elements]
    return Request("PUT", "/BankTransfers", body=write_json({"BankTransfers": rows}))


def _of_the_day(elements: Sequence[Element]) -> Request:
    return Request("GET", "/BankTransfers", (("where", on_day(elements[0].payload["date"])),))


def _stands(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    same = all(row[name] == wanted[name] for name in _NAMED)
    ends = all(row[f"{end}_id"] == wanted[f"{end}_id"] for end in ("from", "to"))
    return same and ends and row["status"] != "DELETED"


def _delete(elements: Sequence[Element]) -> Request:
    id = elements[0].payload["id"]
    return Request("POST", f"/BankTransfers/{id}", body=write_json({"Status": "DELETED"}))


def _deleted(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    outcomes = by_element(
        elements,
        response,
        "BankTransfers",
        lambda element, row: done("bank transfer", element, bank_transfer_seen(row)),
    )
    # Already gone is what was wanted.
    gone = done("bank transfer", elements[0], {"id": elements[0].payload["id"], "status": "DELETED"})
    return tuple(gone if isinstance(item, Rejected) and item.code == "GONE" else item for item in outcomes)


def _by_id(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/BankTransfers/{elements[0].payload['id']}")


CALLS = {
    "create_bank_transfer": Call(
        "create_bank_transfer",
        _create,
        judged("bank transfer", "BankTransfers", bank_transfer_seen, "Reference"),
        _of_the_day,
        found_in("bank transfer", "BankTransfers", bank_transfer_seen, _stands),
        example=examples.bank_transfer,
    ),
    "delete_bank_transfer": Call(
        "delete_bank_transfer",
        _delete,
        _deleted,
        _by_id,
        found_in("bank transfer", "BankTransfers", bank_transfer_seen, lambda element, row: row["status"] == "DELETED"),
        example=examples.deleted_bank_transfer,
    ),
    "find_bank_transfer": Call(
        "find_bank_transfer",
        _by_id,
        read_each("BankTransfers", bank_transfer_seen, lambda element, row: bool(row["id"] == element.payload["id"])),
        example=examples.found_bank_transfer,
    ),
}
