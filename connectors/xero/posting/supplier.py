"""The contact of a supplier: by link, then by its exact name, else made.

PURE. The practice system gives suppliers no number, so here a name has to do; a payer is never found this way (R2).
"""

from __future__ import annotations

import hashlib

from connectors.xero.posting.identity import named_contact_key
from connectors.xero.posting.situation import Ground
from engine.sdk.contract import Ask, Done, Element, Hold, Link

FIND, CREATE = "find supplier", "supplier"


def supplier_number(name: str) -> str:
    """The ContactNumber that a supplier gets when we make it, by which it is found again after a crash."""
    return f"HX-S-{hashlib.sha256(_plain(name).casefold().encode()).hexdigest()[:10]}"


def supplier_key(name: str) -> str:
    """The key under which its contact is linked."""
    return named_contact_key(supplier_number(name))


def supplier_id(now: Ground, supplier: str, version: int) -> str | Ask | Hold | Link:
    """Its id in Xero; a link when it was just found there; else the call that looks for or makes it, or a hold."""
    name, about = _plain(supplier), f"supplier of {now.record}"
    key = supplier_key(supplier)
    if not name:
        return now.hold("UNMAPPED", about, f"{now.record} names no supplier", "person")
    link = now.known.links.get((key, "contact"))
    if link is not None and not link.gone:
        return link.id
    if isinstance(made := now.answer(CREATE), Done):
        return str(made.result["id"])
    found = now.read(FIND)
    if found is None:
        if (refusal := now.refusal(FIND)) is not None:
            return now.refused(refusal, about)
        return Ask(FIND, "find_contact_by_name", Element("", {"name": name}))
    if found["found"]:
        return _adopted(now, dict(found), key, version)
    if (refusal := now.refusal(CREATE)) is not None:
        return now.refused(refusal, about)
    number = supplier_number(supplier)
    return Ask(CREATE, "create_contact", Element(number, {"number": number, "name": name}), (key, "contact"))


def _adopted(now: Ground, found: dict[str, object], key: str, version: int) -> Link | Hold:
    seen = {name: value for name, value in found.items() if name != "found"}
    if seen["status"] != "ACTIVE" and not seen["merged_into"]:
        about = f"supplier of {now.record}"
        release = f"document contact {seen['id']}"
        return now.hold("CONTACT_ARCHIVED", about, f"contact {seen['id']} is archived", release, "person")
    id = str(seen["merged_into"] or seen["id"])
    return Link(key, "contact", "contact", id, str(seen["number"]), version, seen, seen, "adopted")


def _plain(name: str) -> str:
    """Xero takes no angle brackets and no outer or double spaces in names (fact sheet 8.1)."""
    return " ".join(name.replace("<", " ").replace(">", " ").split())[:255]
