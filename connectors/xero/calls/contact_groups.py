"""Calls on contact groups and on who is in them (fact sheet 8.2).

PURE. A group is known by its name, which Xero keeps unique among those in use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.resource import Resource, ended, looked_up, rehearsed
from connectors.xero.calls.shape import done, found_in, guid, judged, read_each, text, written_list
from connectors.xero.outcomes import by_element, rows_of
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response, write_json

Json = Any


def _body(value: Mapping[str, Json]) -> dict[str, Json]:
    return {"Name": value["name"]} if value.get("name") else {}


def _seen(row: Mapping[str, Json]) -> dict[str, Json]:
    status = row.get("Status") or "ACTIVE"
    return {"id": row["ContactGroupID"], "name": row.get("Name") or "", "status": status}


_GROUP = Resource("contact group", "ContactGroups", "ContactGroupID", "Name", "name", _body, _seen)


def _by_name(elements: Sequence[Element]) -> Request:
    wanted = elements[0].payload
    where = guid("ContactGroupID", str(wanted["id"])) if wanted.get("id") else f"Name=={text(str(wanted['name']))}"
    return Request("GET", "/ContactGroups", (("where", where),))


def _named(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    if wanted.get("id"):
        return bool(row["id"] == wanted["id"])
    return bool(row["name"].casefold() == str(wanted["name"]).casefold())


def _by_id(elements: Sequence[Element]) -> Request:
    payload = elements[0].payload
    return Request("GET", f"/ContactGroups/{payload.get('group_id') or payload['id']}")


def _delete(elements: Sequence[Element]) -> Request:
    return Request("POST", f"/ContactGroups/{elements[0].payload['id']}", body=write_json({"Status": "DELETED"}))


def _deleted(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    outcomes = by_element(elements, response, "ContactGroups", lambda one, row: done("contact group", one, _seen(row)))
    gone = {"id": elements[0].payload["id"], "status": "DELETED"}
    return tuple(
        done("contact group", elements[0], gone) if isinstance(one, Rejected) and one.code == "GONE" else one
        for one in outcomes
    )


def _found_deleted(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    gone = {"id": elements[0].payload["id"], "status": "DELETED"}
    return (done("contact group", elements[0], gone) if response.status == 404 else None,)


def _members(elements: Sequence[Element]) -> str:
    return f"/ContactGroups/{elements[0].payload['group_id']}/Contacts"


def _add(elements: Sequence[Element]) -> Request:
    body = {"Contacts": [{"ContactID": elements[0].payload["contact_id"]}]}
    return Request("PUT", _members(elements), body=write_json(body))


def _added(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    return by_element(elements, response, "Contacts", lambda element, row: _membership(element, inside=True))


def _remove(elements: Sequence[Element]) -> Request:
    return Request("DELETE", f"{_members(elements)}/{elements[0].payload['contact_id']}")


def _removed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if response.status == 400:
        return by_element(elements, response, "Contacts", lambda element, row: _membership(element, inside=False))
    return (ended("membership", elements[0], response, _member(elements[0], inside=False)),)


def _membership(element: Element, *, inside: bool) -> Done:
    return done("membership", element, _member(element, inside=inside))


def _member(element: Element, *, inside: bool) -> dict[str, Json]:
    own = {name: element.payload[name] for name in ("group_id", "contact_id")}
    return {"id": f"{own['group_id']} {own['contact_id']}", **own, "in_group": inside}


def _is_inside(elements: Sequence[Element], response: Response) -> bool:
    row = rows_of(response, "ContactGroups")[0]
    return any(one.get("ContactID") == elements[0].payload["contact_id"] for one in row.get("Contacts") or ())


def _found_added(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    return (_membership(elements[0], inside=True) if _is_inside(elements, response) else None,)


def _found_removed(elements: Sequence[Element], response: Response) -> tuple[Done | None, ...]:
    return (None if _is_inside(elements, response) else _membership(elements[0], inside=False),)


CALLS = {
    "create_contact_group": Call(
        "create_contact_group",
        written_list("PUT", "/ContactGroups", "ContactGroups", _body),
        judged("contact group", "ContactGroups", _seen, "Name"),
        _by_name,
        found_in("contact group", "ContactGroups", _seen, _named),
        example=rehearsed(_GROUP),
    ),
    "find_contact_group": Call(
        "find_contact_group", _by_name, read_each("ContactGroups", _seen, _named), example=looked_up(_GROUP)
    ),
    "delete_contact_group": Call(
        "delete_contact_group", _delete, _deleted, _by_id, _found_deleted, example=rehearsed(_GROUP)
    ),
    "add_to_contact_group": Call(
        "add_to_contact_group", _add, _added, _by_id, _found_added,
        example=lambda element, standing: Response(200, {}, write_json({"Contacts": [{}]})),
    ),
    "remove_from_contact_group": Call(
        "remove_from_contact_group", _remove, _removed, _by_id, _found_removed,
        example=lambda element, standing: Response(204),
    ),
}  # fmt: skip
