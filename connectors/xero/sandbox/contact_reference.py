"""How a document names its contact, and what naming it does to the contact.

Source: Xero fact sheet 8.1 and rule 10 of section 1: extra contact fields in a document change the contact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .call import Call
from .contacts import apply, match, put
from .problems import Findings, Invalid
from .state import Contact
from .wire import text_of

Json = Any

_MISSING = "A Contact must be specified for this type of transaction"
_ARCHIVED = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)
_IGNORED = frozenset(
    ("ContactID", "HasAttachments", "HasValidationErrors", "ValidationErrors", "ContactStatus", "UpdatedDateUTC",
     "IsCustomer", "IsSupplier", "Balances", "ContactGroups", "Addresses", "Phones", "ContactPersons")
)  # fmt: skip


def find_contact(call: Call, sent: Json, findings: Findings, *, same_as: str = "") -> Contact | None:
    """The contact that a document names; None with a finding, or None without one when it is to be created by name.

    Args:
        call: The request.
        sent: The `Contact` of the document.
        findings: Takes the faults.
        same_as: Id of the contact that the document already has; it may be archived meanwhile.
    """
    if not isinstance(sent, dict) or not any(sent.get(name) for name in ("ContactID", "ContactNumber", "Name")):
        findings.add(_MISSING)
        return None
    try:
        found = match(call, sent)
    except Invalid as problem:
        findings.add(problem.messages[0])
        return None
    if found is None and not sent.get("Name"):
        findings.add(_MISSING)
    if found is not None and found.status != "ACTIVE" and found.id != same_as:
        findings.add(_ARCHIVED)
    return found


def use_contact(call: Call, sent: Json, found: Contact | None, *, sales: bool) -> Contact:
    """Create or change the contact as the document's contact fields say, and mark it customer or supplier."""
    extra = isinstance(sent, dict) and any(
        value not in (None, "", []) and _differs(found, name, value)
        for name, value in sent.items()
        if name not in _IGNORED
    )
    if found is None or extra:
        found = apply(call, sent, found)
        if "ContactPersons" not in sent:
            found.fields.pop("ContactPersons", None)
    if (sales and not found.customer) or (not sales and not found.supplier):
        marked = replace(found, customer=found.customer or sales, supplier=found.supplier or not sales)
        put(call.books, marked, found)
        found = marked
    return found


def _differs(found: Contact | None, name: str, value: Json) -> bool:
    if found is None:
        return True
    own = {"Name": found.name, "ContactNumber": found.number}.get(name, found.fields.get(name))
    return text_of(own) != text_of(value)
