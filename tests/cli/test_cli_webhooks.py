"""Webhooks beside the sandboxes: what a person types in, what is refused, and that a change arrives by HTTP in seconds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from beside_sandboxes import ANSWERS, connected, daybook, lead_to

from engine import logs
from engine.clock import SystemClock
from engine.compose.sandboxes import Sandboxes
from engine.compose.service import Service
from engine.compose.webhooks import entries, keep_key, listening
from engine.compose.workspace import Workspace
from engine.core.times import local_day
from engine.library.files import packaged_examples
from engine.sdk.contract import write_json

Json = Any
KEY = "xero-signing-key"
PUBLIC = "https://books.harbour.example"
PATIENCE_SECONDS = 25


def with_webhooks(folder: Path, port: int = 8710) -> None:
    file = folder / "daybook.yaml"
    file.write_text(file.read_text() + f"\nwebhooks:\n  address: {PUBLIC}\n  listen: 127.0.0.1:{port}\n")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


# --- what a person types in --------------------------------------------------------------------------------


@pytest.fixture
def asked(empty: Path) -> Path:
    """A workspace just made that asks for webhooks."""
    with_webhooks(empty)
    return empty


def shown(folder: Path, *more: str) -> Json:
    done = daybook("webhooks", *more, "--json", "--workspace", str(folder))
    assert done.code == 0, done.err
    return {entry["connection"]: entry for entry in json.loads(done.out)}


def test_without_the_setting_it_says_that_everything_works_without(empty: Path) -> None:
    done = daybook("webhooks", "--workspace", str(empty))
    assert done.code == 3
    assert "public https address; everything works without them" in done.err


def test_halaxy_has_an_address_for_each_of_eight_events_and_xero_has_one(asked: Path) -> None:
    found = shown(asked)
    halaxy, xero = found["halaxy"]["addresses"], found["xero"]["addresses"]
    assert [one["event"] for one in halaxy] == [
        "Patient created", "Patient updated", "Appointment created", "Appointment updated", "Appointment deleted",
        "Invoice created", "Invoice updated", "Invoice deleted",
    ]  # fmt: skip
    form = re.compile(re.escape(PUBLIC) + r"/hooks/halaxy/halaxy/[a-z]+-[a-z]+/([\w-]{40,})")
    secrets = {form.fullmatch(one["url"])[1] for one in halaxy}
    assert len(secrets | {found["halaxy"]["header"]}) == 9
    assert [one["url"] for one in xero] == [f"{PUBLIC}/hooks/xero/xero"]
    assert (xero[0]["last_at"], found["xero"]["header"], found["xero"]["has_key"]) == (None, "", False)


def test_a_person_sees_them_too_and_what_is_missing(asked: Path) -> None:
    done = daybook("webhooks", "--workspace", str(asked))
    assert done.code == 0
    assert "header value: " in done.out
    assert "Authentication Header" in done.out
    assert 'The signing key is missing: "daybook webhooks key xero".' in done.out


def test_secrets_stay_until_they_are_rotated(asked: Path) -> None:
    first = shown(asked)
    assert shown(asked) == first
    assert daybook("webhooks", "rotate", "halaxy", "--workspace", str(asked)).code == 0
    second = shown(asked)
    before, after = ({one["url"] for one in found["halaxy"]["addresses"]} for found in (first, second))
    assert not before & after
    assert first["halaxy"]["header"] != second["halaxy"]["header"]


def test_the_key_of_xero_is_kept_and_not_shown(asked: Path) -> None:
    done = daybook("webhooks", "key", "xero", "--workspace", str(asked), DAYBOOK_XERO_WEBHOOK_KEY=KEY)
    assert done.code == 0, done.err
    assert shown(asked)["xero"]["has_key"]
    assert KEY not in json.dumps(shown(asked)) + done.out + done.err
    assert KEY.encode() not in (asked / "data" / "daybook.sqlite").read_bytes()


REFUSED = [
    (("rotate", "xero"), "made by the vendor"),
    (("rotate", "email"), 'no webhook of a connection "email"'),
    (("key", "halaxy"), "no signing key"),
    (("key", "xero"), "signing key is empty"),
]


@pytest.mark.parametrize("words, said", REFUSED)
def test_what_cannot_be_done_is_said(asked: Path, words: tuple[str, ...], said: str) -> None:
    given = {f"DAYBOOK_{words[1]}_WEBHOOK_KEY".upper(): " "}
    done = daybook("webhooks", *words, "--workspace", str(asked), **given)
    assert (done.code, said in done.err) == (3, True), done.err


# --- deliveries over HTTP ----------------------------------------------------------------------------------


@dataclass
class Beside:
    """A practice at work beside the sandboxes, with its door open."""

    sandboxes: Sandboxes
    workspace: Workspace
    port: int

    def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Deliver as the proxy of the public address would."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("POST", urlsplit(url).path, body, headers)
            return line.getresponse().status
        finally:
            line.close()

    def deliver(self, name: str) -> list[int]:
        """Post what a sandbox has for us; the answers."""
        due = self.sandboxes.tell(name, "/_sandbox/deliveries", b"{}")
        return [self.post(one["url"], one["headers"], one["body"].encode()) for one in due]

    def staff(self, *actions: Json) -> None:
        self.sandboxes.tell("halaxy", "/_sandbox/staff", write_json(list(actions)))

    def url(self, event: str = "Invoice updated") -> str:
        return next(one.url for one in entries(self.workspace)[0].addresses if one.event == event)

    def header(self) -> str:
        return entries(self.workspace)[0].header

    def work(self) -> None:
        while self.workspace.loop.step(self.workspace.clock.now()):
            pass

    def standing(self) -> dict[str, Json]:
        """Invoices and payments in Xero by their source."""
        return {
            f"{row['source']} {row['part']}": row["vendor_id"]
            for kind in ("invoice", "payment")
            for row in self.workspace.store.rows("links_of_kind", connection="xero", kind=kind)
        }


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    first = (local_day(SystemClock().now(), "Australia/Sydney").replace(day=1) - timedelta(days=1)).replace(day=1)
    folder = tmp_path_factory.mktemp("hooked")
    assert daybook("init", str(folder), *ANSWERS, "--start-date", first.isoformat()).code == 0
    shutil.copytree(packaged_examples() / "harbour" / "maps", folder / "maps", dirs_exist_ok=True)
    with_webhooks(folder, free_port())
    with Sandboxes(calls_a_minute=10_000) as sandboxes:
        month = {"first": first.isoformat(), "invoices": 3, "seed": 4}
        sandboxes.tell("halaxy", "/_sandbox/seed", write_json({"month": month}))
        lead_to(folder, sandboxes)
        connected(folder)
        with Workspace(folder, os.environ) as workspace:
            workspace.activate("xero")
            made = Beside(sandboxes, workspace, workspace.config.webhooks.port)
            made.work()
            keep_key(workspace, "xero", KEY)
            door = listening(workspace, lambda: None)
            hooks = [
                {"event": one.event.lower().replace(" ", "-"), "url": one.url, "header": entries(workspace)[0].header}
                for one in entries(workspace)[0].addresses
            ]
            sandboxes.tell("halaxy", "/_sandbox/webhooks", write_json(hooks))
            url = entries(workspace)[1].addresses[0].url
            sandboxes.tell("xero", "/_sandbox/webhook", write_json({"url": url, "key": KEY}))
            logs.set_up("json", "critical")
            yield made
            door.close()


def signed(body: bytes, key: str = KEY) -> dict[str, str]:
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return {"X-Xero-Signature": base64.b64encode(digest).decode()}


def test_xeros_intent_to_receive_is_answered_rightly(beside: Beside) -> None:
    assert sorted(beside.deliver("xero")) == [200, 200, 401, 401]


BAD_SIGNATURES = [
    {},
    {"X-Xero-Signature": ""},
    {"X-Xero-Signature": "x" * 5000},
    {"X-Xero-Signature": "=" * 44},
    {"X-Xero-Signature": base64.b64encode(b"x" * 32).decode()},
    {"X-Xero-Signature": "h\xe4h\xe4"},
    signed(b"another body"),
    signed(b'{"events": []}', "another key"),
]


@pytest.mark.parametrize("headers", BAD_SIGNATURES)
def test_every_bad_signature_is_401(beside: Beside, headers: dict[str, str]) -> None:
    assert beside.post("/hooks/xero/xero", headers, b'{"events": []}') == 401


STRANGE = [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"events": [1, null, {"resourceId": []}]}']


@pytest.mark.parametrize("body", STRANGE)
def test_strange_bodies_are_taken_when_they_are_the_vendors_and_do_nothing(beside: Beside, body: bytes) -> None:
    before = beside.standing()
    assert beside.post("/hooks/xero/xero", signed(body), body) == 200
    assert beside.post(beside.url(), {"Authorization": beside.header()}, body) == 202
    beside.work()
    assert beside.standing() == before


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "x"}])
def test_a_wrong_or_missing_header_of_halaxy_is_401(beside: Beside, headers: dict[str, str]) -> None:
    assert beside.post(beside.url(), headers, b"{}") == 401


def test_every_other_part_of_an_address_gives_the_same_nothing(beside: Beside) -> None:
    headers = {"Authorization": beside.header()}
    other = beside.url("Patient created")
    secret = other.rpartition("/")[2]
    paths = [
        beside.url()[:-1],
        f"{beside.url()}x",
        beside.url().replace("invoice-updated", "patient-created"),
        f"/hooks/halaxy/halaxy/invoice-updated/{secret}",
        f"/hooks/halaxy/xero/patient-created/{secret}",
        f"/hooks/xero/halaxy/patient-created/{secret}",
        "/hooks/xero/halaxy",
        "/hooks/halaxy/xero",
        "/hooks/xero/nobody",
        "/hooks/email/email",
    ]
    assert {beside.post(path, headers, b"{}") for path in paths} == {404}


def test_a_body_that_is_played_back_changes_nothing_more(beside: Beside) -> None:
    beside.deliver("halaxy")
    beside.staff({"do": "add_patient", "id": "7001", "given": "Sample", "family": "Replay"})
    beside.staff({"do": "create_invoice", "id": "9001", "payer": "Patient/7001",
                  "lines": [{"description": "Visit", "gross": 90, "code": "10960"}]})  # fmt: skip
    due = beside.sandboxes.tell("halaxy", "/_sandbox/deliveries", b"{}")
    for _ in range(5):
        assert {beside.post(one["url"], one["headers"], one["body"].encode()) for one in due} == {202}
        beside.work()
    standing = beside.standing()
    assert [source for source in standing if "9001" in source] == ["halaxy invoice 9001 invoice"]
    ledger = beside.sandboxes.ask("xero", "/_sandbox/ledger")
    assert len({row["document"] for row in ledger if row["debit"] == 90}) == 1


def test_many_deliveries_at_once_are_each_noted(beside: Beside) -> None:
    beside.work()
    headers, url = {"Authorization": beside.header()}, beside.url()

    def deliver(number: int) -> int:
        focus = {"reference": f"https://x/main/Invoice/none-{number}"}
        status = {"resourceType": "SubscriptionStatus", "notificationEvent": [{"id": f"n{number}", "focus": focus}]}
        return beside.post(url, headers, write_json({"resourceType": "Bundle", "entry": [{"resource": status}]}))

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(deliver, range(100))) == {202}
    reads = beside.workspace.store.rows("wakes_waiting", connection="halaxy")[0]["n"]
    assert reads == 100
    beside.work()
    assert beside.workspace.store.rows("wakes_waiting", connection="halaxy")[0]["n"] == 0


def test_appointments_are_taken_and_lead_to_nothing(beside: Beside) -> None:
    focus = {"reference": "https://x/main/Appointment/1", "type": "Appointment"}
    status = {"resourceType": "SubscriptionStatus", "notificationEvent": [{"id": "n", "focus": focus}]}
    body = write_json({"resourceType": "Bundle", "entry": [{"resource": status}]})
    waiting = beside.workspace.store.rows("wakes", connection="halaxy", now="9", limit=9)
    sends = beside.workspace.store.rows("sends_total")
    assert beside.post(beside.url("Appointment created"), {"Authorization": beside.header()}, body) == 202
    assert beside.workspace.store.rows("wakes", connection="halaxy", now="9", limit=9) == waiting
    assert beside.workspace.store.rows("sends_total") == sends


def test_the_service_posts_what_is_delivered_within_seconds(beside: Beside) -> None:
    service = Service(beside.workspace.parts)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        beside.staff({"do": "add_patient", "id": "7002", "given": "Sample", "family": "Soon"})
        beside.staff({"do": "create_invoice", "id": "9002", "payer": "Patient/7002",
                      "lines": [{"description": "Visit", "gross": 95, "code": "10960"}]})  # fmt: skip
        assert set(beside.deliver("halaxy")) == {202}
        service.ring()
        watch, rest = SystemClock(), threading.Event()
        until = watch.boottime() + PATIENCE_SECONDS
        while "halaxy invoice 9002 invoice" not in beside.standing() and watch.boottime() < until:
            rest.wait(0.1)
    finally:
        service.stop()
        thread.join(PATIENCE_SECONDS)
    assert "halaxy invoice 9002 invoice" in beside.standing()


def test_serve_listens_while_it_runs_and_ends_when_told(asked: Path) -> None:
    file = asked / "daybook.yaml"
    port = free_port()
    file.write_text(file.read_text().replace(":8710", f":{port}"))
    command = [sys.executable, "-m", "engine", "serve", "--workspace", str(asked), "--log", "json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})
    assert process.stderr is not None
    begun = iter(process.stderr)
    assert any("process started" in line for line in begun)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("POST", "/hooks/xero/xero", b"{}")
    assert line.getresponse().status == 401
    line.close()
    process.send_signal(signal.SIGTERM)
    rest = "".join(begun)
    process.stderr.close()
    assert process.wait(20) == 0, rest
