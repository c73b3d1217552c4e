"""The channel kind `apprise`: more services through the library of that name (the extra `notify`).

The only file that loads it, and only when such a channel is used. Schemes are an allow-list, attachments are
refused, and nothing is logged: addresses hold secrets.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.notifications.deliveries import SENT, UNKNOWN, Delivery, refused
from connectors.notifications.payloads import Notice
from connectors.notifications.webhook import is_loopback

Json = Any

# Mail has a channel of its own, which keeps to one recipient; other schemes read files or run programs.
SCHEMES = ("ntfys", "ntfy", "slack", "workflows", "workflow", "msteams", "tgram")


def send(channel: Mapping[str, Json], notice: Notice) -> Delivery:
    """Send one notice; Apprise says only yes or no, and its no may come after the service took it."""
    address = str(channel.get("address") or "").strip()
    if fault := _fault_of(address):
        return fault
    try:
        apprise: Any = import_module("apprise")
    except ModuleNotFoundError:
        mend = 'Install it: pip install "daybook-engine[notify]".'
        return refused("NOT_INSTALLED", "The channel needs the library Apprise, which is not installed.", mend)
    _silence()
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return refused(
            "BAD_ADDRESS", "Apprise cannot read the address of the channel.", "Check it in Apprise's manual."
        )
    kind = apprise.NotifyType.WARNING if notice.urgency == "high" else apprise.NotifyType.INFO
    taken = service.notify(
        body=notice.body, title=notice.title, notify_type=kind, body_format=apprise.NotifyFormat.MARKDOWN
    )
    return SENT if taken else UNKNOWN


def _silence() -> None:
    """Apprise writes whole addresses into its log when it cannot read them, and messages at debug level."""
    for name in ("apprise", "urllib3.connectionpool"):
        logging.getLogger(name).disabled = True


def _fault_of(address: str) -> Delivery | None:
    try:
        parts = urlsplit(address)
        options = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        return refused("BAD_ADDRESS", "The address of the channel cannot be read.", "Check it in Apprise's manual.")
    if parts.scheme not in SCHEMES:
        return refused("SCHEME_NOT_ALLOWED", "The channel's service is not allowed.", f"Allowed: {', '.join(SCHEMES)}.")
    if options & {"attach", "attachment"}:
        return refused("NO_ATTACHMENTS", "The channel's address asks for an attachment.", "Take it out of the address.")
    if "retry" in options:
        return refused("NO_REPEATS", "The channel's address asks for repeats.", "Take retry out of the address.")
    # `ntfy://topic` goes to the public server under TLS; with a host of its own it would go in the clear.
    if parts.scheme == "ntfy" and parts.path.strip("/") and not is_loopback(parts.hostname or ""):
        return refused("BAD_ADDRESS", "The channel would send without TLS.", "Write ntfys:// instead of ntfy://.")
    return None
