"""R8: a discount listed among the payments is a price reduction: a credit note spread over the lines, allocated.

PURE. Its tax follows the lines of the document, as Xero computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.xero.posting.lines import without_negatives
from connectors.xero.posting.locks import open_date
from connectors.xero.posting.policy import NOT_MONEY, look_up
from connectors.xero.posting.situation import Situation, Write
from connectors.xero.posting.tax import included_tax
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO, split, total
from engine.sdk.contract import Ask, Hold, Link
from engine.sdk.records import Receipt

Json = Any
KIND = "credit note"


def is_discount(now: Situation, receipt: Receipt) -> bool:
    """Whether a receipt is no money: by its kind, or because the method map says so."""
    mapped = look_up(now.policy.payment_accounts, receipt.method, now.sale.location)
    return receipt.kind == "discount" or (receipt.kind == "payment" and mapped == NOT_MONEY)


def allocated(now: Situation, receipt: Receipt) -> bool:
    """Whether the discount stands in Xero, applied to the document."""
    credit = credit_of(now, receipt)
    return credit is not None and now.link(f"allocation {credit.part}") is not None


def credit_of(now: Situation, receipt: Receipt) -> Link | None:
    """The live credit note of a discount."""
    mine = (link for link in credits_of(now) if link.written.get("basis") == credit_basis(receipt))
    return next(mine, None)


def credits_of(now: Situation) -> tuple[Link, ...]:
    """The live credit notes of this sale."""
    return tuple(link for link in now.links() if link.kind == KIND and not link.gone)


def credit_basis(receipt: Receipt) -> str:
    """What of a discount makes its credit note."""
    return f"{receipt.id} {receipt_basis(receipt)}"


def next_step(now: Situation, link: Link, receipt: Receipt, used: Decimal) -> Ask | Hold:
    """The credit note first, then its allocation of what the document can still take."""
    credit = credit_of(now, receipt)
    if credit is None:
        return _credit_note(now, link, receipt)
    about = f"payment {receipt.id}"
    if used != receipt.amount or credit.written["total"] != receipt.amount:
        cause = f"discount on {link.marker}"
        return now.hold("TOTAL_MISMATCH", about, cause, "person", discount=receipt.amount, due=used)
    part = f"allocation {credit.part}"
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    payload = {"credit_note_id": credit.id, "invoice_id": link.id, "amount": used, "date": credit.written["date"]}
    return now.ask("allocate_credit", f"{credit.marker} to {link.marker}", payload, Write(part, part))


def _credit_note(now: Situation, link: Link, receipt: Receipt) -> Ask | Hold:
    about = f"payment {receipt.id}"
    part = _part(now, receipt)
    if (refusal := now.refusal(part)) is not None:
        return now.refused(refusal, about)
    day = open_date(now, receipt.date, about)
    if isinstance(day, Hold):
        return day
    rows = _lines(now, link, receipt.amount)
    if rows is None:
        return now.hold("TOTAL_MISMATCH", about, f"discount on {link.marker}", "person", discount=receipt.amount)
    number = f"HX-{now.sale.id}-{part}"
    payload = {
        "number": number,
        "contact_id": link.written["contact_id"],
        "date": day,
        "reference": f"HX-PT-{receipt.id} {receipt.method}".strip(),
        "status": "AUTHORISED",
        "amounts": link.written.get("amounts") or ("Inclusive" if now.registered else "NoTax"),
        "lines": rows,
        "wanted_total": receipt.amount,
        "wanted_tax": total(tuple(row["tax"] for row in rows)),
        "basis": credit_basis(receipt),
    }
    return now.ask("create_credit_note", number, payload, Write(part, part))


def _part(now: Situation, receipt: Receipt) -> str:
    """`CN<n>`: numbers go on after those ever used, in order of the discounts that have none yet."""
    used = [int(link.part[2:]) for link in now.links() if link.part[:2] == "CN" and link.part[2:].isdecimal()]
    ordered = sorted(now.sale.payments, key=lambda item: (item.at, item.id))
    waiting = [item.id for item in ordered if is_discount(now, item) and credit_of(now, item) is None]
    return f"CN{max(used, default=0) + 1 + waiting.index(receipt.id)}"


def _lines(now: Situation, link: Link, amount: Decimal) -> list[Mapping[str, Json]] | None:
    """The amount spread over the document's lines by gross, largest remainder first (R8)."""
    rows = without_negatives(link.written["lines"])
    if not rows or amount > total(tuple(row["amount"] for row in rows)):
        return None
    shares = split(amount, tuple(row["amount"] for row in rows))
    return [_line(now, row, share) for row, share in zip(rows, shares, strict=True) if share != ZERO]


def _line(now: Situation, row: Mapping[str, Json], share: Decimal) -> Mapping[str, Json]:
    line = {"description": f"Discount on {row['description']}"[:4000], "quantity": Decimal(1), "unit": share}
    line |= {"amount": share, "account": row["account"], "tax_type": row["tax_type"]}
    line |= {"tax": included_tax(share, now.rate(row["tax_type"]))}
    return line | ({"tracking": row["tracking"]} if row.get("tracking") else {})
