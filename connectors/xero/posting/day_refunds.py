"""R14 and R24: the money that went back on a day: one credit note for cancelled fees, paid out by method.

PURE. It is written on the day of the refund, whichever day the sale is dated. What was too much, or free since an
earlier reduction, goes back from that credit without another note. A fee that is owed again is asked for again by
the sale's own day, as soon as the note stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.beginning import Said
from connectors.xero.posting.day_documents import PATIENTS, credit_note
from connectors.xero.posting.day_lines import named
from connectors.xero.posting.day_sums import DaySituation, SaleSums, amount_of, sums_of
from connectors.xero.posting.fees import REFUND, Row
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.methods import refund_account
from connectors.xero.posting.modes import day_key
from connectors.xero.posting.payer import contact_of
from connectors.xero.posting.situation import Write
from connectors.xero.posting.standing import NOTE, credit_of, notes
from connectors.xero.posting.taking_off import take_off
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO, total
from engine.sdk.contract import Calls, Hold, Later, Link
from engine.sdk.records import Receipt, Sale

Json = Any
_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of the day, and its sale."""

    sale: Sale
    sums: SaleSums
    receipt: Receipt

    @property
    def basis(self) -> str:
        """What of it makes its part of a note or its payment."""
        return f"{self.receipt.id} {receipt_basis(self.receipt)}"


def refunds(now: DaySituation) -> tuple[Refund, ...] | Hold:
    """The refunds of the day, oldest first."""
    sales = (*now.day.sales, *now.day.refunded)
    sums = sums_of(now, sales)
    if isinstance(sums, Hold):
        return sums
    pairs = zip(sales, sums, strict=True)
    found = [Refund(sale, mine, item) for sale, mine in pairs for item in mine.refunds if item.date == now.day.date]
    return tuple(sorted(found, key=lambda refund: (refund.receipt.at, refund.receipt.id)))


def retract(now: DaySituation) -> Said:
    """Notes and payments of refunds that the practice system changed or deleted: money first, then the note."""
    wanted = refunds(now)
    if isinstance(wanted, Hold):
        return wanted
    bases = {refund.basis for refund in wanted}
    for link in now.live("payment"):
        if link.part.startswith("refund ") and not bases.issuperset(link.written.get("covers", ())):
            said = take_off(now, link)
            return (said,) if isinstance(said, Link) else said if isinstance(said, Hold) else Calls((said,))
    for note in notes(now):
        if note.reason == REFUND and not bases.issuperset(row[0] for row in note.link.written["covers"]):
            return _void(now, note.link)
    return None


def write_notes(now: DaySituation) -> Said:
    """The credit note over the fees of all refunds that have none yet; None when there is none to write."""
    wanted = refunds(now)
    if isinstance(wanted, Hold):
        return wanted
    told = _covered(now)
    rows: list[Row] = []
    covers: list[list[str]] = []
    rest = {refund.sale.id: refund.sums.unnoted for refund in wanted}
    for refund in wanted:
        amount = min(refund.receipt.amount, rest[refund.sale.id])
        if refund.basis in told or amount <= ZERO:
            continue
        if not refund.sums.charged:
            return Later(now.today.now + _SOON, f"the summary of {refund.sale.date} does not stand yet")
        found = _cancelled(now, refund.sums, amount)
        if not found:
            cause = f"refund of {refund.receipt.amount} exceeds the fees"
            return now.hold("TOTAL_MISMATCH", f"payment {refund.receipt.id}", cause, f"record sale {refund.sale.id}")
        rest[refund.sale.id] -= amount
        rows += found
        covers.append([refund.basis, refund.receipt.method.strip(), str(amount)])
    if not rows:
        return None
    contact = contact_of(now, PATIENTS, now.day.version)
    if isinstance(contact, Link):
        return (contact,)
    if not isinstance(contact, str):
        return contact
    ask = credit_note(now, contact, rows, REFUND, now.day.date, named(rows, "refunded"), covers=covers)
    return ask if isinstance(ask, Hold) else now.settling() or Calls((ask,))


def pay_out(now: DaySituation) -> Said:
    """The payments out of the notes, one a method, and those out of other credit; None when all stand."""
    wanted = refunds(now)
    if isinstance(wanted, Hold):
        return wanted
    by_method = {refund.receipt.method.strip(): refund.receipt for refund in wanted}
    for note in notes(now):
        if note.reason != REFUND:
            continue
        shares: dict[str, list[list[str]]] = {}
        for row in note.link.written["covers"]:
            shares.setdefault(row[1], []).append(row)
        for method, rows in shares.items():
            part = f"refund {note.link.part} {method.upper()}"
            if now.link(part) is None and method in by_method:
                amount = total(tuple(Decimal(row[2]) for row in rows))
                on = {"credit": NOTE, "credit_id": note.id}
                reference = f"{note.link.marker} {method} x{len(rows)}"
                return _payment(now, part, by_method[method], amount, on, [row[0] for row in rows], reference)
    return _from_other_credit(now, wanted)


def _from_other_credit(now: DaySituation, wanted: Sequence[Refund]) -> Said:
    told = _covered(now)
    for refund in wanted:
        part = f"refund {refund.receipt.id}"
        paid = [link.written["amount"] for link in now.live("payment") if link.part.partition("/")[0] == part]
        rest = refund.receipt.amount - told.get(refund.basis, ZERO) - total(tuple(paid))
        if rest <= ZERO:
            continue
        free = _free_credit(now, day_key(refund.sale.location, refund.sale.date))
        if free is None:
            return Later(now.today.now + _SOON, f"the credit of invoice {refund.sale.id} does not stand yet")
        kind, id, left = free
        part += f"/{len(paid) + 1}" if paid else ""
        on = {"credit": kind, "credit_id": id}
        reference = f"HX-PT-{part.removeprefix('refund ')} {refund.receipt.method} of {now.number}"
        return _payment(now, part, refund.receipt, min(rest, left), on, [refund.basis], reference)
    return None


def _payment(
    now: DaySituation,
    part: str,
    receipt: Receipt,
    amount: Decimal,
    on: Mapping[str, Json],
    covers: list[str],
    reference: str,
) -> Said:
    account, day = refund_account(now, receipt), open_date(now, receipt.date, now.number)
    if isinstance(account, Hold):
        return account
    if isinstance(day, Hold):
        return day
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, f"payment {receipt.id}")
    payload: dict[str, Json] = {**on, "account": account.code, "account_id": account.id, "date": day, "amount": amount}
    payload |= {"reference": reference, "covers": covers}
    return now.settling() or Calls((now.ask("create_payment", reference, payload, Write(part, part)),))


def _free_credit(now: DaySituation, key: str) -> tuple[str, str, Decimal] | None:
    """Credit of a sale's day that may go back: an overpayment, or a note over fees that were paid."""
    live = [link for link in now.known.links.values() if not link.gone and link.source.startswith("halaxy day ")]
    for link in live:
        found = (NOTE, link.id) if link.kind == NOTE and link.written.get("reason") != REFUND else credit_of(link)
        if link.source != key or found is None:
            continue
        used = [item.written["amount"] for item in live if item.written.get("credit_id") == found[1]]
        left = Decimal(link.written["total"]) - total(tuple(used))
        if left > ZERO:
            return (*found, left)
    return None


def _covered(now: DaySituation) -> dict[str, Decimal]:
    """How much of each refund a note of the day covers."""
    found: dict[str, Decimal] = {}
    for note in notes(now):
        for row in note.link.written.get("covers", ()) if note.reason == REFUND else ():
            found[row[0]] = found.get(row[0], ZERO) + Decimal(row[2])
    return found


def _cancelled(now: DaySituation, sums: SaleSums, amount: Decimal) -> tuple[Row, ...]:
    """The fees that a refund took back: just those that are gone, where they are of its sum; else spread by gross."""
    standing = fees.difference(sums.noted, sums.charged)
    gone = [row for row in fees.difference(standing, sums.rows) if row["amount"] < ZERO]
    if gone and -amount_of(gone) == amount:
        return tuple({**row, "amount": -row["amount"], "tax": -row["tax"]} for row in gone)
    return fees.spread(now, standing, amount)


def _void(now: DaySituation, link: Link) -> Said:
    part = f"void {link.part}"
    if now.locked(link.written["date"]):
        return now.hold("LOCKED_PERIOD", link.marker, f"locked until {now.lock}", "facts", "settings")
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, link.marker)
    payload = {"id": link.id, "status": "VOIDED"}
    return Calls((now.ask("update_credit_note", link.marker, payload, Write(part, link.part, True, True)),))
