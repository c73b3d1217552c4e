"""The contact of a payer, kept as the practice system names it (`save_contact`); a name that a person chose stays.

PURE. It never makes a contact for a payer that has no document, unless it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xero.posting.identity import contact_key
from connectors.xero.posting.payer import wanted_contact
from engine.sdk.contract import (
    Ask,
    Calls,
    Decision,
    Done,
    Element,
    Finished,
    Hold,
    Known,
    Link,
    Posting,
    Rejected,
    Today,
)
from engine.sdk.records import Payer

Json = Any
_NAMES = ("name", "given", "family")


def decide(payer: Payer, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """Create the contact, bring its name up to date, or leave it alone."""
    key, wanted = contact_key(payer), wanted_contact(payer)
    link = known.links.get((key, "contact"))
    if link is not None and not link.gone:
        return _kept(known, link, wanted)
    if str(inputs.get("only if linked", "yes")).lower() in ("yes", "true"):
        return Finished({"skipped": "the payer has no contact in Xero"})
    answer = known.answers.get("contact")
    if isinstance(answer, Rejected):
        return _hold(answer, wanted)
    if isinstance(answer, Done):
        return Finished({"contact_id": answer.result.get("id", "")})
    return Calls((Ask("contact", "create_contact", Element(str(wanted["number"]), wanted), (key, "contact")),))


def _kept(known: Known, link: Link, wanted: Mapping[str, Json]) -> Decision:
    if _same(link.written, wanted) or link.made_by != "us":
        return Finished({"contact_id": link.id})
    written = known.answers.get("update")
    if isinstance(written, Rejected):
        return _hold(written, wanted)
    if isinstance(written, Done):
        return Finished({"contact_id": link.id})
    shown = known.answers.get("read")
    if isinstance(shown, Rejected):
        return _hold(shown, wanted)
    if not isinstance(shown, Done):
        return Calls((Ask("read", "find_contact", Element("", {"id": link.id}), None),))
    if not shown.result["found"] or shown.result["name"] != link.written.get("name"):
        return Finished({"contact_id": link.id, "skipped": "renamed in Xero"})
    payload = {**wanted, "id": link.id}
    ask = Ask(
        "update", "update_contact", Element(str(wanted["number"]), payload), (link.source, "contact"), fresh_read=True
    )
    return Calls((ask,))


def _same(written: Mapping[str, Json], wanted: Mapping[str, Json]) -> bool:
    return all(written.get(name, "") == wanted.get(name, "") for name in _NAMES)


def _hold(refusal: Rejected, wanted: Mapping[str, Json]) -> Hold:
    cause = f"contact {wanted['number']}: {refusal.code}"
    return Hold(refusal.code, f"contact {wanted['number']}", cause, ("person", "facts"), detail={"what": refusal.what})


SAVE_CONTACT = Posting(
    name="save_contact",
    record="payer",
    input="payer",
    keys=lambda payer: (contact_key(payer),),
    shared=lambda payer, inputs: (),
    decide=decide,
)
