"""Where mail is handed in and who it comes from, read from the connection's form and vault.

Refuses, before anything is sent, a server to which mail would travel unprotected.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.email.letter import Sender
from connectors.email.payloads import Fault, display_name, read_address
from engine.errors import UserError
from engine.sdk.contract import Vault

Json = Any

# RFC 8314, 3.3 and 7.3: 465 for TLS from the start, 587 for submission; 25 is for loopback relays only.
_USUAL_PORTS = {"none": 25, "starttls": 587, "implicit": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server; `username` is empty where no sign-in is needed, the certificate is PEM text."""

    host: str
    port: int
    tls: str
    username: str = ""
    password: str = ""
    trusted_certificate: str = ""


def read_server(settings: Mapping[str, Json], vault: Vault) -> Server:
    """The mail server.

    Raises:
        UserError: A setting is missing, or mail would leave this machine without TLS.
    """
    host = str(settings.get("host") or "").strip()
    tls = str(settings.get("tls") or "starttls")
    if not host:
        raise UserError("The e-mail connection has no mail server.", "Fill in host.")
    if tls not in _USUAL_PORTS:
        raise UserError("The e-mail connection has no known TLS mode.", "Use starttls, implicit or none.")
    if tls == "none" and not _is_loopback(host):
        raise UserError("Mail may leave this machine only under TLS.", "Set tls to starttls or implicit.")
    username = str(settings.get("username") or "")
    password = _password(vault) if username else ""
    certificate = str(settings.get("trusted_certificate") or "")
    return Server(host, _port(settings, tls), tls, username, password, certificate)


def read_sender(settings: Mapping[str, Json]) -> Sender:
    """Who mails come from, and where answers go if elsewhere.

    Raises:
        UserError: An address is missing or none.
    """
    name = display_name(settings.get("from_name"))
    return Sender(_address(settings, "from"), name, _address(settings, "reply_to") if settings.get("reply_to") else "")


def _address(settings: Mapping[str, Json], field: str) -> str:
    address = read_address(settings.get(field), field)
    if isinstance(address, Fault):
        raise UserError(f"The setting {field} of the e-mail connection is not one plain address.", address.mend)
    return address


def _password(vault: Vault) -> str:
    password = vault.get("password") or ""
    if not password:
        raise UserError("The e-mail connection has a user name and no password.", "Connect it again.")
    # Python's SMTP sign-in writes ASCII only.
    if not password.isascii():
        raise UserError("The password of the mail server holds letters outside ASCII.", "Set another one there.")
    return password


def _port(settings: Mapping[str, Json], tls: str) -> int:
    text = str(settings.get("port") or _USUAL_PORTS[tls])
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise UserError("The port of the mail server is no port number.", f"Leave it out for {_USUAL_PORTS[tls]}.")


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        # Only whole addresses: resolvers take 127.1 and 0x7f.1 as well, we do not (reliability 7.5).
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
