"""Limits, idempotency, faults, the levers, and the replay of a journal (Xero fact sheet 4, 5.1, 14.2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from xero_by_hand import Client, invoice_body, read

from connectors.xero.sandbox.app import XeroSandbox
from connectors.xero.sandbox.switches import Switches
from engine.sdk.sandbox import Answer, Journal

Make = Callable[..., Client]
LEFT = ("X-MinLimit-Remaining", "X-DayLimit-Remaining", "X-AppMinLimit-Remaining")


def test_every_answer_counts_down_three_limits(make: Make) -> None:
    client = make(minute_limit=60)
    answers = [client.call("GET", path) for path in ("/Organisation", "/Nonsense", "/Invoices")]
    assert [[answer.headers[name] for name in LEFT] for answer in answers] == [
        ["59", "4999", "9999"], ["58", "4998", "9998"], ["57", "4997", "9997"],
    ]  # fmt: skip
    assert all(answer.headers["Xero-Correlation-Id"] for answer in answers)


def test_the_minute_is_a_fixed_window_that_tells_when_it_ends(make: Make) -> None:
    client = make(minute_limit=60)
    while (answer := client.call("GET", "/Organisation")).status == 200:
        client.wait(0.1)
    assert (answer.headers["X-Rate-Limit-Problem"], answer.body) == ("minute", b"")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= 60
    client.wait(wait)
    assert client.call("GET", "/Organisation").status == 200


@pytest.mark.parametrize("options, name", [({"day_limit": 3}, "day"), ({"app_minute_limit": 3}, "appminute")])
def test_other_limits_name_themselves(make: Make, options: dict[str, int], name: str) -> None:
    client = make(**options)
    answers = [client.call("GET", "/Organisation") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["X-Rate-Limit-Problem"] == name
    assert int(answers[3].headers["Retry-After"]) > 0


def test_each_organisation_has_its_own_day(make: Make) -> None:
    client = make(day_limit=1, tenants=("Manly", "Newtown"))
    assert client.call("GET", "/Organisation").status == 200
    client.tenant = list(client.sandbox.tenants)[1]
    assert client.call("GET", "/Organisation").status == 200


def test_slow_answers_stay_in_flight(xero: Client) -> None:
    xero.lever("POST", "faults", [{"match": {}, "do": "slow", "times": 5, "seconds": 20}])
    assert [xero.call("GET", "/Organisation").delay_seconds for _ in range(5)] == [20.0] * 5
    answer = xero.call("GET", "/Organisation")
    assert (answer.status, answer.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in answer.headers
    xero.wait(20)
    assert xero.call("GET", "/Organisation").status == 200


def put(client: Client, key: str, name: str = "Ann Example", **headers: str) -> Answer:
    return client.call("PUT", "/Contacts", {"Contacts": [{"Name": name}]}, {"idempotency-key": key, **headers})


def test_a_key_replays_the_same_bytes_for_six_minutes(xero: Client) -> None:
    first = put(xero, "k")
    xero.wait(359)
    assert put(xero, "k").body == first.body
    xero.wait(1)
    assert put(xero, "k").status == 400  # executed again: the name is taken by now
    assert len(xero.get("/Contacts")["Contacts"]) == 1


def test_a_key_keeps_errors_too(xero: Client) -> None:
    xero.contact("Ann Example")
    assert put(xero, "k").status == 400
    xero.lever("POST", "people", {"do": "rename contact", "contact": "Ann Example", "name": "Other"})
    assert put(xero, "k").status == 400
    assert put(xero, "fresh").status == 200


def test_a_key_with_another_request_is_refused(xero: Client) -> None:
    put(xero, "k")
    answer = put(xero, "k", "Ben Example")
    assert answer.status == 400
    assert "is used with a different request" in read(answer)["Message"]
    body = {"Contacts": [{"Name": "Ann Example"}]}
    assert xero.call("POST", "/Contacts", body, {"idempotency-key": "k"}).status == 400
    assert xero.call("PUT", "/Contacts", body, {"idempotency-key": "k"}, summarizeErrors="false").status == 400


@pytest.mark.parametrize("key", ["", "x" * 129])
def test_an_unusable_key_is_refused(xero: Client, key: str) -> None:
    assert put(xero, key).status == 400
    assert xero.get("/Contacts")["Contacts"] == []


def test_a_key_on_a_read_is_ignored(xero: Client) -> None:
    headers = {"idempotency-key": "k"}
    before = xero.get("/Contacts", headers)["Contacts"]
    xero.contact()
    assert len(xero.get("/Contacts", headers)["Contacts"]) == len(before) + 1


def test_keys_belong_to_the_app_and_not_to_the_tenant(make: Make) -> None:
    client = make(tenants=("Manly", "Newtown"))
    first = put(client, "k")
    client.tenant = list(client.sandbox.tenants)[1]
    assert put(client, "k").body == first.body
    assert client.get("/Contacts")["Contacts"] == []


def test_the_switch_tells_tenants_apart(make: Make) -> None:
    client = make(tenants=("Manly", "Newtown"), switches=Switches(key_compares_tenant=True))
    put(client, "k")
    client.tenant = list(client.sandbox.tenants)[1]
    assert put(client, "k").status == 400


def test_replays_count_against_the_limits(make: Make) -> None:
    client = make(minute_limit=60)
    assert [put(client, "k").headers["X-MinLimit-Remaining"] for _ in range(3)] == ["59", "58", "57"]


def fault(client: Client, do: str, **more: Any) -> None:
    client.lever("POST", "faults", [{"match": {"method": "PUT", "path": "/Contacts"}, "do": do, **more}])


def made(client: Client) -> list[str]:
    return [row["Name"] for row in client.get("/Contacts")["Contacts"]]


@pytest.mark.parametrize(
    "do, status, dropped, effect, replayed",
    [
        ("500", 500, False, False, 500),
        ("500 after effect", 500, False, True, 500),
        ("503", 503, False, False, 200),
        ("503 after effect", 503, False, True, 503),
        ("drop", 200, True, False, 200),
        ("drop after effect", 200, True, True, 200),
        ("html", 502, False, False, 200),
        ("empty 400", 400, False, False, 200),
        ("concurrent", 429, False, False, 200),
        ("429 day", 429, False, False, 429),
        ("expire tokens", 401, False, False, 401),
        ("disconnect", 403, False, False, 403),
    ],
)
def test_a_fault_strikes_once_and_the_key_remembers(
    xero: Client, do: str, status: int, dropped: bool, effect: bool, replayed: int
) -> None:
    fault(xero, do)
    struck = put(xero, "k")
    assert (struck.status, struck.drop) == (status, dropped)
    if do not in ("429 day", "expire tokens", "disconnect"):
        assert made(xero) == (["Ann Example"] if effect else [])
    again = put(xero, "k")
    assert (again.status, again.drop) == (replayed, False)
    if do not in ("429 day", "expire tokens", "disconnect", "500"):
        assert made(xero) == ["Ann Example"]


def test_half_a_batch_is_stored_and_answered_500(xero: Client) -> None:
    fault(xero, "half")
    rows = [{"Name": f"Contact {number}"} for number in range(4)]
    assert xero.call("PUT", "/Contacts", {"Contacts": rows}).status == 500
    assert made(xero) == ["Contact 0", "Contact 1"]


def test_a_limit_fault_can_name_its_wait(xero: Client) -> None:
    fault(xero, "429 minute", seconds=2)
    answer = put(xero, "k")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    assert put(xero, "k").status == 200


def test_a_fault_waits_for_its_turn(xero: Client) -> None:
    fault(xero, "500", times=2)
    xero.lever("DELETE", "faults")
    xero.lever("POST", "faults", {"match": {"path": "/Contacts", "nth": 2}, "do": "500", "times": 2})
    assert [xero.call("GET", "/Contacts").status for _ in range(4)] == [200, 500, 500, 200]
    assert xero.lever("GET", "faults") == []


def test_the_token_answer_can_be_lost(xero: Client) -> None:
    xero.lever("POST", "faults", [{"match": {"path": "/connect/token"}, "do": "drop after effect"}])
    fields = {"grant_type": "refresh_token", "refresh_token": xero.token["refresh_token"], "client_id": "daybook-demo"}
    assert xero.form("/connect/token", **fields).drop
    assert xero.form("/connect/token", **fields).status == 200


def test_an_unknown_fault_is_refused(xero: Client) -> None:
    assert xero.ask("POST", "/_sandbox/faults", [{"do": "flood"}]).status == 400


def test_the_clock_moves_on_request(xero: Client) -> None:
    xero.lever("POST", "clock", {"offset_seconds": 1800})
    assert xero.call("GET", "/Organisation").status == 401
    xero.lever("POST", "clock", {"now": "2026-06-01T00:00:00+10:00"})
    xero.token = xero.sign_in()
    bill = {**invoice_body(xero.contact()), "Date": None}
    assert xero.put("/Invoices", {"Invoices": [bill]})["Invoices"][0]["DateString"] == "2026-06-01T00:00:00"


def test_calls_are_counted_without_sign_in_and_levers(xero: Client) -> None:
    contact = xero.contact()
    xero.get(f"/Contacts/{contact['ContactID']}")
    xero.get("/Organisation/Actions")
    assert xero.lever("GET", "calls") == {
        "total": 3,
        "by": {"GET /Contacts/{id}": 1, "GET /Organisation/Actions": 1, "PUT /Contacts": 1},
    }


@pytest.mark.parametrize(
    "method, path, headers, status",
    [
        ("GET", "/Nonsense", {}, 404),
        ("GET", "/Receipts", {}, 501),
        ("DELETE", "/Invoices", {}, 501),
        ("GET", "/Invoices/nothing", {}, 404),
        ("GET", "/Organisation", {"accept": "application/xml"}, 406),
    ],
)
def test_what_is_not_there_says_so(xero: Client, method: str, path: str, headers: dict[str, str], status: int) -> None:
    assert xero.call(method, path, None, headers).status == status


def test_a_long_list_of_ids_is_not_found(xero: Client) -> None:
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(53)]
    assert xero.call("GET", "/Invoices", IDs=",".join(ids)).status == 404
    assert xero.call("GET", "/Invoices", IDs=",".join(ids[:40])).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b'{"Contacts": 3}', b'{"Contacts": [3]}'])
def test_an_unreadable_body_is_refused(xero: Client, body: bytes) -> None:
    answer = xero.call("PUT", "/Contacts", body)
    assert (answer.status, read(answer)["Type"]) == (400, "PostDataInvalidException")


def test_a_body_may_be_bare_or_wrapped(xero: Client) -> None:
    xero.put("/Contacts", {"Name": "Bare"})
    xero.put("/Contacts", [{"Name": "List"}])
    xero.put("/Contacts", {"Contacts": [{"Name": "Wrapped"}]})
    assert made(xero) == ["Bare", "List", "Wrapped"] or sorted(made(xero)) == ["Bare", "List", "Wrapped"]


def test_a_body_that_is_too_large_is_413(xero: Client) -> None:
    assert xero.call("PUT", "/Contacts", b" " * 3_500_001).status == 413


def drive(client: Client) -> None:
    contact = client.contact()
    invoice = client.invoice(contact)
    client.get("/Invoices")
    client.payment(invoice, "20.00")
    fault(client, "drop after effect")
    put(client, "k", "Ben Example")


def test_a_journal_brings_back_state_tokens_ids_and_refusals(tmp_path: Path) -> None:
    """The last write is refused because a read had used up the minute: replayed, it must be refused again."""
    file = tmp_path / "xero.journal"
    sandboxes = [XeroSandbox(minute_limit=5) for _ in range(2)]
    with closing(Journal(sandboxes[0], file)) as journal:
        client = Client(journal, tenant=next(iter(sandboxes[0].tenants)))
        drive(client)
        assert put(client, "late", "Cy Example").status == 429
        before = [client.lever("GET", name) for name in ("ledger", "calls", "faults")]
    with closing(Journal(sandboxes[1], file)) as client.sandbox:
        assert [client.lever("GET", name) for name in ("ledger", "calls", "faults")] == before
        client.wait(60)
        assert sorted(made(client)) == ["Ben Example", "Jane Citizen (HX-P-1)"]


def test_equal_requests_at_equal_times_give_equal_bytes() -> None:
    answers = []
    for _ in range(2):
        client = Client(XeroSandbox(seed=7))
        drive(client)
        answers.append((client.call("GET", "/Invoices", page="1").body, client.lever("GET", "ledger")))
    assert answers[0] == answers[1]
    assert Client(XeroSandbox(seed=8)).contact()["ContactID"] != Client(XeroSandbox(seed=9)).contact()["ContactID"]
