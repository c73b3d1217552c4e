"""What Xero still needs so that it holds a sale, its contact and its money: the chapters, in their order.

PURE. Each rule stands in the file of its name; here they are asked in turn, and the first that has something to say
is heard. A chapter may also just note documents that it found to stand or to be gone; then all are asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from connectors.xero.posting import identity
from connectors.xero.posting.corrections import correct, dated
from connectors.xero.posting.credits import use_credits
from connectors.xero.posting.dishonours import come_back
from connectors.xero.posting.edits import unposted_sums, wanted_head
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.lines import active_lines, basis
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.looking import look
from connectors.xero.posting.modes import DAILY, day_key, elsewhere, in_another_organisation, left_to_the_day
from connectors.xero.posting.notices import notices
from connectors.xero.posting.opening import is_opening, lines_of, since_start
from connectors.xero.posting.parts import receipt_of
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.payer_change import change_payer
from connectors.xero.posting.policy import read_policy
from connectors.xero.posting.prepaid import prepay, use_prepayments, wait_for_the_day
from connectors.xero.posting.receipts import receive, unfulfilled
from connectors.xero.posting.refunds import pending, refund
from connectors.xero.posting.reissues import reissue
from connectors.xero.posting.removal import remove
from connectors.xero.posting.retractions import retract
from connectors.xero.posting.rounding import round_off
from connectors.xero.posting.scope import out_of_scope, unwanted
from connectors.xero.posting.situation import Situation, Write, situation
from connectors.xero.posting.standing import documents
from connectors.xero.posting.status import waits_for_approval
from connectors.xero.posting.theirs import number_taken, stopped_by_person, wanted_by_person
from connectors.xero.posting.write_offs import take_back, write_off
from engine.core.money import ZERO, total
from engine.sdk.contract import Calls, Decision, Finished, Hold, Known, Link, Posting, Refused, Today
from engine.sdk.records import Sale

Json = Any
Said = Decision | tuple[Link, ...] | None


def decide(sale: Sale, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that it holds this sale, its contact and its money (R1 to R30)."""
    try:
        policy = read_policy(inputs)
    except ValueError as problem:
        return Refused("POLICY_INVALID", str(problem), "Mend the settings of the ruleset.")
    away = in_another_organisation(inputs)
    now = situation(elsewhere(sale) if away else sale, known, policy, today)
    now = replace(now, sale=wanted_by_person(now, since_start(now)))
    if any(link.version > sale.version for link in now.links()):
        return Finished({"superseded": True})
    noted: dict[tuple[str, str], Link] = {}
    while True:
        said = _first(chapter(now) for chapter in CHAPTERS)
        if not isinstance(said, tuple):
            return _with_links(said, noted)
        now = now.adopting(*said)
        noted |= {(link.source, link.part): link for link in said}


def _first(said: Iterable[Said]) -> Decision | tuple[Link, ...]:
    """What the first chapter says that has something to say; the last always has."""
    return next(each for each in said if each)


# --- first posting --------------------------------------------------------------------------------


def _ready(now: Situation) -> Said:
    """Nothing is decided without the organisation's facts, and nothing for a sale that a person took over."""
    about = f"invoice {now.sale.id}"
    if not now.organisation or not now.known.facts.get("account"):
        return now.hold("FACTS_MISSING", about, "the organisation was not read yet", "facts")
    if stopped_by_person(now):
        return Finished({"skipped": "a person said to leave it alone"})
    return now.native_sync(about)


def _create(now: Situation) -> Said:
    """The sale's first document, or the next after one that is gone (R3, R18)."""
    if documents(now) or unwanted(now.sale) is not None:
        return None
    part, about = identity.current_part(now.links()), f"invoice {now.sale.id}"
    lines = lines_of(now, active_lines(now.sale))
    if isinstance(lines, Hold):
        return lines
    if lines.total <= ZERO:
        return None
    first = now.policy.start_date if is_opening(now) else None
    day = open_date(now, first or now.sale.date, about)
    if isinstance(day, Hold):
        return day
    contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    number = identity.invoice_number(now.sale, part)
    if (refusal := now.refusal(part)) is None:
        head = {"number": number, "contact_id": contact, "status": now.policy.invoice_status}
        head |= dated(now, part, day) if first is None else _opening_head(now, part, day)
        kept = {"basis": basis(now.sale), "payer": identity.payer_key(now.sale.payer, now.location, now.policy)}
        return Calls((now.ask("create_invoice", number, head | wanted_head(lines) | kept, Write(part, part)),))
    if refusal.code == "NUMBER_TAKEN":
        found = number_taken(now, part, number, contact, lines)
        return (found,) if isinstance(found, Link) else found
    if refusal.code == "CONTACT_ARCHIVED":
        release = f"document contact {contact}"
        held = now.hold("CONTACT_ARCHIVED", about, f"contact {contact} is archived", release, "person")
        return replace(held, links=_archived(now, contact))
    return now.refused(refusal, about)


def _archived(now: Situation, contact: str) -> tuple[Link, ...]:
    """The payer's contact as archived, so that polling looks whether it is restored."""
    linked = (link for link in now.known.links.values() if link.kind == "contact" and link.id == contact)
    return tuple(replace(link, seen={**link.seen, "status": "ARCHIVED"}) for link in linked)


def _opening_head(now: Situation, part: str, day: Any) -> dict[str, Json]:
    """Dated and due on the start date (R26)."""
    return {"date": day, "due_date": day, "reference": identity.reference(now.sale, now.policy)}


def _scope(now: Situation) -> Said:
    """What cannot be posted as it is, and what waits for its day; documents that stand are past this."""
    if documents(now) or unwanted(now.sale) is not None:
        return None
    return out_of_scope(now) or prepay(now) or wait_for_the_day(now)


# --- checks before money --------------------------------------------------------------------------


def _sums(now: Situation) -> Said:
    """Payments wait while a document's sums are not those that were asked for (R5)."""
    return next(filter(None, (unposted_sums(now, document.link) for document in documents(now))), None)


def _approval(now: Situation) -> Said:
    """Payments wait for the approval of their document (R7)."""
    missing = (*unfulfilled(now), *(receipt for receipt, _ in pending(now)))
    return waits_for_approval(now, documents(now), missing)


# --- the end --------------------------------------------------------------------------------------


def _finished(now: Situation) -> Finished:
    """Every part stands; the links now fulfil this version of the sale."""
    standing = documents(now)
    if not standing:
        reason = unwanted(now.sale) or "nothing was owed when the books began"
        gone = any(link.kind == "invoice" for link in now.links())
        result: Mapping[str, Json] = {"removed": True, "reason": reason} if gone else {"skipped": reason}
        return Finished(result, _raised(now), notices(now))
    first, due = standing[0], total(tuple(document.due for document in standing))
    told = notices(now)
    result = {
        "invoice_id": first.link.id,
        "number": first.link.marker,
        "status": "PAID" if due == ZERO else first.status,
        "total": total(tuple(document.link.written["total"] for document in standing)),
        "paid": total(tuple(link.written["amount"] for link in now.live("payment") if link.written.get("invoice_id"))),
        "due": due,
        "alerts": [event.data["notice"]["text"] for event in told],
    }
    return Finished(result, _raised(now), told)


def _raised(now: Situation) -> tuple[Link, ...]:
    """The links at this version; documents also remember which fees they were last compared with."""
    current, raised = basis(now.sale), []
    for link in now.links():
        written = {**link.written, "basis": current} if link.kind == "invoice" else link.written
        if not link.gone and (link.version < now.sale.version or written != link.written):
            raised.append(replace(link, version=now.sale.version, written=written))
    return tuple(raised)


def _with_links(decision: Decision, noted: Mapping[tuple[str, str], Link]) -> Decision:
    """The decision, with what was found on the way kept besides its own links."""
    if not noted or not isinstance(decision, Calls | Finished | Hold):
        return decision
    own = {(link.source, link.part): link for link in decision.links}
    return replace(decision, links=tuple({**noted, **own}.values()))


def shared(sale: Sale, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    """Further keys whose links are read: the payer's contacts, processors, and payouts that hold the sale's money."""
    given = inputs.get("policy") or {}
    summary: tuple[str, ...] = ()
    if given.get("contact_mode") == "summary":
        summary = (f"halaxy summary {sale.location or 'all'}",)
    summary += (day_key(sale.location, sale.date),) if given.get("mode") == DAILY else ()
    numbers = sorted({str(number) for number in (inputs.get("processors") or {}).values()} | {"HX-PROC"})
    paid = tuple(identity.settled_key(receipt.id) for receipt in sale.payments)
    return (identity.contact_key(sale.payer), *summary, *map(identity.named_contact_key, numbers), *paid)


def keys(sale: Sale) -> tuple[str, ...]:
    """The sale's own key, and those of the deposits that it draws on or has turned into."""
    deposits = {receipt.deposit for receipt in sale.payments if receipt.kind in ("deposit_applied", "to_deposit")}
    return (identity.source_key(sale), *(identity.deposit_key(id) for id in sorted(filter(None, deposits))))


def settled_keys(links: Mapping[tuple[str, str], Link]) -> tuple[str, ...]:
    """The keys of the receipts that were posted, so that a payout is known of one that the practice system deleted."""
    receipts = {receipt_of(part) for _, part in links}
    return tuple(identity.settled_key(id) for id in sorted(receipts) if id)


CHAPTERS: tuple[Callable[[Situation], Said], ...] = (
    _ready,
    left_to_the_day,
    look,
    retract,
    come_back,
    remove,
    _scope,
    _create,
    take_back,
    reissue,
    correct,
    _sums,
    _approval,
    use_prepayments,
    receive,
    refund,
    round_off,
    use_credits,
    change_payer,
    write_off,
    _finished,
)

POST_SALE = Posting(
    name="post_sale",
    record="sale",
    input="sale",
    keys=keys,
    shared=shared,
    decide=decide,
    example_facts=example_facts,
    linked=settled_keys,
)
