"""R8: a discount listed among the payments is a price reduction: a credit note spread over the lines, allocated.

PURE. Its tax follows the lines of the documents, as Xero computes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.xero.posting import fees
from connectors.xero.posting.credit_notes import Wanted, credit_note
from connectors.xero.posting.credits import allocate
from connectors.xero.posting.lines import without_negatives
from connectors.xero.posting.situation import Situation
from connectors.xero.posting.standing import Credit, Document, notes, of_contact
from connectors.xero.posting.theirs import receipt_basis
from engine.core.money import ZERO, total
from engine.sdk.contract import Ask, Hold
from engine.sdk.records import Receipt

DISCOUNT = "discount"


def allocated(now: Situation, receipt: Receipt) -> bool:
    """Whether the discount stands in Xero, applied."""
    credit = credit_for(now, receipt)
    return credit is not None and credit.left == ZERO


def credit_for(now: Situation, receipt: Receipt) -> Credit | None:
    """The live credit note of a discount as it is now."""
    mine = (note for note in notes(now) if note.reason == DISCOUNT)
    return next((note for note in mine if note.link.written.get("receipt") == discount_basis(receipt)), None)


def discount_basis(receipt: Receipt) -> str:
    """What of a discount makes its credit note."""
    return f"{receipt.id} {receipt_basis(receipt)}"


def next_steps(
    now: Situation, standing: Sequence[Document], receipt: Receipt, due: dict[str, Decimal]
) -> tuple[list[Ask | Hold], bool]:
    """The credit note first, then its allocations; and whether more is to come after them."""
    credit = credit_for(now, receipt)
    if credit is None:
        return [_credit_note(now, standing, receipt)], True
    steps: list[Ask | Hold] = []
    left = credit.left
    for document in of_contact(standing, credit.link.written.get("contact_id")):
        amount = min(left, due[document.link.id])
        if amount > ZERO:
            steps.append(allocate(now, credit, document, amount, f"allocation {credit.link.part}", len(steps)))
            left, due[document.link.id] = left - amount, due[document.link.id] - amount
    if left > ZERO:
        about, cause = f"payment {receipt.id}", f"discount on HX-{now.sale.id}"
        steps.append(now.hold("TOTAL_MISMATCH", about, cause, "person", discount=receipt.amount, surplus=left))
    return steps, False


def _credit_note(now: Situation, standing: Sequence[Document], receipt: Receipt) -> Ask | Hold:
    owing = next((document for document in standing if document.due > ZERO), standing[0])
    mine = of_contact(standing, owing.link.written.get("contact_id"))
    due = total(tuple(document.due for document in mine))
    rows = without_negatives([row for document in mine for row in document.link.written["lines"]])
    shares = fees.spread(now, rows or (), receipt.amount)
    if not shares or receipt.amount > due:
        about, cause = f"payment {receipt.id}", f"discount on HX-{now.sale.id}"
        return now.hold("TOTAL_MISMATCH", about, cause, "person", discount=receipt.amount, due=due)
    reference = f"HX-PT-{receipt.id} {receipt.method}".strip()
    more = {"receipt": discount_basis(receipt)}
    wanted = Wanted(DISCOUNT, owing.link, shares, receipt.date, reference, "Discount on {}", more=more)
    return credit_note(now, wanted)
