"""What people do inside Xero in a case, as the messages of the Xero sandbox's `/_sandbox/people`.

Only words; which of them are possible is decided by the sandbox, by the same rules as for everyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.xero.sandbox.state import Books

Json = Any
Plain = Mapping[str, Json]
_NUMBERED = ("HX-", "ST-")
_FLAGS = ("reconciled",)


def arrangement(before: Plain) -> Iterator[Json]:
    """The deeds that make Xero as `xero_before` says, after what stands there was posted."""
    for row in before.get("contacts", ()):
        if row.get("ContactStatus") == "ARCHIVED":
            yield {"do": "archive contact", "contact": row.get("ContactNumber") or row["Name"]}
    for document in before.get("documents", ()):
        yield {"do": "create", "set": document}
    for code, status in before.get("accounts", {}).items():
        yield {"do": "archive account", "account": code, "status": status}
    locks = {name: day for name, day in before.get("Organisation", {}).items() if name.endswith("LockDate")}
    if locks:
        yield _lock(locks)


def xero_deed(deed: Plain, books: Sequence[Books]) -> Json:
    """One deed of a stage."""
    do = deed["do"]
    if do == "type":
        return {"do": "create", "set": deed["document"]}
    if do == "lock":
        return _lock(deed)
    if do == "restore_account":
        return {"do": "archive account", "account": deed["account"], "status": "ACTIVE"}
    made = {name: value == "true" if name in _FLAGS else value for name, value in deed.items()}
    made["do"] = do.replace("_", " ")
    if "document" in made:
        number = made.pop("document")
        made |= {"invoice": number, "credit_note": number}
    if "payment" in made:
        made["payment"] = payment_id(made["payment"], books)
    return made


def typed(deed: Json) -> Json:
    """A document's contact is named by number where it has one, else by name."""
    document = deed.get("set")
    if not isinstance(document, Mapping) or not isinstance(document.get("Contact"), str):
        return deed
    contact = document["Contact"]
    name = "ContactNumber" if contact.startswith(_NUMBERED) else "Name"
    return {**deed, "set": {**document, "Contact": {name: contact}}}


def payment_id(reference: str, books: Sequence[Books]) -> str:
    """The id of the live payment whose reference begins so; the text itself when there is none."""
    live = (payment for one in books for payment in one.payments.values() if payment.status != "DELETED")
    return next((payment.id for payment in live if payment.reference.startswith(reference)), reference)


def _lock(days: Plain) -> Json:
    names = {"PeriodLockDate": "period", "EndOfYearLockDate": "year"}
    return {"do": "lock", **{word: days[name] or None for name, word in names.items() if name in days}}
