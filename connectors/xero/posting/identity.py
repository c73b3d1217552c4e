"""R3: how documents are named, so that each is found again: numbers, references, dates, source keys.

PURE. Never a name of a person, and only ids of patients.
"""

from __future__ import annotations

from datetime import date, timedelta

from connectors.xero.posting.policy import Policy
from engine.sdk.contract import Link
from engine.sdk.records import Payer, Receipt, Sale

INVOICE = "invoice"


def source_key(sale: Sale) -> str:
    """The key that a posting of this sale locks."""
    return f"halaxy invoice {sale.id}"


def payer_key(payer: Payer, location: str | None, policy: Policy) -> str:
    """The key under which a payer's contact is linked."""
    if in_summary(payer, policy):
        return f"halaxy summary {location or 'all'}"
    return contact_key(payer)


def deposit_key(id: str) -> str:
    """The key of a deposit, under which its credit in Xero is linked for every sale that draws on it."""
    return f"halaxy deposit {id}"


def settled_key(receipt_id: str) -> str:
    """The key under which a posted payout is linked for each receipt in it."""
    return f"halaxy payment {receipt_id}"


def named_contact_key(number: str) -> str:
    """The key of a contact that is no payer, such as a card processor."""
    return f"contact {number}"


def contact_key(payer: Payer) -> str:
    """The key of one payer's own contact."""
    return f"halaxy {payer.kind} {payer.id}"


def in_summary(payer: Payer, policy: Policy) -> bool:
    """Privacy mode: patients share one contact a location; an organisation's name is no patient's (R2)."""
    return policy.contact_mode == "summary" and payer.kind == "patient"


def contact_number(payer: Payer) -> str:
    """`HX-P-<patient>` or `HX-O-<organisation>` (R2)."""
    return f"HX-{'P' if payer.kind == 'patient' else 'O'}-{payer.id}"


def invoice_number(sale: Sale, part: str) -> str:
    """`HX-<id>`, or `HX-<id>-R<n>` for a re-issue, because a voided number is never free again (R18)."""
    return f"HX-{sale.id}" if part == INVOICE else f"HX-{sale.id}-{part}"


def current_part(links: tuple[Link, ...]) -> str:
    """The part of the sale's first document: `invoice`, or the next `R<n>` when all that ever stood are gone."""
    parts = [link for link in links if link.part == INVOICE or is_reissue(link.part)]
    return next_part(links, "R") if parts else INVOICE


def is_reissue(part: str) -> bool:
    """Whether a part names a re-issue."""
    return part[:1] == "R" and part[1:].isdecimal()


def is_document(part: str) -> bool:
    """Whether a part names an invoice of the sale: the first one, an addition or a re-issue."""
    return part == INVOICE or (part[:1] in ("A", "R") and part[1:].isdecimal())


def next_part(links: tuple[Link, ...], prefix: str) -> str:
    """The next number of a kind, after those ever used: `CN3` after `CN1` and `CN2`."""
    used = [int(link.part.removeprefix(prefix)) for link in links if _numbered(link.part, prefix)]
    return f"{prefix}{max(used, default=0) + 1}"


def _numbered(part: str, prefix: str) -> bool:
    return part.startswith(prefix) and part.removeprefix(prefix).isdecimal()


def reference(sale: Sale, policy: Policy) -> str:
    """The document's Reference: the patient's id, with the claim for a third-party payer (R3)."""
    if policy.contact_mode == "summary":
        return f"HX {sale.id}"
    if sale.payer.kind == "patient":
        return f"HX pt {sale.payer.id}"
    subjects: set[str | None] = {line.subject for line in sale.lines if line.subject} or {sale.subject}
    subject = next(iter(subjects))
    if len(subjects) > 1 or not subject:
        return f"HX {sale.id}" + (f" / {sale.claim}" if sale.claim and not subject else "")
    return f"HX pt {subject}" + (f" / {sale.claim}" if sale.claim else "")


def full_reference(sale: Sale, policy: Policy, part: str, dated: date) -> str:
    """The Reference with what a re-issue or a shifted date adds to it (R18, R19)."""
    text = reference(sale, policy)
    text += f" / re-issue of HX-{sale.id}" if part != INVOICE else ""
    return text + (f" / dated {sale.date.isoformat()}" if dated != sale.date else "")


def due_date(sale: Sale, policy: Policy, part: str, dated: date) -> date:
    """The due date of a report, else the terms after the document's date; a re-issue has none of its own."""
    if sale.due_reported is not None and part == INVOICE and sale.due_reported >= dated:
        return sale.due_reported
    return dated + timedelta(days=policy.terms_days)


def payment_reference(receipt: Receipt, shifted: bool = False) -> str:
    """`HX-PT-<id> <method>`, by which a payment is found again."""
    return f"HX-PT-{receipt.id} {receipt.method}".strip() + (f" / dated {receipt.date.isoformat()}" if shifted else "")
