"""What connectors can do for one another without knowing each other; handed in by compose.

Halaxy fulfils SalesSource, Xero fulfils Ledger, email fulfils Mailer; `books` and `notifications` use them.
PURE: protocols and frozen data only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from engine.sdk.contract import Record
from engine.sdk.records import Sale

Json = Any


@dataclass(frozen=True, slots=True)
class LedgerPayment:
    """One payment on a ledger document; `account` is its code, `reference` begins with the source id."""

    id: str
    date: date
    amount: Decimal
    account: str
    reference: str


@dataclass(frozen=True, slots=True)
class LedgerDocument:
    """A sales document of the ledger with its live payments; `number` is what the source id made."""

    kind: Literal["invoice", "credit note"]
    id: str
    number: str
    date: date
    total: Decimal
    tax: Decimal
    due: Decimal
    status: Literal["draft", "submitted", "approved", "paid", "gone"]
    payments: tuple[LedgerPayment, ...] = ()
    credited: Decimal = Decimal("0.00")


class SalesSource(Protocol):
    """Reads, fresh from the practice system, every sale dated in a period with all its money."""

    def sales(self, first: date, last: date) -> tuple[Sale, ...]: ...


class Ledger(Protocol):
    """Reads, fresh from the ledger, every sales document dated in a period, gone ones included."""

    def documents(self, first: date, last: date) -> tuple[LedgerDocument, ...]: ...


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one person; `body` is Markdown, `id` makes it known once."""

    id: str
    to: str
    to_name: str
    subject: str
    body: str


class Mailer(Protocol):
    """Sends one message by e-mail; raises NotSent, NoAnswer or UserError."""

    def send(self, message: Message) -> None: ...


class Notebook(Protocol):
    """A connection's own small records (lists, consents, notices, tasks), kept in the store."""

    def get(self, kind: str, id: str) -> Record | None: ...
    def all(self, kind: str) -> tuple[Record, ...]: ...
    def put(self, kind: str, id: str, data: Json, parent: str = "") -> None: ...
