"""The practice as it stands: tables of records, the next ids, and the sums of each invoice.

Knows no requests and no switches; what staff may do to it is in `staff`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from connectors.halaxy.sandbox.amounts import ZERO
from connectors.halaxy.sandbox.records import (
    Appointment,
    Coverage,
    Fee,
    Invoice,
    Line,
    Organization,
    Patient,
    Payment,
    Practitioner,
    Record,
    Role,
    Service,
)

R = TypeVar("R", bound=Record)

FIRST_IDS = {
    "patient": 70000001,
    "practitioner": 1000011,
    "role": 2000011,
    "PG": 900001,
    "CL": 40001,
    "OG": 3000001,
    "FD": 100200,
    "fee": 6600401,
    "coverage": 3300501,
    "service": 557001,
    "appointment": 55000001,
    "invoice": 410000101,
    "line": 880000201,
    "payment": 990000301,
}
_PREFIXES = {"practitioner": "PR-", "role": "PR-", "PG": "PG-", "CL": "CL-", "OG": "OG-", "FD": "FD-"}


def id_order(identity: str) -> tuple[str, int, str]:
    """Sorts ids by prefix, then by number."""
    prefix, _, digits = identity.rpartition("-")
    return (prefix, int(digits), "") if digits.isdecimal() else (prefix, 0, digits)


class Table(Generic[R]):
    """Records of one kind by id; listing them in id order costs a sort only after an id came or went."""

    def __init__(self, rows: dict[str, R] | None = None) -> None:
        self._rows = rows if rows is not None else {}
        self._order: list[str] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, identity: str) -> bool:
        return identity in self._rows

    def get(self, identity: str | None) -> R | None:
        """The record, or None."""
        return self._rows.get(identity) if identity is not None else None

    def put(self, row: R) -> R:
        """Add or replace a record."""
        if row.id not in self._rows:
            self._order = None
        self._rows[row.id] = row
        return row

    def remove(self, identity: str) -> None:
        """Take a record away without a trace."""
        del self._rows[identity]
        self._order = None

    def ordered(self) -> list[R]:
        """All records by id."""
        if self._order is None:
            self._order = sorted(self._rows, key=id_order)
        rows = self._rows
        return [rows[identity] for identity in self._order]

    def copy(self) -> Table[R]:
        """An independent table of the same records."""
        twin = Table(dict(self._rows))
        twin._order = self._order
        return twin


@dataclass(frozen=True, slots=True)
class Sums:
    """What an invoice's lines and payments add up to, before any switch decides how it is shown."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    balance: Decimal
    written_off_net: Decimal
    written_off_tax: Decimal
    received: Decimal
    discounts: Decimal
    wholly_written_off: bool


class State:
    """All tables of the practice."""

    def __init__(self) -> None:
        self.organizations: Table[Organization] = Table()
        self.practitioners: Table[Practitioner] = Table()
        self.roles: Table[Role] = Table()
        self.patients: Table[Patient] = Table()
        self.fees: Table[Fee] = Table()
        self.coverages: Table[Coverage] = Table()
        self.services: Table[Service] = Table()
        self.appointments: Table[Appointment] = Table()
        self.invoices: Table[Invoice] = Table()
        self.lines: Table[Line] = Table()
        self.payments: Table[Payment] = Table()
        self.removed_payments: Table[Payment] = Table()
        self._next: dict[str, int] = dict(FIRST_IDS)
        self._lines_of: dict[str, tuple[str, ...]] = {}
        self._payments_of: dict[str, tuple[str, ...]] = {}
        self._sums: dict[str, Sums] = {}

    def copy(self) -> State:
        """A state that can be changed without touching this one; the records are shared."""
        twin = State()
        for name, value in vars(self).items():
            setattr(twin, name, value.copy())
        return twin

    def new_id(self, kind: str, table: Table[R]) -> str:
        """The next free id of a kind of `FIRST_IDS`."""
        while True:
            identity = f"{_PREFIXES.get(kind, '')}{self._next[kind]}"
            self._next[kind] += 1
            if identity not in table:
                return identity

    def keep_id(self, kind: str, identity: str) -> None:
        """See to it that an id given from outside is never given out again, even when its record goes."""
        _, number, text = id_order(identity)
        if not text and number >= self._next[kind]:
            self._next[kind] = number + 1

    def put_line(self, line: Line) -> Line:
        """Add or replace a line, also when it has changed its invoice."""
        old = self.lines.get(line.id)
        if old is None or old.invoice != line.invoice:
            if old is not None:
                self._unlink(self._lines_of, old.invoice, line.id)
            self._link(self._lines_of, line.invoice, line.id)
        self._forget(line.invoice, old.invoice if old else None)
        return self.lines.put(line)

    def remove_line(self, line: Line) -> None:
        """Delete a line without a record of it."""
        self._unlink(self._lines_of, line.invoice, line.id)
        self._forget(line.invoice)
        self.lines.remove(line.id)

    def put_payment(self, payment: Payment) -> Payment:
        """Add or replace a payment; its invoice never changes."""
        if payment.id not in self.payments:
            self._link(self._payments_of, payment.invoice, payment.id)
        self._forget(payment.invoice)
        return self.payments.put(payment)

    def remove_payment(self, payment: Payment) -> None:
        """Delete a payment; no address shows it any more, and only Halaxy's support can bring it back."""
        self.removed_payments.put(payment)
        self._unlink(self._payments_of, payment.invoice, payment.id)
        self._forget(payment.invoice)
        self.payments.remove(payment.id)

    def lines_of(self, invoice: str) -> list[Line]:
        """Every line that belongs to an invoice, whatever its status, in order of entry."""
        return _rows(self.lines, self._lines_of.get(invoice, ()))

    def payments_of(self, invoice: str) -> list[Payment]:
        """Every transaction on an invoice, failed ones too, in order of entry."""
        return _rows(self.payments, self._payments_of.get(invoice, ()))

    def deposit_left(self, deposit: Payment) -> Decimal:
        """What of a deposit has neither been used nor given back."""
        drawn = (abs(payment.amount) for payment in self.payments.ordered() if payment.deposit == deposit.id)
        return abs(deposit.amount) - sum(drawn, ZERO)

    def sums(self, invoice: str) -> Sums:
        """What an invoice adds up to; remembered until one of its lines or payments changes."""
        known = self._sums.get(invoice)
        if known is None:
            known = self._sums[invoice] = _added_up(self.lines_of(invoice), self.payments_of(invoice))
        return known

    def payer_name(self, invoice: Invoice) -> str:
        """Name of the patient or organisation that is billed."""
        if invoice.payer_kind == "Patient":
            patient = self.patients.get(invoice.payer)
            return patient.name if patient else ""
        organization = self.organizations.get(invoice.payer)
        return organization.name if organization else ""

    def _forget(self, *invoices: str | None) -> None:
        for invoice in invoices:
            if invoice is not None:
                self._sums.pop(invoice, None)

    @staticmethod
    def _link(index: dict[str, tuple[str, ...]], invoice: str | None, identity: str) -> None:
        if invoice is not None:
            index[invoice] = (*index.get(invoice, ()), identity)

    @staticmethod
    def _unlink(index: dict[str, tuple[str, ...]], invoice: str | None, identity: str) -> None:
        if invoice is not None:
            index[invoice] = tuple(known for known in index.get(invoice, ()) if known != identity)


def _rows(table: Table[R], identities: Iterable[str]) -> list[R]:
    return [row for row in map(table.get, identities) if row is not None]


def _added_up(lines: list[Line], payments: list[Payment]) -> Sums:
    counted = [line for line in lines if line.status not in ("voided", "unassigned")]
    live = [line for line in counted if line.status != "write-off"]
    lost = [line for line in counted if line.status == "write-off"]
    settled = [payment for payment in payments if payment.counts]
    net = sum((line.net for line in live), ZERO)
    tax = sum((line.tax for line in live), ZERO)
    received = sum((payment.amount for payment in settled if not payment.is_discount), ZERO)
    discounts = sum((payment.amount for payment in settled if payment.is_discount), ZERO)
    return Sums(
        net=net,
        tax=tax,
        gross=net + tax,
        balance=net + tax - received - discounts,
        written_off_net=sum((line.net for line in lost), ZERO),
        written_off_tax=sum((line.tax for line in lost), ZERO),
        received=received,
        discounts=discounts,
        wholly_written_off=bool(lost) and not live,
    )
