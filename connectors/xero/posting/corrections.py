"""R15: when the fees differ from what was posted, which document says so.

PURE. In place while nothing is applied and the period is open; else an older correction is undone where that does it;
else an addition (`A<n>`) or a credit note (`CN<n>`) on the day of the change. What a credit note's money becomes is
the matter of `refunds` and `credits`; the end of a sale is that of `removal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from connectors.xero.posting import fees, identity
from connectors.xero.posting.credit_notes import Wanted, credit_note
from connectors.xero.posting.edits import edit, moves_money, sums, wanted_head
from connectors.xero.posting.fees import Row
from connectors.xero.posting.lines import Lines, active_lines, basis, fee_lines
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.looking import is_edited
from connectors.xero.posting.opening import lines_of
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.refunds import cause_of_reduction
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Situation, Write
from connectors.xero.posting.standing import Document, documents, notes
from connectors.xero.posting.undoing import undo
from connectors.xero.posting.write_offs import locked_notes
from engine.core.money import ZERO
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link

Json = Any
Said = Decision | tuple[Link, ...] | None


def correct(now: Situation) -> Said:
    """What makes the posted fees those of the sale; None when they are."""
    standing = documents(now)
    if not standing or not is_edited(now, standing):
        return None
    lines = Lines((), ZERO, ZERO, "") if unwanted(now.sale) else lines_of(now, fee_lines(now.sale))
    if isinstance(lines, Hold):
        return lines
    if (said := _in_place(now, standing, lines)) is not None:
        return said
    change = _but_locked(now, _as_asked_for(now, fees.difference(fees.posted(now), lines.rows)))
    if not change:
        return None
    return now.settling() or undo(now, change) or _documents(now, standing, change)


# --- in place -------------------------------------------------------------------------------------


def _in_place(now: Situation, standing: Sequence[Document], lines: Lines) -> Said:
    """The update of a lone document with nothing on it, or of its words; None where that is not possible or needed."""
    document = standing[0]
    corrected = any(note.reason in fees.OF_FEES for note in notes(now))
    if len(standing) > 1 or corrected or document.read is None or unwanted(now.sale):
        return None
    if now.locked(document.read["date"]) or not _sums_changed(now, lines, document):
        return None
    contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    wanted = {"contact_id": contact} | dated(now, document.link.part, _day(now, document)) | wanted_head(lines)
    wanted |= {"basis": basis(now.sale), "payer": _payer(now)}
    if document.applied != ZERO and moves_money(document.read, wanted):
        return None
    return edit(now, document.link, document.read, wanted)


def dated(now: Situation, part: str, day: date) -> dict[str, Json]:
    """The dates and the reference of a document of the sale."""
    return {
        "date": day,
        "due_date": identity.due_date(now.sale, now.policy, part, day),
        "reference": identity.full_reference(now.sale, now.policy, part, day),
    }


def _sums_changed(now: Situation, lines: Lines, document: Document) -> bool:
    """Whether it is more than a fee that was split to give up a part of it, which is no edit (R15)."""
    before, after = document.link.written.get("fees", ()), lines.rows
    given_up = len(after) > len(before) and len(active_lines(now.sale)) < len(fee_lines(now.sale))
    return not (given_up and fees.sums_by_kind(before) == fees.sums_by_kind(after))


def _payer(now: Situation) -> str:
    return identity.payer_key(now.sale.payer, now.location, now.policy)


def _day(now: Situation, document: Document) -> date:
    """The sale's date; a document that was moved out of a locked period keeps the day that it got (R19)."""
    written = document.link.written
    shifted = f"dated {now.sale.date.isoformat()}" in str(written.get("reference", ""))
    return date.fromisoformat(str(written["date"])) if shifted else now.sale.date


# --- by further documents -------------------------------------------------------------------------


def _as_asked_for(now: Situation, change: Sequence[Row]) -> tuple[Row, ...]:
    """Leaves out fees that were written off before they were ever posted (R1)."""
    active = {line.id for line in active_lines(now.sale)} | {"rounding", ""}
    return tuple(row for row in change if row["amount"] < ZERO or row.get("line", "") in active or _opening(row))


def _but_locked(now: Situation, change: Sequence[Row]) -> tuple[Row, ...]:
    """Leaves fees alone whose write-off is locked: nobody owes them, and the bad debt stands against them (R19)."""
    gone = {row["line"]: row for note in locked_notes(now) for row in note.link.written["fees"]}
    left: list[Row] = []
    for row in change:
        given_up = gone.get(row.get("line", ""))
        if given_up is not None and row["amount"] < ZERO:
            kept = {name: min(row[name] + given_up[name], ZERO) for name in ("amount", "tax")}
            left.append({**row, **kept})
        else:
            left.append(row)
    return tuple(row for row in left if row["amount"] != ZERO)


def _opening(row: Row) -> bool:
    return str(row.get("line", "")).startswith("opening")


def _documents(now: Situation, standing: Sequence[Document], change: Sequence[Row]) -> Decision | tuple[Link, ...]:
    """A credit note over what went and an addition for what came, each on the day of the change."""
    less = [fees.described(row) for row in change if row["amount"] < ZERO]
    more = [fees.described(row) for row in change if row["amount"] > ZERO]
    asks: list[Ask] = []
    for said in (_reduction(now, standing, less) if less else None, _addition(now, more) if more else None):
        if isinstance(said, Ask):
            asks.append(said)
        elif said is not None:
            return Calls(tuple(asks)) if asks else said
    return Calls(tuple(asks))


def _reduction(now: Situation, standing: Sequence[Document], less: Sequence[Row]) -> Ask | Hold:
    cause = cause_of_reduction(now)
    day = cause.receipt.date if cause.receipt else now.changed_on
    owing = [document for document in standing if document.due > ZERO]
    on = (owing or standing)[-1 if owing else 0].link
    return credit_note(now, Wanted(cause.reason, on, less, day, cause.reference))


def _addition(now: Situation, more: Sequence[Row]) -> Ask | Decision | tuple[Link, ...]:
    contact = contact_of(now, now.sale.payer, now.sale.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    part, about = identity.next_part(now.links(), "A"), f"invoice {now.sale.id}"
    day = open_date(now, now.changed_on, about)
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    number = f"HX-{now.sale.id}-{part}"
    rows = fees.document_rows(now, more)
    head = {"number": number, "contact_id": contact, "status": now.policy.invoice_status, "date": day}
    head |= {"due_date": identity.due_date(now.sale, now.policy, part, day)}
    head |= {"reference": f"{identity.reference(now.sale, now.policy)} / addition to HX-{now.sale.id}"}
    kept = {
        "basis": basis(now.sale),
        "fees": fees.fees_of(more),
        "payer": identity.payer_key(now.sale.payer, now.location, now.policy),
    }
    amounts = "Inclusive" if now.registered else "NoTax"
    payload: dict[str, Json] = {**head, "amounts": amounts, "lines": rows, **sums(rows), **kept}
    return now.ask("create_invoice", number, payload, Write(part, part))
