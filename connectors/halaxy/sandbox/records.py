"""What the sandbox practice holds: frozen records, one kind a resource, ids as Halaxy writes them.

Nothing of the wire and no behaviour; sums of an invoice are derived in `state`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from connectors.halaxy.sandbox.amounts import ZERO, Components, cents

PayerKind = Literal["Patient", "Organization"]
LineStatus = Literal["voided", "unassigned", "write-off", "locked"]
PaymentType = Literal["Payment", "Deposit", "Failed", "Refund", "Dishonoured"]

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
DISCOUNT = "Discount"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every resource has: its id and the times that `created` and `_lastUpdated` filter on."""

    id: str
    created_at: Moment = EPOCH
    changed_at: Moment = EPOCH


class Organization(Record, frozen=True, kw_only=True):
    """A practice group `PG-`, clinic `CL-`, organisation `OG-` or funder `FD-` (fact sheet 4.5)."""

    name: str
    active: bool = True
    email: str | None = None
    phone: str | None = None
    part_of: str | None = None


class Practitioner(Record, frozen=True, kw_only=True):
    """A person who treats; `number` is the Halaxy-wide id."""

    given: str
    family: str
    prefix: str | None = None
    number: str = ""
    profession: str = ""
    active: bool = True


class Role(Record, frozen=True, kw_only=True):
    """A practitioner at one clinic; its `PR-` ids are another number space than the practitioners'."""

    practitioner: str
    clinic: str
    active: bool = True


class Patient(Record, frozen=True, kw_only=True):
    """A patient; `usual` is the preferred given name."""

    given: str
    family: str
    usual: str | None = None
    prefix: str | None = None
    email: str | None = None
    mobile: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    gender: str = "other"
    clinic: str | None = None
    practitioner: str | None = None
    active: bool = True
    status: str = "Current"

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}".strip()


class Fee(Record, frozen=True, kw_only=True):
    """A fee of the catalogue; `kind` is 0 appointment, 1 item, 2 pro rata (fact sheet 6.4)."""

    title: str
    code: str | None = None
    category: str | None = None
    price: Decimal = ZERO
    taxable: bool = False
    kind: Literal["0", "1", "2"] = "0"
    publisher: str | None = None
    status: Literal["active", "retired", "unknown"] = "active"


class Coverage(Record, frozen=True, kw_only=True):
    """Claim details of a patient; `payer` is 29 to 32 (fact sheet 6.5)."""

    patient: str
    funder: str
    member: str = ""
    organisation: str | None = None
    payer: Literal["29", "30", "31", "32"] = "29"
    start: date | None = None
    end: date | None = None
    status: Literal["active", "cancelled"] = "active"


class Service(Record, frozen=True, kw_only=True):
    """An appointment type; carries no price (fact sheet 6.9)."""

    name: str
    provided_by: str
    active: bool = True


class Appointment(Record, frozen=True, kw_only=True):
    """One patient with one practitioner; `status` is the patient's (fact sheet 6.10)."""

    start: Moment
    minutes: int
    role: str
    patient: str
    status: str = "booked"
    invoice: str | None = None
    service: str | None = None


class Invoice(Record, frozen=True, kw_only=True):
    """An invoice or quote without its lines; `issued` locks it.

    `stated_gross` and `stated_tax` are what the head shows where that is not what the lines come to.
    """

    payer_kind: PayerKind
    payer: str
    date: date
    type: Literal["invoice", "quote"] = "invoice"
    status: Literal["active", "issued"] = "active"
    deleted: bool = False
    role: str | None = None
    number: str | None = None
    note: str | None = None
    stated_gross: Decimal | None = None
    stated_tax: Decimal | None = None


class Line(Record, frozen=True, kw_only=True):
    """One line; a null status is the ordinary one."""

    description: str
    price: Components
    invoice: str | None
    quantity: Decimal = Decimal(1)
    code: str | None = None
    status: LineStatus | None = None
    subject: str | None = None
    performer: str | None = None
    appointment: str | None = None
    funder: str | None = None
    coverage: str | None = None

    @property
    def net(self) -> Decimal:
        """Line sum without tax, in cents."""
        return cents(self.quantity * self.price.net)

    @property
    def tax(self) -> Decimal:
        """Tax of the whole line, in cents."""
        return cents(self.quantity * self.price.tax)


class Payment(Record, frozen=True, kw_only=True):
    """A payment transaction; refunds and dishonours entered apart are negative.

    `deposit` names the credit that it draws on, `related` the other transaction of the same act; the API may show
    neither. `subject` is a patient unless an organisation left the deposit.
    """

    type: PaymentType
    method: str
    amount: Decimal
    surcharge: Decimal = ZERO
    invoice: str | None = None
    subject: str | None = None
    subject_kind: PayerKind = "Patient"
    comment: str | None = None
    practitioner: str | None = None
    clinic: str | None = None
    deposit: str | None = None
    related: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it is money or credit, in or out; failed attempts and payments that came back are not."""
        return self.type != "Failed" and (self.type != "Dishonoured" or self.amount < 0)

    @property
    def is_discount(self) -> bool:
        """Whether it lowers the balance without money (fact sheet 6.3)."""
        return self.method == DISCOUNT and self.type != "Failed"
