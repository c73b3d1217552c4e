"""Calls on batch payments (fact sheet 8.8): many payments that reach the bank as one line.

PURE. Xero guards batches by nothing, so one is known by its account, reference, day and total. One that is deleted
takes its payments along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.resource import Resource, finding, rehearsed
from connectors.xero.calls.shape import done, found_in, guid, judged
from connectors.xero.outcomes import by_element
from connectors.xero.payloads import read_date, read_money
from engine.core.money import total
from engine.sdk.contract import Call, Element, Outcome, Rejected, Request, Response, write_json

Json = Any


def _body(value: Mapping[str, Json]) -> dict[str, Json]:
    body: dict[str, Json] = {"Reference": value["reference"]} if value.get("reference") else {}
    if value.get("account_id"):
        body["Account"] = {"AccountID": value["account_id"]}
    if value.get("date"):
        body["Date"] = value["date"].isoformat()
    return body | {"Payments": [_part(part) for part in value.get("payments") or ()]}


def _part(value: Mapping[str, Json]) -> dict[str, Json]:
    row = {"Invoice": {"InvoiceID": value["invoice_id"]}, "Amount": value["amount"]}
    return row | ({"Reference": value["reference"]} if value.get("reference") else {})


def _seen(row: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "id": row["BatchPaymentID"],
        "reference": row.get("Reference") or "",
        "date": read_date(row.get("Date")),
        "status": row.get("Status") or "AUTHORISED",
        "total": read_money(row.get("TotalAmount")),
        "account_id": (row.get("Account") or {}).get("AccountID") or "",
        "reconciled": row.get("IsReconciled") is True or str(row.get("IsReconciled")).lower() == "true",
        "payment_ids": [part["PaymentID"] for part in row.get("Payments") or () if part.get("PaymentID")],
    }


_BATCH = Resource("batch payment", "BatchPayments", "BatchPaymentID", "Reference", "id", _body, _seen)


def _create(elements: Sequence[Element]) -> Request:
    rows = [_body(element.payload) for element in elements]
    return Request("PUT", "/BatchPayments", (("summarizeErrors", "false"),), body=write_json({"BatchPayments": rows}))


def _of_account(elements: Sequence[Element]) -> Request:
    where = f'{guid("Account.AccountID", str(elements[0].payload["account_id"]))} AND Status=="AUTHORISED"'
    return Request("GET", "/BatchPayments", (("where", where),))


def _stands(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    same = row["reference"] == wanted["reference"] and row["date"] == wanted["date"]
    return bool(same and row["total"] == total(tuple(part["amount"] for part in wanted["payments"])))


def _delete(elements: Sequence[Element]) -> Request:
    return Request("POST", f"/BatchPayments/{elements[0].payload['id']}", body=write_json({"Status": "DELETED"}))


def _deleted(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    outcomes = by_element(elements, response, "BatchPayments", lambda one, row: done("batch payment", one, _seen(row)))
    gone = {"id": elements[0].payload["id"], "status": "DELETED"}
    return tuple(
        done("batch payment", elements[0], gone) if isinstance(one, Rejected) and one.code == "GONE" else one
        for one in outcomes
    )


CALLS = {
    "create_batch_payment": Call(
        "create_batch_payment",
        _create,
        judged("batch payment", "BatchPayments", _seen, "Reference"),
        _of_account,
        found_in("batch payment", "BatchPayments", _seen, _stands),
        example=rehearsed(_BATCH),
    ),
    "delete_batch_payment": Call(
        "delete_batch_payment",
        _delete,
        _deleted,
        lambda elements: Request("GET", f"/BatchPayments/{elements[0].payload['id']}"),
        found_in("batch payment", "BatchPayments", _seen, lambda element, row: row["status"] == "DELETED"),
        example=rehearsed(_BATCH),
    ),
    "find_batch_payment": finding("find_batch_payment", _BATCH),
}
