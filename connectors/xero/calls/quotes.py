"""Calls on quotes: created with PUT, changed by id with POST.

PURE. A quote is known by its QuoteNumber. It has no where clause: it is looked up by its own parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.resource import Resource, by_key, changing, creating, finding
from connectors.xero.payloads import document_body, line_seen, read_date, read_money
from engine.sdk.contract import Element, Request

Json = Any
_TEXTS = {"title": "Title", "summary": "Summary", "terms": "Terms"}


def _body(value: Mapping[str, Json]) -> dict[str, Json]:
    head = {"QuoteID": value["id"]} if value.get("id") else {}
    number = {"QuoteNumber": value["number"]} if value.get("number") else {}
    texts = {field: value[key] for key, field in _TEXTS.items() if value.get(key)}
    expires = {"ExpiryDate": value["expires"].isoformat()} if value.get("expires") else {}
    return head | number | texts | expires | _upper(document_body(value))


def _upper(body: dict[str, Json]) -> dict[str, Json]:
    """Quotes alone write LineAmountTypes in capitals."""
    return body | ({"LineAmountTypes": body["LineAmountTypes"].upper()} if "LineAmountTypes" in body else {})


def quote_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero quote."""
    return {
        "id": row["QuoteID"],
        "number": row.get("QuoteNumber") or "",
        "reference": row.get("Reference") or "",
        "title": row.get("Title") or "",
        "status": row.get("Status") or "",
        "contact_id": (row.get("Contact") or {}).get("ContactID") or "",
        "date": read_date(row.get("Date")),
        "expires": read_date(row.get("ExpiryDate")),
        "total": read_money(row.get("Total")),
        "tax": read_money(row.get("TotalTax")),
        "lines": [line_seen(line) for line in row.get("LineItems") or ()],
    }


_QUOTE = Resource("quote", "Quotes", "QuoteID", "QuoteNumber", "number", _body, quote_seen)


def _find(elements: Sequence[Element]) -> Request:
    wanted = elements[0].payload
    if wanted.get("id"):
        return by_key(_QUOTE)(elements)
    return Request("GET", "/Quotes", (("QuoteNumber", str(wanted["number"])),))


def _created(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    same = row["number"] == wanted["number"] and row["contact_id"] == wanted["contact_id"]
    return bool(same and row["status"] != "DELETED")


CALLS = {
    "create_quote": creating("create_quote", _QUOTE, _find, _created),
    "update_quote": changing("update_quote", _QUOTE, ("status", "date", "expires", "reference", "title", "number")),
    "find_quote": finding("find_quote", _QUOTE, _find),
}
