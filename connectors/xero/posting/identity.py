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


def payer_key(sale: Sale, policy: Policy) -> str:
    """The key under which the payer's contact is linked."""
    if in_summary(sale, policy):
        return f"halaxy summary {sale.location or 'all'}"
    return contact_key(sale.payer)


def contact_key(payer: Payer) -> str:
    """The key of one payer's own contact."""
    return f"halaxy {payer.kind} {payer.id}"


def in_summary(sale: Sale, policy: Policy) -> bool:
    """Privacy mode: patients share one contact a location; an organisation's name is no patient's (R2)."""
    return policy.contact_mode == "summary" and sale.payer.kind == "patient"


def contact_number(payer: Payer) -> str:
    """`HX-P-<patient>` or `HX-O-<organisation>` (R2)."""
    return f"HX-{'P' if payer.kind == 'patient' else 'O'}-{payer.id}"


def invoice_number(sale: Sale, part: str) -> str:
    """`HX-<id>`, or `HX-<id>-R<n>` for a re-issue, because a voided number is never free again (R18)."""
    return f"HX-{sale.id}" if part == INVOICE else f"HX-{sale.id}-{part}"


def current_part(links: tuple[Link, ...]) -> str:
    """The part of the sale's newest document: `invoice`, then `R1`, `R2`, ... after each removal by us."""
    parts = [link for link in links if link.part == INVOICE or is_reissue(link.part)]
    if not parts:
        return INVOICE
    newest = max(parts, key=lambda link: _turn(link.part))
    return f"R{_turn(newest.part) + 1}" if newest.gone else newest.part


def is_reissue(part: str) -> bool:
    """Whether a part names a re-issue."""
    return part[:1] == "R" and part[1:].isdecimal()


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
    """`due` where one is known, else the terms after the document's date; a re-issue has none of its own."""
    if sale.due is not None and part == INVOICE and sale.due >= dated:
        return sale.due
    return dated + timedelta(days=policy.terms_days)


def payment_reference(receipt: Receipt, shifted: bool = False) -> str:
    """`HX-PT-<id> <method>`, by which a payment is found again."""
    return f"HX-PT-{receipt.id} {receipt.method}".strip() + (f" / dated {receipt.date.isoformat()}" if shifted else "")


def _turn(part: str) -> int:
    return int(part[1:]) if is_reissue(part) else 0
