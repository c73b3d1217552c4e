"""From changed resources to everything that their invoices need: heads, lines, money, payers.

PURE generators over an overlay. A list never proves that something is gone: what is missing is asked
for by itself, and only when the sums say so (fact sheet 11). What a sale then is: `joining.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.halaxy import crediting, payloads
from connectors.halaxy.line_sums import reckon
from connectors.halaxy.overlay import Overlay
from connectors.halaxy.payloads import Invoice, Line, Payment
from connectors.halaxy.reading import Resources, by_ids, confirm, created_since, search, since
from connectors.halaxy.receipts import matches_paid, receipt
from connectors.halaxy.settings import Moment
from engine.core.money import ZERO
from engine.sdk.contract import Request, Response
from engine.sdk.records import Receipt, from_plain, to_plain

Json = Any
Steps = Generator[Request, Response, None]

PARTIES = {"Patient": "patient", "Organization": "organisation"}
_MISSED = timedelta(days=2)
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a run has touched.

    Attributes:
        overlay: All snapshots, stored and fresh.
        touched: Ids of invoices whose head, lines or money differ from what is stored.
        read: Ids of invoices whose head was read in this run.
        payments: Ids of changed payments.
        owners: Payers whose credit is no longer what is stored (`crediting.py`).
    """

    overlay: Overlay
    touched: set[str]
    read: set[str]
    payments: set[str]
    owners: set[str]


def gathered(overlay: Overlay) -> Gathered:
    """Nothing read yet."""
    return Gathered(overlay, set(), set(), set(), set())


def keep_invoices(so_far: Gathered, rows: Resources) -> None:
    """Note heads as read; those that differ from the stored ones are touched."""
    for id, row in rows.items():
        so_far.read.add(id)
        if so_far.overlay.put("invoice", id, to_plain(payloads.invoice(row))):
            so_far.touched.add(id)


def keep_lines(so_far: Gathered, rows: Resources) -> None:
    """Note lines; a changed one touches its invoice, and the one that it has left."""
    for row in rows.values():
        line = payloads.line(row)
        _keep_part(so_far, "line", line.id, line, line.invoice)


def keep_payments(so_far: Gathered, rows: Resources, at: Moment) -> None:
    """Note payments; a changed one touches its invoice, and the one that it has left."""
    for row in rows.values():
        payment = payloads.payment(row, at.zone)
        if _keep_part(so_far, "payment", payment.id, payment, payment.invoice):
            so_far.payments.add(payment.id)


def mark_removed(so_far: Gathered, lines: Iterable[Line], invoice_id: str) -> None:
    """Note that lines of an invoice are gone from Halaxy."""
    for line in lines:
        _keep_part(so_far, "line", line.id, replace(line, removed=True), invoice_id)


def complete(so_far: Gathered, at: Moment) -> Steps:
    """Read what the touched invoices still lack, until nothing further is touched."""
    done: set[str] = set()
    for _ in range(_ROUNDS):
        todo = so_far.touched - done
        if not todo:
            break
        done |= todo
        yield from _heads(so_far, todo - so_far.read)
        yield from _whole_lines(so_far, todo)
        yield from _whole_money(so_far, todo, at)
    _note_credit(so_far)
    yield from _surroundings(so_far)


def lines_of(overlay: Overlay, invoice_id: str) -> tuple[Line, ...]:
    """The known lines of an invoice that stand in Halaxy."""
    lines = (from_plain(Line, record.data) for record in overlay.children("line", invoice_id))
    return tuple(line for line in lines if not line.removed)


def payments_of(overlay: Overlay, invoice_id: str) -> tuple[Payment, ...]:
    """The known payments of an invoice that stand in Halaxy."""
    payments = (from_plain(Payment, record.data) for record in overlay.children("payment", invoice_id))
    return tuple(payment for payment in payments if not payment.removed)


def invoice_of(overlay: Overlay, id: str) -> Invoice | None:
    """The known head of an invoice."""
    record = overlay.get("invoice", id)
    return from_plain(Invoice, record.data) if record else None


def payer_key(invoice: Invoice) -> tuple[str, str] | None:
    """Record kind and id of who is billed."""
    if invoice.recipient is None or invoice.recipient.type not in PARTIES:
        return None
    return PARTIES[invoice.recipient.type], invoice.recipient.id


def loose_payments(overlay: Overlay, after: datetime) -> dict[str, Payment]:
    """Payments on no invoice (deposits) made after a time, removed ones too."""
    payments = (from_plain(Payment, record.data) for record in overlay.children("payment", ""))
    return {payment.id: payment for payment in payments if payment.at is None or payment.at >= after}


def recent_payments(overlay: Overlay, after: datetime) -> dict[str, Payment]:
    """All payments made after a time, removed ones too."""
    payments = (from_plain(Payment, record.data) for record in overlay.all("payment"))
    return {payment.id: payment for payment in payments if payment.at is None or payment.at >= after}


def recheck(so_far: Gathered, known: Mapping[str, Payment], at: Moment) -> Steps:
    """Read payments again by id: those that Halaxy no longer has are marked removed, restored ones come back."""
    rows = yield from by_ids("PaymentTransaction", known)
    standing = [id for id, payment in known.items() if not payment.removed]
    gone = yield from confirm("PaymentTransaction", standing, rows)
    keep_payments(so_far, rows, at)
    for id in gone:
        if _keep_part(so_far, "payment", id, replace(known[id], removed=True), known[id].invoice):
            so_far.payments.add(id)


def _keep_part(so_far: Gathered, kind: str, id: str, part: Line | Payment, invoice_id: str | None) -> bool:
    before = so_far.overlay.get(kind, id)
    parents = {invoice_id or "", before.parent if before else ""}
    changed = so_far.overlay.put(kind, id, to_plain(part), invoice_id or "")
    if changed:
        so_far.touched.update(parents - {""})
    return changed


def _heads(so_far: Gathered, ids: Iterable[str]) -> Steps:
    """Heads that no window brought: by list, and those that a list lacks one by one."""
    wanted = set(ids)
    rows = yield from by_ids("Invoice", wanted)
    gone = yield from confirm("Invoice", wanted, rows)
    keep_invoices(so_far, rows)
    for id in gone:
        invoice = invoice_of(so_far.overlay, id)
        if invoice is not None:
            so_far.overlay.put("invoice", id, to_plain(replace(invoice, deleted=True)))
            so_far.touched.add(id)


def _whole_lines(so_far: Gathered, ids: Iterable[str]) -> Steps:
    """Ask for an invoice's own lines only where the known ones do not come to its totals."""
    for id in sorted(ids):
        invoice = invoice_of(so_far.overlay, id)
        known = lines_of(so_far.overlay, id)
        if invoice is None or invoice.deleted or reckon(invoice, known, lambda line: False).agrees:
            continue
        rows = yield from search("InvoiceLine", ("invoice", f"Invoice/{id}"))
        own = {line_id: row for line_id, row in rows.items() if payloads.line(row).invoice == id}
        gone = yield from confirm("InvoiceLine", [line.id for line in known], own)
        keep_lines(so_far, own)
        mark_removed(so_far, [line for line in known if line.id in gone], id)


def _whole_money(so_far: Gathered, ids: Iterable[str], at: Moment) -> Steps:
    """Where known money does not explain what is paid, find what was removed or restored, then what was missed."""
    off = _unexplained(so_far, ids, at)
    if off and (known := _known_money(so_far.overlay, off)):
        yield from recheck(so_far, known, at)
        off = _unexplained(so_far, off, at)
    if off:
        moment = at.now - _MISSED
        # By `created`: had the filter on `_lastUpdated` found it, it would not be missed (fact sheet 11).
        rows = yield from search("PaymentTransaction", ("created", since(moment)))
        keep_payments(so_far, created_since(rows, moment, at.zone), at)


def _known_money(overlay: Overlay, ids: Iterable[str]) -> dict[str, Payment]:
    """All transactions ever seen on these invoices: a payment may be removed, a refund too, and both restored."""
    found = (from_plain(Payment, record.data) for id in ids for record in overlay.children("payment", id))
    return {payment.id: payment for payment in found}


def _note_credit(so_far: Gathered) -> None:
    """Sort changed money into the payers' credit; invoices on which that credit was used are touched as well."""
    overlay = so_far.overlay
    ids = so_far.payments | {record.id for id in so_far.touched for record in overlay.children("payment", id)}
    records = [record for id in sorted(ids) if (record := overlay.get("payment", id))]
    heads = {record.parent: invoice_of(overlay, record.parent) for record in records}
    recipients = {id: head.recipient if head else None for id, head in heads.items()}
    noted = [(from_plain(Payment, record.data), recipients[record.parent]) for record in records]
    so_far.owners.update(crediting.note(overlay, noted))
    so_far.touched.update(crediting.uses(overlay, so_far.owners))


def _unexplained(so_far: Gathered, ids: Iterable[str], at: Moment) -> set[str]:
    off: set[str] = set()
    for id in ids:
        invoice = invoice_of(so_far.overlay, id)
        if invoice is None or (invoice.paid is None and not invoice.deleted):
            continue
        paid = ZERO if invoice.deleted else invoice.paid or ZERO
        if not matches_paid(_receipts(so_far.overlay, id, at), paid) or _moved_alone(so_far, id, invoice):
            off.add(id)
    return off


def _moved_alone(so_far: Gathered, id: str, invoice: Invoice) -> bool:
    """Whether the paid sum moved although no money did: what went may be a discount, which the sum may not count."""
    before = so_far.overlay.stored("invoice", id)
    if before is None or from_plain(Invoice, before.data).paid == invoice.paid:
        return False
    mine = {record.id for record in so_far.overlay.children("payment", id)}
    return not mine & so_far.payments


def _receipts(overlay: Overlay, id: str, at: Moment) -> tuple[Receipt, ...]:
    found = (receipt(payment, at.zone) for payment in payments_of(overlay, id))
    return tuple(item for item in found if item is not None)


def _surroundings(so_far: Gathered) -> Steps:
    """Payers and roles of the touched invoices that are not known yet; a key without their scope gets none."""
    wanted: dict[str, set[str]] = {"Patient": set(), "Organization": set(), "PractitionerRole": set()}
    for kind, id in map(crediting.owner_key, sorted(so_far.owners)):
        if id and so_far.overlay.get(kind, id) is None:
            wanted["Organization" if kind == "organisation" else "Patient"].add(id)
    for id in so_far.touched:
        invoice = invoice_of(so_far.overlay, id)
        if invoice is None:
            continue
        key = payer_key(invoice)
        if invoice.recipient and key and so_far.overlay.get(*key) is None:
            wanted[invoice.recipient.type].add(invoice.recipient.id)
        if (
            (role := invoice.practitioner)
            and role.type == "PractitionerRole"
            and so_far.overlay.get("role", role.id) is None
        ):
            wanted["PractitionerRole"].add(role.id)
    for kind, ids in wanted.items():
        rows = yield from by_ids(kind, ids, optional=True)
        for id, row in rows.items():
            keep_reference(so_far.overlay, kind, id, row)


def keep_reference(overlay: Overlay, resource: str, id: str, row: Mapping[str, Json]) -> bool:
    """Note a party or role; organisations that are clinics are also kept as such (fact sheet 4.5)."""
    if resource == "PractitionerRole":
        return overlay.put("role", id, to_plain(payloads.role(row)))
    party = to_plain(payloads.party(row))
    if resource == "Organization" and id.startswith("CL-"):
        return overlay.put("clinic", id, party)
    return overlay.put({"Practitioner": "practitioner", **PARTIES}[resource], id, party)
