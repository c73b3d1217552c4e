"""The channel kind `webhook`: a notice as JSON by HTTP POST.

Only to the address in the channel's settings, never to one from a rule; https, except to this machine; redirects
are not followed. What a repeat would be known by travels as the header `webhook-id`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.notifications.deliveries import BUSY, SENT, UNKNOWN, Delivery, refused
from connectors.notifications.payloads import Notice, in_webhook
from engine.errors import NoAnswer, NotSent
from engine.sdk.contract import Response, Wire, write_json

Json = Any

# RFC 9110: the server says that it did not act on the request, and for how long.
_LATER = (429, 503)


def post(wire: Wire, channel: Mapping[str, Json], notice: Notice, to: str, timeout_seconds: float) -> Delivery:
    """Send one notice; a 5xx other than 503 leaves open whether it was taken."""
    address = str(channel.get("address") or "").strip()
    if not is_safe(address):
        return refused(
            "BAD_ADDRESS",
            "The address of the webhook channel is no https address.",
            "Write an address that begins with https:// into the channel's settings.",
        )
    headers = {"content-type": "application/json", "webhook-id": notice.id.encode("ascii", "replace").decode()}
    try:
        answer = wire.send("POST", address, headers, write_json(in_webhook(notice, to)), timeout_seconds)
    except NotSent:
        return BUSY
    except NoAnswer:
        return UNKNOWN
    return _judge(answer)


def is_safe(address: str) -> bool:
    """The address is https, or leads to this machine; it carries no password and no odd signs."""
    if not address.isascii() or any(sign.isspace() or ord(sign) < 32 for sign in address):
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if not host or "@" in parts.netloc or "\\" in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """The host is this machine, written as `localhost` or as a whole address (127.1 and its like are not taken)."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _judge(answer: Response) -> Delivery:
    if 200 <= answer.status < 300:
        return SENT
    if answer.status in _LATER:
        wait = answer.headers.get("retry-after", "")
        return Delivery("busy", after_seconds=int(wait) if wait.isascii() and wait.isdigit() else None)
    if answer.status >= 500:
        return UNKNOWN
    return refused(
        "WEBHOOK_REFUSED",
        f"The webhook answered {answer.status}.",
        "Check the channel's address; redirects are not followed.",
    )
