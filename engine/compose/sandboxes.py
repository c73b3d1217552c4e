"""Starts the vendors' stand-ins on loopback ports: Halaxy, Xero and a mail sink.

With a folder they outlive their process: every writing request is journaled there and replayed at the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from connectors.email.sandbox.app import MailSink
from connectors.halaxy.sandbox.app import HalaxySandbox
from connectors.xero.sandbox.app import XeroSandbox
from engine.clock import SystemClock
from engine.sdk.sandbox import Asked, Journal, Server

Json = Any

HALAXY_CLIENT = ("sandbox-client", "sandbox-secret")
XERO_CLIENT = "daybook-demo"
XERO_REDIRECT = "http://localhost:8377/callback"


class Sandboxes(AbstractContextManager["Sandboxes"]):
    """The three stand-ins, until closed.

    Args:
        folder: Where journals and mails are kept; None keeps all in memory.
        ports: Fixed ports by name (`halaxy`, `xero`, `mail`); others are free ones.
        calls_a_minute: What Xero allows; its own limit unless a test is in a hurry.
    """

    def __init__(
        self, folder: Path | None = None, ports: Mapping[str, int] | None = None, calls_a_minute: int = 60
    ) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        ports = ports or {}
        clock = SystemClock()
        self._halaxy = Journal(HalaxySandbox(), folder / "halaxy.journal" if folder else None)
        xero = XeroSandbox(client_id=XERO_CLIENT, minute_limit=calls_a_minute)
        self._xero = Journal(xero, folder / "xero.journal" if folder else None)
        self.fresh = not self._get("halaxy", "/_sandbox/totals")["invoices"]
        self.halaxy = Server(self._halaxy, clock.now, ports.get("halaxy", 0))
        self.xero = Server(self._xero, clock.now, ports.get("xero", 0))
        self.mail = MailSink(port=ports.get("mail", 0), keep=folder / "mail" if folder else None)

    def settings(self) -> dict[str, dict[str, Json]]:
        """Settings of the connections `halaxy`, `xero` and `email` that lead here."""
        xero = self.xero.address
        return {
            "halaxy": {"address": f"{self.halaxy.address}/main", "client_id": HALAXY_CLIENT[0]},
            "xero": {
                "address": xero,
                "identity": xero,
                "login": xero,
                "client_id": XERO_CLIENT,
                "mode": "pkce",
                "redirect": XERO_REDIRECT,
            },
            "email": {"host": "localhost", "port": str(self.mail.port), "tls": "none"},
        }

    def tell(self, name: str, path: str, body: bytes) -> Json:
        """Steer a sandbox: POST to its `/_sandbox` address; the answer's JSON."""
        journal = self._halaxy if name == "halaxy" else self._xero
        answer = journal.handle(Asked("POST", path, (), {}, body), SystemClock().now())
        return Asked("POST", path, (), {}, answer.body).json()

    def ask(self, name: str, path: str) -> Json:
        """Read a `/_sandbox` address."""
        return self._get(name, path)

    def _get(self, name: str, path: str) -> Json:
        journal = self._halaxy if name == "halaxy" else self._xero
        answer = journal.handle(Asked("GET", path), SystemClock().now())
        return Asked("GET", path, (), {}, answer.body).json()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.halaxy.close()
        self.xero.close()
        self.mail.close()
        self._halaxy.close()
        self._xero.close()
