"""The door: tokens, their lifetime, what is sent and what a refusal becomes; with a wire of plain answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.halaxy.client import HalaxyDoor, open_door
from engine.errors import NoAnswer, NotSent, SignInNeeded
from engine.sdk.contract import DoorNeeds, Request, Response

Json = Any
T0 = datetime(2026, 3, 2, tzinfo=UTC)
READ = Request("GET", "/Invoice")
TOKEN = Response(200, {}, b'{"token_type": "Bearer", "expires_in": 3600, "access_token": "token-1"}')
FINE = Response(200, {}, b'{"resourceType": "Bundle"}')
EXPIRED = Response(401, {}, b'{"resourceType": "OperationOutcome", "issue": [{"code": "expired"}]}')


@dataclass
class Wire:
    """Answers in order and keeps what was sent."""

    answers: list[Response | Exception]
    sent: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        self.sent.append((method, url, headers, body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Vault:
    """Values in memory."""

    values: dict[str, str | None]

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, values: Mapping[str, str | None]) -> None:
        self.values.update(values)

    def lease(self, name: str, seconds: float) -> bool:
        return True

    def release(self, name: str) -> None:
        return None


@dataclass
class World:
    """A door with all that it is built from."""

    wire: Wire
    vault: Vault = field(default_factory=lambda: Vault({"client_secret": "s3cret"}))
    settings: dict[str, Json] = field(
        default_factory=lambda: {"client_id": "key-1", "user_agent": "Clinic (it@clinic.example)"}
    )
    now: datetime = T0

    def door(self) -> HalaxyDoor:
        return open_door(DoorNeeds(self.settings, self.vault, self.wire, lambda: self.now))

    def send(self, request: Request = READ, allowed: bool = True) -> Response:
        return self.door().send(request, lambda: allowed, 30.0)


def world(*answers: Response | Exception) -> World:
    return World(Wire(list(answers)))


def test_a_token_is_asked_for_as_json_and_used() -> None:
    made = world(TOKEN, FINE)
    query = (("_lastUpdated", "ge2026-03-02T00:00:00+11:00"), ("_id", "1,2"))
    made.send(Request("GET", "/Invoice", query))
    (_, token_url, token_headers, grant), (method, url, headers, _) = made.wire.sent
    assert "https://au-api.halaxy.com/main/oauth/token" == token_url
    assert {"grant_type": "client_credentials", "client_id": "key-1", "client_secret": "s3cret"} == json.loads(grant)
    assert ("GET", "Bearer token-1") == (method, headers["Authorization"])
    assert url.startswith(
        "https://au-api.halaxy.com/main/Invoice?_lastUpdated=ge2026-03-02T00%3A00%3A00%2B11%3A00&_id=1%2C2"
    )
    for sent in (token_headers, headers):
        assert ("Clinic (it@clinic.example)", "application/fhir+json") == (sent["User-Agent"], sent["Accept"])


def test_a_user_agent_is_sent_even_if_none_is_set() -> None:
    made = world(TOKEN, FINE)
    del made.settings["user_agent"]
    made.send()
    assert all(headers["User-Agent"] for _, _, headers, _ in made.wire.sent)


def test_the_region_is_the_address_setting() -> None:
    made = world(TOKEN, FINE)
    made.settings["address"] = "http://localhost:8123/main/"
    made.send()
    assert ["http://localhost:8123/main/oauth/token", "http://localhost:8123/main/Invoice"] == [
        sent[1] for sent in made.wire.sent
    ]


@pytest.mark.parametrize(
    "expires_in, good_for", [(3600, 840), ("3600", 840), (900, 840), (600, 540), (None, 840), ("soon", 840)]
)
def test_a_token_is_good_for_the_shorter_of_its_own_time_and_15_minutes_less_one(
    expires_in: Json, good_for: int
) -> None:
    body = json.dumps({"access_token": "token-1", "expires_in": expires_in}).encode()
    made = world(Response(200, {}, body), FINE, FINE, TOKEN, FINE)
    made.send()
    made.now = T0 + timedelta(seconds=good_for - 1)
    made.send()
    assert 3 == len(made.wire.sent)
    made.now = T0 + timedelta(seconds=good_for)
    made.send()
    assert 5 == len(made.wire.sent)


def test_the_token_is_shared_by_doors_of_the_same_vault() -> None:
    made = world(TOKEN, FINE, FINE)
    made.door().prepare()
    made.send()
    made.send()
    assert ["POST", "GET", "GET"] == [sent[0] for sent in made.wire.sent]


def test_an_expired_token_is_renewed_once() -> None:
    made = world(TOKEN, EXPIRED, TOKEN, FINE)
    assert 200 == made.send().status
    assert 4 == len(made.wire.sent)


def test_a_fresh_token_that_is_refused_asks_for_a_new_sign_in() -> None:
    made = world(TOKEN, EXPIRED, TOKEN, EXPIRED)
    with pytest.raises(SignInNeeded):
        made.send()
    assert 4 == len(made.wire.sent)


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_scope_is_an_answer_and_no_lost_sign_in(status: int) -> None:
    refused = Response(status, {}, b'{"resourceType": "OperationOutcome", "issue": [{"code": "forbidden"}]}')
    assert status == world(TOKEN, refused).send().status


@pytest.mark.parametrize("status", [200, 304, 404, 422, 429, 500, 503])
def test_every_other_answer_is_handed_on(status: int) -> None:
    assert status == world(TOKEN, Response(status)).send().status


@pytest.mark.parametrize("answer", [
    Response(400, {}, b'{"error": "invalid_client"}'), Response(401, {}, b'{"message": "no"}'), Response(403), Response(404),
    Response(200, {}, b"{}"), Response(200, {}, b"<html>"), Response(200, {}, b"[]"),
])  # fmt: skip
def test_refused_credentials_ask_for_a_new_sign_in_and_name_no_secret(answer: Response) -> None:
    with pytest.raises(SignInNeeded) as caught:
        world(answer).door().prepare()
    assert "s3cret" not in str(caught.value)
    assert "key-1" not in str(caught.value)


@pytest.mark.parametrize(
    "answer", [Response(429, {"retry-after": "3"}), Response(500), Response(503), NoAnswer("silence")]
)
def test_without_a_token_the_request_was_not_sent(answer: Response | Exception) -> None:
    with pytest.raises(NotSent):
        world(answer).send()


@pytest.mark.parametrize("missing", ["client_secret", "client_id"])
def test_a_missing_credential_is_told_before_anything_is_sent(missing: str) -> None:
    made = world()
    made.vault.values.pop(missing, None)
    made.settings.pop(missing, None)
    with pytest.raises(SignInNeeded):
        made.send()
    assert [] == made.wire.sent


def test_a_request_that_may_no_longer_go_is_dropped_before_its_bytes_leave() -> None:
    made = world(TOKEN, FINE)
    with pytest.raises(NotSent):
        made.send(allowed=False)
    assert ["POST"] == [sent[0] for sent in made.wire.sent]


def test_silence_stays_silence() -> None:
    with pytest.raises(NoAnswer):
        world(TOKEN, NoAnswer("silence")).send()
