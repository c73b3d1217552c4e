"""What a decision about one sale looks at: the sale, what is known in Xero, the policy, the organisation's facts.

PURE. Reading only; every rule stands in the file of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connectors.xero.posting.identity import source_key
from connectors.xero.posting.policy import Policy
from engine.core.money import decimal
from engine.sdk.contract import Ask, Calls, Done, Element, Hold, Known, Link, Outcome, Rejected, Today
from engine.sdk.records import Sale

Json = Any
GONE = ("VOIDED", "DELETED")
_LIABILITY_TYPES = ("CURRLIAB", "LIABILITY", "TERMLIAB")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the organisation has it; `code` is how maps and lines name it."""

    code: str
    id: str
    active: bool
    liability: bool
    bank: bool
    takes_payments: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """One round of one posting."""

    sale: Sale
    known: Known
    policy: Policy
    today: Today

    @property
    def key(self) -> str:
        """The source key of the sale."""
        return source_key(self.sale)

    @property
    def organisation(self) -> Mapping[str, Json]:
        """The organisation's facts; empty when they were never read."""
        facts: Mapping[str, Json] = self.known.facts.get("organisation", {}).get("organisation", {})
        return facts

    @property
    def lock(self) -> date | None:
        """The last locked day: the later of both lock dates (R19)."""
        dates = [day for name in ("period_lock", "year_lock") if (day := self.organisation.get(name))]
        return max(dates, default=None)

    def locked(self, day: date) -> bool:
        """Whether nothing dated on that day may be written."""
        return self.lock is not None and day <= self.lock

    @property
    def registered(self) -> bool:
        """Whether the organisation is registered for GST."""
        return self.organisation.get("pays_tax") is True

    def rate(self, tax_type: str) -> Decimal:
        """A tax type's effective percentage; Australian GST is 10 where the rate was not read (fact sheet 11.1)."""
        fact = self.known.facts.get("tax rate", {}).get(tax_type)
        return decimal(fact["rate"]) if fact else decimal(10 if tax_type == "OUTPUT" else 0)

    def account(self, code: str) -> Account | None:
        """An account by its code, or by its id where a bank account has no code; None when there is none."""
        fact = self.known.facts.get("account", {}).get(code)
        if fact is None:
            return None
        return Account(
            code,
            str(fact.get("id", "")),
            fact.get("status", "ACTIVE") == "ACTIVE",
            fact.get("class") == "LIABILITY" or fact.get("type") in _LIABILITY_TYPES,
            fact.get("type") == "BANK",
            fact.get("takes_payments") is True or fact.get("type") == "BANK",
        )

    def system_account(self, system: str) -> str | None:
        """The code of a control account, found by its role and never by number (fact sheet 11.3)."""
        accounts = self.known.facts.get("account", {})
        return next((code for code, fact in accounts.items() if fact.get("system") == system), None)

    def link(self, part: str) -> Link | None:
        """The live link of a part of this sale."""
        link = self.known.links.get((self.key, part))
        return None if link is None or link.gone else link

    def links(self) -> tuple[Link, ...]:
        """All links of this sale, gone ones included, in order of their parts."""
        return tuple(link for (source, _), link in sorted(self.known.links.items()) if source == self.key)

    def answer(self, part: str) -> Outcome | None:
        """How an asked part was settled in this posting."""
        return self.known.answers.get(part)

    def read(self, *parts: str) -> Mapping[str, Json] | None:
        """What a look-up of this posting brought, the first of the parts that has an answer."""
        for part in parts:
            if isinstance(answer := self.answer(part), Done):
                return answer.result
        return None

    def refusal(self, part: str) -> Rejected | None:
        """Xero's refusal of a part, if it was refused in this posting."""
        answer = self.answer(part)
        return answer if isinstance(answer, Rejected) else None

    def adopting(self, *links: Link) -> Situation:
        """The same with documents that were just found to stand."""
        known = {**self.known.links, **{(link.source, link.part): link for link in links}}
        return replace(self, known=replace(self.known, links=known))

    def hold(self, code: str, about: str, cause: str, *releases: str, **detail: Json) -> Hold:
        """A hold of this sale; a newer snapshot of it always releases."""
        return Hold(code, about, cause, (*releases, f"record sale {self.sale.id}"), detail=detail)

    def refused(self, refusal: Rejected, about: str, **detail: Json) -> Hold:
        """The hold that follows from Xero's refusal; its own words go along unchanged."""
        releases = _RELEASES.get(refusal.code, ("person", "facts"))
        return self.hold(refusal.code, about, f"{refusal.code} {refusal.what}", *releases, what=refusal.what, **detail)

    def day_after_lock(self) -> date:
        """The first open day."""
        return (self.lock or date.min) + timedelta(days=1)

    def ask(self, action: str, marker: str, payload: Mapping[str, Json], writes: Write) -> Ask:
        """One call; what it writes is linked to a part of this sale."""
        link = (self.key, writes.link) if writes.link else None
        return Ask(writes.part, action, Element(marker, payload), link, writes.ends, writes.fresh_read)


@dataclass(frozen=True, slots=True)
class Write:
    """How a call is filed: the part that names the effect, and the part whose link it makes or ends."""

    part: str
    link: str = ""
    ends: bool = False
    fresh_read: bool = False


_RELEASES = {
    "ACCOUNT_ARCHIVED": ("map revenue_accounts", "map payment_accounts", "facts"),
    "ACCOUNT_INVALID": ("map revenue_accounts", "map payment_accounts", "facts"),
    "TRACKING_MISSING": ("facts", "settings"),
    "LOCKED_PERIOD": ("facts", "settings"),
    "CURRENCY_NOT_ENABLED": ("facts",),
}


def read_invoice(now: Situation, link: Link, asked_for: str = "read invoice") -> Calls:
    """Asks how a document that stood before this posting stands now (R21)."""
    payload = {"id": link.id, "number": link.marker}
    return Calls((now.ask("find_invoice", "", payload, Write(asked_for)),))
