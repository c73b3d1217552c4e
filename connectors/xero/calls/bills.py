"""Calls on suppliers' bills (fact sheet 8.3): invoices of type ACCPAY, whose numbers Xero does not keep unique.

PURE. A bill is known by its number, contact and total among those that stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import found_in, judged, read_each, written_list
from connectors.xero.payloads import invoice_body, invoice_seen
from engine.sdk.contract import Call, Element, Request

Json = Any
_GONE = ("VOIDED", "DELETED")
# Line items come only with a paged list (fact sheet 6).
_PAGE = (("page", "1"), ("pageSize", "100"))
_HEAD = ("status", "contact_id", "date", "due_date", "reference", "number")


def _body(value: Mapping[str, Json]) -> dict[str, Json]:
    body = invoice_body(value)
    return body if value.get("id") else body | {"Type": "ACCPAY"}


def _by_number(elements: Sequence[Element]) -> Request:
    numbers = [str(element.payload.get("number") or element.marker) for element in elements]
    return Request("GET", "/Invoices", (("InvoiceNumbers", ",".join(dict.fromkeys(numbers))), *_PAGE))


def _by_id(elements: Sequence[Element]) -> Request:
    ids = [str(element.payload["id"]) for element in elements]
    return Request("GET", "/Invoices", (("IDs", ",".join(dict.fromkeys(ids))), *_PAGE))


def _seen(row: Mapping[str, Json]) -> Mapping[str, Json]:
    """The row's fields; a sales invoice under the same number never counts as the bill."""
    seen = invoice_seen(row)
    return seen if row.get("Type", "ACCPAY") == "ACCPAY" else seen | {"id": "", "number": ""}


def _created(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    same = row["number"] == wanted["number"] and row["contact_id"] == wanted["contact_id"]
    return same and row["total"] == wanted.get("wanted_total", row["total"]) and row["status"] not in _GONE


def _changed(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    if row["id"] != wanted["id"] or any(name in wanted and wanted[name] != row[name] for name in _HEAD):
        return False
    return "lines" not in wanted or _lines(wanted["lines"]) == _lines(row["lines"])


def _lines(lines: Sequence[Mapping[str, Json]]) -> list[tuple[Json, ...]]:
    return [(line["description"], line["amount"], line["account"], line["tax_type"]) for line in lines]


CALLS = {
    "create_bill": Call(
        "create_bill",
        written_list("PUT", "/Invoices", "Invoices", _body),
        judged("bill", "Invoices", invoice_seen, "InvoiceNumber"),
        _by_number,
        found_in("bill", "Invoices", _seen, _created),
        example=examples.invoice,
    ),
    "update_bill": Call(
        "update_bill",
        written_list("POST", "/Invoices", "Invoices", _body),
        judged("bill", "Invoices", invoice_seen, "InvoiceNumber"),
        _by_id,
        found_in("bill", "Invoices", _seen, _changed),
        example=examples.invoice,
    ),
    "find_bill": Call(
        "find_bill",
        _by_id,
        read_each("Invoices", _seen, lambda element, row: bool(row["id"] == element.payload["id"])),
        example=examples.found_invoice,
    ),
}
