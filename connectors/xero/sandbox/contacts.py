"""Contacts: create, update by match, archive, read.

Documents find their contact in `contact_reference.py`. Source: Xero fact sheet 8.1.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .contact_views import contact_echo, contact_fields, contact_out, owed_by_contact, summary_only
from .paging import select
from .problems import Findings, Invalid, Unknown
from .state import Books, Contact
from .wire import is_guid, text_of, without_nulls
from .writing import Element, write_many, write_one

Json = Any

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+$")
_LONGEST = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "TaxNumber": 50,
}
_KEPT = (
    "FirstName LastName EmailAddress AccountNumber CompanyNumber TaxNumber BankAccountDetails "
    "AccountsReceivableTaxType AccountsPayableTaxType SalesDefaultAccountCode PurchasesDefaultAccountCode "
    "SalesDefaultLineAmountType PurchasesDefaultLineAmountType SalesTrackingCategories PurchasesTrackingCategories "
    "DefaultCurrency PaymentTerms BatchPayments ContactPersons Addresses Phones"
).split()
_KEYLESS = "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, "


def list_contacts(call: Call) -> Answer:
    """GET /Contacts: active ones unless `includeArchived`."""
    books = call.books
    wanted = {name.lower() for name in call.names("IDs")}
    term = call.asked.param("searchTerm").casefold()
    found = [
        contact
        for contact in books.contacts.values()
        if (contact.status == "ACTIVE" or call.is_set("includeArchived"))
        and (not wanted or contact.id in wanted)
        and (not term or term in _searched(contact))
    ]
    light = call.is_set("summaryOnly")
    page = select(call, found, contact_fields(), always_paged=light)
    owed = owed_by_contact(books) if page.full else None
    rows = [contact_out(contact, full=page.full, owed=owed) for contact in page.rows]
    return call.envelope("Contacts", [summary_only(row) for row in rows] if light else rows, page.pagination)


def get_contact(call: Call, key: str) -> Answer:
    """GET /Contacts/{ContactID or ContactNumber}."""
    return call.envelope("Contacts", [contact_out(_known(call.books, key), owed=owed_by_contact(call.books))])


def create_contacts(call: Call) -> Answer:
    """PUT /Contacts: create only."""
    return write_many(call, "Contacts", lambda sent: _saved(call, sent, None), contact_echo)


def save_contacts(call: Call) -> Answer:
    """POST /Contacts: update the match by id, number or name, else create."""
    return write_many(call, "Contacts", lambda sent: _saved(call, sent, match(call, sent)), contact_echo)


def update_contact(call: Call, key: str) -> Answer:
    """POST /Contacts/{ContactID}."""
    standing = _known(call.books, key)
    return write_one(call, "Contacts", lambda sent: _saved(call, sent, standing), contact_echo)


def match(call: Call, sent: Element) -> Contact | None:
    """The contact that a POST means, in the order of the switch `match_contacts_by`.

    Raises:
        Invalid: A ContactID was sent that nobody has.
    """
    books = call.books
    for name in call.switches.match_contacts_by:
        value = text_of(sent.get(name)).strip()
        if not value:
            continue
        if name == "ContactID":
            found = books.contacts.get(value.lower())
            if found is None:
                raise Invalid("The contact with the specified ContactID could not be found")
            return found
        index = books.contact_numbers if name == "ContactNumber" else books.contact_names
        if known := index.get(value.casefold()):
            return books.contacts[known]
    return None


def apply(call: Call, sent: Element, standing: Contact | None) -> Contact:
    """Check and store a contact; nothing changes when it is refused.

    Raises:
        Invalid: With every fault.
    """
    books = call.books
    made = replace(standing, fields=dict(standing.fields)) if standing else Contact("", "", call.now)
    findings = Findings()
    _read_name(call, sent, made, findings)
    made.number = text_of(sent.get("ContactNumber", made.number))
    made.status = text_of(sent.get("ContactStatus")) or made.status
    _read_kept(sent, made)
    _check(books, made, findings)
    findings.settle()
    made.id = made.id or books.ids.next()
    made.updated = call.now
    put(books, made, standing)
    return made


def put(books: Books, made: Contact, standing: Contact | None) -> None:
    """Store a contact and keep the indexes of names (active ones only) and numbers right."""
    if standing is not None:
        forget(books.contact_names, standing.name, standing.id)
        forget(books.contact_numbers, standing.number, standing.id)
    books.contacts[made.id] = made
    if made.status == "ACTIVE":
        books.contact_names[made.name.casefold()] = made.id
    if made.number:
        books.contact_numbers[made.number.casefold()] = made.id


def forget(index: dict[str, str], key: str, owner: str) -> None:
    """Drop an index entry if it belongs to its owner."""
    if index.get(key.casefold()) == owner:
        del index[key.casefold()]


def _saved(call: Call, sent: Element, standing: Contact | None) -> tuple[Element, list[str]]:
    if standing is None and not any(sent.get(name) for name in ("Name", "ContactID", "ContactNumber")):
        raise Invalid(_KEYLESS + "ContactNumber")
    return contact_out(apply(call, sent, standing)), []


def _read_name(call: Call, sent: Element, made: Contact, findings: Findings) -> None:
    if "Name" not in sent:
        if not made.name:
            findings.add("The Contact Name must be specified")
        return
    name = text_of(sent["Name"])
    clean = " ".join(name.split())
    if not clean:
        findings.add("The Contact Name must be specified")
    if "<" in name or ">" in name:
        findings.add("The contact name must not contain angle brackets")
    if clean != name and not call.switches.trim_contact_names:
        findings.add("The contact name must not begin or end with spaces or contain double spaces")
    made.name = clean


def _read_kept(sent: Element, made: Contact) -> None:
    for name in _KEPT:
        value = without_nulls(sent.get(name))
        if value is None:
            continue
        if name in ("Addresses", "Phones"):
            value = _by_kind(made.fields.get(name, []), value, "AddressType" if name == "Addresses" else "PhoneType")
        made.fields[name] = value if isinstance(value, list | dict) else text_of(value)


def _by_kind(standing: list[Json], sent: list[Json], kind: str) -> list[Json]:
    merged = {text_of(row.get(kind)): row for row in standing}
    for row in sent:
        merged[text_of(row.get(kind))] = row
    return list(merged.values())


def _check(books: Books, made: Contact, findings: Findings) -> None:
    owner = books.contact_names.get(made.name.casefold(), made.id)
    if owner != made.id and made.status == "ACTIVE":
        findings.add(
            f"The contact name {made.name} is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )
    if made.number and books.contact_numbers.get(made.number.casefold(), made.id) != made.id:
        findings.add(
            f"The contact number {made.number} is already assigned to another contact. "
            "The contact number must be unique across all contacts."
        )
    email = text_of(made.fields.get("EmailAddress"))
    if email and not _EMAIL.match(email):
        findings.add("Email address must be valid.")
    if made.status not in ("ACTIVE", "ARCHIVED", "GDPRREQUEST"):
        findings.add("The contact status is not valid")
    if made.fields.get("DefaultCurrency", books.organisation.currencies[0]) not in books.organisation.currencies:
        findings.add(f"Organisation is not subscribed to currency {made.fields['DefaultCurrency']}")
    for name in ("SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType"):
        if made.fields.get(name, "NONE") not in ("INCLUSIVE", "EXCLUSIVE", "NONE"):
            findings.add(f"{name} is not valid")
    if len(made.fields.get("ContactPersons") or ()) > 5:
        findings.add("A contact can have at most 5 contact persons")
    for name, most in _LONGEST.items():
        own = {"Name": made.name, "ContactNumber": made.number}.get(name, text_of(made.fields.get(name)))
        if len(own) > most:
            findings.add(f"The {name} field must not be longer than {most} characters")


def _known(books: Books, key: str) -> Contact:
    found = books.contacts.get(key.lower() if is_guid(key) else books.contact_numbers.get(key.casefold(), ""))
    if found is None:
        raise Unknown
    return found


def _searched(contact: Contact) -> str:
    kept = (text_of(contact.fields.get(name)) for name in ("FirstName", "LastName", "CompanyNumber", "EmailAddress"))
    return "\n".join((contact.name, contact.number, *kept)).casefold()
