"""What connectors can do for one another without knowing each other; handed in by compose.

Halaxy fulfils SalesSource, Xero fulfils Ledger, email fulfils Mailer; `books` and `notifications` use them.
PURE: protocols and frozen data only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from engine.sdk.contract import Record
from engine.sdk.records import Deposit, Sale

Json = Any


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a ledger document; `amount` includes `tax`."""

    account: str
    tax_type: str
    amount: Decimal
    tax: Decimal
    text: str = ""


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
    """A sales document of the ledger with its live payments; `number` is what the source id made.

    `due` of a credit note is what is left of it; `contact` is the contact's number, its id where it has none.
    """

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
    contact: str = ""
    contact_name: str = ""
    reference: str = ""
    lines: tuple[LedgerLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerMoney:
    """Money received or spent on a bank account beside payments; `left` is credit of the customer not used yet."""

    kind: Literal["received", "spent", "overpayment", "prepayment"]
    id: str
    date: date
    account: str
    total: Decimal
    contact: str
    text: str
    left: Decimal = Decimal("0.00")
    refunds: tuple[LedgerPayment, ...] = ()
    lines: tuple[LedgerLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerTransfer:
    """Money moved between two bank accounts of the ledger."""

    id: str
    date: date
    source: str
    target: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerBooks:
    """All that a ledger shows of a period: the documents and movements dated in it, and what tells how to read them.

    Attributes:
        first: Documents dated before are not among them.
        banks: Codes of the accounts that hold money.
        liabilities: Codes of the accounts outside the tax.
        rounding: Code of the account of roundings.
        registered: Whether the organisation charges tax.
        cash_basis: Whether it owes the tax when it is paid.
        locked: Last day of the locked period.
        merged: The contact that stands for one that was merged into it, by number.
    """

    first: date
    documents: tuple[LedgerDocument, ...] = ()
    money: tuple[LedgerMoney, ...] = ()
    transfers: tuple[LedgerTransfer, ...] = ()
    banks: frozenset[str] = frozenset()
    liabilities: frozenset[str] = frozenset()
    rounding: str = ""
    registered: bool = True
    cash_basis: bool = False
    locked: date | None = None
    merged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DepositBalance:
    """A deposit with what is left of it."""

    deposit: Deposit
    left: Decimal


@dataclass(frozen=True, slots=True)
class SalesBooks:
    """Sales with all their money, and the payers' deposits.

    Attributes:
        sales: Those dated in the period, those with money in it, and those that are still open.
        gone: Ids that were asked for and that the practice system does not have.
    """

    sales: tuple[Sale, ...] = ()
    deposits: tuple[DepositBalance, ...] = ()
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that a connection's sign-in must allow; `granted` is None where nobody can tell.

    Attributes:
        name: As the vendor's own screen calls it.
        purpose: What Daybook needs it for, as the end of a sentence.
        vital: Whether nothing can be posted without it.
    """

    name: str
    purpose: str
    vital: bool
    granted: bool | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What a person said about a difference: `accept` holds while both sides stay as they were, `ignore` for good."""

    decision: Literal["accept", "ignore"]
    fingerprint: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class OpenHold:
    """An item that waits, with the sentence that says why."""

    id: str
    code: str
    about: str
    sentence: str
    since: datetime
    subject: str


class SalesSource(Protocol):
    """Reads, fresh from the practice system, every sale dated in a period with all its money."""

    def sales(self, first: date, last: date) -> tuple[Sale, ...]: ...

    def sales_books(self, first: date, last: date) -> SalesBooks: ...

    def sales_of(self, ids: Sequence[str]) -> SalesBooks: ...


class Ledger(Protocol):
    """Reads, fresh from the ledger, every sales document dated in a period, gone ones included."""

    def documents(self, first: date, last: date) -> tuple[LedgerDocument, ...]: ...

    def ledger_books(self, first: date, last: date) -> LedgerBooks: ...


class Memory(Protocol):
    """What the engine itself remembers of both sides: what it wrote, what waits, what people said."""

    def written(self) -> Mapping[str, Mapping[str, Json]]: ...
    def holds(self) -> tuple[OpenHold, ...]: ...
    def noted(self) -> Mapping[str, Noted]: ...
    def compared(self, first: date, last: date, difference: Decimal | None, items: int | None) -> None: ...


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
