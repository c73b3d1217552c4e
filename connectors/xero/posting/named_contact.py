"""A contact that is no payer, such as a card processor or a supplier: by link, then by its number, else made.

PURE. Never matched on its name alone (R2).
"""

from __future__ import annotations

from connectors.xero.posting.identity import named_contact_key
from connectors.xero.posting.situation import Ground
from engine.sdk.contract import Ask, Done, Element, Hold, Link

FIND, CREATE = "find contact ", "contact "


def contact_id(now: Ground, number: str, version: int, name: str = "") -> str | Ask | Hold | Link:
    """Its id in Xero; a link when it was just found there; else the call that looks for or makes it, or a hold."""
    key = named_contact_key(number)
    link = now.known.links.get((key, "contact"))
    if link is not None and not link.gone:
        return link.id
    if isinstance(made := now.answer(CREATE + number), Done):
        return str(made.result["id"])
    found = now.read(FIND + number)
    if found is not None and found["found"]:
        seen = {name: value for name, value in found.items() if name != "found"}
        return Link(key, "contact", "contact", str(seen["id"]), number, version, seen, seen, "adopted")
    if found is None and (refusal := now.refusal(FIND + number)) is not None:
        return now.refused(refusal, f"contact {number}")
    if found is None:
        return Ask(FIND + number, "find_contact", Element("", {"number": number}))
    if (refusal := now.refusal(CREATE + number)) is not None:
        return now.refused(refusal, f"contact {number}")
    element = Element(number, {"number": number, "name": name or number})
    return Ask(CREATE + number, "create_contact", element, (key, "contact"))
