"""How the practice posts, as far as a comparison has to know it: the start date and the maps.

PURE. Reads the settings and maps of the ruleset; decides nothing. A map that is not given makes its question
unanswerable, and nothing is compared by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from engine.core.money import ZERO, cents
from engine.sdk.records import Payer, Receipt, Sale, SaleLine

Json = Any
Table = Mapping[str, Json]
_NOT_MONEY = "discount"
_FEE = re.compile(r"(?:(?P<percent>\d+(?:\.\d+)?)\s*%)?\s*(?:\+?\s*(?P<fixed>\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Terms:
    """Settings and maps; empty maps are unknown ones."""

    start: date = date.min
    drafts: bool = False
    summary_contact: bool = False
    fees_from_payments: bool = True
    revenue: Table = field(default_factory=dict)
    arrivals: Table = field(default_factory=dict)
    returns: Table = field(default_factory=dict)
    roles: Table = field(default_factory=dict)
    card_fees: Table = field(default_factory=dict)

    def revenue_account(self, line: SaleLine, location: str | None) -> str | None:
        """Where a fee belongs; None where no map tells."""
        return _look_up(self.revenue, line.category, location)

    def arrives_in(self, receipt: Receipt, location: str | None) -> str | None:
        """The account in which money of a method arrives; None where no map tells."""
        found = _look_up(self.arrivals, receipt.method, location)
        return None if found == _NOT_MONEY else found

    def leaves_from(self, receipt: Receipt, location: str | None) -> str | None:
        """The account from which money of a method goes back (R14)."""
        return _look_up(self.returns, receipt.method, location) or self.arrives_in(receipt, location)

    def is_discount(self, receipt: Receipt, location: str | None) -> bool:
        """A price reduction that is listed among the payments (R8)."""
        if receipt.kind != "payment":
            return receipt.kind == "discount"
        if not self.arrivals:
            return receipt.method.strip().casefold() == _NOT_MONEY
        return _look_up(self.arrivals, receipt.method, location) == _NOT_MONEY

    def fee_of(self, receipt: Receipt, location: str | None) -> Decimal:
        """What a processor kept of a payment (R12): as reported, else by the formula of its method."""
        if receipt.kind != "payment" or not self.fees_from_payments:
            return ZERO
        if receipt.fee is not None:
            return receipt.fee
        formula = _FEE.fullmatch((_look_up(self.card_fees, receipt.method, location) or "").strip())
        if formula is None:
            return ZERO
        charged = receipt.amount + (receipt.surcharge or ZERO)
        return cents(charged * Decimal(formula["percent"] or 0) / 100 + Decimal(formula["fixed"] or 0))

    def contact_of(self, payer: Payer, location: str | None) -> str:
        """The number of the payer's contact (R2)."""
        if payer.kind == "organisation":
            return f"HX-O-{payer.id}"
        return f"HX-SUM-{location or 'ALL'}" if self.summary_contact else f"HX-P-{payer.id}"


def read_terms(given: Mapping[str, Json], start: date | None) -> Terms:
    """From the inputs of a step: `policy` and the maps by the names that posting knows them by."""
    policy = given.get("policy") or {}
    since = start or policy.get("start_date")
    return Terms(
        start=since if isinstance(since, date) else date.fromisoformat(str(since)) if since else date.min,
        drafts=str(policy.get("invoice_status") or "authorised").lower() != "authorised",
        summary_contact=policy.get("contact_mode") == "summary",
        fees_from_payments=policy.get("fee_source") != "expenses",
        revenue=given.get("revenue accounts") or {},
        arrivals=given.get("payment accounts") or {},
        returns=given.get("refund accounts") or {},
        roles=given.get("special accounts") or {},
        card_fees=policy.get("card_fees") or {},
    )


def is_opening(sale: Sale, terms: Terms) -> bool:
    """Whether the sale is older than the books (R26)."""
    return sale.date < terms.start


def _look_up(table: Table, name: str | None, location: str | None) -> str | None:
    """A row, by location on either level; names count without case and outer spaces."""
    if name is None:
        return None
    for outer, inner in ((location, name), (name, location)):
        found = _row(table, outer)
        if isinstance(found, Mapping):
            found = _row(found, inner)
        elif outer != name:
            found = None
        if found is not None and not isinstance(found, Mapping):
            return str(found)
    return None


def _row(table: Table, name: str | None) -> Json:
    wanted = (name or "").strip().casefold()
    return next((value for key, value in table.items() if str(key).strip().casefold() == wanted), None)
