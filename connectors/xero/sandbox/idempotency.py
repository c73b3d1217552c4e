"""The store behind Idempotency-Key: what was answered under a key, for six minutes.

Knows no resource. Source: Xero fact sheet 5.1; the exact body of a mismatch is not published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from engine.sdk.sandbox import Answer, Asked

from .problems import failure

_LIFE = timedelta(seconds=360)
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class _Kept:
    request: str
    answer: Answer
    ends: datetime


@dataclass(slots=True)
class Keys:
    """Answers by (app, key)."""

    _kept: dict[tuple[str, str], _Kept] = field(default_factory=dict)

    def recall(self, app: str, key: str, request: str, now: datetime) -> Answer | None:
        """The answer to give without executing: the stored one, a 400, or None when the request is new."""
        if not key or len(key) > _LONGEST:
            return failure(10, "ValidationException", f"The Idempotency-Key must have 1 to {_LONGEST} characters")
        kept = self._kept.get((app, key))
        if kept is None or now >= kept.ends:
            return None
        if kept.request != request:
            return failure(10, "ValidationException", f"The idempotency key '{key}' is used with a different request")
        return kept.answer

    def keep(self, app: str, key: str, request: str, answer: Answer, now: datetime) -> None:
        """Store an answer of any kind; forget what has run out."""
        if len(self._kept) > 2000:
            self._kept = {name: kept for name, kept in self._kept.items() if kept.ends > now}
        self._kept[app, key] = _Kept(request, answer, now + _LIFE)


def request_print(asked: Asked, tenant: str = "") -> str:
    """What makes two requests the same: method, address and body (and the tenant, if the switch says so)."""
    query = "&".join(f"{name}={value}" for name, value in asked.query)
    text = f"{tenant}|{asked.method}|{asked.path}?{query}|".encode()
    return blake2b(text + asked.body, digest_size=16).hexdigest()


def is_keyed(asked: Asked) -> bool:
    """Whether the header counts for this method."""
    return asked.method in ("POST", "PUT", "PATCH") and "idempotency-key" in asked.headers
