"""Mail over real SMTP against the sink: TLS modes, sign-in, and what each way of failing means."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.email.client import mailer, open_door
from connectors.email.connector import CONNECTOR
from connectors.email.sandbox.app import Fault, MailSink
from engine.errors import NoAnswer, NotSent, UserError
from engine.sdk.capabilities import Message
from engine.sdk.contract import Done, DoorNeeds, Element, Outcome, Rejected, Response, Retry, SignIn

NOW = dt.datetime(2026, 11, 22, 22, 0, tzinfo=dt.UTC)
LETTER = {"to": "ava@patients.example", "to_name": "Ava Nguyen", "subject": "Your invoice", "body": "All **paid**."}
SEND = CONNECTOR.calls["send"]


class Secrets:
    """A vault with fixed values."""

    def __init__(self, **values: str) -> None:
        self.values = values

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, values: object) -> None:
        raise AssertionError(values)

    def lease(self, name: str, seconds: float) -> bool:
        return True

    def release(self, name: str) -> None:
        """Nothing is leased here."""


class NoWire:
    """Mail takes no HTTP."""

    def send(self, *_: object) -> Response:
        raise AssertionError("mail went over HTTP")


def needs(sink: MailSink | None = None, vault: Secrets | None = None, **settings: object) -> DoorNeeds:
    """Door needs for a sink, or for the settings alone."""
    where = {"host": sink.host, "port": sink.port, "tls": "none"} if sink else {}
    form = {"from": "accounts@harbour.example", "from_name": "Harbour Health", **where, **settings}
    return DoorNeeds(form, vault or Secrets(), NoWire(), lambda: NOW)


def send(needed: DoorNeeds, may_send: Callable[[], bool] = lambda: True, **inputs: object) -> Outcome:
    """One mail through the connector's call and door, as the engine does it."""
    elements = (Element("run_1/tell the patient", {**LETTER, **inputs}),)
    response = open_door(needed).send(SEND.request(elements), may_send, 5.0)
    (outcome,) = SEND.outcomes(elements, response)
    return outcome


@pytest.fixture
def sink() -> Iterator[MailSink]:
    server = MailSink()
    yield server
    server.close()


def test_a_mail_arrives_as_text_and_html_for_one_recipient(sink: MailSink) -> None:
    outcome = send(needs(sink), reply_to="desk@harbour.example")
    (received,) = sink.messages
    mail = received.parsed()
    assert received.sender == "accounts@harbour.example"
    assert received.recipients == ("ava@patients.example",)
    assert mail["From"] == "Harbour Health <accounts@harbour.example>"
    assert mail["To"] == "Ava Nguyen <ava@patients.example>"
    assert mail["Reply-To"] == "desk@harbour.example"
    assert mail["Subject"] == "Your invoice"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == "All **paid**."
    assert "<p>All <strong>paid</strong>.</p>" in html.get_content()
    assert outcome == Done({"message_id": mail["Message-ID"], "sent_at": NOW})


def test_the_marker_makes_the_message_id_so_that_a_repeat_is_recognised(sink: MailSink) -> None:
    first = send(needs(sink))
    again = send(needs(sink))
    elements = (Element("run_2/tell the patient", LETTER),)
    other = SEND.outcomes(elements, open_door(needs(sink)).send(SEND.request(elements), lambda: True, 5.0))[0]
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert isinstance(other, Done)
    assert first.result["message_id"] == again.result["message_id"] != other.result["message_id"]


def test_lines_that_begin_with_dots_and_other_alphabets_arrive_unchanged(sink: MailSink) -> None:
    body = "first\n.\n..two\nDATA\n.\nZoë paid £5 — 全部 🙂\nQUIT"
    send(needs(sink), body=body, subject="Zoë’s 発票 🙂 " + "long " * 30)
    mail = sink.messages[0].parsed()
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip().replace("\r\n", "\n") == body
    assert mail["Subject"] == ("Zoë’s 発票 🙂 " + "long " * 30).strip()
    assert len(sink.messages) == 1
    assert b"\n" not in sink.messages[0].raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "fault, kind, code",
    [
        ("refuse", Retry, ""),
        ("busy", Retry, ""),
        ("reject", Rejected, "RECIPIENT_REFUSED"),
        ("drop before text", Retry, ""),
        ("busy after text", Retry, ""),
        ("reject after text", Rejected, "MAIL_REFUSED"),
    ],
)
def test_a_mail_that_surely_did_not_leave_is_tried_again_or_rejected(
    sink: MailSink, fault: Fault, kind: type[Outcome], code: str
) -> None:
    sink.fail_next(fault)
    outcome = send(needs(sink))
    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    assert sink.messages == ()
    assert "ava@" not in str(outcome)
    assert isinstance(send(needs(sink)), Done)


def test_silence_after_the_text_is_no_answer_because_the_mail_may_be_there(sink: MailSink) -> None:
    sink.fail_next("drop")
    with pytest.raises(NoAnswer):
        send(needs(sink))
    assert len(sink.messages) == 1


def test_a_server_that_is_not_there_means_try_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        assert isinstance(send(needs(None, host="127.0.0.1", port=taken.getsockname()[1], tls="none")), Retry)


def test_a_late_mail_is_dropped_as_the_last_act_before_its_text(sink: MailSink) -> None:
    asked: list[int] = []

    def too_late() -> bool:
        asked.append(len(sink.messages))
        return False

    with pytest.raises(NotSent):
        send(needs(sink), too_late)
    assert asked == [0]
    assert sink.messages == ()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusted(certificate: Path) -> str:
    """The public part as the form takes it."""
    text = certificate.read_text()
    return text[text.index("-----BEGIN CERTIFICATE-----") :]


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_mail_travels_under_tls_with_a_sign_in(certificate: Path, mode: str) -> None:
    login = ("desk", "pass word")
    server = MailSink(mode=mode, tls=server_context(certificate), login=login)  # type: ignore[arg-type]
    form = {"tls": mode, "host": "localhost", "trusted_certificate": trusted(certificate), "username": "desk"}
    try:
        assert isinstance(send(needs(server, Secrets(password="pass word"), **form)), Done)
        assert isinstance(send(needs(server, Secrets(password="wrong"), **form)), SignIn)
        untrusted = send(needs(server, Secrets(password="pass word"), **{**form, "trusted_certificate": ""}))
        assert isinstance(untrusted, SignIn)
        assert len(server.messages) == 1
    finally:
        server.close()


def test_a_server_without_starttls_gets_no_mail_in_the_clear(sink: MailSink) -> None:
    assert isinstance(send(needs(sink, tls="starttls")), SignIn)
    assert sink.messages == ()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"host": ""},
        {"host": "mail.harbour.example", "tls": "none"},
        {"host": "127.1", "tls": "none"},
        {"host": "0.0.0.0", "tls": "none"},
        {"host": "localhost.harbour.example", "tls": "none"},
        {"host": "mail.harbour.example", "tls": "ssl"},
        {"host": "mail.harbour.example", "port": "0"},
        {"host": "mail.harbour.example", "port": "５８７"},
        {"host": "mail.harbour.example", "port": True},
        {"host": "mail.harbour.example", "username": "desk"},
        {"host": "mail.harbour.example", "from": "Harbour <accounts@harbour.example>"},
        {"host": "mail.harbour.example", "from": None},
        {"host": "mail.harbour.example", "reply_to": "a@b.example, c@d.example"},
    ],
)
def test_a_form_that_cannot_work_or_sends_in_the_clear_is_refused(form: dict[str, object]) -> None:
    refused = send(needs(None, **form))

    assert isinstance(refused, Rejected)
    assert (refused.code, bool(refused.mend)) == ("NO_MAIL_SERVER", True)


def test_only_listed_domains_are_written_to_when_there_is_a_list(sink: MailSink) -> None:
    form = {"allowed_domains": ["Harbour.example"]}
    assert send(needs(sink, **form)) == Rejected(
        "DOMAIN_NOT_ALLOWED",
        "The recipient's domain is not among allowed_domains of this connection.",
        "Add the domain to the connection's settings, or write to another address.",
    )
    assert isinstance(send(needs(sink, **form), to="desk@HARBOUR.example"), Done)
    assert len(sink.messages) == 1


def test_the_mailer_sends_for_other_connectors_and_says_what_happened(sink: MailSink) -> None:
    post = mailer(needs(sink))
    message = Message("run_1/notice", "sam@harbour.example", "Sam Hart", "Day done", "All *agrees*.")
    post.send(message)
    assert sink.messages[0].recipients == ("sam@harbour.example",)
    for fault, error in (("busy", NotSent), ("reject", UserError), ("drop", NoAnswer)):
        sink.fail_next(fault)  # type: ignore[arg-type]
        with pytest.raises(error):
            post.send(message)


def test_the_sink_keeps_mails_as_files_and_finds_them_again(tmp_path: Path) -> None:
    first = MailSink(keep=tmp_path)
    send(needs(first))
    first.close()
    second = MailSink(keep=tmp_path)
    send(needs(second), to="ben@patients.example")
    second.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["00001.eml", "00002.eml"]
    assert [mail.recipients for mail in second.messages] == [("ava@patients.example",), ("ben@patients.example",)]
    assert second.messages[0] == first.messages[0]
