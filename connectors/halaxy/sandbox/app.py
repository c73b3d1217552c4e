"""The Halaxy sandbox: routing, the User-Agent rule, sign-in, limits, faults and errors of `/main`.

Behaves as `reference/halaxy-api.md` tells; every guess of that sheet is a switch. Deterministic: no
clock, no randomness without a seed; what a request changes depends on the requests before it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.halaxy.sandbox.admin import Admin
from connectors.halaxy.sandbox.faults import instead, spoiled, turned
from connectors.halaxy.sandbox.filters import Unreadable
from connectors.halaxy.sandbox.oauth import DEMO_KEY, Key, SignIn, allows
from connectors.halaxy.sandbox.registry import RESOURCES, capability_statement, search_parameters
from connectors.halaxy.sandbox.search import bundle
from connectors.halaxy.sandbox.shapes import FHIR, Wire, outcome
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.world import World
from engine.sdk.sandbox import Answer, Asked, json_answer

Json = Any

LIVE_HOST = "https://au-api.halaxy.com"
_TOKEN_PATH = "/main/oauth/token"  # noqa: S105 - an address


@dataclass(frozen=True, slots=True)
class _Address:
    """A path under `/main`, taken apart."""

    name: str
    identity: str | None = None

    @property
    def shown(self) -> str:
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
        address = _address(path)
        if address is None:
            return _error(404, "not-found", "There is nothing at this address.")
        answer = self._with_faults(asked, address, now)
        self._world.calls.note(asked.method, address.shown, answer.status, now)
        return answer

    def _with_faults(self, asked: Asked, address: _Address, now: datetime) -> Answer:
        fault = self._world.faults.due(asked)
        if fault is None:
            return self._gate(asked, address, now)
        if fault.do == "expire tokens":
            self._world.sign_in.expire_all(self._world.time(now))
        early = instead(fault)
        return early if early is not None else spoiled(fault, self._gate(turned(fault, asked), address, now))

    def _gate(self, asked: Asked, address: _Address, now: datetime) -> Answer:
        """User-Agent, token, limit, in the order in which Halaxy's gateway seems to look (fact sheet 3)."""
        world = self._world
        if world.switches.user_agent_required and not asked.headers.get("user-agent", "").strip():
            return Answer(403, {"content-type": "text/html"}, b"<html><body>403 Forbidden</body></html>")
        if address.shown == _TOKEN_PATH:
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
        answer = self._served(asked, address, key)
        return Answer(answer.status, {**answer.headers, **counted}, answer.body)

    def _served(self, asked: Asked, address: _Address, key: Key) -> Answer:
        switches = self._world.switches
        resource = RESOURCES.get(address.name)
        if resource is None and address.shown not in ("/main/metadata", "/main/SearchParameter"):
            return _error(404, "not-found", "There is no such resource.")
        if asked.method != "GET":
            return Answer(405, {"allow": "GET"})
        wire = self._wire(asked)
        if resource is None:
            about = capability_statement(wire) if address.name == "metadata" else search_parameters(wire)
            return json_answer(200, about, kind=FHIR)
        if not allows(key, resource.scope, switches):
            return _error(switches.missing_scope_status, "forbidden", f"The key has no access to {resource.name}.")
        if address.identity is None:
            try:
                return json_answer(200, bundle(wire, RESOURCES, resource, asked.query), kind=FHIR)
            except Unreadable as problem:
                return _error(problem.status or switches.invalid_status, "invalid", str(problem))
        row = resource.table(wire.state).get(address.identity)
        if row is None or not resource.visible(wire, row):
            return _error(404, "not-found", f"There is no {resource.name} with this id.")
        return json_answer(200, resource.shape(wire, row), kind=FHIR)

    def _wire(self, asked: Asked) -> Wire:
        host = asked.headers.get("host", "")
        return Wire(f"http://{host}/main" if host else f"{LIVE_HOST}/main", self._world.switches, self._world.state)


def _address(path: str) -> _Address | None:
    parts = path.strip("/").split("/")
    if parts == ["main", "oauth", "token"]:
        return _Address("oauth/token")
    if len(parts) in (2, 3) and parts[0] == "main" and all(parts):
        return _Address(*parts[1:])
    return None


def _error(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> Answer:
    return json_answer(status, outcome(code, text), headers, FHIR)
