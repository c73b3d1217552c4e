"""What of a sale stands in Xero: its documents with what is due on them, its credits with what is left of them.

PURE. Told by the links, and by what was read of documents in this posting; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.xero.posting.identity import is_document
from connectors.xero.posting.situation import Ground
from engine.core.money import ZERO, total
from engine.sdk.contract import Done, Link

Json = Any
NOTE, OVER, PRE = "credit note", "overpayment", "prepayment"


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice of the sale: the first, an addition or a re-issue; `applied` is all that was paid and credited."""

    link: Link
    read: Mapping[str, Json] | None
    applied: Decimal

    @property
    def due(self) -> Decimal:
        """What it still owes."""
        return Decimal(self.link.written["total"]) - self.applied

    @property
    def status(self) -> str:
        """As last known."""
        return str((self.read or self.link.seen or self.link.written).get("status", ""))


@dataclass(frozen=True, slots=True)
class Credit:
    """What the customer has to his credit: a credit note, an over- or a prepayment; `left` is not used yet."""

    link: Link
    kind: str
    id: str
    left: Decimal

    @property
    def reason(self) -> str:
        """Why a credit note was written: see `fees.OF_FEES` and the files that write others."""
        return str(self.link.written.get("reason", ""))


def documents(now: Ground) -> tuple[Document, ...]:
    """The live documents, oldest first (R9)."""
    live = [link for link in now.live("invoice") if is_document(link.part)]
    ordered = sorted(live, key=lambda link: (link.written["date"], _age(link.part)))
    return tuple(_document(now, link) for link in ordered)


def of_contact(standing: Sequence[Document], contact: Json) -> tuple[Document, ...]:
    """The documents of one contact: credits can be applied to no others."""
    return tuple(document for document in standing if document.link.written.get("contact_id") == contact)


def credits_of(now: Ground) -> tuple[Credit, ...]:
    """The live credits of this sale, oldest first; those that have become a deposit are the deposit's."""
    kept = {link.id for link in deposit_links(now)}
    notes = [_credit(now, link, NOTE, link.id) for link in now.live(NOTE)]
    money = [_credit(now, link, *found) for link in now.live("bank transaction") if (found := credit_of(link))]
    ordered = sorted((*notes, *money), key=lambda credit: (credit.link.written["date"], credit.link.part))
    return tuple(credit for credit in ordered if credit.id not in kept)


def notes(now: Ground) -> tuple[Credit, ...]:
    """The live credit notes of this sale, those that became a deposit included."""
    return tuple(_credit(now, link, NOTE, link.id) for link in now.live(NOTE))


def credit_of(link: Link) -> tuple[str, str] | None:
    """Kind and id of the credit that a received sum has become; None for plain receipts."""
    for kind in (OVER, PRE):
        if id := link.written.get(f"{kind}_id"):
            return kind, str(id)
    return None


def deposit_links(now: Ground) -> tuple[Link, ...]:
    """The credits of the deposits that this sale draws on or has turned into."""
    found = (link for (source, part), link in now.known.links.items() if part == "credit" and not link.gone)
    return tuple(link for link in found if link.source.startswith("halaxy deposit "))


def allocations_of(now: Ground, credit_id: str) -> tuple[Link, ...]:
    """Where a credit is applied, as far as this sale did it."""
    return tuple(link for link in now.live("allocation") if link.written.get("credit_id") == credit_id)


def applied_to(now: Ground, invoice_id: str) -> tuple[Link, ...]:
    """Our payments and allocations on a document."""
    ours = (*now.live("payment"), *now.live("allocation"))
    return tuple(link for link in ours if link.written.get("invoice_id") == invoice_id)


def _document(now: Ground, link: Link) -> Document:
    read = now.read(f"read {link.part}", "find invoice") if link.part == "invoice" else now.read(f"read {link.part}")
    ours = applied_to(now, link.id)
    applied = total(tuple(item.written["amount"] for item in ours))
    return Document(link, read, applied + _by_others(now, link.id, ours, read))


def _by_others(now: Ground, id: str, ours: tuple[Link, ...], read: Mapping[str, Json] | None) -> Decimal:
    """What people and other programs applied to a document."""
    if read is None:
        return ZERO
    removed = taken_off(now)
    known = {link.id for link in ours if link.kind == "payment"} | {row.get("id") for row in removed}
    theirs = [item["amount"] for item in read["payments"] if item["id"] not in known]
    for item in (*read["credits"], *read["other_credits"]):
        own = [link.written["amount"] for link in ours if link.written.get("credit_id") == item["id"]]
        own += [row["amount"] for row in removed if (row.get("credit_id"), row.get("invoice_id")) == (item["id"], id)]
        theirs.append(max(item["amount"] - total(tuple(own)), ZERO))
    return total(tuple(theirs))


def taken_off(now: Ground) -> tuple[Mapping[str, Json], ...]:
    """What this posting removed already, so that a read from before does not show it as somebody else's."""
    removed = ((part, answer) for part, answer in now.known.answers.items() if part.startswith(("delete ", "remove ")))
    return tuple(answer.result for _, answer in removed if isinstance(answer, Done))


def _credit(now: Ground, link: Link, kind: str, id: str) -> Credit:
    used = [item.written["amount"] for item in allocations_of(now, id)]
    used += [item.written["amount"] for item in now.live("payment") if item.written.get("credit_id") == id]
    return Credit(link, kind, id, Decimal(link.written["total"]) - total(tuple(used)))


def _age(part: str) -> tuple[int, int]:
    """The first document before additions before re-issues, each in order of making."""
    kind, number = ("", 0) if part == "invoice" else (part[0], int(part[1:]))
    return ("", "A", "R").index(kind), number
