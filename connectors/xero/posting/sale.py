"""The order of the parts of a sale: scope, contact, document, sums, money. Nothing else is decided here.

PURE. Each rule stands in the file of its name; this one asks them in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from connectors.xero.posting import identity, receipts
from connectors.xero.posting.edits import UPDATE, edit, unposted_sums, wanted_head
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.lines import basis, build
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.policy import read_policy
from connectors.xero.posting.removal import remove, written_off
from connectors.xero.posting.retractions import retract
from connectors.xero.posting.scope import out_of_scope, unwanted
from connectors.xero.posting.situation import GONE, Situation, Write, read_invoice
from connectors.xero.posting.status import WAITING, status_of, waits_for_approval
from connectors.xero.posting.theirs import changed_by_person, held_for_person, number_taken
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Done, Finished, Hold, Known, Link, Posting, Refused, Today
from engine.sdk.records import Sale

Json = Any
READ = "read invoice"


def decide(sale: Sale, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that it holds this sale, its contact and its money (R1 to R9, R18, R20)."""
    try:
        policy = read_policy(inputs)
    except ValueError as problem:
        return Refused("POLICY_INVALID", str(problem), "Mend the settings of the ruleset.")
    now = Situation(sale, known, policy, today)
    if any(link.version > sale.version for link in now.links()):
        return Finished({"superseded": True})
    if policy.mode != "each":
        return now.hold("NOT_YET", f"invoice {sale.id}", "daily summaries", "settings")
    if not now.organisation or not known.facts.get("account"):
        return now.hold("FACTS_MISSING", f"invoice {sale.id}", "the organisation was not read yet", "facts")
    return _decide(now)


def _decide(now: Situation) -> Decision:
    part = identity.current_part(now.links())
    link = now.link(part)
    reason = unwanted(now.sale)
    if reason is None and link is None and (outside := out_of_scope(now)) is not None:
        return outside
    if link is not None and (taken_back := _take_back(now)) is not None:
        return taken_back
    if reason is not None:
        return remove(now, link, reason)
    if link is None:
        return _create(now, part)
    return _keep(now, link)


def _take_back(now: Situation) -> Decision | None:
    """Money that went away comes off before anything else; what proved gone already is only noted."""
    steps = retract(now)
    if not steps:
        return None
    if asks := tuple(step for step in steps if isinstance(step, Ask)):
        return Calls(asks, tuple(step for step in steps if isinstance(step, Link)))
    if holds := [step for step in steps if isinstance(step, Hold)]:
        return holds[0]
    gone = tuple(step for step in steps if isinstance(step, Link))
    return _also(_decide(now.adopting(*gone)), gone)


def _create(now: Situation, part: str) -> Decision:
    lines = build(now)
    if isinstance(lines, Hold):
        return lines
    about = f"invoice {now.sale.id}"
    day = open_date(now, now.sale.date, about)
    if isinstance(day, Hold):
        return day
    contact = contact_of(now)
    if isinstance(contact, Link):
        return _also(_decide(now.adopting(contact)), (contact,))
    if not isinstance(contact, str):
        return contact
    number = identity.invoice_number(now.sale, part)
    if (refusal := now.refusal(part)) is None:
        head = {"number": number, "contact_id": contact, "status": now.policy.invoice_status}
        payload = head | _dated(now, part, day) | wanted_head(lines) | {"basis": basis(now.sale)}
        return Calls((now.ask("create_invoice", number, payload, Write(part, part)),))
    if refusal.code == "NUMBER_TAKEN":
        found = number_taken(now, part, number, contact, lines)
        return _also(_decide(now.adopting(found)), (found,)) if isinstance(found, Link) else found
    if refusal.code == "CONTACT_ARCHIVED":
        release = f"document contact {contact}"
        return now.hold("CONTACT_ARCHIVED", about, f"contact {contact} is archived", release, "person")
    return now.refused(refusal, about)


def _dated(now: Situation, part: str, day: date) -> dict[str, Json]:
    return {
        "date": day,
        "due_date": identity.due_date(now.sale, now.policy, part, day),
        "reference": identity.full_reference(now.sale, now.policy, part, day),
    }


def _keep(now: Situation, link: Link) -> Decision:
    """A document stands: its text first, then its sums, then its money."""
    read = now.read(READ, "find invoice")
    if link.seen.get("status") in GONE:
        return held_for_person(now, link, ("status",))
    edited = link.written.get("basis") != basis(now.sale) and not _settled(now, UPDATE)
    missing = receipts.unfulfilled(now)
    touches = edited or (bool(missing) and status_of(link, read) not in WAITING)
    if touches and read is None and not _settled(now, link.part):
        refusal = now.refusal(READ)
        return read_invoice(now, link) if refusal is None else now.refused(refusal, f"invoice {now.sale.id}")
    if read is not None and (theirs := _theirs(now, link, read)) is not None:
        return theirs
    if edited and read is not None and (change := _edit(now, link, read)) is not None:
        return change
    if (wrong := unposted_sums(now, link)) is not None:
        return wrong
    if missing and status_of(link, read) in WAITING:
        return waits_for_approval(now, link, f"payment {missing[0].id}")
    return _money(now, link, read)


def _theirs(now: Situation, link: Link, read: Mapping[str, Json]) -> Decision | None:
    """A document that is gone, has another total or lost a payment of ours is a person's work (R21)."""
    if not read["found"] or read["status"] in GONE:
        return held_for_person(now, link, ("status",))
    changed = changed_by_person(link.written, read)
    if "total" in changed and not _settled(now, UPDATE):
        return held_for_person(now, link, changed)
    shown = {payment["id"] for payment in read["payments"]}
    ours = [known for known in now.links() if known.kind == "payment" and not known.gone and known.id not in shown]
    lost = [known.part for known in ours if not _settled(now, known.part)]
    return held_for_person(now, link, lost) if lost else None


def _edit(now: Situation, link: Link, read: Mapping[str, Json]) -> Decision | None:
    if written_off(now):
        return now.hold("NOT_YET", f"invoice {now.sale.id}", f"write-off of {link.marker}", "person")
    lines = build(now)
    if isinstance(lines, Hold):
        return lines
    contact = contact_of(now)
    if isinstance(contact, Link):
        return _also(_decide(now.adopting(contact)), (contact,))
    if not isinstance(contact, str):
        return contact
    day = read["date"] if link.written["date"] != now.sale.date and _shifted(now, link) else now.sale.date
    wanted = {"contact_id": contact} | _dated(now, link.part, day) | wanted_head(lines) | {"basis": basis(now.sale)}
    return edit(now, link, read, wanted)


def _shifted(now: Situation, link: Link) -> bool:
    """Whether the document was moved out of a locked period when it was written (R19)."""
    return f"dated {now.sale.date.isoformat()}" in str(link.written.get("reference", ""))


def _money(now: Situation, link: Link, read: Mapping[str, Json] | None) -> Decision:
    plan = receipts.plan(now, link, read)
    adopted = tuple(plan.adopted)
    if plan.asks:
        return Calls(tuple(plan.asks), adopted)
    if plan.holds:
        return replace(plan.holds[0], links=adopted)
    return _finished(now.adopting(*adopted), link, read, adopted)


def _finished(now: Situation, link: Link, read: Mapping[str, Json] | None, adopted: tuple[Link, ...]) -> Finished:
    """Every part stands; the links now fulfil this version of the sale."""
    money = [known for known in now.links() if known.kind == "payment" and not known.gone]
    due = receipts.still_due(now, link, read)
    result = {
        "invoice_id": link.id,
        "number": link.marker,
        "status": "PAID" if due == ZERO and status_of(link, read) not in WAITING else status_of(link, read),
        "total": link.written["total"],
        "paid": total(tuple(known.written["amount"] for known in money)),
        "due": due,
        "alerts": receipts.double_charges(now),
    }
    digest = basis(now.sale)
    fulfilled = [known for known in now.links() if not known.gone and known.version < now.sale.version]
    raised = [replace(known, version=now.sale.version) for known in fulfilled]
    if link.written.get("basis") != digest:
        raised = [known for known in raised if known.part != link.part]
        raised.append(replace(link, version=now.sale.version, written={**link.written, "basis": digest}))
    kept = {known.part: known for known in (*adopted, *raised)}
    return Finished(result, tuple(kept.values()))


def _settled(now: Situation, part: str) -> bool:
    return isinstance(now.answer(part), Done)


def _also(decision: Decision, links: tuple[Link, ...]) -> Decision:
    """The decision, with links to be kept besides its own."""
    if isinstance(decision, Calls | Finished | Hold):
        named = {(link.source, link.part) for link in decision.links}
        more = tuple(link for link in links if (link.source, link.part) not in named)
        return replace(decision, links=(*decision.links, *more))
    return decision


def shared(sale: Sale, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    """Both keys under which the payer may be linked; settings that cannot be read are refused by `decide`."""
    given = (inputs.get("policy") or {}).get("contact_mode")
    summary = (f"halaxy summary {sale.location or 'all'}",) if given == "summary" else ()
    return (identity.contact_key(sale.payer), *summary)


POST_SALE = Posting(
    name="post_sale",
    record="sale",
    input="sale",
    keys=lambda sale: (identity.source_key(sale),),
    shared=shared,
    decide=decide,
    example_facts=example_facts,
)
