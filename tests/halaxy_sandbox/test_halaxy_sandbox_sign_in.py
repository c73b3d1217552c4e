"""Sign-in, the User-Agent rule, scopes, limits and refused verbs of the Halaxy sandbox."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from connectors.halaxy.sandbox.oauth import DEMO_KEY
from engine.sdk.sandbox import Asked

TOKEN = "/main/oauth/token"
GOOD = {
    "grant_type": "client_credentials",
    "client_id": DEMO_KEY.client_id,
    "client_secret": DEMO_KEY.client_secret,
}


def test_a_token_claims_an_hour_and_works_for_fifteen_minutes(empty):
    answer = json.loads(empty.ask("POST", TOKEN, body=GOOD).body)
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    empty.token = answer["access_token"]
    empty.wait(seconds=899)
    assert empty.get("Invoice")["total"] == 0
    empty.wait(seconds=1)
    outcome = empty.get("Invoice", expect=401)
    assert (outcome["resourceType"], outcome["issue"][0]["code"]) == ("OperationOutcome", "expired")


def test_the_token_request_may_be_a_form(empty):
    headers = {"user-agent": "x", "content-type": "application/x-www-form-urlencoded"}
    answer = empty.sandbox.handle(Asked("POST", TOKEN, (), headers, urlencode(GOOD).encode()), empty.now)
    assert answer.status == 200


@pytest.mark.parametrize(
    "body, status, error",
    [
        ({**GOOD, "client_secret": "wrong"}, 401, "invalid_client"),
        ({**GOOD, "client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({**GOOD, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ([], 400, "invalid_request"),
        (None, 400, "invalid_request"),
    ],
)
def test_a_bad_token_request_is_refused(empty, body, status, error):
    answer = empty.ask("POST", TOKEN, body=body)
    assert (answer.status, json.loads(answer.body)["error"]) == (status, error)


@pytest.mark.parametrize("path", [TOKEN, "/main/Invoice", "/main/metadata"])
@pytest.mark.parametrize("agent", ["", "  "])
def test_nothing_is_answered_without_a_user_agent(practice, path, agent):
    method = "POST" if path == TOKEN else "GET"
    assert practice.ask(method, path, body=GOOD, **{"user-agent": agent}).status == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_a_missing_or_unknown_token_gets_a_401(practice, header):
    answer = practice.ask("GET", "/main/Invoice", authorization=header)
    assert (answer.status, answer.headers["content-type"]) == (401, "application/fhir+json")
    assert json.loads(answer.body)["issue"][0]["code"] == "login"


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_opens_only_its_scopes(practice, status):
    practice.admin("switches", {"missing_scope_status": status})
    practice.admin("keys", {"client_id": "half", "client_secret": "s", "scopes": ["invoices"]})
    practice.sign_in("half", "s")
    assert practice.get("InvoiceLine")["total"] == 4
    assert practice.get("Organization")["total"] == 5
    assert practice.get("Patient", expect=status)["issue"][0]["severity"] == "error"
    assert practice.get("ChargeItemDefinition/6600401", expect=status)["resourceType"] == "OperationOutcome"


def test_the_scope_of_organizations_can_be_set(practice):
    practice.admin("switches", {"organization_scope": "patients"})
    practice.admin("keys", {"client_id": "half", "client_secret": "s", "scopes": ["invoices"]})
    practice.sign_in("half", "s")
    practice.get("Organization", expect=403)


def test_the_limit_is_a_sliding_minute_with_headers(practice):
    practice.admin("switches", {"rate_limit": 3})
    left = []
    for _ in range(3):
        answer = practice.ask("GET", "/main/Invoice")
        left.append((answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]))
        practice.wait(seconds=10)
    assert left == [("3", "2"), ("3", "1"), ("3", "0")]
    refused = practice.ask("GET", "/main/Invoice")
    assert (refused.status, refused.headers["retry-after"]) == (429, "30")
    practice.now += timedelta(seconds=int(refused.headers["retry-after"]))
    assert practice.ask("GET", "/main/Invoice").status == 200
    assert practice.ask("GET", "/main/Invoice").status == 429


def test_the_limit_is_counted_for_each_key(practice):
    practice.admin("switches", {"rate_limit": 1})
    practice.admin("keys", {"client_id": "other", "client_secret": "s"})
    assert practice.ask("GET", "/main/Invoice").status == 200
    assert practice.ask("GET", "/main/Invoice").status == 429
    practice.sign_in("other", "s")
    assert practice.ask("GET", "/main/Invoice").status == 200


def test_five_hundred_calls_a_minute_are_the_default(practice):
    statuses = [practice.ask("GET", "/main/Invoice/1").status for _ in range(501)]
    assert statuses == [404] * 500 + [429]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["Invoice", "InvoiceLine/880000200", "PaymentTransaction", "ChargeItemDefinition/1"])
def test_writes_to_finance_resources_are_not_allowed(practice, method, path):
    answer = practice.ask(method, f"/main/{path}", body={})
    assert (answer.status, answer.body, answer.headers["allow"]) == (405, b"", "GET")


@pytest.mark.parametrize("path", ["Invoice/1", "Patient/x", "Claim", "PaymentReconciliation/1", "invoice"])
def test_what_is_not_there_gets_a_404_outcome(practice, path):
    assert practice.get(path, expect=404)["issue"][0]["code"] == "not-found"


@pytest.mark.parametrize("path", ["/fhir/Invoice", "/oauth2/token", "/", "/main", "/main/Invoice/1/x", "//"])
def test_addresses_outside_the_api_get_a_404(practice, path):
    assert practice.ask("GET", path).status == 404


def test_moving_the_practice_clock_ends_tokens(practice):
    practice.admin("clock", {"advance_seconds": 900})
    practice.get("Invoice", expect=401)
    practice.admin("clock", {})
    practice.get("Invoice")
