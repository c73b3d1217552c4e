"""R7: the status that new documents get, and what waits for a person's approval.

PURE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xero.posting.situation import Situation
from engine.sdk.contract import Hold, Link

Json = Any
WAITING = ("DRAFT", "SUBMITTED")
APPROVED = ("AUTHORISED", "PAID")


def status_of(link: Link, read: Mapping[str, Json] | None) -> str:
    """A document's status as last known: a read of this posting, else what was last seen."""
    return str((read or link.seen or link.written).get("status", ""))


def waits_for_approval(now: Situation, link: Link, what: str) -> Hold:
    """Money on a document that is not approved waits, and is released when polling sees it approved."""
    return now.hold("WAITING_APPROVAL", what, f"waiting for approval of {link.marker}", f"document invoice {link.id}")
