"""The gate of the accounting service: sign-in, limits, idempotency and faults around each call.

Knows no resource; what a call does is the router's. Source: Xero fact sheet 4, 5.1, 7.4, 14.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from engine.sdk.sandbox import Answer, Asked, Router

from .apps import AccessToken, Identity, may
from .call import Call
from .faults import Fault
from .idempotency import Keys, is_keyed, request_print
from .limits import Limits
from .problems import BadBody, NotBuilt, Refusal, Unknown, breakdown, gateway_failure, offline
from .routes import NOT_BUILT, accounting_router
from .state import Books
from .switches import Switches
from .wire import Ids

Json = Any

PREFIX = "/api.xro/2.0"
_ID_LISTS = ("IDs", "InvoiceNumbers", "ContactIDs", "References")
_HTML = Answer(502, {"content-type": "text/html"}, b"<html><body><h1>502 Bad Gateway</h1></body></html>")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Shut(Exception):
    """The gate itself answers."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(slots=True)
class Gate:
    """Everything between the door and a resource."""

    identity: Identity
    tenants: Mapping[str, Books]
    limits: Limits
    switches: Switches
    requests: Ids
    keys: Keys = field(default_factory=Keys)
    router: Router = field(default_factory=accounting_router)

    def answer(self, asked: Asked, now: datetime, fault: Fault | None) -> Answer:
        """Answer one accounting request, struck by a fault or not."""
        call_id = self.requests.next()
        try:
            _strike_before(fault)
            books = self._admit(asked, now, call_id, fault)
            tenant = books.organisation.id
            self._limit(tenant, now, fault)
        except Shut as shut:
            return _with(shut.answer, {"Xero-Correlation-Id": call_id})
        call = Call(asked, now, books, self.switches, self.identity.app.client_id, self.identity.app.name, call_id)
        answer = self._once(call, fault)
        if fault is not None and fault.do == "slow":
            seconds = fault.seconds or 10.0
            self.limits.hold(now + timedelta(seconds=seconds))
            answer = replace(answer, delay_seconds=seconds)
        headers = {"Xero-Correlation-Id": call_id, **self.limits.headers(tenant, now)}
        return _with(replace(answer, drop=fault is not None and fault.do == "drop after effect"), headers)

    def _admit(self, asked: Asked, now: datetime, call_id: str, fault: Fault | None) -> Books:
        if fault is not None and fault.do == "expire tokens":
            self.identity.end_access_tokens(now)
        token = self._token(asked, now, call_id)
        tenant = asked.headers.get("xero-tenant-id", "").lower()
        if fault is not None and fault.do == "disconnect":
            self.identity.disconnect(tenant)
        if not may(token.scopes, _guarded(asked), reading=asked.method == "GET"):
            raise Shut(gateway_failure(401, "Unauthorized", "AuthorizationUnsuccessful", call_id))
        if token.machine:
            own = next(iter(self.tenants))
            if tenant in ("", own):
                return self.tenants[own]
        elif tenant in self.tenants and self.identity.connection_of(tenant):
            return self.tenants[tenant]
        raise Shut(gateway_failure(403, "Forbidden", "AuthenticationUnsuccessful", call_id))

    def _token(self, asked: Asked, now: datetime, call_id: str) -> AccessToken:
        kind, _, text = asked.headers.get("authorization", "").partition(" ")
        token = self.identity.access.get(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise Shut(gateway_failure(401, "Unauthorized", "AuthenticationUnsuccessful", call_id))
        if now >= token.ends:
            detail = f"TokenExpired: token expired at {token.ends.strftime('%m/%d/%Y %H:%M:%S')}"
            raise Shut(gateway_failure(401, "Unauthorized", detail, call_id))
        return token

    def _limit(self, tenant: str, now: datetime, fault: Fault | None) -> None:
        struck = fault.do.removeprefix("429 ") if fault is not None else ""
        seconds = 0
        if fault is not None and struck in ("minute", "day"):
            if fault.seconds:
                self._refuse(tenant, now, struck, int(fault.seconds))
            self.limits.exhaust(tenant, struck, now)
        name, seconds = self.limits.take(tenant, now, count_refused=self.switches.refused_calls_count)
        if struck == "concurrent" or name:
            self._refuse(tenant, now, name or struck, seconds)

    def _refuse(self, tenant: str, now: datetime, name: str, seconds: int) -> None:
        headers = {"X-Rate-Limit-Problem": name, **self.limits.headers(tenant, now)}
        if name != "concurrent":
            headers["Retry-After"] = str(seconds)
        raise Shut(Answer(429, headers))

    def _once(self, call: Call, fault: Fault | None) -> Answer:
        """Execute, unless the idempotency key says that it was done (errors are kept as well)."""
        key = call.asked.headers.get("idempotency-key", "").strip()
        if not is_keyed(call.asked) or (not key and not self.switches.refuse_empty_key):
            return self._struck(call, fault)
        tenant = call.books.organisation.id if self.switches.key_compares_tenant else ""
        request = request_print(call.asked, tenant)
        kept = self.keys.recall(call.app, key, request, call.now)
        if kept is not None:
            return kept
        answer = self._struck(call, fault)
        self.keys.keep(call.app, key, request, answer, call.now)
        return answer

    def _struck(self, call: Call, fault: Fault | None) -> Answer:
        do = fault.do if fault is not None else ""
        if do == "500":
            return breakdown(call.id)
        if do == "half":
            self._execute(replace(call, asked=_first_half(call)))
            return breakdown(call.id)
        answer = self._execute(call)
        if do == "500 after effect":
            return breakdown(call.id)
        return offline() if do == "503 after effect" else answer

    def _execute(self, call: Call) -> Answer:
        asked = call.asked
        if self.switches.require_json and not _takes_answer(asked):
            return Answer(406, {"content-type": "text/plain"}, b"JSON only: send Accept: application/json")
        if len(asked.body) > self.switches.largest_body:
            return Answer(413)
        try:
            if any(len(asked.param(name)) > self.switches.longest_id_list for name in _ID_LISTS):
                raise Unknown
            path = asked.path[len(PREFIX) :] + ("/pdf" if _wants_pdf(asked) else "")
            handler, parts, allowed = self.router.find(asked.method, path)
            if handler is None:
                raise NotBuilt if allowed or _resource(asked).lower() in _UNBUILT else Unknown
            return handler(call, **parts)
        except Refusal as refusal:
            return refusal.answer()


_UNBUILT = frozenset(name.lower() for name in NOT_BUILT)


def _strike_before(fault: Fault | None) -> None:
    if fault is None:
        return
    early = {"drop": Answer(drop=True), "html": _HTML, "empty 400": Answer(400), "503": offline()}
    if fault.do in early:
        raise Shut(early[fault.do])


def _first_half(call: Call) -> Asked:
    """The request with the first half of its elements, for a batch that breaks in the middle."""
    try:
        body = call.body()
    except BadBody:
        return call.asked
    if isinstance(body, dict):
        body = {name: value[: len(value) // 2] if isinstance(value, list) else value for name, value in body.items()}
    elif isinstance(body, list):
        body = body[: len(body) // 2]
    return replace(call.asked, body=_ENCODER.encode(body))


def _resource(asked: Asked) -> str:
    return asked.path[len(PREFIX) :].strip("/").partition("/")[0]


def _guarded(asked: Asked) -> str:
    """What a scope has to cover: each report has its own, and so have attachments wherever they hang (sheet 3.3)."""
    parts = asked.path[len(PREFIX) :].strip("/").split("/")
    if len(parts) > 2 and parts[2].lower() == "attachments":
        return "Attachments"
    return parts[1] if parts[0].lower() == "reports" and len(parts) > 1 else parts[0]


def _wants_pdf(asked: Asked) -> bool:
    """A document's own address gives its PDF to a client that accepts nothing else."""
    parts = asked.path[len(PREFIX) :].strip("/").split("/")
    return asked.method == "GET" and len(parts) == 2 and asked.headers.get("accept", "").lower() == "application/pdf"


def _takes_answer(asked: Asked) -> bool:
    """Whether the client accepts what it will get: JSON, or the bytes of a file."""
    parts = asked.path[len(PREFIX) :].strip("/").lower().split("/")
    is_file = asked.method == "GET" and (parts[-1] == "pdf" or (len(parts) == 4 and parts[2] == "attachments"))
    return is_file or _wants_pdf(asked) or "json" in asked.headers.get("accept", "").lower()


def _with(answer: Answer, headers: Mapping[str, str]) -> Answer:
    return replace(answer, headers={**answer.headers, **headers})
