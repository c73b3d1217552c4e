"""Tracking categories and their options, and how lines name them.

Source: Xero fact sheet 8.13.
"""

from __future__ import annotations

from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .paging import filtered
from .problems import Findings, Invalid, Unknown
from .state import Books, Category, Option
from .where import Fields
from .wire import text_of
from .writing import Element, write_many, write_one

Json = Any
Pairs = tuple[tuple[str, str], ...]


def list_categories(call: Call) -> Answer:
    """GET /TrackingCategories: active ones unless `includeArchived`."""
    wanted = ("ACTIVE", "ARCHIVED") if call.is_set("includeArchived") else ("ACTIVE",)
    live = [category for category in call.books.tracking.values() if category.status in wanted]
    found = filtered(call, live, _fields())
    if call.asked.param("order").lower().endswith("desc"):
        found.reverse()
    return call.envelope("TrackingCategories", [category_out(category) for category in found])


def get_category(call: Call, key: str) -> Answer:
    """GET /TrackingCategories/{id}."""
    return call.envelope("TrackingCategories", [category_out(_category(call, key))])


def create_category(call: Call) -> Answer:
    """PUT /TrackingCategories: at most two active ones."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        name = _new_name(sent, [category.name for category in call.books.tracking.values()])
        if sum(category.status == "ACTIVE" for category in call.books.tracking.values()) >= 2:
            raise Invalid("You can only have 2 active tracking categories")
        made = Category(call.books.ids.next(), name)
        call.books.tracking[made.id] = made
        return category_out(made), []

    return write_one(call, "TrackingCategories", save, _echo)


def update_category(call: Call, key: str) -> Answer:
    """POST /TrackingCategories/{id}: name or status."""
    category = _category(call, key)

    def save(sent: Element) -> tuple[Element, list[str]]:
        category.name = text_of(sent.get("Name")) or category.name
        category.status = _status(sent, category.status)
        return category_out(category), []

    return write_one(call, "TrackingCategories", save, _echo)


def delete_category(call: Call, key: str) -> Answer:
    """DELETE /TrackingCategories/{id}."""
    category = _category(call, key)
    category.status = "DELETED"
    return call.envelope("TrackingCategories", [category_out(category)])


def create_options(call: Call, key: str) -> Answer:
    """PUT /TrackingCategories/{id}/Options."""
    category = _category(call, key)

    def save(sent: Element) -> tuple[Element, list[str]]:
        made = Option("", _new_name(sent, [option.name for option in category.options]))
        made.id = call.books.ids.next()
        category.options.append(made)
        return _option_out(made), []

    return write_many(call, "Options", save, _echo)


def update_option(call: Call, key: str, option: str) -> Answer:
    """POST /TrackingCategories/{id}/Options/{id}."""
    found = _option(_category(call, key), option)

    def save(sent: Element) -> tuple[Element, list[str]]:
        found.name = text_of(sent.get("Name")) or found.name
        found.status = _status(sent, found.status)
        return _option_out(found), []

    return write_one(call, "Options", save, _echo)


def delete_option(call: Call, key: str, option: str) -> Answer:
    """DELETE /TrackingCategories/{id}/Options/{id}."""
    found = _option(_category(call, key), option)
    found.status = "DELETED"
    return call.envelope("Options", [_option_out(found)])


def line_tracking(call: Call, sent: Json) -> tuple[Pairs, str]:
    """The (category id, option id) pairs that a line names, and a fault or nothing."""
    pairs: list[tuple[str, str]] = []
    for row in sent if isinstance(sent, list) else []:
        if not isinstance(row, dict) or not any(row.values()):
            continue
        pair = _pair(call.books, row)
        if pair is None and call.switches.unknown_tracking == "refuse":
            name = text_of(row.get("Option") or row.get("TrackingOptionID"))
            return (), f"The tracking option '{name}' does not exist or has been archived"
        if pair is not None:
            pairs.append(pair)
    if len(pairs) > 2 or len({category for category, _ in pairs}) < len(pairs):
        return (), "A line can have at most 2 tracking options, one for each category"
    return tuple(pairs), ""


def tracking_out(books: Books, pairs: Pairs) -> list[Element]:
    """The tracking of a line as the API shows it."""
    rows = []
    for category_id, option_id in pairs:
        category = books.tracking[category_id]
        option = next(option for option in category.options if option.id == option_id)
        rows.append(
            {"Name": category.name, "Option": option.name, "TrackingCategoryID": category.id,
             "TrackingOptionID": option.id}
        )  # fmt: skip
    return rows


def category_out(category: Category) -> Element:
    """A category with its live options."""
    return {
        "Name": category.name,
        "Status": category.status,
        "TrackingCategoryID": category.id,
        "Options": [_option_out(option) for option in category.options if option.status != "DELETED"],
    }


def _pair(books: Books, row: Element) -> tuple[str, str] | None:
    for category in books.tracking.values():
        if category.status != "ACTIVE" or not _named(row, "TrackingCategoryID", "Name", category.id, category.name):
            continue
        for option in category.options:
            if option.status == "ACTIVE" and _named(row, "TrackingOptionID", "Option", option.id, option.name):
                return category.id, option.id
    return None


def _named(row: Element, by_id: str, by_name: str, key: str, name: str) -> bool:
    sent = text_of(row.get(by_id)).lower()
    return sent == key if sent else text_of(row.get(by_name)).casefold() == name.casefold()


def _option_out(option: Option) -> Element:
    return {
        "TrackingOptionID": option.id,
        "Name": option.name,
        "Status": option.status,
        "HasValidationErrors": False,
        "IsDeleted": option.status == "DELETED",
        "IsArchived": option.status == "ARCHIVED",
        "IsActive": option.status == "ACTIVE",
    }


def _new_name(sent: Element, taken: list[str]) -> str:
    findings = Findings()
    name = text_of(sent.get("Name")).strip()
    if not name or len(name) > 100:
        findings.add("The Name field must be specified and not be longer than 100 characters")
    if name.casefold() in (other.casefold() for other in taken):
        findings.add("Please enter a unique Name.")
    findings.settle()
    return name


def _status(sent: Element, standing: str) -> str:
    status = text_of(sent.get("Status")) or standing
    if status not in ("ACTIVE", "ARCHIVED", "DELETED"):
        raise Invalid("Status is not valid")
    return status


def _category(call: Call, key: str) -> Category:
    found = call.books.tracking.get(key.lower())
    if found is None or found.status == "DELETED":
        raise Unknown
    return found


def _option(category: Category, key: str) -> Option:
    found = next((option for option in category.options if option.id == key.lower()), None)
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    return {"Name": text_of(sent.get("Name")), "ValidationErrors": problem.errors()}


def _fields() -> Fields[Category]:
    return {
        "TrackingCategoryID": lambda category: category.id,
        "Name": lambda category: category.name,
        "Status": lambda category: category.status,
    }
