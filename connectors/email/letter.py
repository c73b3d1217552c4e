"""A checked letter as the bytes of a mail: plain text and HTML side by side, safe headers.

Computes only. What may stand in a header was decided in payloads.py; this file adds no other recipient.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from markdown_it import MarkdownIt

from connectors.email.payloads import Letter

# Seven-bit bodies pass every mail server, also one that does not announce 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")
# CommonMark 2.4: a backslash before one of these signs takes away its meaning.
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mail comes from: the connection's own address and the name beside it."""

    address: str
    name: str = ""
    reply_to: str = ""

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


def message_id(letter: Letter, sender: Sender, written_at: datetime) -> str:
    """The Message-ID that the marker makes, so that a repeat can be recognised where it arrives.

    A letter without a marker gets one from its content and time.
    """
    known_by = letter.marker or f"{written_at.isoformat()}\n{letter.to}\n{letter.subject}\n{letter.body}"
    return f"<{hashlib.sha256(known_by.encode('utf-8', 'replace')).hexdigest()[:40]}@{sender.domain}>"


def write(letter: Letter, sender: Sender, written_at: datetime) -> bytes:
    """The mail as it goes over the wire, CRLF throughout, with dots not yet doubled.

    Args:
        letter: A checked letter.
        sender: The connection's address.
        written_at: An aware time, for the Date header.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(display_name=sender.name, addr_spec=sender.address)
    mail["To"] = Address(display_name=letter.to_name, addr_spec=letter.to)
    if reply_to := letter.reply_to or sender.reply_to:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = letter.subject
    mail["Date"] = written_at
    mail["Message-ID"] = message_id(letter, sender, written_at)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday replies stay away
    mail.set_content(as_plain(letter.body))
    mail.add_alternative(as_html(letter.body), subtype="html")
    # A bare CR or LF is read differently by different servers: the opening of SMTP smuggling.
    return re.sub(rb"\r\n|\r|\n", b"\r\n", mail.as_bytes())


def as_plain(markdown: str) -> str:
    """The Markdown as it reads without being laid out: signs that were escaped stand for themselves."""
    return _ESCAPED.sub(r"\1", markdown)


def as_html(markdown: str) -> str:
    """A page of HTML: raw HTML is escaped, doubtful links stay text, images are links (nothing loads by itself)."""
    reader = MarkdownIt("js-default").disable("image")
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"></head>\n'
        f"<body>\n{reader.render(markdown)}</body>\n</html>\n"
    )
