"""R7: the status that new documents get, and what waits for a person's approval.

PURE.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.xero.posting.situation import Situation
from connectors.xero.posting.standing import Document
from engine.sdk.contract import Hold
from engine.sdk.records import Receipt

WAITING = ("DRAFT", "SUBMITTED")
APPROVED = ("AUTHORISED", "PAID")


def waits_for_approval(now: Situation, standing: Sequence[Document], missing: Sequence[Receipt]) -> Hold | None:
    """Money on a document that is not approved waits, and is released when polling sees it approved."""
    waiting = next((document.link for document in standing if document.status in WAITING), None)
    if waiting is None or not missing:
        return None
    cause = f"waiting for approval of {waiting.marker}"
    return now.hold("WAITING_APPROVAL", f"payment {missing[0].id}", cause, f"document invoice {waiting.id}")
