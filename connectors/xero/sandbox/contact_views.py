"""How contacts look in answers: whole, in lists, inside documents, and echoed with errors.

Reads state, changes none. Source: Xero fact sheet 8.1 and the bodies of 14.3.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .arithmetic import ZERO
from .problems import Invalid
from .state import Books, Contact
from .where import Fields
from .wire import NO_ID, is_guid, moment_out, present, text_of

Json = Any
Owed = dict[tuple[str, str], Decimal]

_HEAVY = (
    "Addresses Balances ContactGroups ContactPersons IsCustomer IsSupplier SalesDefaultAccountCode "
    "PurchasesDefaultAccountCode SalesTrackingCategories PurchasesTrackingCategories"
).split()
_TRACKING = ("SalesTrackingCategories", "PurchasesTrackingCategories")
_ONLY_FULL = ("ContactPersons", "PaymentTerms", "BatchPayments", *_TRACKING)
_NO_ADDRESS = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
_NO_PHONE = {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}


def contact_out(contact: Contact, *, full: bool = True, owed: Owed | None = None) -> dict[str, Json]:
    """A contact as the API shows it; `full` adds what unpaged lists leave out, `owed` its balances."""
    kept = {name: value for name, value in contact.fields.items() if full or name not in _ONLY_FULL}
    row = {
        "ContactID": contact.id,
        "ContactNumber": contact.number,
        "ContactStatus": contact.status,
        "Name": contact.name,
        "MergedToContactID": contact.merged_to,
        **kept,
    }
    row = present(row)
    row["Addresses"] = _typed(contact, "Addresses", "AddressType", ("STREET", "POBOX"), _NO_ADDRESS)
    row["Phones"] = _typed(contact, "Phones", "PhoneType", ("DEFAULT", "DDI", "FAX", "MOBILE"), _NO_PHONE)
    row["UpdatedDateUTC"] = moment_out(contact.updated)
    row["ContactGroups"] = [{"ContactGroupID": key} for key in contact.groups] if full else []
    row.setdefault("ContactPersons", [])
    row["IsSupplier"], row["IsCustomer"] = contact.supplier, contact.customer
    row["HasAttachments"] = row["HasValidationErrors"] = False
    if owed is not None:
        row["Balances"] = {
            "AccountsReceivable": {"Outstanding": owed.get((contact.id, "ACCREC"), ZERO), "Overdue": ZERO},
            "AccountsPayable": {"Outstanding": owed.get((contact.id, "ACCPAY"), ZERO), "Overdue": ZERO},
        }
    return row


def owed_by_contact(books: Books) -> Owed:
    """What is open by (contact id, ACCREC or ACCPAY), credits taken off."""
    sums: dict[tuple[str, str], Decimal] = {}
    for kind, sign in (("Invoice", 1), ("CreditNote", -1)):
        for document in books.of_kind(kind).values():
            if document.status == "AUTHORISED":
                key = (document.contact, document.type.removesuffix("CREDIT"))
                sums[key] = sums.get(key, ZERO) + sign * document.open
    return sums


def contact_brief(contact: Contact) -> dict[str, Json]:
    """A contact inside a list row."""
    row = {"ContactID": contact.id, "ContactNumber": contact.number, "Name": contact.name}
    return {**present(row), "Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": [],
            "HasValidationErrors": False}  # fmt: skip


def summary_only(row: dict[str, Json]) -> dict[str, Json]:
    """The light row of `summaryOnly` (sheet 6)."""
    return {name: value for name, value in row.items() if name not in _HEAVY}


def contact_echo(sent: dict[str, Json], problem: Invalid) -> dict[str, Json]:
    """A refused contact as it was sent, with the zero id when it has none."""
    names = ("ContactNumber", "Name", "FirstName", "LastName", "EmailAddress", "AccountNumber")
    row = present({name: text_of(sent.get(name)) for name in names})
    key = text_of(sent.get("ContactID"))
    lists: dict[str, Json] = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    return {"ContactID": key if is_guid(key) else NO_ID, **row, **lists, "HasValidationErrors": True,
            "ValidationErrors": problem.errors()}  # fmt: skip


def contact_fields() -> Fields[Contact]:
    """What where and order can name."""
    plain = {
        name: _kept(name)
        for name in ("FirstName", "LastName", "EmailAddress", "AccountNumber", "CompanyNumber", "TaxNumber")
    }
    return {
        **plain,
        "ContactID": lambda contact: contact.id,
        "ContactNumber": lambda contact: contact.number or None,
        "ContactStatus": lambda contact: contact.status,
        "Name": lambda contact: contact.name,
        "IsCustomer": lambda contact: contact.customer,
        "IsSupplier": lambda contact: contact.supplier,
        "UpdatedDateUTC": lambda contact: contact.updated,
    }


def _kept(name: str) -> Callable[[Contact], str | None]:
    return lambda contact: contact.fields.get(name) or None


def _typed(contact: Contact, name: str, key: str, kinds: tuple[str, ...], empty: dict[str, str]) -> list[Json]:
    own = {row.get(key): row for row in contact.fields.get(name, ())}
    rows = [{key: kind, **empty, **own.pop(kind, {})} for kind in kinds]
    return rows + list(own.values())
