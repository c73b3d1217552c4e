"""Calls on sales invoices (fact sheet 8.3): created with PUT, changed by id with POST, read by list.

PURE. An invoice is known by its InvoiceNumber, which Xero keeps unique, also against voided ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import found_in, judged, read_each, written_list
from connectors.xero.payloads import invoice_body, invoice_seen
from engine.sdk.contract import Call, Element, Request

Json = Any
GONE = ("VOIDED", "DELETED")
# Line items come only with a paged list (fact sheet 6).
_PAGE = (("page", "1"), ("pageSize", "100"))


def _by_number(elements: Sequence[Element]) -> Request:
    numbers = [str(element.payload.get("number") or element.marker) for element in elements]
    return Request("GET", "/Invoices", (("InvoiceNumbers", ",".join(dict.fromkeys(numbers))), *_PAGE))


def _by_id(elements: Sequence[Element]) -> Request:
    ids = [str(element.payload["id"]) for element in elements if element.payload.get("id")]
    return Request("GET", "/Invoices", (("IDs", ",".join(dict.fromkeys(ids))), *_PAGE))


def _asks_by_id(elements: Sequence[Element]) -> bool:
    return bool(elements[0].payload.get("id"))


def _find(elements: Sequence[Element]) -> Request:
    return _by_id(elements) if _asks_by_id(elements) else _by_number(elements)


def _covered(elements: Sequence[Element]) -> Sequence[bool]:
    name = "id" if _asks_by_id(elements) else "number"
    return tuple(bool(element.payload.get(name)) for element in elements)


def _asked(element: Element, row: Mapping[str, Json]) -> bool:
    if element.payload.get("id"):
        return bool(row["id"] == element.payload["id"])
    return bool(row["number"] == element.payload["number"])


def _created(element: Element, row: Mapping[str, Json]) -> bool:
    """Ours: same number, contact and total, and alive; any other under the number is refused when sent again."""
    wanted = element.payload
    same = row["number"] == wanted["number"] and row["contact_id"] == wanted["contact_id"]
    return same and row["total"] == wanted.get("wanted_total", row["total"]) and row["status"] not in GONE


def _changed(element: Element, row: Mapping[str, Json]) -> bool:
    """Whether the change stands: every field that it sent is what Xero shows."""
    wanted = element.payload
    fields = ("status", "contact_id", "date", "due_date", "reference", "number")
    if row["id"] != wanted["id"] or any(name in wanted and wanted[name] != row[name] for name in fields):
        return False
    return "lines" not in wanted or _lines(wanted["lines"]) == _lines(row["lines"])


def _lines(lines: Sequence[Mapping[str, Json]]) -> list[tuple[Json, ...]]:
    return [(line["description"], line["amount"], line["account"], line["tax_type"]) for line in lines]


def _sales(row: Mapping[str, Json]) -> Mapping[str, Json]:
    """The row's fields; a bill under the same number never counts as the invoice."""
    seen = invoice_seen(row)
    return seen if row.get("Type", "ACCREC") == "ACCREC" else seen | {"id": "", "number": ""}


CALLS = {
    "create_invoice": Call(
        "create_invoice",
        written_list("PUT", "/Invoices", "Invoices", invoice_body),
        judged("invoice", "Invoices", invoice_seen, "InvoiceNumber"),
        _by_number,
        found_in("invoice", "Invoices", _sales, _created),
        example=examples.invoice,
    ),
    "update_invoice": Call(
        "update_invoice",
        written_list("POST", "/Invoices", "Invoices", invoice_body),
        judged("invoice", "Invoices", invoice_seen, "InvoiceNumber"),
        _by_id,
        found_in("invoice", "Invoices", _sales, _changed),
        example=examples.invoice,
    ),
    "find_invoice": Call(
        "find_invoice", _find, read_each("Invoices", _sales, _asked, _covered), example=examples.found_invoice
    ),
}
