"""The ways from one status of an invoice or credit note to another.

A table and one question; what else a status demands stands in `documents.py`. Source: Xero fact sheet 8.3.
"""

from __future__ import annotations

from .problems import Invalid
from .state import Document
from .wire import text_of
from .writing import Element

_OPEN = ("DRAFT", "SUBMITTED", "AUTHORISED")
_FROM: dict[str, tuple[str, ...]] = {
    "DRAFT": (*_OPEN, "DELETED"),
    "SUBMITTED": (*_OPEN, "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
    "PAID": ("PAID", "VOIDED"),
}
NOT_EDITABLE = "This document cannot be edited as it has a payment or credit note allocated to it."
NOT_NOW = "Invoice not of valid status for modification"


def next_status(sent: Element, standing: Document | None) -> str:
    """The status that a document is to have after this write.

    Raises:
        Invalid: The way there is barred, in Xero's words.
    """
    wanted = text_of(sent.get("Status"))
    if standing is None:
        if wanted and wanted not in _OPEN:
            raise Invalid("Invoice not of valid status for creation")
        return wanted or "DRAFT"
    if standing.status not in _FROM:
        raise Invalid(NOT_NOW)
    if not wanted or wanted == standing.status:
        return standing.status
    if standing.applied and wanted in _OPEN:
        raise Invalid(
            f"The status {wanted} cannot be applied to the invoice because it has payments or credit notes "
            "allocated to it."
        )
    if standing.applied and wanted in ("VOIDED", "DELETED"):
        raise Invalid(NOT_EDITABLE)
    if wanted not in _FROM[standing.status]:
        raise Invalid(NOT_NOW)
    return wanted
