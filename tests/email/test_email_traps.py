"""Header traps of the standard library, Markdown that bites, and inputs of the wrong kind: pure, without a server."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.letter import Sender, as_html, write
from connectors.email.outcomes import outcomes_of
from connectors.email.payloads import Fault, Letter, display_name, read_address, read_letter, read_request, request_to
from engine.sdk.contract import Element, Response, Unknown

NOW = dt.datetime(2026, 11, 22, 22, 0, tzinfo=dt.UTC)
GOOD = {"to": "jane@patients.example", "to_name": "Jane", "subject": "Hello", "body": "Text"}
SENDER = Sender("accounts@harbour.example", "Harbour Health")


def wire(**inputs: object) -> bytes:
    """The mail that inputs make, which must be sound."""
    letter = read_letter("m", {**GOOD, **inputs})
    assert isinstance(letter, Letter)
    return write(letter, SENDER, NOW)


@pytest.mark.parametrize(
    "name",
    [
        "Doe, Jane",
        "Jane; x@evil.example",
        "x@evil.example,",
        "x@evil.example, Jane",
        'Jane "the" O\'Neil',
        "Jane <x@evil.example>",
        "Zoë Müller-Lüdenscheidt, née O’Brien " * 4,
        "(comment) Jane \\",
        "=?utf-8?q?x=40evil=2Ecom=2C?=",
        "Jane =?utf-8?b?eEBldmlsLmNvbSw=?=",
        "Jane\r\nBcc: x@evil.example",
        "Jane\x00",
        "Jane\u2028Bcc: x@evil.example",
        "Jane \u202emoc.live@x",
        "Jane\ud800",
        None,
        True,
        12,
    ],
)
def test_no_display_name_adds_or_changes_a_recipient(name: object) -> None:
    mail = message_from_bytes(wire(to_name=name), policy=default)
    assert [address.addr_spec for address in mail["To"].addresses] == ["jane@patients.example"]
    assert mail["Bcc"] is None
    assert mail["Cc"] is None
    assert b"evil" not in b"".join(line for line in wire(to_name=name).split(b"\r\n") if line.startswith(b"Bcc"))


@pytest.mark.parametrize("name", ["=?utf-8?q?x?=", "a\nb", "a\rb", "a\tb", "a\x7f", "a\u200fb", "\ufeffa", "x" * 201])
def test_a_doubtful_name_is_dropped(name: str) -> None:
    assert display_name(name) == ""


@pytest.mark.parametrize("name", ["Doe, Jane", "O’Neil", "李 小龍", "Zoë"])
def test_an_ordinary_name_is_kept(name: str) -> None:
    mail = message_from_bytes(wire(to_name=name), policy=default)
    assert mail["To"].addresses[0].display_name == name


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jane",
        "jane@",
        "@patients.example",
        "jane@patients.example, x@evil.example",
        "jane@patients.example;x@evil.example",
        "jane@patients.example x@evil.example",
        "Jane <jane@patients.example>",
        "<jane@patients.example>",
        '"jane"@patients.example',
        "jane(x)@patients.example",
        "jane@[127.0.0.1]",
        "jane@patients..example",
        "jane@-patients.example",
        ".jane@patients.example",
        "jane@patients.example\r\nRCPT TO:<x@evil.example>",
        "=?utf-8?q?x?=@patients.example",
        "jané@patients.example",
        "jane@patïents.example",
        "jane@ｐatients.example",
        "j" * 65 + "@patients.example",
        "jane@" + "a" * 64 + ".example",
        "jane@" + "a." * 130 + "example",
        None,
        True,
        1,
        Decimal("1.0"),
        ["jane@patients.example"],
    ],
)
def test_what_is_not_exactly_one_plain_address_is_refused_without_repeating_it(address: object) -> None:
    fault = read_address(address, "to")
    assert isinstance(fault, Fault)
    assert fault.code == "BAD_ADDRESS"
    assert "evil" not in str(fault)


@pytest.mark.parametrize(
    "address",
    ["jane@patients.example", " o'neil+x_y.z@sub.patients.example ", "1@a-b.example", "a@xn--bcher-kva.example"],
)
def test_plain_addresses_are_taken_without_the_spaces_around_them(address: str) -> None:
    assert read_address(address, "to") == address.strip()


@pytest.mark.parametrize(
    "field, value, code",
    [
        ("subject", "Hello\r\nBcc: x@evil.example", "BAD_SUBJECT"),
        ("subject", "Hello\nx", "BAD_SUBJECT"),
        ("subject", "Hello\x00", "BAD_SUBJECT"),
        ("subject", "Hello\x85x", "BAD_SUBJECT"),
        ("subject", "Hello\u2028x", "BAD_SUBJECT"),
        ("subject", "Hello \udcff", "BAD_SUBJECT"),
        ("subject", "=?utf-8?q?=0D=0ABcc=3A_x=40evil.example?=", "BAD_SUBJECT"),
        ("subject", "x" * 251, "BAD_SUBJECT"),
        ("subject", " \n ", "NO_SUBJECT"),
        ("subject", None, "NO_SUBJECT"),
        ("body", "", "NO_BODY"),
        ("body", None, "NO_BODY"),
        ("body", 7, "NO_BODY"),
        ("body", "x" * 262145, "BODY_TOO_LONG"),
        ("reply_to", "a@b.example, x@evil.example", "BAD_ADDRESS"),
        ("to", None, "BAD_ADDRESS"),
    ],
)
def test_inputs_that_cannot_stand_in_a_mail_are_refused_with_a_way_to_mend_them(
    field: str, value: object, code: str
) -> None:
    fault = read_letter("m", {**GOOD, field: value})
    assert isinstance(fault, Fault)
    assert fault.code == code
    assert fault.mend


def test_a_subject_from_a_yaml_block_may_end_with_a_line_break() -> None:
    assert message_from_bytes(wire(subject="Hello\n"), policy=default)["Subject"] == "Hello"


@given(st.text(), st.text(), st.text(min_size=1))
def test_whatever_the_texts_are_the_mail_has_one_recipient_and_only_our_headers(
    name: str, subject: str, body: str
) -> None:
    letter = read_letter("m", {**GOOD, "to_name": name, "subject": subject, "body": body})
    if isinstance(letter, Fault):
        return
    raw = write(letter, SENDER, NOW)
    mail = message_from_bytes(raw, policy=default)
    ours = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    assert sorted(mail.keys()) == sorted(ours)
    assert [address.addr_spec for address in mail["To"].addresses] == ["jane@patients.example"]
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@pytest.mark.parametrize(
    "markdown, absent",
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("![x](https://evil.example/pixel.png)", "<img"),
        ("[x](javascript:alert(1))", "href"),
        ("[x](JaVaScRiPt:alert(1))", "href"),
        ("[x](data:text/html;base64,PHNjcmlwdD4=)", "href"),
        ("[x](vbscript:x)", "href"),
        ("</body></html>", "</body></html>\n</p>"),
        ("| a |\n|---|\n| <b>x</b> |", "<b>"),
    ],
)
def test_markdown_makes_no_markup_of_its_own_and_loads_nothing(markdown: str, absent: str) -> None:
    assert absent not in as_html(markdown)


def test_markdown_makes_tables_links_and_lists() -> None:
    html = as_html("# Day\n\n- one\n\n[console](https://daybook.harbour.example/)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    for piece in ("<h1>Day</h1>", "<li>one</li>", '<a href="https://daybook.harbour.example/">', "<td>2</td>"):
        assert piece in html


def test_a_request_keeps_the_types_of_its_inputs() -> None:
    element = Element("m", {"amount": Decimal("1.10"), "on": dt.date(2026, 3, 2), "at": NOW, "none": None, "yes": True})
    assert read_request(request_to("/x", (element,))) == (element,)


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"{}", b"[]", b"[1, 2]", b'[{"state": "odd"}]', b'[{"state": "done"}]']
)
def test_an_answer_of_no_known_form_leaves_the_mail_unknown(body: bytes) -> None:
    (outcome,) = outcomes_of((Element("m", {}),), Response(200, {}, body))
    assert isinstance(outcome, Unknown)
