"""Xero's stand-in: sign-in, connections, the accounting service and the levers, in one deterministic object.

The same requests in the same order at the same times give the same state, ids and bytes. Deviations from Xero, all on
purpose: JSON only (406 without `Accept: application/json`, except for files), no repeating invoices, budgets, receipts
or journals (501), a PDF of one line.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.sdk.sandbox import Answer, Asked, Router

from .admin import Admin
from .apps import App, Identity
from .chart import fresh_books
from .faults import Fault
from .gate import PREFIX, Gate
from .limits import Allowance, Limits
from .oauth import SignIn
from .problems import breakdown, offline
from .switches import Switches
from .wire import Ids

_NAMED = re.compile(r"^(/[^/]+)/(?!Actions$)[^/]+", re.IGNORECASE)
_NAMED_TWICE = re.compile(r"^(/[^/]+/\{id\}/[^/]+)/[^/]+$")


class XeroSandbox:
    """A local Xero with one app and one or more organisations.

    Args:
        seed: Makes the ids; two sandboxes with different seeds share none.
        client_id: The registered app.
        client_secret: None makes it a PKCE app; with a secret Basic and form authentication work, and so does
            `client_credentials` (a custom connection to the first organisation, without tenant header).
        tenants: Names of the organisations; consent connects all of them.
        redirect_uris: Registered addresses besides http://localhost and http://127.0.0.1 on any port.
        day_limit: Calls a day and organisation (1,000 on the Starter tier).
        minute_limit: Calls a minute and organisation.
        app_minute_limit: Calls a minute over all organisations.
        concurrent_limit: Calls in flight at once, as far as slow answers are in flight.
        switches: What to do where Xero's own behaviour is not confirmed.
    """

    def __init__(
        self,
        seed: str | int = "daybook",
        client_id: str = "daybook-demo",
        client_secret: str | None = None,
        *,
        tenants: Sequence[str] = ("Harbour Allied Health",),
        redirect_uris: Sequence[str] = (),
        day_limit: int = 5000,
        minute_limit: int = 60,
        app_minute_limit: int = 10_000,
        concurrent_limit: int = 5,
        switches: Switches | None = None,
    ) -> None:
        books = [fresh_books(str(seed), name) for name in tenants]
        self.tenants = {one.organisation.id: one for one in books}
        identity = Identity(App(client_id, client_secret, "Daybook", tuple(redirect_uris)))
        allowance = Allowance(minute_limit, day_limit, app_minute_limit, concurrent_limit)
        gate = Gate(identity, self.tenants, Limits(allowance), switches or Switches(), Ids(f"{seed}:requests"))
        self._gate = gate
        self._sign_in = SignIn(identity, self.tenants, Ids(f"{seed}:identity"))
        self._admin = Admin(gate)
        self._outer = _outer_router(self._sign_in)
        self._lock = threading.Lock()

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Answer one request at an aware time; requests are handled one after another."""
        with self._lock:
            if asked.path.startswith("/_sandbox"):
                return self._admin.handle(asked, now)
            now += self._admin.offset
            return self._admin.watched(lambda: self._answer(asked, now), asked.method != "GET", now)

    def _answer(self, asked: Asked, now: datetime) -> Answer:
        fault = self._admin.faults.strike(asked)
        if not asked.path.lower().startswith(PREFIX + "/"):
            return self._outside(asked, now, fault)
        self._admin.calls[_call_name(asked)] += 1
        return self._gate.answer(asked, now, fault)

    def must_note(self, asked: Asked) -> bool:
        """Whether a journal has to keep a request for a faithful replay.

        Reads count too: they use up limits and faults, which decide whether a later write was carried out.
        """
        return not (asked.method == "GET" and asked.path.startswith("/_sandbox"))

    def _outside(self, asked: Asked, now: datetime, fault: Fault | None) -> Answer:
        do = fault.do if fault is not None else ""
        if do == "drop":
            return Answer(drop=True)
        if do in ("500", "html"):
            return breakdown("")
        if do == "503":
            return offline()
        handler, parts, allowed = self._outer.find(asked.method, asked.path)
        if handler is None:
            return Answer(405 if allowed else 404)
        answer = handler(asked, now, **parts)
        if do == "drop after effect":
            return replace(answer, drop=True)
        return replace(answer, delay_seconds=fault.seconds or 10.0) if fault is not None and do == "slow" else answer


def _outer_router(sign_in: SignIn) -> Router:
    router = Router()
    router.add("GET", "/identity/connect/authorize", sign_in.authorize)
    router.add("POST", "/connect/token", sign_in.token)
    router.add("POST", "/connect/revocation", sign_in.revoke)
    router.add("GET", "/connections", sign_in.list_connections)
    router.add("DELETE", "/connections/{key}", sign_in.delete_connection)
    router.add("GET", "/.well-known/openid-configuration", sign_in.discovery)
    router.add("GET", "/.well-known/openid-configuration/jwks", sign_in.keys)
    return router


def _call_name(asked: Asked) -> str:
    path = _NAMED.sub(r"\1/{id}", asked.path[len(PREFIX) :].rstrip("/"))
    return asked.method + " " + _NAMED_TWICE.sub(r"\1/{id}", path)
