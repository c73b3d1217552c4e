"""The channel kind apprise: an allow-list of services, no attachments, and a real notice over loopback."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator

import pytest

from connectors.notifications.apprise_channel import send
from connectors.notifications.payloads import Notice
from engine.sdk.sandbox import Answer, Asked, Server, json_answer

# Apprise imports a module that Python 3.13 drops; it brings its own stand-in there.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

NOTICE = Notice("m", "Day", "All **agrees**.", "normal", "")


class Ntfy:
    """Takes every notice, or refuses it."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[Asked] = []

    def handle(self, asked: Asked, now: dt.datetime) -> Answer:
        self.asked.append(asked)
        return json_answer(self.status, {"id": "1"})


@pytest.fixture
def ntfy() -> Ntfy:
    return Ntfy()


@pytest.fixture
def address(ntfy: Ntfy) -> Iterator[str]:
    server = Server(ntfy, lambda: dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    yield server.address.replace("http://localhost", "ntfy://127.0.0.1") + "/practice"
    server.close()


def test_a_notice_reaches_the_service(ntfy: Ntfy, address: str) -> None:
    assert send({"address": address}, NOTICE).state == "sent"
    (asked,) = ntfy.asked
    assert asked.method == "POST"
    assert b"agrees" in asked.body


def test_a_no_leaves_open_whether_the_service_has_it(ntfy: Ntfy, address: str) -> None:
    ntfy.status = 500
    assert send({"address": address}, NOTICE).state == "unknown"


@pytest.mark.parametrize(
    "address, code",
    [
        ("mailto://user:pass@mail.example", "SCHEME_NOT_ALLOWED"),
        ("json://hooks.example", "SCHEME_NOT_ALLOWED"),
        ("syslog://", "SCHEME_NOT_ALLOWED"),
        ("dbus://", "SCHEME_NOT_ALLOWED"),
        ("https://hooks.slack.example/x", "SCHEME_NOT_ALLOWED"),
        ("", "SCHEME_NOT_ALLOWED"),
        ("ntfys://server.example/topic?attach=file:///etc/passwd", "NO_ATTACHMENTS"),
        ("ntfys://server.example/topic?Attach=", "NO_ATTACHMENTS"),
        ("ntfys://server.example/topic?retry=3", "NO_REPEATS"),
        ("ntfy://server.example/topic", "BAD_ADDRESS"),
        ("ntfy://[::1/topic", "BAD_ADDRESS"),
    ],
)
def test_other_services_attachments_and_open_ways_are_refused(address: str, code: str) -> None:
    delivery = send({"address": address}, NOTICE)
    assert (delivery.state, delivery.code) == ("refused", code)
    assert delivery.mend
    assert "passwd" not in str(delivery)


@pytest.mark.parametrize(
    "address", ["slack://verysecret", "tgram://verysecret", "ntfys://u:verysecret@h/t?auth=verysecret"]
)
def test_an_address_that_apprise_cannot_read_is_refused_and_stands_in_no_log(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        delivery = send({"address": address}, NOTICE)
    assert delivery.code == "BAD_ADDRESS"
    assert "verysecret" not in caplog.text + str(delivery)


def test_the_connector_loads_no_apprise_until_it_is_used() -> None:
    program = "import sys, connectors.notifications.connector; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
