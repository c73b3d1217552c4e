"""Sign-in as Xero fact sheet section 3 tells it: codes, tokens, grace, scopes, connections."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from xero_by_hand import REDIRECT, SCOPES, Client, read

Make = Callable[..., Client]


def refresh(client: Client, token: str, **fields: str) -> tuple[int, Any]:
    answer = client.form(
        "/connect/token", grant_type="refresh_token", refresh_token=token, client_id="daybook-demo", **fields
    )
    return answer.status, read(answer)


def test_a_token_answer_has_the_keys_that_clients_take(make: Make) -> None:
    xero = make(f"openid profile email {SCOPES}")
    assert set(xero.token) == {"access_token", "expires_in", "token_type", "scope", "refresh_token", "id_token"}
    assert (xero.token["expires_in"], xero.token["token_type"]) == (1800, "Bearer")
    assert xero.token["access_token"].count(".") == 2


def test_state_comes_back_with_the_code(xero: Client) -> None:
    answer = xero.ask("GET", "/identity/connect/authorize", response_type="code", client_id="daybook-demo",
                      redirect_uri="http://127.0.0.1:1/cb?x=1", scope="openid", state="a b",
                      code_challenge="c", code_challenge_method="S256")  # fmt: skip
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query)).keys() == {"x", "code", "scope", "state"}


@pytest.mark.parametrize(
    "wish",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://elsewhere.example/cb"},
        {"scope": "accounting.everything"},
        {"scope": ""},
        {"response_type": "token"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
def test_the_consent_page_shows_a_fault_and_does_not_redirect(xero: Client, wish: dict[str, str]) -> None:
    own = {"response_type": "code", "client_id": "daybook-demo", "redirect_uri": REDIRECT, "scope": SCOPES,
           "code_challenge": "c", "code_challenge_method": "S256"}  # fmt: skip
    assert xero.ask("GET", "/identity/connect/authorize", **{**own, **wish}).status == 400


def test_a_code_works_once(xero: Client) -> None:
    code = xero.code()
    assert [xero.exchange(code).status, xero.exchange(code).status] == [200, 400]


def test_a_code_lives_five_minutes(xero: Client) -> None:
    code = xero.code()
    xero.wait(301)
    assert read(xero.exchange(code)) == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": "other"}, {"redirect_uri": "http://localhost/other"}, {"code": "x.y.z"}]
)
def test_a_code_is_bound_to_verifier_and_address(xero: Client, wrong: dict[str, str]) -> None:
    assert read(xero.exchange(**{"code": xero.code(), **wrong})) == {"error": "invalid_grant"}


def test_a_token_ends_after_thirty_minutes(xero: Client) -> None:
    xero.wait(1799)
    assert xero.call("GET", "/Organisation").status == 200
    xero.wait(1)
    answer = xero.call("GET", "/Organisation")
    assert (answer.status, read(answer)["Detail"]) == (401, "TokenExpired: token expired at 03/01/2026 03:34:05")


def test_the_previous_refresh_token_has_a_grace_of_thirty_minutes(xero: Client) -> None:
    old = xero.token["refresh_token"]
    status, new = refresh(xero, old)
    assert (status, new["refresh_token"] != old) == (200, True)
    xero.wait(29 * 60)
    assert refresh(xero, old)[0] == 200
    xero.wait(60)
    assert refresh(xero, old) == (400, {"error": "invalid_grant"})
    assert refresh(xero, new["refresh_token"])[0] == 200


def test_a_refresh_token_dies_after_sixty_days(xero: Client) -> None:
    xero.wait(60 * 86_400)
    assert refresh(xero, xero.token["refresh_token"]) == (400, {"error": "invalid_grant"})


def test_without_offline_access_there_is_no_refresh_token(make: Make) -> None:
    assert "refresh_token" not in make("accounting.contacts").token


@pytest.mark.parametrize("method", ["basic", "form"])
def test_an_app_with_a_secret_authenticates_both_ways(make: Make, method: str) -> None:
    client = make("", client_secret="s3")
    packed = base64.b64encode(b"daybook-demo:s3").decode()
    headers = {"authorization": f"Basic {packed}"} if method == "basic" else {}
    fields = {} if method == "basic" else {"client_id": "daybook-demo", "client_secret": "s3"}
    answer = client.form("/connect/token", headers, grant_type="client_credentials", **fields)
    assert answer.status == 200
    assert "refresh_token" not in read(answer)


def test_a_wrong_secret_is_an_invalid_client(make: Make) -> None:
    client = make("", client_secret="s3")
    answer = client.form(
        "/connect/token", grant_type="client_credentials", client_id="daybook-demo", client_secret="no"
    )
    assert (answer.status, read(answer)) == (401, {"error": "invalid_client"})


def test_a_secretless_app_gets_no_client_credentials(xero: Client) -> None:
    answer = xero.form("/connect/token", grant_type="client_credentials", client_id="daybook-demo")
    assert (answer.status, read(answer)) == (400, {"error": "unauthorized_client"})


@pytest.mark.parametrize("tenant", ["", None])
def test_a_custom_connection_needs_no_tenant(make: Make, tenant: str | None) -> None:
    client = make("", client_secret="s3")
    answer = client.form(
        "/connect/token", grant_type="client_credentials", client_id="daybook-demo", client_secret="s3"
    )
    headers = {"authorization": f"Bearer {read(answer)['access_token']}"} | (
        {} if tenant is None else {"xero-tenant-id": ""}
    )
    assert client.ask("GET", "/api.xro/2.0/Organisation", None, headers).status == 200


@pytest.mark.parametrize(
    "scopes, method, path, status",
    [
        ("accounting.contacts.read", "GET", "/Contacts", 200),
        ("accounting.contacts.read", "PUT", "/Contacts", 401),
        ("accounting.contacts", "GET", "/Contacts", 200),
        ("accounting.contacts", "GET", "/Invoices", 401),
        ("accounting.transactions", "GET", "/Invoices", 200),
        ("accounting.transactions.read", "GET", "/BankTransactions", 200),
        ("accounting.transactions.read", "PUT", "/BankTransactions", 401),
        ("accounting.settings.read", "GET", "/TrackingCategories", 200),
        ("accounting.invoices", "PUT", "/Payments", 401),
    ],
)
def test_scopes_decide_what_a_token_may(make: Make, scopes: str, method: str, path: str, status: int) -> None:
    answer = make(scopes).call(method, path, None if method == "GET" else {"Contacts": [{"Name": "x"}]})
    assert answer.status == status
    if status == 401:
        assert read(answer)["Detail"] == "AuthorizationUnsuccessful"


@pytest.mark.parametrize("tenant", ["", "70784a63-d24b-46a9-a4db-0e70a274b056"])
def test_a_tenant_that_is_not_connected_is_forbidden(xero: Client, tenant: str) -> None:
    answer = xero.call("GET", "/Organisation", None, {"xero-tenant-id": tenant})
    assert (answer.status, read(answer)["Title"]) == (403, "Forbidden")


def test_an_unknown_token_is_unauthorised(xero: Client) -> None:
    answer = xero.call("GET", "/Organisation", None, {"authorization": "Bearer nonsense"})
    assert (answer.status, read(answer)["Detail"]) == (401, "AuthenticationUnsuccessful")


def connections(client: Client, **query: str) -> Any:
    return read(
        client.ask("GET", "/Connections", None, {"authorization": f"Bearer {client.token['access_token']}"}, **query)
    )


def test_connections_name_every_organisation_and_the_consent(make: Make) -> None:
    client = make(tenants=("Manly", "Newtown"))
    rows = connections(client)
    assert [row["tenantName"] for row in rows] == ["Manly", "Newtown"]
    assert {row["tenantId"] for row in rows} == set(client.sandbox.tenants)
    assert rows[0]["createdDateUtc"] == "2026-03-01T03:04:05.0000000"
    assert connections(client, authEventId="other") == []
    assert len(connections(client, authEventId=rows[0]["authEventId"])) == 2


def test_two_organisations_share_nothing(make: Make) -> None:
    client = make(tenants=("Manly", "Newtown"))
    client.contact("Ann Example")
    client.tenant = list(client.sandbox.tenants)[1]
    assert client.get("/Contacts")["Contacts"] == []


def test_consenting_again_moves_only_the_update(xero: Client) -> None:
    before = connections(xero)[0]
    xero.wait(60)
    xero.token = xero.sign_in()
    after = connections(xero)[0]
    assert after["id"] == before["id"]
    assert after["createdDateUtc"] == before["createdDateUtc"] != after["updatedDateUtc"]


def test_revoking_takes_tokens_and_connections(xero: Client) -> None:
    answer = xero.form("/connect/revocation", token=xero.token["refresh_token"], client_id="daybook-demo")
    assert (answer.status, answer.body) == (200, b"")
    assert refresh(xero, xero.token["refresh_token"])[0] == 400
    assert xero.call("GET", "/Organisation").status == 401


def test_the_id_token_bears_a_signature_that_the_key_set_confirms(make: Make) -> None:
    xero = make("openid")
    config = read(xero.ask("GET", "/.well-known/openid-configuration", None, {"host": "localhost:9"}))
    [key] = read(xero.ask("GET", urlsplit(config["jwks_uri"]).path))["keys"]
    number = {name: int.from_bytes(_raw(key[name]), "big") for name in ("n", "e")}
    text, _, signature = xero.token["id_token"].rpartition(".")
    RSAPublicNumbers(number["e"], number["n"]).public_key().verify(_raw(signature), text.encode(), PKCS1v15(), SHA256())


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
