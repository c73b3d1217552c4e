"""Calls on the items of the price list (fact sheet 8.14).

PURE. An item is known by its Code, which Xero keeps unique. One that was used cannot be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.resource import Resource, by_key, changing, creating, ended, finding
from connectors.xero.calls.shape import done
from connectors.xero.outcomes import by_element
from connectors.xero.payloads import read_money
from engine.sdk.contract import Call, Done, Element, Outcome, Request, Response

Json = Any
_SIDES = (("sale", "SalesDetails"), ("purchase", "PurchaseDetails"))
_NAMES = {"code": "Code", "name": "Name", "description": "Description"}


def _body(value: Mapping[str, Json]) -> dict[str, Json]:
    body: dict[str, Json] = {"ItemID": value["id"]} if value.get("id") else {}
    body |= {field: value[key] for key, field in _NAMES.items() if value.get(key) is not None}
    parts = {"price": "UnitPrice", "account": "AccountCode", "tax_type": "TaxType"}
    for side, details in _SIDES:
        row = {
            field: value[f"{side}_{part}"] for part, field in parts.items() if value.get(f"{side}_{part}") is not None
        }
        if row:
            body[details] = row
    return body


def _seen(row: Mapping[str, Json]) -> dict[str, Json]:
    seen = {
        "id": row["ItemID"],
        "code": row.get("Code") or "",
        "name": row.get("Name") or "",
        "description": row.get("Description") or "",
    }
    for side, details in _SIDES:
        found = row.get(details) or {}
        seen |= {
            f"{side}_price": read_money(found.get("UnitPrice")),
            f"{side}_account": found.get("AccountCode") or "",
            f"{side}_tax_type": found.get("TaxType") or "",
        }
    return seen


_ITEM = Resource("item", "Items", "ItemID", "Code", "code", _body, _seen)
_FIELDS = ("code", "name", "description", "sale_price", "sale_account", "purchase_price", "purchase_account")


def _created(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    return all(row[field] == wanted[field] for field in _FIELDS if wanted.get(field) is not None)


def _delete(elements: Sequence[Element]) -> Request:
    return Request("DELETE", f"/Items/{elements[0].payload['id']}")


def _deleted(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if response.status == 400:
        return by_element(elements, response, "Items", lambda element, row: done("item", element, _seen(row)))
    return (ended("item", elements[0], response, _gone(elements[0])),)


def _found_deleted(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    return (done("item", elements[0], _gone(elements[0])) if response.status == 404 else None,)


def _gone(element: Element) -> dict[str, Json]:
    return {"id": element.payload["id"], "removed": True}


CALLS = {
    "create_item": creating("create_item", _ITEM, by_key(_ITEM), _created),
    "update_item": changing("update_item", _ITEM, _FIELDS),
    "find_item": finding("find_item", _ITEM),
    "delete_item": Call(
        "delete_item", _delete, _deleted, by_key(_ITEM), _found_deleted, example=lambda element, standing: Response(204)
    ),
}
