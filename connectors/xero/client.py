"""The way out to Xero: addresses, headers, OAuth tokens; the only file that knows them.

It does not read answers of the accounting API (`outcomes`), keeps nothing itself (the vault does) and opens no
socket (the wire does). OAuth facts: fact sheet section 3.
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from engine.errors import NoAnswer, NotSent, SignInNeeded, UserError
from engine.sdk.contract import Door, DoorNeeds, Request, Response, SignInFlow, Vault, Wire

Json = Any
_API = "/api.xro/2.0"
_SOON = timedelta(seconds=60)
_LEASE, _LEASE_SECONDS = "refresh", 30.0
_TOKEN_TIMEOUT_SECONDS = 20.0
_CONNECT_AGAIN = 'Connect again with "daybook connect xero".'
# The smallest set that the actions need (fact sheet 3.3); settings are written only to make what set-up
# lacks and to put tracking options away.
SCOPES = (
    "openid profile email offline_access accounting.invoices accounting.payments "
    "accounting.banktransactions accounting.contacts accounting.settings accounting.manualjournals "
    "accounting.attachments accounting.reports.aged.read accounting.reports.banksummary.read "
    "accounting.reports.trialbalance.read"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where Xero is, and as whom we come; the defaults are Xero's own addresses."""

    address: str
    identity: str
    login: str
    client_id: str
    mode: str
    redirect: str

    @property
    def token_url(self) -> str:
        """Where tokens are given and renewed."""
        return f"{self.identity}/connect/token"


def _accepted(request: Request) -> str:
    return "application/pdf" if request.path.endswith("/pdf") else "application/json"


def _content_type(request: Request) -> str:
    """JSON; for an attachment what its file name says (fact sheet 8.16)."""
    if "/Attachments/" not in request.path:
        return "application/json"
    return mimetypes.guess_type(request.path)[0] or "application/octet-stream"


def open_door(needs: DoorNeeds) -> Door:
    """The door of one connection."""
    return XeroDoor(_place(needs.settings), needs.vault, needs.wire, needs.now)


def sign_in(needs: DoorNeeds) -> SignInFlow:
    """Connecting with a person's consent (authorization code with PKCE)."""
    return Consent(_place(needs.settings), needs.vault, needs.wire, needs.now)


def _place(settings: Mapping[str, Json]) -> Place:
    def text(name: str, default: str) -> str:
        return str(settings.get(name) or default).rstrip("/")

    return Place(
        address=text("address", "https://api.xero.com"),
        identity=text("identity", "https://identity.xero.com"),
        login=text("login", "https://login.xero.com"),
        client_id=text("client_id", ""),
        mode=text("mode", "pkce"),
        redirect=str(settings.get("redirect") or "http://localhost:8377/callback"),
    )


@dataclass(frozen=True, slots=True)
class Tokens:
    """Asks Xero's identity service; an answer that grants nothing is an error of our tree."""

    place: Place
    vault: Vault
    wire: Wire
    now: Callable[[], datetime]

    def granted(self, form: Mapping[str, str]) -> Mapping[str, str]:
        """The vault's values of a new grant.

        Raises:
            SignInNeeded: Xero refuses the grant for good.
            NotSent: The service did not answer or is broken; the call that needed the token may come again.
        """
        response = self._post(self.place.token_url, form)
        if response.status >= 500 or response.status == 429:
            raise NotSent(f"Xero's sign-in answered {response.status}.")
        client = WebApplicationClient(self.place.client_id)
        try:
            token = client.parse_request_body_response(response.body.decode("utf-8", "replace"))
        except (OAuth2Error, json.JSONDecodeError) as problem:
            reason = problem.error if isinstance(problem, OAuth2Error) else "unreadable"
            raise SignInNeeded(f"Xero refused the sign-in ({reason}).", _CONNECT_AGAIN) from problem
        expires = self.now() + timedelta(seconds=int(token.get("expires_in") or 1800))
        values = {"access_token": str(token["access_token"]), "expires_at": expires.isoformat()}
        # Xero rotates the refresh token at every use; custom connections have none (fact sheet 3.2, 3.4).
        return values | ({"refresh_token": str(token["refresh_token"])} if token.get("refresh_token") else {})

    def revoke(self, token: str) -> None:
        """End every connection of the consenting user with this app."""
        self._post(f"{self.place.identity}/connect/revocation", {"token": token})

    def _post(self, url: str, form: Mapping[str, str]) -> Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = self.vault.get("client_secret") or ""
        if self.place.mode == "pkce":
            form = {**form, "client_id": self.place.client_id}
        else:
            pair = base64.b64encode(f"{self.place.client_id}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        try:
            return self.wire.send("POST", url, headers, urlencode(form).encode(), _TOKEN_TIMEOUT_SECONDS)
        except NoAnswer as problem:
            # Nothing of the accounting API was sent; a lost refresh may be replayed for 30 minutes (fact sheet 3.2).
            raise NotSent("Xero's sign-in did not answer.") from problem


@dataclass(frozen=True, slots=True)
class XeroDoor:
    """Sends requests for one pinned organisation, with a token that is fresh."""

    place: Place
    vault: Vault
    wire: Wire
    now: Callable[[], datetime]

    def prepare(self) -> None:
        """Renew the token when it ends within a minute.

        Raises:
            SignInNeeded: There is no usable sign-in.
            NotSent: Another worker is renewing it, or the service does not answer: come again.
        """
        if not self._good_until(self.now() + _SOON):
            self._renew(self.vault.get("access_token"))

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        """Send once; after a 401 once more with a renewed token, for a refused call has stored nothing.

        Raises:
            NotSent: `may_send` said no before the bytes left.
            NoAnswer: The bytes left and no complete answer came.
            SignInNeeded: There is no usable sign-in.
        """
        token = self.vault.get("access_token")
        response = self._send(request, token, may_send, timeout_seconds)
        if response.status != 401 or _lacks_scope(response):
            return response
        self._renew(token)
        return self._send(request, self.vault.get("access_token"), may_send, timeout_seconds)

    def _send(
        self, request: Request, token: str | None, may_send: Callable[[], bool], timeout_seconds: float
    ) -> Response:
        if not token:
            raise SignInNeeded("Xero is not connected.", _CONNECT_AGAIN)
        headers = {"Authorization": f"Bearer {token}", "Accept": _accepted(request), **dict(request.headers)}
        if tenant := self.vault.get("tenant_id"):
            headers["xero-tenant-id"] = tenant
        if request.body:
            headers["Content-Type"] = _content_type(request)
        query = f"?{urlencode(request.query, quote_via=quote, safe=',')}" if request.query else ""
        url = f"{self.place.address}{_API}{request.path}{query}"
        if not may_send():
            raise NotSent("The call is too late to be sent.")
        return self.wire.send(request.method, url, headers, request.body, timeout_seconds)

    def _renew(self, spent: str | None) -> None:
        """One refresh at a time: the holder of the lease reads again, renews and stores before anyone uses it."""
        if not self.vault.lease(_LEASE, _LEASE_SECONDS):
            if self.vault.get("access_token") != spent or self._good_until(self.now()):
                return
            raise NotSent("The Xero sign-in is being renewed.")
        try:
            if self.vault.get("access_token") == spent:
                self.vault.put(dict(Tokens(self.place, self.vault, self.wire, self.now).granted(self._form())))
        finally:
            self.vault.release(_LEASE)

    def _form(self) -> Mapping[str, str]:
        if self.place.mode == "custom":
            return {"grant_type": "client_credentials", "scope": _without_identity(SCOPES)}
        refresh = self.vault.get("refresh_token")
        if not refresh:
            raise SignInNeeded("Xero is not connected.", _CONNECT_AGAIN)
        return {"grant_type": "refresh_token", "refresh_token": refresh}

    def _good_until(self, moment: datetime) -> bool:
        expires = self.vault.get("expires_at")
        return bool(self.vault.get("access_token")) and bool(expires) and datetime.fromisoformat(str(expires)) > moment


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's consent: the address to open, the way back, the pinned organisation."""

    place: Place
    vault: Vault
    wire: Wire
    now: Callable[[], datetime]

    def start(self, state: str, verifier: str) -> str:
        """The address to open in a browser.

        Raises:
            UserError: The connection is a custom one, which needs no browser.
        """
        if self.place.mode == "custom":
            raise UserError("A custom connection needs no consent in a browser.", "Give its client id and secret.")
        client = WebApplicationClient(self.place.client_id)
        challenge = client.create_code_challenge(verifier, "S256")
        address = f"{self.place.login}/identity/connect/authorize"
        uri = client.prepare_request_uri(
            _as_secure(address),
            redirect_uri=self.place.redirect,
            scope=SCOPES,
            state=state,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
        return address + str(uri).removeprefix(_as_secure(address))

    def finish(self, returned: str, state: str, verifier: str) -> Mapping[str, Json]:
        """Trade the code of the address that the person came back to, and pin the organisation.

        Returns:
            `tenant_id` and `tenant_name`.

        Raises:
            UserError: Consent was refused, the state is not ours, or it is not the organisation pinned before.
        """
        client = WebApplicationClient(self.place.client_id)
        try:
            code = client.parse_request_uri_response(_as_secure(returned), state=state)["code"]
        except OAuth2Error as problem:
            raise UserError(f"Xero gave no consent ({problem.error}).", "Start the connection again.") from problem
        tokens = Tokens(self.place, self.vault, self.wire, self.now)
        form = {"grant_type": "authorization_code", "code": str(code), "redirect_uri": self.place.redirect}
        values = tokens.granted(form | {"code_verifier": verifier})
        tenant = self._chosen(self._connections(values["access_token"]), values["access_token"])
        pinned = {"tenant_id": str(tenant["tenantId"]), "tenant_name": str(tenant.get("tenantName") or "")}
        self.vault.put({**values, **pinned})
        return pinned

    def disconnect(self) -> None:
        """Remove the connection in Xero, revoke the consent and forget the tokens; the organisation stays pinned."""
        token, refresh = self.vault.get("access_token"), self.vault.get("refresh_token")
        if token:
            for row in self._connections(token):
                if row["tenantId"] == self.vault.get("tenant_id"):
                    self._call("DELETE", f"/connections/{row['id']}", token)
        if refresh:
            Tokens(self.place, self.vault, self.wire, self.now).revoke(refresh)
        self.vault.put({"access_token": None, "refresh_token": None, "expires_at": None})

    def _chosen(self, rows: list[Mapping[str, Json]], token: str) -> Mapping[str, Json]:
        """The pinned organisation if there is one, else the only one that was consented to just now."""
        organisations = [row for row in rows if row.get("tenantType", "ORGANISATION") == "ORGANISATION"]
        if before := self.vault.get("tenant_id"):
            same = [row for row in organisations if row["tenantId"] == before]
            if not same:
                name = self.vault.get("tenant_name") or before
                raise UserError(
                    f"This connection belongs to the Xero organisation {name}, which was not chosen.",
                    "Choose it in Xero, or make another connection for the other organisation.",
                )
            return same[0]
        event = _consent_of(token)
        fresh = [row for row in organisations if event and row.get("authEventId") == event] or organisations
        if len(fresh) != 1:
            raise UserError(f"{len(fresh)} Xero organisations were chosen.", "Choose exactly one and connect again.")
        return fresh[0]

    def _connections(self, token: str) -> list[Mapping[str, Json]]:
        response = self._call("GET", "/connections", token)
        rows = response.json() if response.status == 200 else []
        return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []

    def _call(self, method: str, path: str, token: str) -> Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self.wire.send(method, f"{self.place.address}{path}", headers, b"", _TOKEN_TIMEOUT_SECONDS)


def _as_secure(uri: str) -> str:
    """The same address as https where it is loopback: oauthlib refuses http, which only this machine can hear."""
    parts = urlsplit(uri)
    if parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return parts._replace(scheme="https").geturl()
    return uri


def _consent_of(token: str) -> str:
    """The consent that an access token came from, which names the organisations just chosen (fact sheet 3.1)."""
    pieces = token.split(".")
    if len(pieces) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4)))
    except ValueError:
        return ""
    return str(claims.get("authentication_event_id", "")) if isinstance(claims, dict) else ""


def _lacks_scope(response: Response) -> bool:
    """A 401 that no new token can mend (fact sheet 7.4)."""
    return b"AuthorizationUnsuccessful" in response.body


def _without_identity(scopes: str) -> str:
    """A custom connection has no user, so no identity and no refresh (fact sheet 3.4)."""
    return " ".join(scope for scope in scopes.split() if scope.startswith("accounting."))
