"""What comparing both sides gives: one number, the proofs, every difference, and what was left out and why.

PURE data. Money is in the practice's currency, in whole cents; nothing here decides anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from connectors.books.codes import CODES
from engine.core.money import ZERO, total

ItemKind = Literal["only in sales", "only in ledger", "differs"]
ProofName = Literal["sales", "cash", "debtors", "deposits", "gst"]
Repair = Literal["post", "link", "accept", "ignore"]
Value = Decimal | date | str | int | None

PROOFS: tuple[ProofName, ...] = ("sales", "cash", "debtors", "deposits", "gst")


@dataclass(frozen=True, slots=True)
class Side:
    """Counts and sums of one side: invoices net of discounts and credit notes, payments net of money paid back."""

    invoices: int = 0
    invoiced: Decimal = ZERO
    payments: int = 0
    paid: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Day:
    """Both sides of one day: invoices by their own date, payments by theirs."""

    day: date
    sales: Side
    ledger: Side


@dataclass(frozen=True, slots=True)
class Item:
    """One difference, about `invoice 1001`, `payment 9001` or `deposit 9002`; `money` is its absolute amount.

    Something that is on one side only carries everything that hangs on it: a missing invoice is one item, its missing
    payments are part of it. An amount that stands in the wrong place (account, tax rate, contact, invoice, another
    month) counts whole; a wrong day within the month has no money in it.
    """

    kind: ItemKind
    code: str
    about: str
    number: str
    field: str
    sales: Value
    ledger: Value
    money: Decimal
    day: date | None = None
    payer: str = ""
    proofs: tuple[ProofName, ...] = ()
    invoice: str = ""
    document: str = ""
    by_person: bool = False
    because: str = ""
    repairs: tuple[Repair, ...] = ("accept", "ignore")
    note: str = ""

    @property
    def key(self) -> str:
        """Names the item from day to day, whatever its values: `D-1f9a3c20`."""
        text = f"{self.code.partition(' ')[0]}|{self.about}|{self.field}"
        return "D-" + hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def fingerprint(self) -> str:
        """Changes when either side does, so that what was accepted is looked at again."""
        return hashlib.sha256(f"{self.code}|{self.sales}|{self.ledger}|{self.money}".encode()).hexdigest()[:16]

    @property
    def sentence(self) -> str:
        """What it is, in a bookkeeper's words."""
        return " ".join(filter(None, (CODES[self.code], self.note, self.because)))


@dataclass(frozen=True, slots=True)
class Outside:
    """What was not compared, and why; `amount` is the sum that stays out of both sides."""

    about: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One line of a proof: its key in words, both sides' sums."""

    key: tuple[str, ...]
    sales: Decimal
    ledger: Decimal

    @property
    def difference(self) -> Decimal:
        """Ledger less sales."""
        return self.ledger - self.sales


@dataclass(frozen=True, slots=True)
class Proof:
    """One of the five proofs; `items` are the keys of the differences behind it."""

    name: ProofName
    heads: tuple[str, ...]
    rows: tuple[ProofRow, ...]
    items: tuple[str, ...] = ()

    @property
    def sales(self) -> Decimal:
        """The sum of one side."""
        return total([row.sales for row in self.rows])

    @property
    def ledger(self) -> Decimal:
        """The sum of the other."""
        return total([row.ledger for row in self.rows])

    @property
    def difference(self) -> Decimal:
        """The sum of what the rows differ by, whatever the sign."""
        return total([abs(row.difference) for row in self.rows])


@dataclass(frozen=True, slots=True)
class Clearing:
    """A clearing account whose money did not all go to the bank; `since` is the day of the oldest that is left."""

    account: str
    came: Decimal
    went: Decimal
    since: date | None
    days: int

    @property
    def left(self) -> Decimal:
        """What should have been paid out, or was paid out beyond what came."""
        return self.came - self.went


@dataclass(frozen=True, slots=True)
class Suspected:
    """Something that may have been entered twice, but stands alike on both sides."""

    about: str
    what: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Changed:
    """A document that a person changed in the ledger since Daybook wrote it."""

    number: str
    fields: tuple[str, ...]
    id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A hold, with its age in days and its sentence."""

    id: str
    code: str
    about: str
    sentence: str
    days: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A difference that a person lets stand; it does not count."""

    item: Item
    decision: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of a period; `waiting` are invoices whose document a person has yet to approve.

    `not_ours` counts documents in the ledger whose number no sale made: a person's own.
    """

    first: date
    last: date
    sales: Side
    ledger: Side
    days: tuple[Day, ...]
    items: tuple[Item, ...]
    outside: tuple[Outside, ...] = ()
    waiting: tuple[str, ...] = ()
    not_ours: int = 0
    proofs: tuple[Proof, ...] = ()
    clearing: tuple[Clearing, ...] = ()
    suspected: tuple[Suspected, ...] = ()
    changed: tuple[Changed, ...] = ()
    holds: tuple[Waiting, ...] = ()
    settled: tuple[Settled, ...] = ()

    @property
    def difference(self) -> Decimal:
        """The sum of the absolute differences, each item counted once."""
        return total([item.money for item in self.items])

    @property
    def agrees(self) -> bool:
        """Nothing differs, not even a date."""
        return not self.items
