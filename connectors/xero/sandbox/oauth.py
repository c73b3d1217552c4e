"""Sign-in: consent, tokens, revocation, connections and the discovery document.

The authorization code carries its own facts, so that the consent page changes nothing and need not be replayed.
Source: Xero fact sheet section 3.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

from engine.sdk.sandbox import Answer, Asked, form, json_answer

from .apps import ACCESS_SECONDS, REFRESH_DAYS, AccessToken, Connection, Identity, RefreshToken, known_scope
from .problems import gateway_failure
from .signing import claims_of, encoded, key_set, signed
from .state import Books
from .wire import Ids, derived_id, ticks

Json = Any

_CODE_SECONDS = 300
_TEXT = {"content-type": "text/html; charset=utf-8"}
_LOCAL = ("localhost", "127.0.0.1")


class Refused(Exception):
    """The token endpoint says no, with the word of the standard."""

    def __init__(self, word: str, status: int = 400) -> None:
        super().__init__(word)
        self.status = status


@dataclass(slots=True)
class SignIn:
    """The identity side of the sandbox."""

    identity: Identity
    tenants: Mapping[str, Books]
    ids: Ids
    consents: int = 0

    def authorize(self, asked: Asked, now: datetime) -> Answer:
        """GET /identity/connect/authorize: consents at once and redirects with code and state."""
        fault = self._consent_fault(asked)
        if fault:
            return Answer(400, _TEXT, f"<h1>Error</h1><p>{fault}</p>".encode())
        self.consents += 1  # only keeps two codes of one moment apart
        claims = {
            "redirect": asked.param("redirect_uri"),
            "scope": asked.param("scope"),
            "challenge": asked.param("code_challenge"),
            "nonce": asked.param("nonce"),
            "salt": derived_id(f"{asked.param('state')}|{self.consents}"),
            "at": ticks(now),
        }
        back = {"code": signed(claims), "scope": asked.param("scope")}
        if asked.param("state"):
            back["state"] = asked.param("state")
        if asked.param("prompt") == "cancel":
            back = {"error": "access_denied", "state": asked.param("state")}
        joint = "&" if urlsplit(asked.param("redirect_uri")).query else "?"
        return Answer(302, {"location": asked.param("redirect_uri") + joint + urlencode(back)})

    def token(self, asked: Asked, now: datetime) -> Answer:
        """POST /connect/token for all three grants."""
        fields = form(asked)
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_secret,
        }
        try:
            self._authenticate(asked, fields)
            grant = grants.get(fields.get("grant_type", ""))
            if grant is None:
                raise Refused("unsupported_grant_type")
            return json_answer(200, grant(fields, now), {"cache-control": "no-store"})
        except Refused as problem:
            return json_answer(problem.status, {"error": str(problem)})

    def revoke(self, asked: Asked, now: datetime) -> Answer:
        """POST /connect/revocation: the user's tokens and connections are gone; unknown tokens are fine."""
        fields = form(asked)
        try:
            self._authenticate(asked, fields)
        except Refused as problem:
            return json_answer(problem.status, {"error": str(problem)})
        if fields.get("token", "") in self.identity.refresh:
            self.identity.refresh.clear()
            self.identity.connections.clear()
            self.identity.end_access_tokens(now)
        return Answer(200)

    def list_connections(self, asked: Asked, now: datetime) -> Answer:
        """GET /connections: a plain array."""
        if self.bearer(asked, now) is None:
            return gateway_failure(401, "Unauthorized", "AuthenticationUnsuccessful", self.ids.next())
        event = asked.param("authEventId")
        rows = [self._connection(one) for one in self.identity.connections.values() if event in ("", one.event)]
        return json_answer(200, rows)

    def delete_connection(self, asked: Asked, now: datetime, key: str) -> Answer:
        """DELETE /connections/{id}: 204, or 404 when unknown."""
        if self.bearer(asked, now) is None:
            return gateway_failure(401, "Unauthorized", "AuthenticationUnsuccessful", self.ids.next())
        found = self.identity.connections.pop(key.lower(), None)
        return Answer(204 if found else 404)

    def discovery(self, asked: Asked, now: datetime) -> Answer:
        """GET /.well-known/openid-configuration."""
        base = f"http://{asked.headers.get('host', 'localhost')}"
        return json_answer(200, {
            "issuer": base,
            "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
            "authorization_endpoint": f"{base}/identity/connect/authorize",
            "token_endpoint": f"{base}/connect/token",
            "revocation_endpoint": f"{base}/connect/revocation",
            "userinfo_endpoint": f"{base}/connect/userinfo",
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
        })  # fmt: skip

    def keys(self, asked: Asked, now: datetime) -> Answer:
        """GET the key set that signs our tokens."""
        return json_answer(200, key_set())

    def bearer(self, asked: Asked, now: datetime) -> AccessToken | None:
        """The live token of a request, or None."""
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        found = self.identity.access.get(token.strip()) if kind.lower() == "bearer" else None
        return found if found is not None and now < found.ends else None

    def _consent_fault(self, asked: Asked) -> str:
        app = self.identity.app
        redirect = urlsplit(asked.param("redirect_uri"))
        local = redirect.scheme == "http" and redirect.hostname in _LOCAL
        if asked.param("client_id") != app.client_id:
            return "unauthorized_client: Unknown client or client not enabled"
        if asked.param("redirect_uri") not in app.redirects and not local:
            return "unauthorized_client : Invalid redirect_uri"
        if asked.param("response_type") != "code":
            return "unsupported_response_type"
        scopes = asked.param("scope").split()
        if not scopes or not all(known_scope(scope) for scope in scopes):
            return "unauthorized_client: Invalid scope for client"
        challenged = asked.param("code_challenge") != ""
        if (challenged and asked.param("code_challenge_method") != "S256") or (app.secret is None and not challenged):
            return "invalid_request: code challenge required"
        return ""

    def _authenticate(self, asked: Asked, fields: dict[str, str]) -> None:
        app = self.identity.app
        client, secret = fields.get("client_id", ""), fields.get("client_secret", "")
        kind, _, packed = asked.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            client, secret = _basic(packed)
        if client != app.client_id:
            raise Refused("invalid_client", 401)
        if app.secret is not None and not compare_digest(secret.encode(), app.secret.encode()):
            raise Refused("invalid_client", 401)

    def _by_code(self, fields: dict[str, str], now: datetime) -> Json:
        code = fields.get("code", "")
        claims = claims_of(code)
        if claims is None or "redirect" not in claims or code in self.identity.spent_codes:
            raise Refused("invalid_grant")
        self.identity.spent_codes.add(code)
        late = ticks(now) - claims["at"] > _CODE_SECONDS * 1000
        if late or claims["redirect"] != fields.get("redirect_uri", ""):
            raise Refused("invalid_grant")
        if claims["challenge"]:
            verifier = encoded(sha256(fields.get("code_verifier", "").encode()).digest())
            if not compare_digest(verifier, claims["challenge"]):
                raise Refused("invalid_grant")
        event = derived_id(f"event:{code}")
        for books in self.tenants.values():
            self.identity.connect(books, event, self.ids.next(), now)
        return self._tokens(frozenset(claims["scope"].split()), event, now, nonce=claims["nonce"])

    def _by_refresh(self, fields: dict[str, str], now: datetime) -> Json:
        found = self.identity.refresh.get(fields.get("refresh_token", ""))
        if found is None or not found.is_good(now):
            raise Refused("invalid_grant")
        found.used = found.used or now
        return self._tokens(found.scopes, found.event, now)

    def _by_secret(self, fields: dict[str, str], now: datetime) -> Json:
        if self.identity.app.secret is None:
            raise Refused("unauthorized_client")
        scopes = frozenset(fields.get("scope", "").split())
        if not all(known_scope(scope) for scope in scopes):
            raise Refused("invalid_scope")
        granted = scopes or frozenset(("accounting.transactions", "accounting.contacts", "accounting.settings"))
        token = self._access_token(granted, "", now)
        self.identity.access[token] = AccessToken(granted, now + timedelta(seconds=ACCESS_SECONDS), "", machine=True)
        return _token_answer(token, granted)

    def _tokens(self, scopes: frozenset[str], event: str, now: datetime, nonce: str = "") -> Json:
        token = self._access_token(scopes, event, now)
        self.identity.access[token] = AccessToken(scopes, now + timedelta(seconds=ACCESS_SECONDS), event)
        answer = _token_answer(token, scopes)
        if "offline_access" in scopes:
            refresh = sha256(self.ids.next().encode()).hexdigest()
            self.identity.refresh[refresh] = RefreshToken(scopes, now + timedelta(days=REFRESH_DAYS), event)
            answer["refresh_token"] = refresh
        if "openid" in scopes:
            claims = {**self._claims(now, 300), "aud": self.identity.app.client_id, "email": "owner@practice.example",
                      "given_name": "Practice", "family_name": "Owner", "name": "Practice Owner"}  # fmt: skip
            answer["id_token"] = signed({**claims, "nonce": nonce} if nonce else claims)
        return answer

    def _access_token(self, scopes: frozenset[str], event: str, now: datetime) -> str:
        own = {"client_id": self.identity.app.client_id, "jti": self.ids.next(), "scope": sorted(scopes)}
        return signed({**self._claims(now, ACCESS_SECONDS), **own, "authentication_event_id": event})

    def _claims(self, now: datetime, seconds: int) -> Json:
        at = ticks(now) // 1000
        user = derived_id(f"user:{self.identity.app.client_id}")
        return {"iss": "https://identity.xero.com", "sub": user.replace("-", ""), "xero_userid": user, "iat": at,
                "nbf": at, "auth_time": at, "exp": at + seconds}  # fmt: skip

    def _connection(self, one: Connection) -> Json:
        return {
            "id": one.id,
            "authEventId": one.event,
            "tenantId": one.tenant,
            "tenantType": "ORGANISATION",
            "tenantName": self.tenants[one.tenant].organisation.name,
            "createdDateUtc": _seven_digits(one.created),
            "updatedDateUtc": _seven_digits(one.updated),
        }


def _token_answer(token: str, scopes: frozenset[str]) -> dict[str, Json]:
    scope = " ".join(sorted(scopes))
    return {"access_token": token, "expires_in": ACCESS_SECONDS, "token_type": "Bearer", "scope": scope}


def _basic(packed: str) -> tuple[str, str]:
    try:
        client, _, secret = b64decode(packed, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return client, secret


def _seven_digits(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
