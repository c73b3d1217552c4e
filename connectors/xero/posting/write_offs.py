"""R17: money that the practice gives up is a bad debt: a credit note to the expense, never an edit of the sale.

PURE. On the GST cash basis no tax was ever reported, so the credit note mirrors the sale and a journal moves the net
amount. A write-off that lies in a locked period stays; what is paid on it later is other income.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.bank import bank_transaction
from connectors.xero.posting.credit_notes import Wanted, credit_note
from connectors.xero.posting.credits import allocate
from connectors.xero.posting.fees import Row
from connectors.xero.posting.lines import active_lines, build, written_off_lines
from connectors.xero.posting.parts import role_of
from connectors.xero.posting.scope import unwanted
from connectors.xero.posting.situation import Account, Situation, Write
from connectors.xero.posting.standing import Credit, Document, documents, notes, of_contact
from connectors.xero.posting.tax import OUTSIDE, TAXED, included_tax
from connectors.xero.posting.theirs import receipt_basis
from connectors.xero.posting.undoing import void_note
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Calls, Decision, Hold, Link
from engine.sdk.records import Receipt

Json = Any
Said = Decision | tuple[Link, ...] | None
WRITE_OFF = "write-off"


def take_back(now: Situation) -> Said:
    """Undoes a write-off that is more than the practice gives up now; one in a locked period stays."""
    standing = open_notes(now)
    if not standing or total(tuple(_amount(note) for note in standing)) <= _given_up(now):
        return None
    if (wait := now.settling()) is not None:
        return wait
    return _undo(now, standing[-1])


def write_off(now: Situation) -> Said:
    """Gives up what is still due of the fees that were written off; None when that is done."""
    half_done = next((note for note in open_notes(now) if note.left > ZERO), None)
    if half_done is not None:
        return _allocate(now, half_done)
    if (unmoved := next((note for note in open_notes(now) if _wants_journal(now, note)), None)) is not None:
        return _journal(now, unmoved)
    due = [document for document in documents(now) if document.due > ZERO]
    rest = _given_up(now) - total(tuple(_amount(note) for note in open_notes(now)))
    if rest <= ZERO or not due:
        return None
    mine = of_contact(due, due[0].link.written.get("contact_id"))
    return now.settling() or _credit_note(now, due[0], min(rest, total(tuple(document.due for document in mine))))


def pending(now: Situation) -> bool:
    """Whether what is written off differs from what the practice gives up."""
    open_ = total(tuple(_amount(note) for note in open_notes(now)))
    given_up = _given_up(now)
    return open_ != given_up and (open_ > given_up or any(document.due > ZERO for document in documents(now)))


def write_off_notes(now: Situation) -> tuple[Credit, ...]:
    """All live write-offs of the sale."""
    return tuple(note for note in notes(now) if note.reason == WRITE_OFF)


def locked_notes(now: Situation) -> tuple[Credit, ...]:
    """Those that lie in a locked period and stay."""
    return tuple(note for note in write_off_notes(now) if now.locked(note.link.written["date"]))


def open_notes(now: Situation) -> tuple[Credit, ...]:
    """Those that may still change."""
    return tuple(note for note in write_off_notes(now) if not now.locked(note.link.written["date"]))


# --- recovery -------------------------------------------------------------------------------------


def recoverable(now: Situation) -> Decimal:
    """How much of locked write-offs may still come in as income."""
    locked = total(tuple(_amount(note) for note in locked_notes(now)))
    back = [link for link in now.live("bank transaction") if role_of(link.part) == "recovery"]
    return locked - total(tuple(link.written["total"] for link in back))


def recovery(now: Situation, document: Document, receipt: Receipt, amount: Decimal, account: Account) -> Ask | Hold:
    """Money on a debt that was given up in a locked period (R17); taxed where the write-off gave tax back."""
    part = f"payment {receipt.id} recovery"
    income = now.special("bad debts recovered", part)
    if isinstance(income, Hold):
        return income
    rows = [row for note in write_off_notes(now) for row in note.link.written["fees"]]
    by_tax: dict[str, Decimal] = {}
    for row in fees.spread(now, rows, amount):
        tax_type = TAXED if row["tax_type"] == "INPUT" else row["tax_type"]
        by_tax[tax_type] = by_tax.get(tax_type, ZERO) + row["amount"]
    text = f"Bad debt recovered {document.link.marker}"
    lines = [
        {"description": text, "quantity": Decimal(1), "unit": share, "amount": share, "account": income.code}
        | {"tax_type": tax_type, "tax": included_tax(share, now.rate(tax_type))}
        for tax_type, share in by_tax.items()
    ]
    head = {"type": "RECEIVE", "contact_id": document.link.written["contact_id"]}
    reference = f"HX-PT-{receipt.id} recovery"
    return bank_transaction(now, part, reference, account, receipt.date, head, lines, receipt_basis(receipt))


# --- writing --------------------------------------------------------------------------------------


def _given_up(now: Situation) -> Decimal:
    """What of the posted fees the practice does not ask for any more, locked write-offs left out.

    A fee that was written off before it was ever posted is no part of it (R1).
    """
    if unwanted(now.sale) is not None or not written_off_lines(now.sale):
        return ZERO
    posted = total(tuple(row["amount"] for row in fees.posted(now)))
    active = total(tuple(line.gross for line in active_lines(now.sale)))
    locked = total(tuple(_amount(note) for note in locked_notes(now)))
    return max(posted - active - locked, ZERO)


def _amount(note: Credit) -> Decimal:
    return Decimal(note.link.written["total"])


def _credit_note(now: Situation, document: Document, amount: Decimal) -> Decision:
    rows = _rows(now, amount)
    if isinstance(rows, Hold):
        return rows
    reference = f"Write-off of {document.link.marker}"
    wanted = Wanted(WRITE_OFF, document.link, rows, now.changed_on, reference, "Bad debt: {}", "WO")
    ask = credit_note(now, wanted)
    return ask if isinstance(ask, Hold) else Calls((ask,))


def _rows(now: Situation, amount: Decimal) -> Sequence[Row] | Hold:
    """The written-off fees, on the expense account with the tax claimed back; on the cash basis as they were sold."""
    lines = build(now, written_off_lines(now.sale))
    if isinstance(lines, Hold):
        return lines
    shares = fees.spread(now, lines.rows, min(amount, lines.total))
    if _cash_basis(now):
        return shares
    expense = now.special("bad debts", f"invoice {now.sale.id}")
    if isinstance(expense, Hold):
        return expense
    return tuple(_expensed(row, expense) for row in shares)


def _expensed(row: Row, expense: Account) -> Row:
    taxed = row["tax_type"] == TAXED
    tax = {"tax_type": "INPUT" if taxed else OUTSIDE, "tax": row["tax"] if taxed else ZERO}
    return {**row, "account": expense.code, **tax}


def _allocate(now: Situation, note: Credit) -> Decision:
    asks: list[Ask] = []
    left = note.left
    for document in of_contact(documents(now), note.link.written.get("contact_id")):
        amount = min(left, document.due)
        if amount > ZERO:
            ask = allocate(now, note, document, amount, f"allocation {note.link.part}", len(asks))
            if isinstance(ask, Hold):
                return ask
            asks.append(ask)
            left -= amount
    if not asks:
        return _undo_decision(now, note)
    return Calls(tuple(asks))


def _undo_decision(now: Situation, note: Credit) -> Decision:
    """Nothing is owed any more for which it could stand."""
    said = _undo(now, note)
    if isinstance(said, tuple):
        return now.hold("XERO_CHANGED", f"credit note {note.link.marker}", f"{note.link.marker} is gone", "person")
    return said


# --- the journal of the cash basis ----------------------------------------------------------------


def _cash_basis(now: Situation) -> bool:
    return now.registered and now.organisation.get("sales_tax_basis") == "CASH"


def _wants_journal(now: Situation, note: Credit) -> bool:
    return _cash_basis(now) and now.link(f"journal {note.link.part}") is None


def _journal(now: Situation, note: Credit) -> Decision:
    """Moves the net amounts from revenue to bad debts; not on cash basis reports, for nothing was received."""
    part, about = f"journal {note.link.part}", f"credit note {note.link.marker}"
    expense = now.special("bad debts", about)
    if isinstance(expense, Hold):
        return expense
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    net: dict[str, Decimal] = {}
    for row in note.link.written["lines"]:
        net[row["account"]] = net.get(row["account"], ZERO) + row["amount"] - row["tax"]
    lines = [_journal_line(expense.code, total(tuple(net.values())))]
    lines += [_journal_line(account, -amount) for account, amount in net.items()]
    narration = f"Bad debt HX-{now.sale.id} ({note.link.marker})"
    payload = {"narration": narration, "date": note.link.written["date"], "status": "POSTED", "amounts": "NoTax"}
    payload |= {"on_cash_basis": False, "lines": lines}
    return Calls((now.ask("create_manual_journal", narration, payload, Write(part, part)),))


def _journal_line(account: str, amount: Decimal) -> Mapping[str, Json]:
    return {"account": account, "amount": amount, "tax_type": OUTSIDE}


def _undo(now: Situation, note: Credit) -> Calls | Hold | tuple[Link, ...]:
    """The journal first, then the credit note."""
    journal = now.link(f"journal {note.link.part}")
    if journal is None:
        return void_note(now, note.link)
    part = f"void {journal.part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, f"credit note {note.link.marker}")
    payload = {"id": journal.id, "narration": journal.marker, "status": "VOIDED"}
    write = Write(part, journal.part, ends=True, fresh_read=True)
    return Calls((now.ask("update_manual_journal", journal.marker, payload, write),))
