"""Calls on tracking categories (fact sheet 8.13): read with their options, and new ones of both.

PURE. The daily poll keeps the same rows as facts for the postings; the read is for rules and drop-downs. Categories
and options are known by their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.listing import listing
from connectors.xero.calls.shape import done, found_in
from connectors.xero.outcomes import by_element
from connectors.xero.payloads import tracking_fact
from engine.sdk.contract import Call, Element, Outcome, Request, Response, write_json

Json = Any


def _create(elements: Sequence[Element]) -> Request:
    return Request("PUT", "/TrackingCategories", body=write_json({"Name": elements[0].payload["name"]}))


def _created(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(
        elements,
        response,
        "TrackingCategories",
        lambda element, row: done("tracking category", element, tracking_fact(row)),
    )


def _all(elements: Sequence[Element]) -> Request:
    return Request("GET", "/TrackingCategories")


def _named(element: Element, row: Mapping[str, Json]) -> bool:
    return bool(row["name"].casefold() == str(element.payload["name"]).casefold())


def _create_option(elements: Sequence[Element]) -> Request:
    wanted = elements[0].payload
    path = f"/TrackingCategories/{wanted['category_id']}/Options"
    return Request("PUT", path, body=write_json({"Name": wanted["name"]}))


def _option(row: Mapping[str, Json]) -> dict[str, Json]:
    return {"id": row["TrackingOptionID"], "name": row.get("Name") or ""}


def _option_created(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(
        elements, response, "Options", lambda element, row: done("tracking option", element, _option(row))
    )


def _category(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/TrackingCategories/{elements[0].payload['category_id']}")


def _options_of(row: Mapping[str, Json]) -> dict[str, Json]:
    return {"id": row["TrackingCategoryID"], "options": [item["Name"] for item in row.get("Options") or ()]}


def _holds(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = str(element.payload["name"]).casefold()
    return any(name.casefold() == wanted for name in row["options"])


CALLS = {
    "list_tracking": listing("list_tracking", "/TrackingCategories", "TrackingCategories", tracking_fact),
    "create_tracking_category": Call(
        "create_tracking_category",
        _create,
        _created,
        _all,
        found_in("tracking category", "TrackingCategories", tracking_fact, _named),
        example=examples.tracking_category,
    ),
    "create_tracking_option": Call(
        "create_tracking_option",
        _create_option,
        _option_created,
        _category,
        found_in("tracking option", "TrackingCategories", _options_of, _holds),
        example=examples.tracking_option,
    ),
}
