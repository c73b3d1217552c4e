"""Calls on purchase orders: created with PUT, changed by id with POST.

PURE. An order is known by its PurchaseOrderNumber.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xero.calls.resource import GONE, Resource, by_key, changing, creating, finding
from connectors.xero.payloads import document_body, line_seen, read_date, read_money
from engine.sdk.contract import Element

Json = Any
_TEXTS = {"deliver_to": "DeliveryAddress", "attention": "AttentionTo", "instructions": "DeliveryInstructions"}


def _body(value: Mapping[str, Json]) -> dict[str, Json]:
    head = {"PurchaseOrderID": value["id"]} if value.get("id") else {}
    number = {"PurchaseOrderNumber": value["number"]} if value.get("number") else {}
    texts = {field: value[key] for key, field in _TEXTS.items() if value.get(key)}
    delivery = {"DeliveryDate": value["delivery_date"].isoformat()} if value.get("delivery_date") else {}
    return head | number | texts | delivery | document_body(value)


def _seen(row: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "id": row["PurchaseOrderID"],
        "number": row.get("PurchaseOrderNumber") or "",
        "reference": row.get("Reference") or "",
        "status": row.get("Status") or "",
        "contact_id": (row.get("Contact") or {}).get("ContactID") or "",
        "date": read_date(row.get("Date")),
        "delivery_date": read_date(row.get("DeliveryDate")),
        "total": read_money(row.get("Total")),
        "tax": read_money(row.get("TotalTax")),
        "lines": [line_seen(line) for line in row.get("LineItems") or ()],
    }


_ORDER = Resource("purchase order", "PurchaseOrders", "PurchaseOrderID", "PurchaseOrderNumber", "number", _body, _seen)


def _created(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    same = row["number"] == wanted["number"] and row["contact_id"] == wanted["contact_id"]
    return same and row["status"] not in GONE


CALLS = {
    "create_purchase_order": creating("create_purchase_order", _ORDER, by_key(_ORDER), _created),
    "update_purchase_order": changing(
        "update_purchase_order", _ORDER, ("status", "date", "delivery_date", "reference", "number")
    ),
    "find_purchase_order": finding("find_purchase_order", _ORDER),
}
