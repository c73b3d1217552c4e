"""Which permissions the API key of a practice has, found out by asking for one row of each kind.

PURE generator. A key tells nothing of itself; a refused list is a missing permission (fact sheet 3.6). Names are those
of the key's screen (section 1.2).
"""

from __future__ import annotations

from collections.abc import Generator

from engine.sdk.capabilities import Permission
from engine.sdk.contract import Request, Response

_REFUSED = (401, 403)
_WANTED = (
    ("Invoice", "Invoices & Payments: Retrieve", "to read invoices", True),
    ("PaymentTransaction", "Invoices & Payments: Retrieve", "to read payments", True),
    ("ChargeItemDefinition", "Invoices & Payments: Retrieve Fees", "to tell the fee category of a line", True),
    ("Patient", "Patients: Retrieve", "to name patients in Xero, and to mail them", False),
    ("PractitionerRole", "Practitioners: Retrieve", "to tell practitioner and location of an invoice", False),
    ("Coverage", "Claims: Retrieve", "to put claim numbers on invoices to insurers", False),
)


def permissions() -> Generator[Request, Response, tuple[Permission, ...]]:
    """Ask for one row of each kind; an answer that is neither rows nor a refusal leaves the permission unknown."""
    found: dict[str, Permission] = {}
    for kind, name, purpose, vital in _WANTED:
        answer = yield Request("GET", f"/{kind}", (("_count", "1"),))
        granted = True if answer.status == 200 else False if answer.status in _REFUSED else None
        known = found.get(name)
        if known is None or known.granted:
            found[name] = Permission(name, purpose, vital, granted)
    return tuple(found.values())
