"""What staff can do at Halaxy, as plain messages told apart by `do` (fact sheet 10).

Only the messages and their fields, those about money in `money_actions`; what they change is in `staff` and
its neighbours.
Payers are written `Patient/7` or `Organization/OG-1`; sums are tax-inclusive unless `price` gives components.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from connectors.halaxy.sandbox.amounts import ZERO, Components
from connectors.halaxy.sandbox.records import LineStatus, Moment

Minutes = Annotated[int, msgspec.Meta(ge=1)]


def _word(class_name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag=_word):
    """Something that a person does in Halaxy's screens."""


class LineSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line to enter: its `gross` with tax after `discount`, or its unit `price` in components."""

    description: str
    gross: Decimal | None = None
    taxable: bool = False
    tax: Decimal | None = None
    discount: Decimal = ZERO
    price: Components | None = None
    quantity: Decimal = Decimal(1)
    code: str | None = None
    subject: str | None = None
    performer: str | None = None
    appointment: str | None = None
    funder: str | None = None
    coverage: str | None = None
    status: LineStatus | None = None
    id: str | None = None


class CreateInvoice(Action, frozen=True, kw_only=True):
    """Enter an invoice or quote; `date` is the practice's today unless given.

    With `stated_gross` or `stated_tax` the head says something else than the lines come to.
    """

    payer: str
    lines: tuple[LineSpec, ...] = ()
    date: date | None = None
    role: str | None = None
    subject: str | None = None
    type: Literal["invoice", "quote"] = "invoice"
    status: Literal["active", "issued"] = "active"
    number: str | None = None
    note: str | None = None
    stated_gross: Decimal | None = None
    stated_tax: Decimal | None = None
    id: str | None = None


class EditInvoice(Action, frozen=True, kw_only=True):
    """Change the head of an invoice: date, practitioner and clinic, displayed number, note.

    `clinic` alone corrects the location: the same practitioner's role there.
    """

    invoice: str
    date: date | None = None
    role: str | None = None
    clinic: str | None = None
    number: str | None = None
    note: str | None = None
    stated_gross: Decimal | None = None
    stated_tax: Decimal | None = None


class IssueInvoice(Action, frozen=True, kw_only=True):
    """Lock an invoice, or with `issued: false` open it again."""

    invoice: str
    issued: bool = True


class DeleteInvoice(Action, frozen=True, kw_only=True):
    """Hide an invoice without money on it; its number stays taken."""

    invoice: str


class RestoreInvoice(Action, frozen=True, kw_only=True):
    """Bring a deleted invoice back."""

    invoice: str


class ChangePayer(Action, frozen=True, kw_only=True):
    """Bill somebody else."""

    invoice: str
    payer: str


class ConvertQuote(Action, frozen=True, kw_only=True):
    """Make a quote an invoice, dated today unless given."""

    invoice: str
    date: date | None = None


class AddLine(Action, frozen=True, kw_only=True):
    """Enter one more line."""

    invoice: str
    line: LineSpec


class EditLine(Action, frozen=True, kw_only=True):
    """Change a line; what is not given stays."""

    line: str
    gross: Decimal | None = None
    tax: Decimal | None = None
    taxable: bool | None = None
    discount: Decimal = ZERO
    quantity: Decimal | None = None
    description: str | None = None
    code: str | None = None


class VoidLine(Action, frozen=True, kw_only=True):
    """Hide a line; the record is kept."""

    line: str


class RestoreLine(Action, frozen=True, kw_only=True):
    """Undo a void."""

    line: str


class WriteOffLine(Action, frozen=True, kw_only=True):
    """Give a line up as bad debt."""

    line: str


class WriteOffInvoice(Action, frozen=True, kw_only=True):
    """Give every open line of an invoice up as bad debt."""

    invoice: str


class SplitLine(Action, frozen=True, kw_only=True):
    """Lower a line to what is kept of it and enter the rest as one more line (fact sheet 10, part write-off)."""

    line: str
    keep: Decimal
    write_off: bool = False
    id: str | None = None


class UndoWriteOff(Action, frozen=True, kw_only=True):
    """Ask for a written-off line again, or for all of an invoice."""

    line: str | None = None
    invoice: str | None = None


class DeleteLine(Action, frozen=True, kw_only=True):
    """Remove a line without a record."""

    line: str


class UnassignLine(Action, frozen=True, kw_only=True):
    """Take a line off its invoice and keep it for later."""

    line: str


class MoveLine(Action, frozen=True, kw_only=True):
    """Put a line on another invoice."""

    line: str
    to: str


class AddPatient(Action, frozen=True, kw_only=True):
    """Register a patient."""

    given: str
    family: str
    email: str | None = None
    mobile: str | None = None
    id: str | None = None


class EditPatient(Action, frozen=True, kw_only=True):
    """Change a patient's name or contact details."""

    patient: str
    given: str | None = None
    family: str | None = None
    email: str | None = None
    mobile: str | None = None


class AddOrganisation(Action, frozen=True, kw_only=True):
    """Register an organisation that can be billed."""

    name: str
    email: str | None = None
    id: str | None = None


class AddCoverage(Action, frozen=True, kw_only=True):
    """Note by which claim an organisation pays for a patient."""

    patient: str
    organisation: str
    member: str
    funder: str | None = None
    start: date | None = None
    end: date | None = None
    id: str | None = None


class EditOrganisation(Action, frozen=True, kw_only=True):
    """Change an organisation's name or e-mail address."""

    organisation: str
    name: str | None = None
    email: str | None = None


class BookAppointment(Action, frozen=True, kw_only=True):
    """Book with a fee of the catalogue: the appointment and its invoice come together."""

    patient: str
    role: str
    start: Moment
    fee: str
    minutes: Minutes = 30
    payer: str | None = None
    id: str | None = None
    invoice: str | None = None
    line: str | None = None


class MarkAppointment(Action, frozen=True, kw_only=True):
    """Set what became of an appointment, for example `attended`."""

    appointment: str
    status: str
