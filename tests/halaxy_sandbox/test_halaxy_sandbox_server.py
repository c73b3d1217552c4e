"""Faults, counts, seeding, the journal and the loopback server of the Halaxy sandbox."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from connectors.halaxy.sandbox.app import HalaxySandbox
from connectors.halaxy.sandbox.oauth import DEMO_KEY
from engine.sdk.sandbox import Journal, Server

LIST = {"method": "GET", "path": "/main/PaymentTransaction"}


def plan(caller, do, times=1, seconds=5, **match):
    caller.admin("faults", {"match": {**LIST, **match}, "do": do, "times": times, "seconds": seconds})


@pytest.mark.parametrize(
    "do, status, header",
    [
        ("429", 429, ("retry-after", "7")),
        ("500", 500, ("content-type", "application/fhir+json")),
        ("503", 503, ("retry-after", "7")),
        ("html", 502, ("content-type", "text/html; charset=utf-8")),
    ],
)
def test_a_fault_answers_instead_as_often_as_planned(practice, do, status, header):
    plan(practice, do, times=2, seconds=7)
    answers = [practice.ask("GET", "/main/PaymentTransaction") for _ in range(3)]
    assert [answer.status for answer in answers] == [status, status, 200]
    assert answers[0].headers[header[0]] == header[1]
    assert practice.ask("GET", "/main/Invoice").status == 200


def test_a_fault_can_wait_for_the_nth_request(practice):
    plan(practice, "500", nth=3)
    assert [practice.ask("GET", "/main/PaymentTransaction").status for _ in range(4)] == [200, 200, 500, 200]


def test_a_fault_matches_paths_with_a_star(practice):
    plan(practice, "500", path="/main/Invoice*", times=2)
    paths = ("Patient", "InvoiceLine", "Invoice/410000101", "Invoice")
    assert [practice.ask("GET", f"/main/{path}").status for path in paths] == [200, 500, 500, 200]


def test_slow_drop_and_truncate_spoil_a_good_answer(practice):
    good = practice.ask("GET", "/main/PaymentTransaction")
    for do in ("slow", "drop", "truncate"):
        plan(practice, do, seconds=3)
        practice.admin("faults", method="GET")
        spoiled = practice.ask("GET", "/main/PaymentTransaction")
        assert spoiled.delay_seconds == (3 if do == "slow" else 0)
        assert spoiled.drop is (do == "drop")
        assert len(spoiled.body) == (len(good.body) // 2 if do == "truncate" else len(good.body))
        practice.admin("faults", method="DELETE")


@pytest.mark.parametrize("do, rows", [("repeat page", 30), ("missing page", 0)])
def test_a_page_can_be_repeated_or_missing_under_its_own_links(october, do, rows):
    pages = [october.get("PaymentTransaction", page=page) for page in (1, 2, 3)]
    plan(october, do, nth=2)
    moved = [october.get("PaymentTransaction", page=page) for page in (1, 2, 3)]
    assert moved[0] == pages[0]
    assert moved[2] == pages[2]
    assert moved[1]["link"] == pages[1]["link"]
    assert moved[1]["total"] == pages[1]["total"]
    assert moved[1]["entry"] == (pages[0]["entry"] if rows else [])


def test_tokens_can_be_ended(practice):
    plan(practice, "expire tokens")
    assert practice.get("PaymentTransaction", expect=401)["issue"][0]["code"] == "expired"
    practice.sign_in()
    practice.get("PaymentTransaction")


@pytest.mark.parametrize("body", [{"do": "explode"}, {"do": "500", "times": 0}, {"do": "500", "match": {"nth": 0}}, []])
def test_an_unreadable_fault_is_refused_or_none(practice, body):
    practice.admin("faults", body, expect=200 if body == [] else 400)
    assert practice.admin("faults", method="GET") == []


def test_calls_are_counted_by_address_and_status(practice):
    practice.admin("calls", method="DELETE")
    practice.sign_in()
    practice.get("Invoice")
    practice.get("Invoice/410000101")
    practice.get("Invoice/1", expect=404)
    practice.wait(seconds=61)
    practice.get("Invoice")
    assert practice.admin("calls", method="GET") == {
        "total": 5,
        "tokens": 1,
        "busiest_minute": 4,
        "by_address": {"GET /main/Invoice": 2, "GET /main/Invoice/{id}": 2, "POST /main/oauth/token": 1},
        "by_status": {"200": 4, "404": 1},
    }


def test_the_clock_can_be_set_and_moved(practice):
    assert practice.admin("clock", {"now": "2026-10-31T23:30:00+11:00"})["today"] == "2026-10-31"
    assert practice.admin("clock", {"advance_seconds": 1800})["now"] == "2026-11-01T00:00:00+11:00"
    made = practice.staff("record_payment", invoice="410000101")
    practice.sign_in()
    assert practice.get(f"PaymentTransaction/{made['payment']}")["created"] == "2026-11-01T00:00:00+11:00"
    assert practice.admin("clock", {})["today"] == "2026-03-02"


def test_seeding_starts_afresh_unless_told_to_add(practice):
    more = {"patients": [{"id": "70000009", "given": "New", "family": "One"}]}
    practice.admin("seed", {"practice": more, "add": True})
    assert practice.get("Patient")["total"] == 3
    assert practice.staff("add_patient", given="A", family="B")["patient"] == "70000010"
    practice.admin("seed", {"practice": more})
    assert practice.ids("Patient") == ["70000009"]
    assert practice.get("Invoice")["total"] == 0


def test_a_seeded_invoice_can_have_a_history(practice):
    invoice = {
        "id": "5",
        "payer": "Patient/70000001",
        "date": "2026-01-05",
        "created_at": "2026-01-05T09:00:00+11:00",
        "lines": [{"description": "x", "price": {"base": "33.3333"}, "quantity": 3}],
        "payments": [
            {"amount": 40, "at": "2026-01-06T09:00:00+11:00", "method": "EFTPOS"},
            {"amount": -10, "at": "2026-01-07T09:00:00+11:00", "type": "Refund"},
            {"amount": 60, "at": "2026-01-06T10:00:00+11:00", "type": "Failed"},
        ],
    }
    practice.admin("seed", {"practice": {"invoices": [invoice]}, "add": True})
    assert practice.money("5") == ("100.00", "0.00", "100.00", "30.00", "70.00")
    assert practice.ids("Invoice", _lastUpdated="lt2026-02-01") == ["5"]
    assert practice.ids("Invoice", _lastUpdated="2026-01-07") == ["5"]


@pytest.mark.parametrize(
    "practice_seed, expect",
    [
        ({"patients": [{"id": "1"}]}, 400),
        ({"patients": [{"id": "1", "given": "A", "family": "B", "created_at": "2026-01-01T00:00:00"}]}, 400),
        ({"pets": []}, 400),
        ({"invoices": [{"payer": "Patient/9", "date": "2026-01-05"}]}, 409),
    ],
)
def test_a_wrong_seed_is_refused_and_changes_nothing(practice, practice_seed, expect):
    practice.admin("seed", {"practice": practice_seed}, expect=expect)
    assert practice.get("Invoice")["total"] == 3


@pytest.mark.parametrize(
    "method, name, expect", [("GET", "seed", 405), ("POST", "totals", 405), ("GET", "nowhere", 404)]
)
def test_the_own_door_knows_its_addresses(practice, method, name, expect):
    practice.admin(name, method=method, expect=expect)


def test_a_replayed_journal_gives_the_same_bytes(october, tmp_path):
    start = october.now
    october.sandbox = Journal(HalaxySandbox(), tmp_path / "journal")
    october.admin("seed", {"month": {"first": "2026-10-01", "invoices": 60}})
    october.sign_in()
    october.admin("switches", {"meta_present": True})
    october.admin("clock", {"now": "2026-11-02T09:00:00+11:00"})
    october.sign_in()
    october.admin("next_day")
    october.staff("record_payment", invoice=october.ids("Invoice", total_balance="gt0")[0], amount="1.10")
    paths = ("Invoice", "InvoiceLine", "PaymentTransaction", "Patient", "Appointment", "Coverage")
    before = [october.ask("GET", f"/main/{path}", {"_count": "100"}).body for path in paths]
    october.now = start + timedelta(seconds=5)
    october.sandbox.close()
    october.sandbox = Journal(HalaxySandbox(), tmp_path / "journal")
    after = [october.ask("GET", f"/main/{path}", {"_count": "100"}).body for path in paths]
    october.sandbox.close()
    assert before == after
    assert b'"meta"' in after[0]


@pytest.fixture
def server(practice):
    running = Server(practice.sandbox, lambda: practice.now)
    yield running
    running.close()


def fetch(address, token="", body=None, method=None, agent="Example (dev@vendor.example)"):
    headers = {"User-Agent": agent, "Accept": "application/fhir+json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(address, body and json.dumps(body).encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()


def signed_in(server):
    body = {
        "grant_type": "client_credentials",
        "client_id": DEMO_KEY.client_id,
        "client_secret": DEMO_KEY.client_secret,
    }
    status, _, raw = fetch(f"{server.address}/main/oauth/token", body=body)
    assert status == 200
    return json.loads(raw)["access_token"]


def test_over_the_wire_links_can_be_followed_to_the_end(server):
    token = signed_in(server)
    address, found = f"{server.address}/main/InvoiceLine?_count=3", []
    while address:
        status, headers, raw = fetch(address, token)
        assert (status, headers["content-type"]) == (200, "application/fhir+json")
        assert headers["x-ratelimit-limit"] == "500"
        bundle = json.loads(raw)
        found += [entry["resource"]["id"] for entry in bundle["entry"]]
        address = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    assert found == ["880000200", "880000201", "880000202", "880000203"]
    reference = bundle["entry"][0]["resource"]["invoice"]["reference"]
    assert json.loads(fetch(reference, token)[2])["id"] == "410000103"


def test_over_the_wire_an_encoded_offset_is_understood(server):
    token = signed_in(server)
    address = f"{server.address}/main/Invoice?created=ge2026-03-02T11%3A00%3A00%2B11%3A00"
    assert json.loads(fetch(address, token)[2])["total"] == 3
    assert fetch(address.replace("%2B", "+"), token)[0] == 422


def test_over_the_wire_the_refusals_are_the_same(server):
    token = signed_in(server)
    assert fetch(f"{server.address}/main/Invoice", token, agent="")[0] == 403
    assert fetch(f"{server.address}/main/Invoice", "x")[0] == 401
    status, headers, raw = fetch(f"{server.address}/main/Invoice", token, body={}, method="POST")
    assert (status, headers["allow"], raw) == (405, "GET", b"")


@pytest.mark.parametrize("do", ["drop", "truncate"])
def test_over_the_wire_an_answer_can_be_lost_or_cut(server, practice, do):
    token = signed_in(server)
    plan(practice, do, path="/main/Invoice")
    if do == "drop":
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            fetch(f"{server.address}/main/Invoice", token)
    else:
        with pytest.raises(json.JSONDecodeError):
            json.loads(fetch(f"{server.address}/main/Invoice", token)[2])
    assert fetch(f"{server.address}/main/Invoice", token)[0] == 200
