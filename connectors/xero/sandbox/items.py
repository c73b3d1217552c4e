"""Items: the price list.

Untracked items only; stock is not kept. Source: Xero fact sheet 8.14.
"""

from __future__ import annotations

from typing import Any

from engine.sdk.sandbox import Answer

from .arithmetic import cents
from .call import Call
from .paging import changed_since, filtered, sort
from .problems import Findings, Invalid, Unknown, validation_failure
from .state import Books, Plain
from .where import Fields
from .wire import NO_ID, moment_out, present, read_number, text_of
from .writing import Element, write_many, write_one

Json = Any

_LONGEST = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}
_DETAILS = {"SalesDetails": "IsSold", "PurchaseDetails": "IsPurchased"}


def list_items(call: Call) -> Answer:
    """GET /Items: never paged."""
    fields = _fields()
    found = sort(call, filtered(call, changed_since(call, call.books.items.values()), fields), fields)
    return call.envelope("Items", [_out(item) for item in found])


def get_item(call: Call, key: str) -> Answer:
    """GET /Items/{ItemID or Code}."""
    return call.envelope("Items", [_out(_known(call.books, key))])


def create_items(call: Call) -> Answer:
    """PUT /Items: create only."""
    return write_many(call, "Items", lambda sent: (_saved(call, sent, None), []), _echo)


def save_items(call: Call) -> Answer:
    """POST /Items: changes the one of the sent id or code, else creates."""

    def save(sent: Element) -> tuple[Element, list[str]]:
        key = text_of(sent.get("ItemID")) or text_of(sent.get("Code"))
        found = _find(call.books, key)
        if found is None and sent.get("ItemID"):
            raise Invalid("The item with the specified ItemID could not be found")
        return _saved(call, sent, found), []

    return write_many(call, "Items", save, _echo)


def update_item(call: Call, key: str) -> Answer:
    """POST /Items/{ItemID}."""
    standing = _known(call.books, key)
    return write_one(call, "Items", lambda sent: (_saved(call, sent, standing), []), _echo)


def delete_item(call: Call, key: str) -> Answer:
    """DELETE /Items/{ItemID}: 204, unless a line uses it."""
    item = _known(call.books, key)
    if _is_used(call.books, item.fields["Code"]):
        problem = Invalid("The item cannot be deleted because it has been used in a transaction")
        return validation_failure([{**_out(item), "ValidationErrors": problem.errors()}])
    del call.books.items[item.id]
    return Answer(204)


def _saved(call: Call, sent: Element, standing: Plain | None) -> Element:
    findings = Findings()
    fields: Element = dict(standing.fields) if standing else {"Code": "", "IsSold": True, "IsPurchased": True}
    for name, most in _LONGEST.items():
        fields[name] = text_of(sent.get(name, fields.get(name)))
        if len(fields[name]) > most:
            findings.add(f"Item {name} must not be longer than {most} characters")
    for details, flag in _DETAILS.items():
        if isinstance(sent.get(details), dict):
            fields[details] = _details(call, sent[details], findings)
        fields[flag] = sent.get(flag, fields[flag]) is True
    owner = _find(call.books, fields["Code"])
    if not fields["Code"]:
        findings.add("The Code must be specified")
    if owner is not None and owner is not standing:
        findings.add(f"Price List Item with Code '{fields['Code']}' already exists")
    findings.settle()
    made = Plain(standing.id if standing else call.books.ids.next(), call.now, fields)
    call.books.items[made.id] = made
    return _out(made)


def _details(call: Call, sent: Element, findings: Findings) -> Element:
    code, price = text_of(sent.get("AccountCode")), read_number(sent.get("UnitPrice"), "UnitPrice")
    if code and call.books.account_by_code(code) is None:
        findings.add(f"Account code '{code}' is not a valid code for this document.")
    row = {"UnitPrice": None if price is None else cents(price), "AccountCode": code}
    return present({**row, "TaxType": text_of(sent.get("TaxType"))})


def _is_used(books: Books, code: str) -> bool:
    lines = [line for kind in books.documents.values() for document in kind.values() for line in document.lines]
    lines += [line for store in (books.quotes, books.orders) for one in store.values() for line in one.lines]
    return any(line.item == code for line in lines)


def _out(item: Plain) -> Element:
    shown = present(item.fields)
    return {"ItemID": item.id, **shown, "IsTrackedAsInventory": False, "UpdatedDateUTC": moment_out(item.updated)}


def _find(books: Books, key: str) -> Plain | None:
    found = books.items.get(key.lower())
    return found or next((item for item in books.items.values() if item.fields["Code"] == key), None)


def _known(books: Books, key: str) -> Plain:
    found = _find(books, key)
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    texts = {"Code": text_of(sent.get("Code")), "Name": text_of(sent.get("Name")) or None}
    return {"ItemID": NO_ID, **{name: text for name, text in texts.items() if text is not None},
            "ValidationErrors": problem.errors()}  # fmt: skip


def _fields() -> Fields[Plain]:
    return {
        "ItemID": lambda item: item.id,
        "Code": lambda item: item.fields["Code"],
        "Name": lambda item: item.fields["Name"] or None,
        "IsSold": lambda item: item.fields["IsSold"],
        "IsPurchased": lambda item: item.fields["IsPurchased"],
        "UpdatedDateUTC": lambda item: item.updated,
    }
