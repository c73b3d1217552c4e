"""The way to Halaxy: the only file that knows addresses, headers, tokens and what a refusal looks like.

Knows nothing of what is asked; `reading.py` and `calls/` build the requests. All requests are reads, so
one that met an expired token is simply sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.sdk.contract import DoorNeeds, Request, Response, write_json

Json = Any

ADDRESS = "https://au-api.halaxy.com/main"
USER_AGENT = "Daybook (daybook@practice.example)"
LIFETIME = timedelta(seconds=900)  # the answer says 3600, the page's note 15 minutes (fact sheet 3.2)
EARLY = timedelta(seconds=60)
_TOKEN_TIMEOUT_SECONDS = 20.0
_NO_SCOPE = {"forbidden", "suppressed"}


class HalaxyDoor:
    """Signs in with client credentials and sends; several may share one vault."""

    def __init__(self, needs: DoorNeeds) -> None:
        self._needs = needs
        self._address = str(needs.settings.get("address") or ADDRESS).rstrip("/")

    def prepare(self) -> None:
        """Fetch a token unless a good one is at hand.

        Raises:
            SignInNeeded: Halaxy refuses the client id or secret, or one is missing.
            NotSent: Halaxy gave no token now; the request itself never left.
        """
        if self._token() is None:
            self._fetch_token()

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        """Send one request, once more with a new token when the old one has expired.

        Raises:
            SignInNeeded: Also a fresh token is refused.
            NotSent: `may_send` said no, or no token was to be had.
            NoAnswer: No complete answer came.
        """
        self.prepare()
        response = self._send(request, may_send, timeout_seconds)
        if response.status != 401 or _issue(response) in _NO_SCOPE:
            return response
        self._needs.vault.put({"access_token": None, "expires_at": None})
        self.prepare()
        response = self._send(request, may_send, timeout_seconds)
        if response.status == 401 and _issue(response) not in _NO_SCOPE:
            raise SignInNeeded("Halaxy refuses a fresh access token.", "Connect Halaxy again with a valid API key.")
        return response

    def _send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
        headers = {
            "Accept": "application/fhir+json",
            "Authorization": f"Bearer {self._token()}",
            "Content-Type": "application/json",
            "User-Agent": self._user_agent(),
            **dict(request.headers),
        }
        if not may_send():
            raise NotSent("The request to Halaxy was dropped: it came too late.")
        url = self._address + request.path + query
        return self._needs.wire.send(request.method, url, headers, request.body, timeout_seconds)

    def _token(self) -> str | None:
        token, ends = self._needs.vault.get("access_token"), self._needs.vault.get("expires_at")
        if not token or not ends or self._needs.now() >= datetime.fromisoformat(ends):
            return None
        return token

    def _fetch_token(self) -> None:
        secret, client_id = self._needs.vault.get("client_secret"), self._needs.settings.get("client_id")
        if not secret or not client_id:
            raise SignInNeeded("Halaxy's client id or client secret is missing.", "Connect Halaxy with an API key.")
        asked_at = self._needs.now()
        grant = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        headers = {
            "Accept": "application/fhir+json",
            "Content-Type": "application/json",
            "User-Agent": self._user_agent(),
        }
        url = f"{self._address}/oauth/token"
        try:
            answer = self._needs.wire.send("POST", url, headers, write_json(grant), _TOKEN_TIMEOUT_SECONDS)
        except NoAnswer as error:
            raise NotSent("Halaxy's token address did not answer.") from error
        self._keep(answer, asked_at)

    def _keep(self, answer: Response, asked_at: datetime) -> None:
        if answer.status == 429 or answer.status >= 500:
            raise NotSent(f"Halaxy gave no access token now (HTTP {answer.status}).")
        body = _body(answer)
        token = body.get("access_token")
        if answer.status != 200 or not token:
            raise SignInNeeded(
                f"Halaxy refuses the client id or the client secret (HTTP {answer.status}).",
                "Check the API key in Halaxy's settings, then connect again.",
            )
        lifetime = min(_seconds(body.get("expires_in")), LIFETIME) - EARLY
        self._needs.vault.put({"access_token": str(token), "expires_at": (asked_at + lifetime).isoformat()})

    def _user_agent(self) -> str:
        """Halaxy's gateway answers 403 without one (fact sheet 3.3)."""
        return str(self._needs.settings.get("user_agent") or USER_AGENT)


def open_door(needs: DoorNeeds) -> HalaxyDoor:
    """The door of one Halaxy connection."""
    return HalaxyDoor(needs)


def _body(answer: Response) -> Mapping[str, Json]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _issue(answer: Response) -> str:
    """The code of an OperationOutcome's first issue; "" when it has none."""
    issues = _body(answer).get("issue")
    first = issues[0] if isinstance(issues, list) and issues else issues
    return str(first.get("code") or "") if isinstance(first, Mapping) else ""


def _seconds(value: Json) -> timedelta:
    try:
        return timedelta(seconds=float(value))
    except (TypeError, ValueError):
        return LIFETIME
