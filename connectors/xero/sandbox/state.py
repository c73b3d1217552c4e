"""What one organisation holds: contacts, accounts, documents, payments, allocations and their indexes.

Plain mutable state without rules; each resource file keeps its own rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .arithmetic import ZERO, Totals
from .ledger import Ledger
from .wire import Ids

Json = Any
Day = date

_ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "GMTSTANDARDTIME": "Europe/London",
}
_LONG_AGO = datetime(2025, 7, 1, tzinfo=UTC)


@dataclass(slots=True)
class Organisation:
    """The organisation's own settings; `fields` are passed through as the API shows them."""

    id: str
    name: str
    pays_tax: bool = True
    period_lock: Day | None = None
    year_lock: Day | None = None
    currencies: tuple[str, ...] = ("AUD",)
    fields: dict[str, Json] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which "today" is taken."""
        return ZoneInfo(_ZONES.get(self.fields.get("Timezone", ""), "UTC"))


@dataclass(slots=True)
class Contact:
    """A contact; `fields` holds what Xero only keeps and shows again."""

    id: str
    name: str
    updated: datetime
    number: str = ""
    status: str = "ACTIVE"
    customer: bool = False
    supplier: bool = False
    merged_to: str = ""
    groups: tuple[str, ...] = ()
    fields: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """An account of the chart; `group` is Xero's Class."""

    id: str
    code: str
    name: str
    type: str
    group: str
    tax_type: str
    updated: datetime = _LONG_AGO
    status: str = "ACTIVE"
    payments: bool = False
    system: str = ""
    fields: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class TaxRate:
    """A tax rate and the account classes that take it."""

    type: str
    name: str
    rate: Decimal
    groups: frozenset[str]
    status: str = "ACTIVE"
    report: str = ""
    components: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Option:
    """One value of a tracking category."""

    id: str
    name: str
    status: str = "ACTIVE"


@dataclass(slots=True)
class Category:
    """A tracking category with its options."""

    id: str
    name: str
    status: str = "ACTIVE"
    options: list[Option] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document; `account` is an AccountID, `tracking` pairs of (category id, option id)."""

    id: str
    description: str
    quantity: Decimal | None
    unit: Decimal | None
    amount: Decimal
    account: str = ""
    tax_type: str = ""
    tax: Decimal = ZERO
    item: str = ""
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Document:
    """An invoice, credit note, prepayment, overpayment or bank transaction (`kind`).

    `paid` counts payments, `credited` allocations; a bank transaction has neither.
    """

    id: str
    kind: str
    type: str
    contact: str
    date: Day
    status: str
    amounts: str
    lines: tuple[Line, ...]
    totals: Totals
    currency: str
    updated: datetime
    app: str
    number: str = ""
    reference: str = ""
    due: Day | None = None
    expected: Day | None = None
    planned: Day | None = None
    url: str = ""
    branding: str = ""
    sent: bool = False
    bank: str = ""
    credit: str = ""
    reconciled: bool = False
    paid: Decimal = ZERO
    credited: Decimal = ZERO
    settled_on: Day | None = None

    @property
    def open(self) -> Decimal:
        """AmountDue of an invoice, RemainingCredit of a credit; zero once voided or deleted."""
        if self.status in ("VOIDED", "DELETED"):
            return ZERO
        return self.totals.gross - self.paid - self.credited

    @property
    def applied(self) -> bool:
        """Whether a payment or an allocation stands against it."""
        return bool(self.paid or self.credited)

    @property
    def sales(self) -> bool:
        """Whether it belongs to the receivable side."""
        return self.type.startswith(("ACCREC", "RECEIVE"))


@dataclass(slots=True)
class Promise:
    """A quote or a purchase order: it has lines and totals, and no entries in the ledger; `fields` are only kept."""

    id: str
    contact: str
    date: Day
    status: str
    amounts: str
    lines: tuple[Line, ...]
    totals: Totals
    currency: str
    updated: datetime
    number: str = ""
    reference: str = ""
    later: Day | None = None
    fields: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file attached to a document, contact or account."""

    id: str
    name: str
    kind: str
    content: bytes
    online: bool = False


@dataclass(slots=True)
class Payment:
    """Money against one document."""

    id: str
    type: str
    document: str
    account: str
    date: Day
    amount: Decimal
    updated: datetime
    reference: str = ""
    status: str = "AUTHORISED"
    reconciled: bool = False
    batch: str = ""
    details: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Allocation:
    """Part of a credit used on an invoice."""

    id: str
    credit: str
    invoice: str
    date: Day
    amount: Decimal


@dataclass(slots=True)
class Plain:
    """An object that is kept as the API shows it: a batch payment, a bank transfer, a manual journal."""

    id: str
    updated: datetime
    fields: dict[str, Json]


class Books:
    """Everything of one organisation, with the look-ups that the rules need."""

    def __init__(self, organisation: Organisation, ids: Ids) -> None:
        self.organisation = organisation
        self.ids = ids
        self.ledger = Ledger()
        self.contacts: dict[str, Contact] = {}
        self.contact_names: dict[str, str] = {}
        self.contact_numbers: dict[str, str] = {}
        self.accounts: dict[str, Account] = {}
        self.account_codes: dict[str, str] = {}
        self.tax_rates: dict[str, TaxRate] = {}
        self.tracking: dict[str, Category] = {}
        self.documents: dict[str, dict[str, Document]] = {}
        self.document_numbers: dict[tuple[str, str], str] = {}
        self.payments: dict[str, Payment] = {}
        self.payments_of: dict[str, list[Payment]] = {}
        self.allocations_of: dict[str, list[Allocation]] = {}
        self.batches: dict[str, Plain] = {}
        self.transfers: dict[str, Plain] = {}
        self.journals: dict[str, Plain] = {}
        self.items: dict[str, Plain] = {}
        self.groups: dict[str, Plain] = {}
        self.quotes: dict[str, Promise] = {}
        self.orders: dict[str, Promise] = {}
        self.attached: dict[str, list[Attached]] = {}
        self.notes: dict[str, list[Json]] = {}
        self.approvals = 0
        self.numbering: dict[str, int] = {}

    def of_kind(self, kind: str) -> dict[str, Document]:
        """All documents of a kind by id."""
        return self.documents.setdefault(kind, {})

    def system_account(self, name: str) -> Account:
        """The account with a SystemAccount role, such as DEBTORS."""
        return next(account for account in self.accounts.values() if account.system == name)

    def account_by_code(self, code: str) -> Account | None:
        """The account with a code, unless deleted."""
        return self.accounts.get(self.account_codes.get(code.casefold(), ""))
