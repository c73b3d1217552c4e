"""Which permissions (scopes) a person granted to the app, read from the access token that Xero gave.

PURE. The token is a signed JWT whose claim `scope` lists them (fact sheet 3.2); the signature is Xero's matter, for the
token was fetched from Xero itself.
"""

from __future__ import annotations

import base64
import json

from engine.sdk.capabilities import Permission

_WANTED = (
    ("accounting.invoices", "to write invoices and credit notes", True),
    ("accounting.payments", "to write payments", True),
    ("accounting.contacts", "to make contacts", True),
    ("accounting.settings", "to read the chart of accounts, and to make accounts that are missing", True),
    ("accounting.banktransactions", "to write fees, deposits and refunds on clearing accounts", True),
    ("accounting.manualjournals", "to write off on GST cash basis", False),
    ("offline_access", "to stay signed in without a person", True),
)
# The broad scope that apps of before March 2026 have instead (fact sheet 3.3).
_BROAD = frozenset(
    ("accounting.invoices", "accounting.payments", "accounting.banktransactions", "accounting.manualjournals")
)


def scopes_of(token: str) -> frozenset[str] | None:
    """The scopes of an access token; None when it does not tell."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4)))
    except ValueError:
        return None
    listed = claims.get("scope") if isinstance(claims, dict) else None
    if isinstance(listed, str):
        return frozenset(listed.split())
    return frozenset(map(str, listed)) if isinstance(listed, list) else None


def permissions(token: str | None, mode: str) -> tuple[Permission, ...]:
    """What was granted of what Daybook asks for; a custom connection has no person, so it needs no offline access."""
    scopes = scopes_of(token or "")
    wanted = (row for row in _WANTED if row[0] != "offline_access" or mode != "custom")
    return tuple(Permission(name, purpose, vital, _granted(name, scopes)) for name, purpose, vital in wanted)


def _granted(name: str, scopes: frozenset[str] | None) -> bool | None:
    if scopes is None:
        return None
    return name in scopes or (name in _BROAD and "accounting.transactions" in scopes)
