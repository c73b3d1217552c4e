"""The door to Xero: tokens are renewed once, stored before they are used, and the organisation stays pinned."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.xero.client import open_door, sign_in
from engine.errors import NoAnswer, NotSent, SignInNeeded, UserError
from engine.sdk.contract import DoorNeeds, Request, Response

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GET = Request("GET", "/Invoices", (("InvoiceNumbers", "HX-1,HX-2"), ("where", 'Type=="ACCREC"')))
ORG = {"id": "con-1", "tenantId": "org-1", "tenantName": "Harbour", "tenantType": "ORGANISATION", "authEventId": "e1"}


def token(name, refresh="refresh-2"):
    return Response(200, {}, json.dumps({"access_token": name, "expires_in": 1800, "refresh_token": refresh}).encode())


def ok(body=b"{}"):
    return Response(200, {}, body)


@dataclass
class Safe:
    """A vault that notes what was stored, in order with what was sent."""

    values: dict = field(default_factory=dict)
    journal: list = field(default_factory=list)
    busy: bool = False

    def get(self, name):
        return self.values.get(name)

    def put(self, values):
        self.journal.append(f"store {','.join(sorted(values))}")
        self.values |= values

    def lease(self, name, seconds):
        return not self.busy

    def release(self, name):
        self.journal.append("release")


@dataclass
class Script:
    """A wire that gives the next answer of a list and keeps what was sent."""

    answers: list
    journal: list
    sent: list = field(default_factory=list)

    def send(self, method, url, headers, body, timeout_seconds):
        self.sent.append((method, url, dict(headers), body.decode()))
        self.journal.append(f"{method} {urlsplit(url).path}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def connected(minutes=30, **more):
    values = {"access_token": "old", "refresh_token": "refresh-1", "tenant_id": "org-1"}
    values["expires_at"] = (NOW + timedelta(minutes=minutes)).isoformat()
    return Safe(values | more)


def needs(vault, *answers, **settings):
    wire = Script(list(answers), vault.journal)
    settings = {"client_id": "app", "address": "http://localhost:1", "identity": "http://localhost:2"} | settings
    settings |= {"login": "http://localhost:3", "redirect": "http://localhost:8377/callback"}
    return DoorNeeds(settings, vault, wire, lambda: NOW), wire


def go(door, request=GET):
    door.prepare()
    return door.send(request, lambda: True, 30)


def test_a_request_carries_token_tenant_and_an_encoded_query():
    vault = connected()
    asked, wire = needs(vault, ok())
    go(open_door(asked), Request("PUT", "/Invoices", (), (("Idempotency-Key", "k"),), b"{}"))
    method, url, headers, _ = wire.sent[0]
    assert ("PUT", "http://localhost:1/api.xro/2.0/Invoices") == (method, url)
    expected = {"Authorization": "Bearer old", "xero-tenant-id": "org-1", "Idempotency-Key": "k"}
    assert expected | {"Accept": "application/json", "Content-Type": "application/json"} == headers


def test_the_query_keeps_commas_and_encodes_the_rest():
    vault = connected()
    asked, wire = needs(vault, ok())
    go(open_door(asked))
    assert wire.sent[0][1].endswith("?InvoiceNumbers=HX-1,HX-2&where=Type%3D%3D%22ACCREC%22")


def test_a_token_that_ends_within_a_minute_is_renewed_and_stored_before_use():
    vault = connected(minutes=1)
    asked, wire = needs(vault, token("new"), ok())
    assert 200 == go(open_door(asked)).status
    assert [
        "POST /connect/token",
        "store access_token,expires_at,refresh_token",
        "release",
        "GET /api.xro/2.0/Invoices",
    ] == vault.journal
    assert ("new", "refresh-2") == (vault.get("access_token"), vault.get("refresh_token"))
    assert "Bearer new" == wire.sent[1][2]["Authorization"]
    assert {"grant_type": ["refresh_token"], "refresh_token": ["refresh-1"], "client_id": ["app"]} == parse_qs(
        wire.sent[0][3]
    )


def test_after_a_401_the_token_is_renewed_once_and_the_call_repeated_once():
    vault = connected()
    asked, wire = needs(vault, Response(401), token("new"), ok())
    assert 200 == go(open_door(asked)).status
    asked, wire = needs(connected(), Response(401), token("new"), Response(401))
    assert 401 == go(open_door(asked)).status
    assert 3 == len(wire.sent)


def test_a_missing_scope_is_not_mended_by_a_new_token():
    asked, wire = needs(connected(), Response(401, {}, b'{"Detail":"AuthorizationUnsuccessful"}'))
    assert 401 == go(open_door(asked)).status
    assert 1 == len(wire.sent)


@pytest.mark.parametrize("at", [0, 1])
def test_a_late_call_is_dropped_before_its_bytes_leave_also_when_repeated(at):
    said = [True, True]
    said[at] = False
    asked, wire = needs(connected(), *([Response(401), token("new")] if at else []))
    door = open_door(asked)
    door.prepare()
    with pytest.raises(NotSent):
        door.send(GET, lambda: said.pop(0), 30)
    assert 2 * at == len(wire.sent)


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_refresh_asks_for_a_new_sign_in(status):
    refused = Response(status, {}, b'{"error":"invalid_grant"}')
    asked, _ = needs(connected(minutes=0), refused)
    with pytest.raises(SignInNeeded, match="invalid_grant"):
        open_door(asked).prepare()
    assert "release" == asked.vault.journal[-1]


@pytest.mark.parametrize("answer", [Response(500), Response(429), NoAnswer("lost"), NotSent("down")])
def test_a_sign_in_service_that_is_down_leaves_the_call_unsent(answer):
    asked, _ = needs(connected(minutes=0), answer)
    with pytest.raises(NotSent):
        open_door(asked).prepare()
    assert "refresh-1" == asked.vault.get("refresh_token")


def test_while_another_worker_renews_a_valid_token_is_used_and_a_spent_one_waits():
    vault = connected(minutes=0.5)
    vault.busy = True
    asked, wire = needs(vault, ok())
    assert 200 == go(open_door(asked)).status
    spent = connected(minutes=-1)
    spent.busy = True
    asked, wire = needs(spent)
    with pytest.raises(NotSent):
        open_door(asked).prepare()
    assert [] == wire.sent


def test_the_holder_of_the_lease_reads_again_and_does_not_renew_twice():
    vault = connected()

    class Renewed(Script):
        def send(self, method, url, headers, body, timeout_seconds):
            answer = super().send(method, url, headers, body, timeout_seconds)
            vault.values["access_token"] = "from another worker"
            return answer

    wire = Renewed([Response(401), ok()], vault.journal)
    asked, _ = needs(vault)
    go(open_door(DoorNeeds(asked.settings, vault, wire, asked.now)))
    assert ["GET", "GET"] == [sent[0] for sent in wire.sent]
    assert "Bearer from another worker" == wire.sent[1][2]["Authorization"]


def test_a_custom_connection_signs_in_with_its_secret_and_names_no_tenant():
    vault = Safe({"client_secret": "s3"})
    asked, wire = needs(
        vault, Response(200, {}, b'{"access_token":"m2m","expires_in":1800,"token_type":"Bearer"}'), ok()
    )
    asked = DoorNeeds({**asked.settings, "mode": "custom"}, vault, wire, asked.now)
    assert 200 == go(open_door(asked)).status
    assert f"Basic {base64.b64encode(b'app:s3').decode()}" == wire.sent[0][2]["Authorization"]
    assert ["client_credentials"] == parse_qs(wire.sent[0][3])["grant_type"]
    assert "xero-tenant-id" not in wire.sent[1][2]


def test_without_any_sign_in_nothing_is_sent():
    asked, wire = needs(Safe())
    with pytest.raises(SignInNeeded):
        go(open_door(asked))
    assert [] == wire.sent


def test_consent_carries_state_challenge_and_the_smallest_scopes():
    asked, _ = needs(Safe())
    address = urlsplit(sign_in(asked).start("state-1", "v" * 50))
    query = parse_qs(address.query)
    assert "http://localhost:3/identity/connect/authorize" == f"{address.scheme}://{address.netloc}{address.path}"
    assert ("state-1", "S256", "app") == tuple(
        query[name][0] for name in ("state", "code_challenge_method", "client_id")
    )
    assert ["http://localhost:8377/callback"] == query["redirect_uri"]
    assert "offline_access" in query["scope"][0].split()


def test_finish_trades_the_code_and_pins_the_organisation():
    vault = Safe()
    asked, wire = needs(vault, token("first"), ok(json.dumps([ORG]).encode()))
    pinned = sign_in(asked).finish("http://localhost:8377/callback?code=c1&state=s", "s", "verifier")
    assert {"tenant_id": "org-1", "tenant_name": "Harbour"} == pinned
    form = parse_qs(wire.sent[0][3])
    assert (["c1"], ["verifier"], ["authorization_code"]) == (form["code"], form["code_verifier"], form["grant_type"])
    assert ("first", "org-1") == (vault.get("access_token"), vault.get("tenant_id"))


def test_finish_takes_the_organisation_of_this_consent_among_several():
    claims = base64.urlsafe_b64encode(b'{"authentication_event_id":"e2"}').decode().rstrip("=")
    both = [ORG, ORG | {"tenantId": "org-2", "tenantName": "Bay", "authEventId": "e2"}]
    asked, _ = needs(Safe(), token(f"x.{claims}.y"), ok(json.dumps(both).encode()))
    assert "org-2" == sign_in(asked).finish("http://localhost:8377/callback?code=c&state=s", "s", "v")["tenant_id"]


@pytest.mark.parametrize(
    "returned, rows, pinned",
    [
        ("?error=access_denied&state=s", [ORG], None),
        ("?code=c&state=forged", [ORG], None),
        ("?code=c&state=s", [ORG], "org-9"),
        ("?code=c&state=s", [], None),
        ("?code=c&state=s", [ORG, ORG | {"tenantId": "org-2"}], None),
    ],
)
def test_a_consent_that_is_refused_forged_or_for_another_organisation_changes_nothing(returned, rows, pinned):
    vault = Safe({"tenant_id": pinned} if pinned else {})
    asked, _ = needs(vault, token("t"), ok(json.dumps(rows).encode()))
    with pytest.raises(UserError):
        sign_in(asked).finish(f"http://localhost:8377/callback{returned}", "s", "v")
    assert vault.get("access_token") is None


def test_disconnecting_removes_the_connection_revokes_and_forgets_the_tokens():
    vault = connected()
    asked, wire = needs(vault, ok(json.dumps([ORG, ORG | {"id": "x", "tenantId": "y"}]).encode()), Response(204), ok())
    sign_in(asked).disconnect()
    assert ["/connections", "/connections/con-1", "/connect/revocation"] == [
        urlsplit(sent[1]).path for sent in wire.sent
    ]
    assert (None, None, "org-1") == tuple(vault.get(name) for name in ("access_token", "refresh_token", "tenant_id"))
