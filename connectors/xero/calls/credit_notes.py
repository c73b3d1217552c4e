"""Calls on sales credit notes (fact sheet 8.5).

PURE. A credit note is known by its CreditNoteNumber, which Xero keeps unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.xero.calls import examples
from connectors.xero.calls.shape import found_in, judged, read_each, written_list
from connectors.xero.payloads import credit_note_body, credit_note_seen
from engine.sdk.contract import Call, Element, Request

Json = Any
_GONE = ("VOIDED", "DELETED")


def _one(elements: Sequence[Element]) -> Request:
    payload = elements[0].payload
    wanted = payload.get("id") or payload.get("number") or elements[0].marker
    return Request("GET", f"/CreditNotes/{quote(str(wanted), safe='')}")


def _created(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    same = row["number"] == wanted["number"] and row["contact_id"] == wanted["contact_id"]
    return same and row["total"] == wanted.get("wanted_total", row["total"]) and row["status"] not in _GONE


def _changed(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    return bool(row["id"] == wanted["id"]) and all(
        wanted[name] == row[name] for name in ("status", "reference", "date") if name in wanted
    )


CALLS = {
    "create_credit_note": Call(
        "create_credit_note",
        written_list("PUT", "/CreditNotes", "CreditNotes", credit_note_body),
        judged("credit note", "CreditNotes", credit_note_seen, "CreditNoteNumber"),
        _one,
        found_in("credit note", "CreditNotes", credit_note_seen, _created),
        example=examples.credit_note,
    ),
    "update_credit_note": Call(
        "update_credit_note",
        written_list("POST", "/CreditNotes", "CreditNotes", credit_note_body),
        judged("credit note", "CreditNotes", credit_note_seen, "CreditNoteNumber"),
        _one,
        found_in("credit note", "CreditNotes", credit_note_seen, _changed),
        example=examples.credit_note,
    ),
    "find_credit_note": Call(
        "find_credit_note",
        _one,
        read_each(
            "CreditNotes",
            credit_note_seen,
            lambda element, row: (
                row["id"] == element.payload["id"]
                if element.payload.get("id")
                else row["number"] == element.payload["number"]
            ),
        ),
        example=examples.found_credit_note,
    ),
}
