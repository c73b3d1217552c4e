"""R2: one contact for each payer, found by link, then by number, never by name alone.

PURE. Only names are sent, so that Xero's own reminders cannot reach patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xero.posting.identity import contact_number, in_summary, payer_key
from connectors.xero.posting.situation import Ground
from engine.sdk.contract import Ask, Calls, Done, Element, Hold, Link, Rejected
from engine.sdk.records import Payer

Json = Any
CREATE, CREATE_WITH_ID, FIND = "contact", "contact with id", "find contact"


def contact_of(now: Ground, payer: Payer, version: int) -> str | Link | Calls | Hold:
    """The payer's contact id; a link when the contact was just found in Xero; else what has to happen first."""
    key = payer_key(payer, now.location, now.policy)
    link = now.known.links.get((key, "contact"))
    if link is not None and not link.gone:
        return link.id
    wanted = _wanted(now, payer)
    for part in (CREATE_WITH_ID, CREATE):
        if isinstance(answer := now.answer(part), Done) and answer.link is not None:
            return answer.link.id
    refusal = now.refusal(CREATE)
    if refusal is None:
        return Calls((_create(CREATE, wanted, key),))
    if refusal.code != "CONTACT_TAKEN":
        return _refused(now, refusal)
    return _taken(now, wanted, key, version)


def _taken(now: Ground, wanted: Mapping[str, Json], key: str, version: int) -> str | Link | Calls | Hold:
    """Its number or its name is used: look by number; a name alone is never a match."""
    number = str(wanted["number"])
    found = now.read(FIND)
    if found is None:
        if (refusal := now.refusal(FIND)) is not None:
            return _refused(now, refusal)
        return Calls((Ask(FIND, "find_contact", Element("", {"number": number})),))
    if found["found"]:
        return _adopted(now, found, key, version)
    if (refusal := now.refusal(CREATE_WITH_ID)) is not None:
        return _refused(now, refusal)
    with_id = {**wanted, "name": f"{wanted['name']} ({number})"}
    if wanted["name"] != with_id["name"] and not str(wanted["name"]).endswith(f"({number})"):
        return Calls((_create(CREATE_WITH_ID, with_id, key),))
    return now.hold("CONTACT_TAKEN", f"contact {number}", f"name of {number} is taken", "person", contact=number)


def _adopted(now: Ground, found: Mapping[str, Json], key: str, version: int) -> Link | Hold:
    seen = {name: value for name, value in found.items() if name != "found"}
    if seen["status"] != "ACTIVE" and not seen["merged_into"]:
        number = str(seen["number"])
        return Hold(
            "CONTACT_ARCHIVED",
            _about(now),
            f"contact {number} is archived",
            (f"document contact {seen['id']}", "person", f"record {now.record}"),
            ("restore contact", "use summary contact"),
            (Link(key, "contact", "contact", str(seen["id"]), number, version, seen, seen, "adopted", gone=True),),
            detail={"contact": number},
        )
    id = str(seen["merged_into"] or seen["id"])
    return Link(key, "contact", "contact", id, str(seen["number"]), version, seen, seen, "adopted")


def _refused(now: Ground, refusal: Rejected) -> Hold:
    return now.refused(refusal, _about(now))


def _create(part: str, wanted: Mapping[str, Json], key: str) -> Ask:
    return Ask(part, "create_contact", Element(str(wanted["number"]), wanted), (key, "contact"))


def _about(now: Ground) -> str:
    """What waits for the contact, as a bookkeeper calls it."""
    kind, _, id = now.record.partition(" ")
    return f"invoice {id}" if kind == "sale" else now.record


def _wanted(now: Ground, payer: Payer) -> dict[str, Json]:
    if not in_summary(payer, now.policy):
        return wanted_contact(payer)
    location = now.location or ""
    name = now.policy.locations.get(location, location)
    title = f"Halaxy patients - {name}" if name else "Halaxy patients"
    return {"number": f"HX-SUM-{location or 'ALL'}", "name": title}


def wanted_contact(payer: Payer) -> dict[str, Json]:
    """How a payer's contact should be: patients with their id in the name, because names repeat."""
    number = contact_number(payer)
    if payer.kind == "organisation":
        return {"number": number, "name": _clean(payer.name) or number}
    given, family = _names(payer)
    full = f"{given} {family}".strip() or _clean(payer.name)
    wanted: dict[str, Json] = {"number": number, "name": f"{full[:200]} ({number})".strip() if full else number}
    return wanted | {name: text for name, text in (("given", given), ("family", family)) if text}


def _names(payer: Payer) -> tuple[str, str]:
    if payer.given or payer.family:
        return _clean(payer.given or ""), _clean(payer.family or "")
    given, _, family = _clean(payer.name).rpartition(" ")
    return given, family


def _clean(name: str) -> str:
    """Xero takes no angle brackets and no outer or double spaces in names (fact sheet 8.1)."""
    return " ".join(name.replace("<", " ").replace(">", " ").split())[:240]
