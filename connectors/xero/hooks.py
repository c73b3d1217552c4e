"""Xero's webhook as the engine sees it: one address, one signing key (fact sheet 10).

A table and a translation; what a delivery is stands in `webhooks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.xero import webhooks
from engine.sdk.webhook import KEY_SECRET, Genuine, Kept, Mention, TurnedAway, Webhook


def judge(event: str, headers: Mapping[str, str], body: bytes, kept: Kept) -> Genuine | TurnedAway:
    """See `engine.sdk.webhook.Webhook`."""
    judged = webhooks.judge(headers, body, kept(KEY_SECRET) or "", kept("tenant_id") or "")
    if isinstance(judged, webhooks.Refused):
        return TurnedAway(judged.status, judged.what)
    mentions = tuple(dict.fromkeys(Mention(told.resource.partition("/")[2], told.polls) for told in judged.told))
    # Rightly signed and unreadable: it tells of something, so everything is looked at.
    return Genuine(mentions, () if judged.told else judged.polls, judged.first, judged.last)


WEBHOOK = Webhook(
    judge=judge,
    status=200,
    polls=("documents", "invoices", "payments", "credit_notes", "contacts", "bank_transactions"),
    signed=True,
    rest_seconds=60,
    where="developer.xero.com > My Apps > your app > Webhooks: choose every category, type in the address, copy the "
    "signing key.",
)
