"""The Halaxy sandbox: routing, the User-Agent rule, sign-in, limits, faults and errors of `/main`.

Behaves as `reference/halaxy-api.md` tells; every guess of that sheet is a switch. Deterministic: no
clock, no randomness without a seed; what a request changes depends on the requests before it alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.halaxy.sandbox.admin import Admin
from connectors.halaxy.sandbox.faults import SHIFTS, instead, spoiled
from connectors.halaxy.sandbox.filters import Unreadable
from connectors.halaxy.sandbox.oauth import DEMO_KEY, Key, SignIn, allows
from connectors.halaxy.sandbox.registry import RESOURCES, capability_statement, search_parameters
from connectors.halaxy.sandbox.resource import Resource
from connectors.halaxy.sandbox.search import bundle
from connectors.halaxy.sandbox.shapes import FHIR, Wire, base_of, outcome
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.world import World
from engine.sdk.sandbox import Answer, Asked, json_answer

Json = Any

_TOKEN_PATH = "/main/oauth/token"


@dataclass(frozen=True, slots=True)
class _Call:
    """A request under `/main`, taken apart; `shift` moves the rows of a list when a fault wants that."""

    asked: Asked
    name: str
    identity: str | None = None
    shift: int = 0

    @property
    def address(self) -> str:
        """The path with its id left out."""
        return f"/main/{self.name}/{{id}}" if self.identity is not None else f"/main/{self.name}"


class HalaxySandbox:
    """A practice at Halaxy, as its API shows it."""

    def __init__(self, switches: Switches | None = None, keys: tuple[Key, ...] = (DEMO_KEY,)) -> None:
        self._world = World(switches or Switches(), SignIn(keys))
        self._admin = Admin(self._world)

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Answer one request at an aware time; nothing is raised whatever was asked."""
        path = asked.path.rstrip("/")
        if path.startswith("/_sandbox/"):
            return self._admin.handle(asked, now)
        call = _call(asked, path)
        if call is None:
            return _error(404, "not-found", "There is nothing at this address.")
        answer = self._with_faults(call, now)
        self._world.calls.note(asked.method, call.address, answer.status, now)
        return answer

    def _with_faults(self, call: _Call, now: datetime) -> Answer:
        fault = self._world.faults.due(call.asked)
        if fault is None:
            return self._gate(call, now)
        if fault.do == "expire tokens":
            self._world.sign_in.expire_all(self._world.time(now))
        early = instead(fault)
        if early is not None:
            return early
        return spoiled(fault, self._gate(replace(call, shift=SHIFTS.get(fault.do, 0)), now))

    def _gate(self, call: _Call, now: datetime) -> Answer:
        """User-Agent, token, limit, in the order in which Halaxy's gateway seems to look (fact sheet 3)."""
        world, asked = self._world, call.asked
        if world.switches.user_agent_required and not asked.headers.get("user-agent", "").strip():
            return Answer(403, {"content-type": "text/html"}, b"<html><body>403 Forbidden</body></html>")
        if call.address == _TOKEN_PATH:
            if asked.method != "POST":
                return Answer(405, {"allow": "POST"})
            return world.sign_in.issue(asked, world.switches, world.time(now))
        key = world.sign_in.key_of(asked, world.time(now))
        if isinstance(key, Answer):
            return key
        limit = world.switches.rate_limit
        left, wait = world.limiter.admit(key.client_id, limit, now)
        counted = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(left)}
        if wait is not None:
            return _error(429, "throttled", "Too many requests.", {**counted, "retry-after": str(wait)})
        answer = self._served(call, key)
        return Answer(answer.status, {**answer.headers, **counted}, answer.body)

    def _served(self, call: _Call, key: Key) -> Answer:
        resource = RESOURCES.get(call.name)
        if resource is None and call.address not in ("/main/metadata", "/main/SearchParameter"):
            return _error(404, "not-found", "There is no such resource.")
        if call.asked.method != "GET":
            return Answer(405, {"allow": "GET"})
        wire = self._wire(call.asked)
        if resource is None:
            about = capability_statement(wire) if call.name == "metadata" else search_parameters(wire)
            return json_answer(200, about, kind=FHIR)
        if not allows(key, resource.scope, wire.switches):
            status = wire.switches.missing_scope_status
            return _error(status, "forbidden", f"The key has no access to {resource.name}.")
        return _listed(wire, resource, call) if call.identity is None else _read(wire, resource, call.identity)

    def _wire(self, asked: Asked) -> Wire:
        return Wire(base_of(asked.headers.get("host", "")), self._world.switches, self._world.state)


def _call(asked: Asked, path: str) -> _Call | None:
    parts = path.strip("/").split("/")
    if parts == ["main", "oauth", "token"]:
        return _Call(asked, "oauth/token")
    if len(parts) in (2, 3) and parts[0] == "main" and all(parts):
        return _Call(asked, parts[1], parts[2] if len(parts) == 3 else None)
    return None


def _listed(wire: Wire, resource: Resource, call: _Call) -> Answer:
    try:
        return json_answer(200, bundle(wire, RESOURCES, resource, call.asked.query, call.shift), kind=FHIR)
    except Unreadable as problem:
        return _error(problem.status or wire.switches.invalid_status, "invalid", str(problem))


def _read(wire: Wire, resource: Resource, identity: str) -> Answer:
    row = resource.table(wire.state).get(identity)
    if row is None or not resource.visible(wire, row):
        return _error(404, "not-found", f"There is no {resource.name} with this id.")
    return json_answer(200, resource.shape(wire, row), kind=FHIR)


def _error(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> Answer:
    return json_answer(status, outcome(code, text), headers, FHIR)
