"""Halaxy's webhook as the engine sees it: eight addresses, one header (fact sheet 7).

A table and a translation; what a delivery is stands in `webhooks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from connectors.halaxy import webhooks
from engine.sdk.webhook import HEADER_SECRET, Genuine, Kept, Mention, TurnedAway, Webhook

_SCREEN = MappingProxyType({event: event.replace("-", " ").capitalize() for event in webhooks.EVENTS})


def judge(event: str, headers: Mapping[str, str], body: bytes, kept: Kept) -> Genuine | TurnedAway:
    """See `engine.sdk.webhook.Webhook`."""
    judged = webhooks.judge(event, headers, body, kept(HEADER_SECRET) or "")
    if isinstance(judged, webhooks.Refused):
        return TurnedAway(judged.status, judged.what)
    mentions = (Mention(read.partition("/")[2], judged.polls, read) for read in judged.rereads if judged.polls)
    return Genuine(tuple(mentions), judged.polls)


WEBHOOK = Webhook(
    judge=judge,
    status=202,
    polls=("people", "sales"),
    events=_SCREEN,
    rest_seconds=15,
    where="Settings > Integrations > Webhooks > Create Webhook: one for each event, its address as Endpoint URL; "
    "the header value below goes into Authentication Header of each.",
)
