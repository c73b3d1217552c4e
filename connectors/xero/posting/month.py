"""R25: what the monthly postings of a practitioner share: his terms, when a month is over, what it comes to, its end.

PURE. The bill of a contractor stands in `commission`, the invoice to an agent in `service_fee`.
"""

from __future__ import annotations

from calendar import month_name, monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.xero.posting.beginning import SKIP, Said
from connectors.xero.posting.situation import GONE, Ground
from connectors.xero.posting.supplier import supplier_id
from connectors.xero.posting.tax import TAXED
from engine.core.money import ZERO, cents, decimal, total
from engine.sdk.contract import Ask, Calls, Hold, Later, Link, Refused
from engine.sdk.records import PractitionerMonth

Json = Any
# A person's word on a month's run, kept as a choice under the run's own number; told by `engine.runtime.month_runs`.
REVERSED, REVERSE, POST_AGAIN = "REVERSED", "reverse", "post again"
RECEIVED, INVOICED = "received", "invoiced"


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed with a practitioner; `rate` is a fraction, `contact` the name of his contact in Xero."""

    rate: Decimal
    contact: str
    basis: str = RECEIVED
    tax: str = "EXEMPTEXPENSES"


@dataclass(frozen=True, slots=True)
class MonthSituation(Ground):
    """One round of a monthly posting."""

    month: PractitionerMonth
    terms: Terms
    prefix: str

    @property
    def number(self) -> str:
        """`HXC-<practitioner>-<yyyymm>` or `HXS-...`."""
        return f"{self.prefix}-{self.month.practitioner}-{self.month.month:%Y%m}"

    @property
    def last_day(self) -> date:
        """The month's end, on which its documents are dated."""
        first = self.month.month
        return first.replace(day=monthrange(first.year, first.month)[1])

    @property
    def base(self) -> Decimal:
        """The fees without GST that the rate is taken of; negative months before count against it."""
        if self.terms.basis == INVOICED:
            return total(tuple(share.net for share in self.month.invoiced)) + self.month.invoiced_before
        return total(tuple(share.net for share in self.month.received)) + self.month.received_before

    @property
    def share(self) -> Decimal:
        """The rate times the base, without GST; nothing of a month that is negative."""
        return cents(max(self.base, ZERO) * self.terms.rate)

    @property
    def title(self) -> str:
        """`March 2026`."""
        return f"{month_name[self.month.month.month]} {self.month.month.year}"

    @property
    def is_reversed(self) -> bool:
        """Whether a person took the run of this month back."""
        return self.chosen(REVERSED, self.number) == REVERSE

    def percent(self) -> str:
        """The rate for people: `60%`, `37.5%`."""
        return f"{(self.terms.rate * 100).normalize():f}%"

    def gst(self, amount: Decimal) -> Decimal:
        """GST on top of an amount."""
        return cents(amount * self.rate(TAXED) / 100)


def month_key(kind: str, month: PractitionerMonth) -> str:
    """The key of a month's documents: `halaxy commission PR-12 202603`."""
    return f"halaxy {kind} {month.practitioner} {month.month:%Y%m}"


def terms_of(inputs: Mapping[str, Json], practitioner: str, rates: str, contacts: str) -> Terms | Refused | None:
    """The terms of a practitioner in two maps of the settings; None where he has none."""
    policy = inputs.get("policy") or {}
    given = (policy.get(rates) or {}).get(practitioner)
    if given is None:
        return None
    try:
        rate = decimal(given)
    except ValueError:
        rate = Decimal(-1)
    basis = str((policy.get("contractor_basis") or {}).get(practitioner, RECEIVED))
    tax = str((policy.get("contractor_taxes") or {}).get(practitioner, "EXEMPTEXPENSES"))
    for wrong, what in (
        (not 0 <= rate <= 1, f"{rates} of {practitioner} is a percentage such as 60%"),
        (basis not in (RECEIVED, INVOICED), f"contractor_basis of {practitioner} is received or invoiced"),
        (tax not in ("EXEMPTEXPENSES", "INPUT"), f"contractor_taxes of {practitioner} is EXEMPTEXPENSES or INPUT"),
    ):
        if wrong:
            return Refused("POLICY_INVALID", what, "Mend the settings of the ruleset.")
    contact = str((policy.get(contacts) or {}).get(practitioner, ""))
    return Terms(rate, contact, basis if rates.startswith("contractor") else RECEIVED, tax)


def closing(now: MonthSituation, on: date, hour: int) -> Later | None:
    """A month is posted when it is over; not again after a change before it is."""
    over = datetime.combine(on, time(hour), ZoneInfo(now.today.timezone))
    return Later(over, f"{now.title} is not over") if now.today.now < over else None


def contact(now: MonthSituation) -> str | Said:
    """The contact that the settings name; what has to happen first where it is not known yet."""
    if not now.terms.contact:
        cause = f"practitioner {now.month.practitioner} has no contact"
        return now.hold("UNMAPPED", now.number, cause, "settings", practitioner=now.month.practitioner)
    found = supplier_id(now, now.terms.contact, now.month.version)
    if isinstance(found, Link):
        return (found,)
    return Calls((found,)) if isinstance(found, Ask) else found


def changed_in_xero(now: MonthSituation, link: Link, shown: Mapping[str, Json]) -> Hold | None:
    """The hold of a document that a person voided, or gave another total."""
    gone = not shown["found"] or shown["status"] in GONE
    if not gone and shown["total"] == link.written.get("total", shown["total"]):
        return None
    held = now.hold("XERO_CHANGED", now.number, f"{now.number} was changed in Xero", f"document {link.kind} {link.id}")
    return replace(held, choices=(SKIP,))
