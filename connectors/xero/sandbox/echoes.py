"""A refused document as it was sent, in a form that clients can read: no nulls, no odd enums, no unreadable dates.

Source: Xero fact sheet 7.2 and 13.3.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from .document_views import ID_FIELD
from .problems import BadBody, Invalid
from .wire import NO_ID, day_out, day_text, is_guid, present, read_day, text_of
from .writing import Element

Json = Any

_STATUSES = ("DRAFT", "SUBMITTED", "DELETED", "AUTHORISED", "PAID", "VOIDED")
_LINE_TEXTS = ("Description", "AccountCode", "TaxType", "ItemCode", "LineItemID")
_LINE_NUMBERS = ("Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount")


def document_echo(kind: str, sent: Element, problem: Invalid, types: tuple[str, ...], number: str = "") -> Element:
    """The element with its faults; `number` names the number field, `types` the types that may be shown."""
    id_field = ID_FIELD[kind]
    key = text_of(sent.get(id_field))
    row: Element = {"Type": sent["Type"]} if sent.get("Type") in types else {}
    row[id_field] = key if is_guid(key) else NO_ID
    if number and sent.get(number):
        row[number] = text_of(sent[number])
    row["Reference"] = text_of(sent.get("Reference"))
    row["HasErrors"] = True
    row["Contact"] = _contact(sent.get("Contact"))
    row |= _dates(sent)
    if sent.get("Status") in _STATUSES:
        row["Status"] = sent["Status"]
    if sent.get("LineAmountTypes") in ("Exclusive", "Inclusive", "NoTax"):
        row["LineAmountTypes"] = sent["LineAmountTypes"]
    lines = sent.get("LineItems") if isinstance(sent.get("LineItems"), list) else []
    row["LineItems"] = [_line(line, problem.lines.get(index, [])) for index, line in enumerate(lines or [])]
    row["ValidationErrors"] = problem.errors()
    return row


def number_or_none(value: Json) -> Decimal | None:
    """A number to show again; None when it was none."""
    try:
        number = None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _contact(sent: Json) -> Element:
    sent = sent if isinstance(sent, dict) else {}
    row = present({name: text_of(sent.get(name)) for name in ("ContactID", "ContactNumber", "Name")})
    return {**row, "Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": [],
            "HasValidationErrors": False, "ValidationErrors": []}  # fmt: skip


def _dates(sent: Element) -> Element:
    row: Element = {}
    for name in ("Date", "DueDate"):
        try:
            on = read_day(sent.get(name), name)
        except BadBody:
            continue
        if on is not None:
            row |= {f"{name}String": day_text(on), name: day_out(on)}
    return row


def _line(sent: Json, messages: list[str]) -> Element:
    sent = sent if isinstance(sent, dict) else {}
    texts = {name: text_of(sent.get(name)) for name in _LINE_TEXTS}
    numbers = {name: number_or_none(sent.get(name)) for name in _LINE_NUMBERS}
    errors = [{"Message": message} for message in messages]
    return {**present({**texts, **numbers}), "Tracking": [], "ValidationErrors": errors}
