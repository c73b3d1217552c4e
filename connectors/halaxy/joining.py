"""From gathered snapshots to sales under new versions, with the events of what changed.

PURE. A sale is stored again only when it really differs; the reading is done in `gathering.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from connectors.halaxy.changes import Snapshots, events, loose, same
from connectors.halaxy.claims import Coverage, claim_of
from connectors.halaxy.crediting import Accounts
from connectors.halaxy.gathering import Gathered, invoice_of, lines_of, payer_key, payments_of
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import Fee, Party, Payment, Role
from connectors.halaxy.receipts import receipt
from connectors.halaxy.report_facts import INVOICE_FACTS, PAYMENT_FACTS, InvoiceFacts, PaymentFacts, with_facts
from connectors.halaxy.sales import Surroundings, fee_book, join, numbered
from connectors.halaxy.settings import RECENT, Moment
from engine.sdk.contract import NewEvent, Record
from engine.sdk.records import Deposit, Receipt, Sale, from_plain, to_plain

Json = Any


@dataclass(frozen=True, slots=True)
class Joined:
    """One sale before and after; `before` is None when it was not known."""

    before: Sale | None
    after: Sale


def surroundings(overlay: Overlay, at: Moment) -> Surroundings:
    """The catalogue and the roles as known, with the practice's settings."""
    fees = fee_book(from_plain(Fee, record.data) for record in overlay.all("fee"))
    roles = {record.id: from_plain(Role, record.data) for record in overlay.all("role")}
    return Surroundings(at.zone, at.terms_days, at.currency, fees, roles)


def sale_of(overlay: Overlay, id: str, around: Surroundings, accounts: Accounts) -> Sale | None:
    """The sale as the snapshots now have it, without a version; None when the invoice is not known."""
    invoice = invoice_of(overlay, id)
    if invoice is None:
        return None
    key = payer_key(invoice)
    record = overlay.get(*key) if key else None
    payer = from_plain(Party, record.data) if record else None
    sale = join(invoice, lines_of(overlay, id), payments_of(overlay, id), payer, around, accounts.parts)
    return _told_elsewhere(overlay, sale)


def stale(overlay: Overlay) -> set[str]:
    """Invoices of which reports may now tell something else than their stored sale holds (`report_facts.py`)."""
    found = {record.id for record in overlay.all(INVOICE_FACTS) if _differs(overlay, record.id, record)}
    for record in overlay.all(PAYMENT_FACTS):
        payment = overlay.get("payment", record.id)
        if payment is not None and payment.parent and _differs(overlay, payment.parent, record):
            found.add(payment.parent)
    return found


def _differs(overlay: Overlay, invoice_id: str, told: Record) -> bool:
    sale = overlay.get("sale", invoice_id)
    if sale is None:
        return False
    shown = [sale.data] if told.kind == INVOICE_FACTS else sale.data["payments"]
    return any(part.get(name) != value for part in shown if part["id"] == told.id for name, value in told.data.items())


def rejoin(overlay: Overlay, ids: Iterable[str], at: Moment) -> tuple[NewEvent, ...]:
    """Join these invoices anew, keep the sales that differ and tell what happened to them."""
    around, accounts = surroundings(overlay, at), Accounts(overlay)
    told: list[NewEvent] = []
    for id in sorted(ids):
        joined = _keep(overlay, id, sale_of(overlay, id, around, accounts), at)
        if joined is not None:
            told.extend(_news(overlay, joined, at))
    return tuple(told)


def loose_events(so_far: Gathered, at: Moment) -> tuple[NewEvent, ...]:
    """Events of changed payments that belong to no known invoice, since the start date."""
    told: list[NewEvent] = []
    accounts = Accounts(so_far.overlay)
    for id in sorted(so_far.payments):
        record, old = so_far.overlay.get("payment", id), so_far.overlay.stored("payment", id)
        if record is None or (record.parent and so_far.overlay.get("invoice", record.parent)):
            continue
        after, before = _receipt(record.data, at), _receipt(old.data, at) if old else None
        credit, stored = so_far.overlay.get("credit", id), so_far.overlay.get("deposit", id)
        if credit and accounts.of(credit.parent).twins.intersection({id}):
            continue
        if (after or before) and _since(after or before, at.start_date):
            deposit = from_plain(Deposit, stored.data) if stored else None
            told.extend(loose(before, after, at.now, record.version, deposit))
    return tuple(told)


def recent_sales(overlay: Overlay, at: Moment) -> tuple[Sale, ...]:
    """Sales that are open, or changed or dated within the last 45 days; deleted ones only if changed then."""
    since = at.now - RECENT
    found = (record.data for record in overlay.all("sale"))
    return tuple(from_plain(Sale, data) for data in found if _is_recent(data, since))


def _is_recent(sale: Mapping[str, Json], since: datetime) -> bool:
    if sale["changed_at"] is None or sale["changed_at"] >= since:
        return True
    return not sale["deleted"] and (sale["totals"]["balance"] > 0 or sale["date"] >= since.date())


def _told_elsewhere(overlay: Overlay, sale: Sale) -> Sale:
    """The sale with the claim of its coverage and the facts of reports, which the invoice itself lacks."""
    if sale.payer.kind == "organisation" and sale.subject:
        known = [from_plain(Coverage, record.data) for record in overlay.children("coverage", sale.subject)]
        sale = replace(sale, claim=claim_of(sale, known))
    invoice = overlay.get(INVOICE_FACTS, sale.id)
    payments = {item.id: record for item in sale.payments if (record := overlay.get(PAYMENT_FACTS, item.id))}
    return with_facts(
        sale,
        from_plain(InvoiceFacts, invoice.data) if invoice else None,
        {id: from_plain(PaymentFacts, record.data) for id, record in payments.items()},
    )


def _keep(overlay: Overlay, id: str, fresh: Sale | None, at: Moment) -> Joined | None:
    stored = overlay.stored("sale", id)
    before = from_plain(Sale, stored.data) if stored else None
    if fresh is None or (before is None and fresh.deleted) or (before is not None and same(before, fresh)):
        return None
    after = numbered(fresh, stored.version + 1 if stored else 1, at.now)
    overlay.put("sale", id, to_plain(after))
    return Joined(before, after)


def _news(overlay: Overlay, joined: Joined, at: Moment) -> tuple[NewEvent, ...]:
    """What happened; the past of an invoice from before the start date is not told as news."""
    before, after = joined.before, joined.after
    told = events(before, after, at.now, _snapshots(overlay, joined))
    if before is not None or after.date >= at.start_date:
        return told
    return tuple(event for event in told if event.type == "halaxy.invoice.changed" or _is_recent_money(event, at))


def _is_recent_money(event: NewEvent, at: Moment) -> bool:
    payment = event.data.get("payment")
    return payment is not None and payment["date"] >= at.start_date


def _snapshots(overlay: Overlay, joined: Joined) -> Snapshots:
    before, after = joined.before, joined.after
    receipts = {item.id for sale in (before, after) if sale for item in sale.payments}
    lines = {line.id for line in (before.lines if before else ())}
    payments = {id: record for id in receipts if (record := overlay.get("payment", id))}
    moved = {id for id, record in payments.items() if record.parent != after.id and not record.data["removed"]}
    return Snapshots(
        lines={id: record.version for id in lines if (record := overlay.get("line", id))},
        payments={id: record.version for id, record in payments.items()},
        elsewhere=frozenset(moved),
    )


def _receipt(data: Json, at: Moment) -> Receipt | None:
    return receipt(from_plain(Payment, data), at.zone)


def _since(found: Receipt | None, start: date) -> bool:
    return found is not None and found.date >= start
