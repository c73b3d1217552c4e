"""Calls on manual journals (fact sheet 8.17): posted by list, voided by id.

PURE. A journal is known by its narration, which carries our marker, on its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import found_in, judged, on_day, read_each, written_list
from connectors.xero.payloads import manual_journal_body, manual_journal_seen
from engine.sdk.contract import Call, Element, Request

Json = Any
_PAGE = (("page", "1"), ("pageSize", "1000"))
_GONE = ("VOIDED", "DELETED")


def _of_the_day(elements: Sequence[Element]) -> Request:
    return Request("GET", "/ManualJournals", (("where", on_day(elements[0].payload["date"])), *_PAGE))


def _by_id(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/ManualJournals/{elements[0].payload['id']}")


def _stands(element: Element, row: Mapping[str, Json]) -> bool:
    return bool(row["narration"] == element.payload["narration"]) and row["status"] not in _GONE


CALLS = {
    "create_manual_journal": Call(
        "create_manual_journal",
        written_list("PUT", "/ManualJournals", "ManualJournals", manual_journal_body),
        judged("manual journal", "ManualJournals", manual_journal_seen, "Narration"),
        _of_the_day,
        found_in("manual journal", "ManualJournals", manual_journal_seen, _stands),
        example=examples.manual_journal,
    ),
    "update_manual_journal": Call(
        "update_manual_journal",
        written_list("POST", "/ManualJournals", "ManualJournals", manual_journal_body),
        judged("manual journal", "ManualJournals", manual_journal_seen, ""),
        _by_id,
        found_in(
            "manual journal",
            "ManualJournals",
            manual_journal_seen,
            lambda element, row: row["status"] == element.payload.get("status", row["status"]),
        ),
        example=examples.manual_journal,
    ),
    "find_manual_journal": Call(
        "find_manual_journal",
        _by_id,
        read_each("ManualJournals", manual_journal_seen, lambda element, row: bool(row["id"] == element.payload["id"])),
        example=examples.found_manual_journal,
    ),
}
