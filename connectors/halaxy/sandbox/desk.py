"""Where staff work: the practice, the switches and the time, with the look-ups and refusals they share.

The actions themselves are in the `staff_` files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn, TypeVar

from msgspec.structs import replace

from connectors.halaxy.sandbox.records import Invoice, Line, Patient, PayerKind, Payment, Record
from connectors.halaxy.sandbox.state import State, Table
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import day_of

R = TypeVar("R", bound=Record)


class Refused(ValueError):
    """Halaxy would not let staff do this; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One moment at the practice; `now` is whole seconds in UTC."""

    state: State
    switches: Switches
    now: datetime

    @property
    def today(self) -> date:
        """The practice-local day."""
        return day_of(self.now)

    def invoice(self, identity: str) -> Invoice:
        """An invoice that has not been deleted."""
        found = self.row(self.state.invoices, identity, "invoice")
        return found if not found.deleted else refuse(f"invoice {identity} is deleted")

    def unlocked(self, identity: str) -> Invoice:
        """An invoice that staff may edit: `issued` blocks edits (fact sheet 6.1)."""
        found = self.invoice(identity)
        return found if found.status != "issued" else refuse(f"invoice {identity} is issued, which blocks edits")

    def line(self, identity: str) -> Line:
        """A line whose invoice, if it has one, may be edited."""
        found = self.row(self.state.lines, identity, "line")
        if found.invoice is not None:
            self.unlocked(found.invoice)
        return found

    def payment(self, identity: str) -> Payment:
        """A payment transaction."""
        return self.row(self.state.payments, identity, "payment")

    def row(self, table: Table[R], identity: str, what: str) -> R:
        """Any record by id."""
        found = table.get(identity)
        return found if found is not None else refuse(f"there is no {what} {identity}")

    def fresh_id(self, wanted: str | None, kind: str, table: Table[R]) -> str:
        """The wanted id if nobody has it, else the next one."""
        if wanted is None:
            return self.state.new_id(kind, table)
        if wanted in table:
            refuse(f"the id {wanted} is taken")
        self.state.keep_id(kind, wanted)
        return wanted

    def payer(self, reference: str) -> tuple[PayerKind, str]:
        """The kind and id of a payer written `Patient/7` or `Organization/OG-1`."""
        kind, _, identity = reference.rpartition("/")
        if kind == "Patient" and identity in self.state.patients:
            return "Patient", identity
        if kind == "Organization" and identity in self.state.organizations:
            return "Organization", identity
        return refuse(f"there is no payer {reference}")

    def patient(self, identity: str) -> Patient:
        """A patient."""
        return self.row(self.state.patients, identity, "patient")

    def touch(self, invoice: str | None, moves: bool) -> None:
        """Move an invoice's `_lastUpdated`, when this kind of change does that."""
        row = self.state.invoices.get(invoice)
        if row is not None and moves:
            self.state.invoices.put(replace(row, changed_at=self.now))


def refuse(text: str) -> NoReturn:
    """Raise Refused."""
    raise Refused(text)
