"""Calls on contacts (fact sheet 8.1).

PURE. A contact is known by its ContactNumber; only names are ever sent (R2).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from connectors.xero.calls import examples
from connectors.xero.calls.shape import found_in, judged, read_each, written_list
from connectors.xero.payloads import contact_body, contact_seen
from engine.sdk.contract import Call, Element, Request


def _one(elements: Sequence[Element]) -> Request:
    payload = elements[0].payload
    wanted = payload.get("id") or payload.get("number") or elements[0].marker
    return Request("GET", f"/Contacts/{quote(str(wanted), safe='')}")


CALLS = {
    "create_contact": Call(
        "create_contact",
        written_list("PUT", "/Contacts", "Contacts", contact_body),
        judged("contact", "Contacts", contact_seen, "ContactNumber"),
        _one,
        found_in(
            "contact",
            "Contacts",
            contact_seen,
            lambda element, row: row["number"] == element.marker and row["name"] == element.payload["name"],
        ),
        example=examples.contact,
    ),
    "update_contact": Call(
        "update_contact",
        written_list("POST", "/Contacts", "Contacts", contact_body),
        judged("contact", "Contacts", contact_seen, "ContactNumber"),
        _one,
        found_in(
            "contact",
            "Contacts",
            contact_seen,
            lambda element, row: row["id"] == element.payload["id"] and row["name"] == element.payload["name"],
        ),
        example=examples.contact,
    ),
    "find_contact": Call(
        "find_contact",
        _one,
        read_each(
            "Contacts",
            contact_seen,
            lambda element, row: (
                row["id"] == element.payload["id"]
                if element.payload.get("id")
                else row["number"] == element.payload["number"]
            ),
        ),
        example=examples.found_contact,
    ),
}
