"""R25: a contractor's share of the fees of a month, as a draft bill that a person approves.

PURE. Rate times fees received (or invoiced) without GST; a contractor who is registered for GST adds it. A month that
comes to less than nothing makes no bill; the next one begins below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.xero.posting.beginning import SKIP, Said, ask_in_turn, policy_of, raised
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.month import MonthSituation, changed_in_xero, closing, contact, month_key, terms_of
from connectors.xero.posting.situation import Account, Write
from connectors.xero.posting.status import WAITING
from connectors.xero.posting.supplier import supplier_key
from connectors.xero.posting.taking_off import read_of, take_off
from engine.core.money import ZERO
from engine.sdk.contract import Calls, Decision, Finished, Hold, Known, Link, Posting, Refused, Today
from engine.sdk.records import PractitionerMonth

Json = Any
BILL, UPDATE = "bill", "update bill"
_TERMS = timedelta(days=14)
_OPENS_AT = 6
_REGISTERED = "INPUT"


def decide(month: PractitionerMonth, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that the contractor's share of the month stands there as a draft bill."""
    policy = policy_of(inputs)
    terms = terms_of(inputs, month.practitioner, "contractor_rates", "contractor_contacts")
    for wrong in (policy, terms):
        if isinstance(wrong, Refused):
            return wrong
    if terms is None or isinstance(terms, Refused) or isinstance(policy, Refused):
        return Finished({"skipped": f"{month.practitioner} is no contractor"})
    key = month_key("commission", month)
    now = MonthSituation(known, policy, today, key, _record(month), None, month.changed_at, month, terms, "HXC")
    return ask_in_turn(now, month.version, CHAPTERS)


def _record(month: PractitionerMonth) -> str:
    return f"practitioner month {month.id}"


def _closing(now: MonthSituation) -> Said:
    return closing(now, now.last_day + timedelta(days=1), _OPENS_AT)


def _take_back(now: MonthSituation) -> Said:
    """The bill goes when a person reversed the run, and when a change left nothing to pay."""
    link = now.link(BILL)
    if link is None or not (now.is_reversed or now.share == ZERO):
        return None
    said = take_off(now, link)
    return (said,) if isinstance(said, Link) else said if isinstance(said, Hold) else Calls((said,))


def _edit(now: MonthSituation) -> Said:
    """A draft follows what came in late; a bill that was approved is a person's."""
    link = now.link(BILL)
    if link is None or now.is_reversed or link.written.get("basis") == _basis(now):
        return None
    shown = read_of(now, link)
    if not isinstance(shown, Mapping):
        return shown if isinstance(shown, Hold) else Calls((shown,))
    if (theirs := changed_in_xero(now, link, shown)) is not None:
        return theirs
    lines = _lines(now)
    if isinstance(lines, Hold):
        return lines
    if shown["status"] not in WAITING:
        cause = f"{now.number} is approved, but fees of {now.title} changed since"
        sums = {"xero_total": shown["total"], "halaxy_total": _total(lines)}
        held = now.hold("TOTAL_MISMATCH", now.number, cause, f"document bill {link.id}", "person", **sums)
        return replace(held, choices=(SKIP,))
    if (refusal := now.refusal(UPDATE)) is not None:
        return now.refused(refusal, now.number)
    payload = {"id": link.id, "status": shown["status"], **lines}
    return Calls((now.ask("update_bill", now.number, payload, Write(UPDATE, BILL, fresh_read=True)),))


def _create(now: MonthSituation) -> Said:
    if now.link(BILL) is not None or now.is_reversed or now.share == ZERO:
        return None
    to = contact(now)
    if not isinstance(to, str):
        return to
    lines, day = _lines(now), open_date(now, now.last_day, now.number)
    if isinstance(lines, Hold):
        return lines
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(BILL)) is not None:
        return now.refused(refusal, now.number)
    head = {"number": now.number, "contact_id": to, "date": day, "due_date": day + _TERMS, "status": "DRAFT"}
    return Calls((now.ask("create_bill", now.number, {**head, **lines}, Write(BILL, BILL)),))


def _lines(now: MonthSituation) -> Mapping[str, Json] | Hold:
    """The bill's one line: the share, with GST on top for who is registered."""
    account = now.special("contractor fees", now.number)
    if not isinstance(account, Account):
        return account
    registered = now.terms.tax == _REGISTERED and now.registered
    tax = now.gst(now.share) if registered else ZERO
    text = f"{now.percent()} of {now.base} {now.terms.basis} {now.title}" + (" plus GST" if registered else "")
    line = {"description": text, "quantity": Decimal(1), "unit": now.share + tax, "amount": now.share + tax}
    line |= {"account": account.code, "tax_type": now.terms.tax if now.registered else "BASEXCLUDED", "tax": tax}
    payload: dict[str, Json] = {"amounts": "Inclusive" if now.registered else "NoTax", "lines": [line]}
    return payload | {"wanted_total": now.share + tax, "wanted_tax": tax, "basis": _basis(now)}


def _total(lines: Mapping[str, Json]) -> Decimal:
    return Decimal(lines["wanted_total"])


def _basis(now: MonthSituation) -> str:
    """What makes the bill, to notice a change."""
    return f"{now.base} at {now.terms.rate} {now.terms.tax}"


def _finished(now: MonthSituation) -> Finished:
    link, links = now.link(BILL), raised(now, now.month.version)
    if now.is_reversed:
        return Finished({"removed": True, "number": now.number}, links)
    if link is None:
        return Finished({"skipped": f"{now.title} comes to {now.base}", "base": now.base}, links)
    return Finished({"number": now.number, "base": now.base, "share": now.share, "bill_id": link.id}, links)


def shared(month: PractitionerMonth, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    """Further keys whose links are read: the contractor's contact."""
    return contacts_of(month, inputs, "contractor_contacts")


def contacts_of(month: PractitionerMonth, inputs: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """The key of the contact that a map of the settings names for the practitioner."""
    named = ((inputs.get("policy") or {}).get(name) or {}).get(month.practitioner)
    return (supplier_key(str(named)),) if named else ()


CHAPTERS: tuple[Callable[[MonthSituation], Said], ...] = (_closing, _take_back, _edit, _create, _finished)

POST_COMMISSION = Posting(
    name="post_commission",
    record="practitioner month",
    input="month",
    keys=lambda month: (month_key("commission", month),),
    shared=shared,
    decide=decide,
    example_facts=example_facts,
)
