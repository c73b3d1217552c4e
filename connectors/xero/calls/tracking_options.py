"""Calls that put an option of a tracking category away, and bring it back (fact sheet 8.13).

PURE. Options are made in `tracking`. One that is archived stays on the lines that have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.shape import done
from connectors.xero.outcomes import by_element, rows_of
from engine.sdk.contract import Call, Done, Element, Outcome, Request, Response, write_json

Json = Any


def _category(element: Element) -> str:
    return f"/TrackingCategories/{element.payload['category_id']}"


def _done(element: Element, row: Mapping[str, Json]) -> Done:
    seen = {"id": row["TrackingOptionID"], "name": row.get("Name") or "", "status": row.get("Status") or "ACTIVE"}
    return done("tracking option", element, seen)


def _judged(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "Options", _done)


def _read(elements: Sequence[Element]) -> Request:
    return Request("GET", _category(elements[0]))


def _setting(name: str, status: str) -> Call:
    def request(elements: Sequence[Element]) -> Request:
        path = f"{_category(elements[0])}/Options/{elements[0].payload['id']}"
        return Request("POST", path, body=write_json({"Status": status}))

    def found(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
        element = elements[0]
        rows = rows_of(response, "TrackingCategories")[0].get("Options") or ()
        own = [row for row in rows if row.get("TrackingOptionID") == element.payload["id"]]
        return (next((_done(element, row) for row in own if row.get("Status") == status), None),)

    def example(element: Element, standing: Mapping[str, Json]) -> Response:
        row = {"TrackingOptionID": element.payload["id"], "Status": status}
        return Response(200, {}, write_json({"Options": [row]}))

    return Call(name, request, _judged, _read, found, example=example)


CALLS = {
    "archive_tracking_option": _setting("archive_tracking_option", "ARCHIVED"),
    "restore_tracking_option": _setting("restore_tracking_option", "ACTIVE"),
}
