"""What Xero's identity service knows: the app, its tokens and its connections.

State only, with the questions that the gate asks of it; the addresses stand in `oauth.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .state import Books

ACCESS_SECONDS = 1800
REFRESH_DAYS = 60
GRACE = timedelta(minutes=30)

_BROAD = {
    "accounting.transactions": (
        "accounting.invoices", "accounting.payments", "accounting.banktransactions", "accounting.manualjournals",
    ),
    "accounting.reports": (
        "accounting.reports.aged", "accounting.reports.banksummary", "accounting.reports.trialbalance",
    ),
}  # fmt: skip
_AREAS = {
    "Invoices": "accounting.invoices",
    "CreditNotes": "accounting.invoices",
    "Payments": "accounting.payments",
    "BatchPayments": "accounting.payments",
    "Overpayments": "accounting.payments",
    "Prepayments": "accounting.payments",
    "BankTransactions": "accounting.banktransactions",
    "BankTransfers": "accounting.banktransactions",
    "ManualJournals": "accounting.manualjournals",
    "Items": "accounting.invoices",
    "Quotes": "accounting.invoices",
    "PurchaseOrders": "accounting.invoices",
    "ContactGroups": "accounting.contacts",
    "Attachments": "accounting.attachments",
    "AgedReceivablesByContact": "accounting.reports.aged",
    "AgedPayablesByContact": "accounting.reports.aged",
    "BankSummary": "accounting.reports.banksummary",
    "TrialBalance": "accounting.reports.trialbalance",
    "Contacts": "accounting.contacts",
    "Accounts": "accounting.settings",
    "TaxRates": "accounting.settings",
    "TrackingCategories": "accounting.settings",
    "Organisation": "accounting.settings",
    "Currencies": "accounting.settings",
    "BrandingThemes": "accounting.settings",
    "Users": "accounting.settings",
}
_AREA_OF = {name.lower(): scope for name, scope in _AREAS.items()}
_OTHER_SCOPES = (
    "openid profile email offline_access accounting.attachments accounting.reports.read accounting.journals.read "
    "accounting.budgets.read accounting.reports.tenninetynine.read files app.connections marketplace.billing"
).split()


@dataclass(frozen=True, slots=True)
class App:
    """The registered app; without a secret it is a PKCE app."""

    client_id: str
    secret: str | None
    name: str
    redirects: tuple[str, ...] = ()


@dataclass(slots=True)
class Connection:
    """One organisation that the user connected to the app."""

    id: str
    tenant: str
    event: str
    created: datetime
    updated: datetime


@dataclass(slots=True)
class AccessToken:
    """An access token; `machine` ones belong to a custom connection and need no tenant header."""

    scopes: frozenset[str]
    ends: datetime
    event: str
    machine: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token; `used` is when it was first exchanged."""

    scopes: frozenset[str]
    ends: datetime
    event: str
    used: datetime | None = None

    def is_good(self, at: datetime) -> bool:
        """Unused within 60 days, or used less than 30 minutes ago (sheet 3.2)."""
        return at < self.ends and (self.used is None or at - self.used < GRACE)


@dataclass(slots=True)
class Identity:
    """All of it."""

    app: App
    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    spent_codes: set[str] = field(default_factory=set)

    def connection_of(self, tenant: str) -> Connection | None:
        """The connection to an organisation."""
        return next((one for one in self.connections.values() if one.tenant == tenant), None)

    def connect(self, books: Books, event: str, connection_id: str, now: datetime) -> None:
        """Connect an organisation, or note that the user connected it again."""
        standing = self.connection_of(books.organisation.id)
        if standing is not None:
            standing.event, standing.updated = event, now
            return
        self.connections[connection_id] = Connection(connection_id, books.organisation.id, event, now, now)

    def disconnect(self, tenant: str) -> None:
        """A person cuts the connection in Xero."""
        self.connections = {key: one for key, one in self.connections.items() if one.tenant != tenant}

    def end_access_tokens(self, now: datetime) -> None:
        """Every access token counts as expired."""
        for token in self.access.values():
            token.ends = min(token.ends, now)


def known_scope(scope: str) -> bool:
    """Whether Xero has such a scope (sheet 3.3)."""
    plain = scope.removesuffix(".read")
    reports = scope.startswith("accounting.reports.") and scope.endswith(".read")
    return reports or scope in _OTHER_SCOPES or plain in (*_AREAS.values(), *_BROAD, "accounting.attachments", "files")


def may(scopes: frozenset[str], resource: str, *, reading: bool) -> bool:
    """Whether a token's scopes cover a resource; unknown resources are left to the router."""
    area = _AREA_OF.get(resource.lower())
    if area is None:
        return True
    wanted = {area, *(broad for broad, parts in _BROAD.items() if area in parts)}
    if reading:
        wanted |= {f"{scope}.read" for scope in wanted}
    return bool(wanted & scopes)
