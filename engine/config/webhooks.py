"""Reads `webhooks:` of `daybook.yaml`: the public https address, and where `daybook serve` listens.

Makes no address of a single webhook; `engine.compose.webhooks` does.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from engine.config.model import Webhooks
from engine.lang.faults import shown
from engine.lang.fields import Fields

_WORDS = ("address", "listen")
_LISTEN = "127.0.0.1:8710"
_PLACE = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,39}\]):(?P<port>\d{1,5})")
_HIGHEST_PORT = 65535


def read_webhooks(top: Fields) -> Webhooks | None:
    """The settings; None when the file has no `webhooks:`, which leaves them off."""
    if top.node("webhooks") is None:
        return None
    fields = top.inner("webhooks", _WORDS, "the webhooks")
    address = fields.text("address", needed=True)
    if address and not _is_public(address):
        what = f'"{shown(address)}" is no public https address.'
        mend = "Write it as https://daybook.practice.example, without a user, a question mark or a #."
        fields.note(fields.spot_of("address"), "not-https", what, mend)
    listen = fields.text("listen", _LISTEN)
    place = _PLACE.fullmatch(listen)
    if place is None or not 0 < int(place["port"]) <= _HIGHEST_PORT:
        what = f'"{shown(listen)}" is no place to listen.'
        fields.note(fields.spot_of("listen"), "not-a-place", what, f"Write a host and a port, such as {_LISTEN}.")
        return None
    return Webhooks(place["host"].strip("[]"), int(place["port"]), address.rstrip("/"))


def _is_public(address: str) -> bool:
    """Whether it is https with a host name and nothing that does not belong to a base address."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme == "https" and bool(parts.hostname) and plain and not re.search(r"[\s\\]", address)
