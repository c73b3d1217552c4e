"""Contact groups and who is in them.

Source: Xero fact sheet 8.2.
"""

from __future__ import annotations

from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .contact_views import contact_brief
from .paging import filtered, sort
from .problems import Findings, Invalid, Unknown, validation_failure
from .state import Books, Contact, Plain
from .where import Fields
from .wire import NO_ID, text_of
from .writing import Element, write_many, write_one

Json = Any
_MOST = 100


def list_groups(call: Call) -> Answer:
    """GET /ContactGroups: active ones, without their contacts."""
    fields = _fields()
    live = [group for group in call.books.groups.values() if group.fields["Status"] == "ACTIVE"]
    found = sort(call, filtered(call, live, fields), fields)
    return call.envelope("ContactGroups", [_out(group) for group in found])


def get_group(call: Call, key: str) -> Answer:
    """GET /ContactGroups/{id}, with its contacts."""
    group = _known(call.books, key)
    return call.envelope("ContactGroups", [_out(group) | {"Contacts": _members(call.books, group)}])


def create_groups(call: Call) -> Answer:
    """PUT /ContactGroups."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        if sum(group.fields["Status"] == "ACTIVE" for group in call.books.groups.values()) >= _MOST:
            raise Invalid(f"An organisation can have at most {_MOST} contact groups")
        fields = {"Name": _new_name(call.books, sent, None), "Status": "ACTIVE"}
        made = Plain(call.books.ids.next(), call.now, fields)
        call.books.groups[made.id] = made
        return _out(made), []

    return write_many(call, "ContactGroups", save, _echo)


def update_group(call: Call, key: str) -> Answer:
    """POST /ContactGroups/{id}: another name, or Status DELETED."""
    group = _known(call.books, key)

    def save(sent: Element) -> tuple[Element, list[str]]:
        status = text_of(sent.get("Status")) or "ACTIVE"
        if status not in ("ACTIVE", "DELETED"):
            raise Invalid("Status is not valid")
        if sent.get("Name"):
            group.fields["Name"] = _new_name(call.books, sent, group)
        group.fields["Status"], group.updated = status, call.now
        if status == "DELETED":
            for contact in call.books.contacts.values():
                contact.groups = tuple(id for id in contact.groups if id != group.id)
        return _out(group), []

    return write_one(call, "ContactGroups", save, _echo)


def add_contacts(call: Call, key: str) -> Answer:
    """PUT /ContactGroups/{id}/Contacts: who is in it already stays in it once."""
    group = _known(call.books, key)

    def save(sent: Element) -> tuple[Element, list[str]]:
        contact = _contact(call.books, text_of(sent.get("ContactID")))
        if contact is None or contact.status != "ACTIVE":
            raise Invalid("The contact with the specified ContactID could not be found")
        contact.groups = tuple(dict.fromkeys((*contact.groups, group.id)))
        return contact_brief(contact), []

    return write_many(call, "Contacts", save, lambda sent, problem: {"ContactID": NO_ID, "Name": ""})


def remove_all(call: Call, key: str) -> Answer:
    """DELETE /ContactGroups/{id}/Contacts: 204."""
    group = _known(call.books, key)
    for contact in call.books.contacts.values():
        contact.groups = tuple(id for id in contact.groups if id != group.id)
    return Answer(204)


def remove_contact(call: Call, key: str, contact: str) -> Answer:
    """DELETE /ContactGroups/{id}/Contacts/{ContactID}: 204."""
    group, found = _known(call.books, key), _contact(call.books, contact)
    if found is None or group.id not in found.groups:
        return validation_failure([{"ContactID": contact, "ValidationErrors": Invalid(_NOT_IN_IT).errors()}])
    found.groups = tuple(id for id in found.groups if id != group.id)
    return Answer(204)


_NOT_IN_IT = "The contact is not in this group"


def _new_name(books: Books, sent: Element, own: Plain | None) -> str:
    findings = Findings()
    name = text_of(sent.get("Name")).strip()
    others = [group for group in books.groups.values() if group is not own and group.fields["Status"] == "ACTIVE"]
    if not name:
        findings.add("The Name must be specified")
    if name.casefold() in (group.fields["Name"].casefold() for group in others):
        findings.add("The Contact Group Name must be unique")
    findings.settle()
    return name


def _members(books: Books, group: Plain) -> list[Element]:
    return [
        {"ContactID": contact.id, "Name": contact.name}
        for contact in books.contacts.values()
        if group.id in contact.groups
    ]


def _out(group: Plain) -> Element:
    return {"ContactGroupID": group.id, **group.fields}


def _contact(books: Books, key: str) -> Contact | None:
    return books.contacts.get(key.lower())


def _known(books: Books, key: str) -> Plain:
    found = books.groups.get(key.lower())
    if found is None or found.fields["Status"] != "ACTIVE":
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    return {"Name": text_of(sent.get("Name")), "ValidationErrors": problem.errors()}


def _fields() -> Fields[Plain]:
    return {"ContactGroupID": lambda group: group.id, "Name": lambda group: group.fields["Name"]}
