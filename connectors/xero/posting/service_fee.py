"""R25, service-fee model: the practice collects for a practitioner and bills him for that, out of the money it holds.

PURE. His patients' fees stand on the account of practitioner funds (`lines`); here is the monthly invoice, with GST,
and the payment that sets it off against those funds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from connectors.xero.posting.beginning import Said, ask_in_turn, policy_of, raised
from connectors.xero.posting.commission import contacts_of
from connectors.xero.posting.example_facts import example_facts
from connectors.xero.posting.lines import FUNDS
from connectors.xero.posting.locks import locked, open_date
from connectors.xero.posting.month import MonthSituation, changed_in_xero, closing, contact, month_key, terms_of
from connectors.xero.posting.situation import GONE, Account, Write
from connectors.xero.posting.status import WAITING
from connectors.xero.posting.taking_off import take_off
from connectors.xero.posting.tax import OUTSIDE, TAXED
from engine.core.money import ZERO
from engine.sdk.contract import Calls, Decision, Finished, Hold, Known, Link, Posting, Refused, Today
from engine.sdk.records import PractitionerMonth

Json = Any
INVOICE, OFF, UPDATE = "invoice", "off", "update invoice"
_OPENS_AT = 20


def decide(month: PractitionerMonth, known: Known, inputs: Mapping[str, Json], today: Today) -> Decision:
    """What Xero still needs so that the agent is billed for the month, and has paid it from the funds held."""
    policy = policy_of(inputs)
    terms = terms_of(inputs, month.practitioner, "agent_fees", "agent_contacts")
    for wrong in (policy, terms):
        if isinstance(wrong, Refused):
            return wrong
    if terms is None or isinstance(terms, Refused) or isinstance(policy, Refused):
        return Finished({"skipped": f"{month.practitioner} is no agent"})
    key, record = month_key("service fee", month), f"practitioner month {month.id}"
    now = MonthSituation(known, policy, today, key, record, None, month.changed_at, month, terms, "HXS")
    return ask_in_turn(now, month.version, CHAPTERS)


def _closing(now: MonthSituation) -> Said:
    return closing(now, now.last_day, _OPENS_AT)


def _take_back(now: MonthSituation) -> Said:
    """The set-off comes off before the invoice is changed or voided."""
    invoice, paid = now.link(INVOICE), now.link(OFF)
    stands = invoice is not None and not now.is_reversed and invoice.written.get("basis") == _basis(now)
    if paid is not None and not stands:
        said = take_off(now, paid)
        return (said,) if isinstance(said, Link) else said if isinstance(said, Hold) else Calls((said,))
    if invoice is None or not (now.is_reversed or now.share == ZERO):
        return None
    if now.locked(invoice.written["date"]):
        return locked(now, now.number)
    if (refusal := now.refusal("void")) is not None:
        return now.refused(refusal, now.number)
    status = "DELETED" if _status(invoice) in WAITING else "VOIDED"
    payload = {"id": invoice.id, "status": status}
    return Calls((now.ask("update_invoice", now.number, payload, Write("void", INVOICE, True)),))


def _edit(now: MonthSituation) -> Said:
    link = now.link(INVOICE)
    if link is None or link.written.get("basis") == _basis(now):
        return None
    shown = now.read("read invoice")
    if shown is None:
        if (refusal := now.refusal("read invoice")) is not None:
            return now.refused(refusal, now.number)
        payload = {"id": link.id, "number": link.marker}
        return Calls((now.ask("find_invoice", "", payload, Write("read invoice")),))
    if (theirs := changed_in_xero(now, link, shown)) is not None:
        return theirs
    if now.locked(shown["date"]):
        return locked(now, now.number)
    lines = _lines(now)
    if isinstance(lines, Hold):
        return lines
    if (refusal := now.refusal(UPDATE)) is not None:
        return now.refused(refusal, now.number)
    return Calls((now.ask("update_invoice", now.number, {"id": link.id, **lines}, Write(UPDATE, INVOICE)),))


def _create(now: MonthSituation) -> Said:
    if now.link(INVOICE) is not None or now.is_reversed or now.share == ZERO:
        return None
    to = contact(now)
    if not isinstance(to, str):
        return to
    lines, day = _lines(now), open_date(now, now.last_day, now.number)
    if isinstance(lines, Hold):
        return lines
    if isinstance(day, Hold):
        return day
    number = _free_number(now)
    if (refusal := now.refusal(INVOICE)) is not None:
        return now.refused(refusal, number)
    head = {"number": number, "contact_id": to, "date": day, "due_date": day, "status": now.policy.invoice_status}
    return Calls((now.ask("create_invoice", number, {**head, **lines}, Write(INVOICE, INVOICE)),))


def _free_number(now: MonthSituation) -> str:
    """A voided number is never used again (R18): `-R<n>` after it."""
    used = [link.marker for link in now.links() if link.part == INVOICE]
    again = int(used[0].rpartition("-R")[2]) if used and "-R" in used[0].removeprefix(now.number) else 0
    return f"{now.number}-R{again + 1}" if used else now.number


def _lines(now: MonthSituation) -> Mapping[str, Json] | Hold:
    account = now.special("service fees", now.number)
    if not isinstance(account, Account):
        return account
    tax = now.gst(now.share) if now.registered else ZERO
    text = f"Service fee {now.percent()} of {now.base}" + (" plus GST" if now.registered else "")
    line = {"description": text, "quantity": Decimal(1), "unit": now.share + tax, "amount": now.share + tax}
    line |= {"account": account.code, "tax_type": TAXED if now.registered else OUTSIDE, "tax": tax}
    payload: dict[str, Json] = {"amounts": "Inclusive" if now.registered else "NoTax", "lines": [line]}
    return payload | {"wanted_total": now.share + tax, "wanted_tax": tax, "basis": _basis(now)}


def _set_off(now: MonthSituation) -> Said:
    """Paid from the funds held, on the day of the invoice; patients' money is never moved for it."""
    invoice = now.link(INVOICE)
    if invoice is None or now.link(OFF) is not None or now.is_reversed:
        return None
    if _status(invoice) in WAITING:
        cause = f"waiting for approval of {invoice.marker}"
        return now.hold("WAITING_APPROVAL", now.number, cause, f"document invoice {invoice.id}")
    if _status(invoice) in GONE:
        return now.hold("XERO_CHANGED", now.number, f"{invoice.marker} was voided in Xero", "person")
    account = now.special(FUNDS, now.number)
    if not isinstance(account, Account):
        return account
    day = open_date(now, invoice.written["date"], now.number)
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(OFF)) is not None:
        return now.refused(refusal, now.number)
    reference = f"{invoice.marker}-off Set off against funds held"
    payload = {"invoice_id": invoice.id, "account": account.code, "account_id": account.id, "date": day}
    payload |= {"amount": invoice.written["total"], "reference": reference}
    return Calls((now.ask("create_payment", reference, payload, Write(OFF, OFF)),))


def _status(link: Link) -> str:
    return str(link.seen.get("status") or link.written.get("status", ""))


def _basis(now: MonthSituation) -> str:
    return f"{now.base} at {now.terms.rate}"


def _finished(now: MonthSituation) -> Finished:
    link, links = now.link(INVOICE), raised(now, now.month.version)
    if now.is_reversed:
        return Finished({"removed": True, "number": now.number}, links)
    if link is None:
        return Finished({"skipped": f"{now.title} comes to {now.base}", "base": now.base}, links)
    result = {"number": link.marker, "base": now.base, "share": now.share, "invoice_id": link.id}
    return Finished(result | {"total": link.written["total"]}, links)


def shared(month: PractitionerMonth, inputs: Mapping[str, Json]) -> tuple[str, ...]:
    """Further keys whose links are read: the agent's contact."""
    return contacts_of(month, inputs, "agent_contacts")


CHAPTERS: tuple[Callable[[MonthSituation], Said], ...] = (_closing, _take_back, _edit, _create, _set_off, _finished)

POST_SERVICE_FEE = Posting(
    name="post_service_fee",
    record="practitioner month",
    input="month",
    keys=lambda month: (month_key("service fee", month),),
    shared=shared,
    decide=decide,
    example_facts=example_facts,
)
