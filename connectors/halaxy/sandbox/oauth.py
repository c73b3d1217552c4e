"""API keys, the token endpoint and what a Bearer token opens (fact sheet 1.2, 3.2, 3.6).

Tokens are derived from a counter, so that a replay gives the same ones; nothing here is a real secret.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.halaxy.sandbox.shapes import FHIR, outcome
from connectors.halaxy.sandbox.switches import Switches
from engine.sdk.sandbox import Answer, Asked, form, json_answer

Json = Any

SCOPES = ("patients", "practitioners", "appointments", "invoices", "fees", "claims")


@dataclass(frozen=True, slots=True)
class Key:
    """One API key of the practice and the scopes that are switched on for it."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = SCOPES


DEMO_KEY = Key("sandbox-client", "sandbox-secret")


@dataclass(frozen=True, slots=True)
class Token:
    """An issued token."""

    key: Key
    ends_at: datetime


class SignIn:
    """Issues tokens for keys and says what a request's token allows."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._keys = {key.client_id: key for key in keys}
        self._tokens: dict[str, Token] = {}
        self._issued = 0

    def add(self, key: Key) -> None:
        """Accept one more key, or replace it."""
        self._keys[key.client_id] = key

    def expire_all(self, now: datetime) -> None:
        """End every token at once."""
        self._tokens = {text: Token(token.key, now) for text, token in self._tokens.items()}

    def issue(self, asked: Asked, switches: Switches, now: datetime) -> Answer:
        """Answer `POST /main/oauth/token`."""
        try:
            given = _fields(asked)
        except ValueError:
            return _refusal(400, "invalid_request", "The body is neither JSON nor a form.")
        if given.get("grant_type") != "client_credentials":
            return _refusal(400, "unsupported_grant_type", "Only client_credentials is supported.")
        key = self._keys.get(str(given.get("client_id")))
        if key is None or key.client_secret != given.get("client_secret"):
            return _refusal(switches.bad_client_status, "invalid_client", "Client authentication failed.")
        self._issued += 1
        text = hashlib.sha256(f"{key.client_id}/{self._issued}".encode()).hexdigest()
        self._tokens[text] = Token(key, now + timedelta(seconds=switches.token_real_ttl))
        answer = {"token_type": "Bearer", "expires_in": switches.token_expires_in, "access_token": text}
        return json_answer(200, answer, {"cache-control": "no-store"})

    def key_of(self, asked: Asked, now: datetime) -> Key | Answer:
        """The key behind a request's token, or the 401 that refuses it."""
        kind, _, text = asked.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            return json_answer(401, outcome("login", "No valid access token was given."), kind=FHIR)
        if now >= token.ends_at:
            return json_answer(401, outcome("expired", "The access token has expired."), kind=FHIR)
        return token.key


def allows(key: Key, scope: str, switches: Switches) -> bool:
    """Whether a key opens a resource's scope; organizations have none of their own (fact sheet 1.2)."""
    wanted = scope or switches.organization_scope
    return wanted in key.scopes or (wanted == "any" and bool(key.scopes))


def _fields(asked: Asked) -> Json:
    if "form-urlencoded" in asked.headers.get("content-type", ""):
        return form(asked)
    given = json.loads(asked.body)
    if not isinstance(given, dict):
        raise ValueError("not a map")
    return given


def _refusal(status: int, error: str, text: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": text})
