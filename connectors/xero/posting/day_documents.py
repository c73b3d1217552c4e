"""R24: the invoice of a day, its additions `-A<n>` and the credit notes `-CN<n>` over what went.

PURE. While nothing is applied the lone invoice is updated in place; afterwards a late item is an addition dated like
its day, and a removal a credit note dated on the day of the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from connectors.xero.posting import fees, identity
from connectors.xero.posting.beginning import SKIP, Said
from connectors.xero.posting.credits import allocate
from connectors.xero.posting.day_lines import named, summed, sums, without_sign
from connectors.xero.posting.day_sums import DaySituation, amount_of, charged_under
from connectors.xero.posting.edits import with_ids
from connectors.xero.posting.fees import DELETED, EDIT, Row
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.modes import sale_of
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.situation import GONE, Write
from connectors.xero.posting.standing import Document, documents, notes
from connectors.xero.posting.status import WAITING
from connectors.xero.posting.theirs import OVERWRITE, changed_by_person
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Done, Hold, Link
from engine.sdk.records import Payer

Json = Any
UPDATE = "update invoice"
# The payer of a summary is the location's shared contact; no patient is named.
PATIENTS = Payer("patient", "", "")


def read_documents(now: DaySituation) -> Said:
    """Reads what stands before anything is changed; what a person changed or voided waits for a person (R21)."""
    standing = documents(now)
    unread = [item.link for item in standing if item.read is None and not isinstance(now.answer(item.link.part), Done)]
    if unread:
        for link in unread:
            if (refusal := now.refusal(f"read {link.part}")) is not None:
                return now.refused(refusal, now.number)
        asks = [_find(now, link) for link in unread]
        return Calls(tuple(asks))
    return next(filter(None, (_theirs(now, item) for item in standing)), None)


def _find(now: DaySituation, link: Link) -> Ask:
    return now.ask("find_invoice", "", {"id": link.id, "number": link.marker}, Write(f"read {link.part}"))


def _theirs(now: DaySituation, document: Document) -> Hold | None:
    read, link = document.read, document.link
    if read is None or isinstance(now.answer(f"void {link.part}"), Done):
        return None
    gone = not read["found"] or read["status"] in GONE
    changed = gone or "total" in changed_by_person(link.written, read)
    if not changed or isinstance(now.answer(UPDATE), Done) or now.chosen("XERO_CHANGED", link.marker) == OVERWRITE:
        return None
    release = f"document invoice {link.id}"
    held = now.hold("XERO_CHANGED", link.marker, f"{link.marker} was changed in Xero", release, "person")
    return replace(held, choices=(SKIP,) if gone else (OVERWRITE, SKIP))


def correct(now: DaySituation) -> Said:
    """What makes the charged fees those of the day's sales; None when they are."""
    if isinstance(now.wanted, Hold):
        return now.wanted
    wanted = [row for sale in now.wanted for row in sale.fees]
    change = fees.difference(charged_under(now, now.key), wanted)
    if not change:
        return None
    standing = documents(now)
    if not standing and amount_of(wanted) > ZERO:
        return _invoice(now, identity.current_part(now.links()), wanted)
    if (wait := now.settling()) is not None:
        return wait
    if len(standing) == 1 and _is_free(now, standing[0]):
        return _in_place(now, standing[0], wanted)
    return _by_documents(now, standing, change)


def _is_free(now: DaySituation, document: Document) -> bool:
    corrected = [note for note in notes(now) if note.reason in (EDIT, DELETED)]
    return document.applied == ZERO and not corrected and not now.locked(document.link.written["date"])


# --- in place -------------------------------------------------------------------------------------


def _in_place(now: DaySituation, document: Document, wanted: Sequence[Row]) -> Said:
    link = document.link
    if amount_of(wanted) <= ZERO:
        part = f"void {link.part}"
        payload: dict[str, Json] = {"id": link.id, "status": "DELETED" if document.status in WAITING else "VOIDED"}
        write = Write(part, link.part, True, True)
    else:
        part, lines = UPDATE, summed(now, wanted)
        shown = document.read["lines"] if document.read is not None else link.written.get("lines", ())
        payload = {"id": link.id, "lines": with_ids(shown, lines), "reference": named(wanted), **sums(lines)}
        payload |= {"fees": fees.fees_of(wanted), "amounts": _amounts(now)}
        write = Write(part, link.part, fresh_read=True)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, now.number)
    return Calls((now.ask("update_invoice", link.marker, payload, write),))


# --- by further documents -------------------------------------------------------------------------


def _by_documents(now: DaySituation, standing: Sequence[Document], change: Sequence[Row]) -> Said:
    less = [row for row in change if row["amount"] < ZERO]
    more = [row for row in change if row["amount"] > ZERO]
    if less and standing:
        return _reduction(now, standing[0].link, less)
    return _invoice(now, identity.next_part(now.links(), "A"), more) if more else None


def _invoice(now: DaySituation, part: str, rows: Sequence[Row]) -> Said:
    contact = contact_of(now, PATIENTS, now.day.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    number = now.number if part == identity.INVOICE else f"{now.number}-{part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, number)
    day = open_date(now, now.day.date, number)
    if isinstance(day, Hold):
        return day
    lines = summed(now, rows)
    head = {"number": number, "contact_id": contact, "date": day, "status": now.policy.invoice_status}
    head |= {"due_date": day + timedelta(days=now.policy.terms_days), "reference": named(rows)}
    payload = {**head, "amounts": _amounts(now), "lines": lines, **sums(lines), "fees": fees.fees_of(rows)}
    return Calls((now.ask("create_invoice", number, payload, Write(part, part)),))


def _reduction(now: DaySituation, on: Link, less: Sequence[Row]) -> Said:
    gone = {sale.id for sale in now.day.sales if sale.deleted}
    reason = DELETED if all(sale_of(row) in gone for row in less) else EDIT
    reference = named(less, "deleted" if reason == DELETED else "reduced")
    ask = credit_note(now, str(on.written["contact_id"]), without_sign(less), reason, now.changed_on, reference)
    return ask if isinstance(ask, Hold) else Calls((ask,))


def credit_note(
    now: DaySituation, contact: str, rows: Sequence[Row], reason: str, day: date, reference: str, **more: Json
) -> Ask | Hold:
    """The call that writes a credit note over positive rows, under the next number of that day."""
    part = identity.next_part(now.links(), "CN")
    number = f"{now.number}-{part}"
    about = f"credit note {number}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    dated = open_date(now, day, about)
    if isinstance(dated, Hold):
        return dated
    lines = summed(now, rows)
    if any(line["amount"] <= ZERO for line in lines):
        return now.hold("TOTAL_MISMATCH", about, f"negative fees in {number}", "person")
    head = {"number": number, "contact_id": contact, "date": dated}
    head |= {"reference": reference, "status": "AUTHORISED", "amounts": _amounts(now), "reason": reason}
    payload: Mapping[str, Json] = {**head, "lines": lines, **sums(lines), "fees": fees.fees_of(rows), **more}
    return now.ask("create_credit_note", number, payload, Write(part, part))


def use_notes(now: DaySituation) -> Said:
    """Allocates credit notes as far as the documents owe more than the day's sales still do."""
    if isinstance(now.wanted, Hold):
        return now.wanted
    open_sums = (amount_of(sale.fees) - sale.room for sale in now.wanted)
    surplus = total(tuple(item.due for item in documents(now))) - total(tuple(max(due, ZERO) for due in open_sums))
    asks: list[Ask] = []
    due = {item.link.id: item.due for item in documents(now)}
    for note in notes(now):
        if note.reason not in (EDIT, DELETED):
            continue
        left = note.left
        for document in documents(now):
            amount = min(left, surplus, due[document.link.id])
            if amount > ZERO:
                ask = allocate(now, note, document, amount, f"allocation {note.link.part}", len(asks))
                if isinstance(ask, Hold):
                    return ask
                asks.append(ask)
                left, surplus = left - amount, surplus - amount
                due[document.link.id] -= amount
    return Calls(tuple(asks)) if asks else None


def _amounts(now: DaySituation) -> str:
    return "Inclusive" if now.registered else "NoTax"
