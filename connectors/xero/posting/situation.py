"""What a decision about one sale looks at: the sale, what is known in Xero, the policy, the organisation's facts.

PURE. Reading only; every rule stands in the file of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from connectors.xero.posting.identity import source_key
from connectors.xero.posting.policy import Policy, look_up
from engine.core.money import decimal
from engine.sdk.contract import Ask, Done, Element, Hold, Known, Later, Link, Outcome, Rejected, Today
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
class Ground:
    """What every posting of a record looks at.

    Attributes:
        key: The record's own source key, under which its links stand.
        record: The record as holds name it for their release: `sale 1001`.
        location: Where it belongs, for maps that are nested by location.
        changed_at: When the newest difference was first seen.
    """

    known: Known
    policy: Policy
    today: Today
    key: str
    record: str
    location: str | None
    changed_at: datetime | None

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

    @property
    def changed_on(self) -> date:
        """The practice's day on which the newest difference was first seen; corrections are dated on it (R19)."""
        seen = self.changed_at
        return self.today.day if seen is None else seen.astimezone(ZoneInfo(self.today.timezone)).date()

    def settling(self) -> Later | None:
        """Corrections wait until staff have left the record alone for a while (R20)."""
        if self.changed_at is None:
            return None
        settled_at = self.changed_at + timedelta(minutes=self.policy.settle_minutes)
        return Later(settled_at, "the invoice may still be changing") if self.today.now < settled_at else None

    def chosen(self, code: str, about: str) -> str | None:
        """What a person chose on a hold of this record."""
        choice = self.known.choices.get((code, about))
        return None if choice is None else choice.choice

    def special(self, role: str, about: str) -> Account | Hold:
        """The account of a role such as `bad debts`, or the hold that names what is missing."""
        code = look_up(self.policy.special_accounts, role, self.location)
        if code is None:
            cause = f"no account for {role}"
            return self.hold("UNMAPPED", about, cause, "map special_accounts", "settings", role=role)
        return self.usable(code, about, "map special_accounts")

    def native_sync(self, about: str) -> Hold | None:
        """The hold of everything while Halaxy's own Xero link writes to the same organisation (R20)."""
        fact = self.known.facts.get("native sync", {}).get("native sync", {})
        if fact.get("state") != "on":
            return None
        return self.hold("NATIVE_SYNC_ON", about, "Halaxy's own Xero link is on", "facts", "person")

    def usable(self, code: str, about: str, mapped_by: str) -> Account | Hold:
        """A mapped account that exists and is active, or the hold that names it."""
        account = self.account(code)
        if account is None:
            return self.hold("UNMAPPED", about, f"account {code} does not exist", mapped_by, "facts", account=code)
        if not account.active:
            cause = f"account {code} is archived"
            return self.hold("ACCOUNT_ARCHIVED", about, cause, mapped_by, "facts", account=code)
        return account

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
        return decimal(fact["rate"]) if fact else decimal(10 if tax_type in ("OUTPUT", "INPUT") else 0)

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
        """The live link of a part of this record."""
        link = self.known.links.get((self.key, part))
        return None if link is None or link.gone else link

    def links(self) -> tuple[Link, ...]:
        """All links of this record, gone ones included, in order of their parts."""
        return tuple(link for (source, _), link in sorted(self.known.links.items()) if source == self.key)

    def live(self, kind: str) -> tuple[Link, ...]:
        """The links of a kind whose documents stand."""
        return tuple(link for link in self.links() if link.kind == kind and not link.gone)

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

    def adopting(self, *links: Link) -> Self:
        """The same with documents that were just found to stand."""
        known = {**self.known.links, **{(link.source, link.part): link for link in links}}
        return replace(self, known=replace(self.known, links=known))

    def hold(self, code: str, about: str, cause: str, *releases: str, **detail: Json) -> Hold:
        """A hold of this record; a newer snapshot of it always releases."""
        return Hold(code, about, cause, (*releases, f"record {self.record}"), detail=detail)

    def refused(self, refusal: Rejected, about: str, **detail: Json) -> Hold:
        """The hold that follows from Xero's refusal; its own words go along unchanged."""
        releases = _RELEASES.get(refusal.code, ("person", "facts"))
        return self.hold(refusal.code, about, f"{refusal.code} {refusal.what}", *releases, what=refusal.what, **detail)

    def day_after_lock(self) -> date:
        """The first open day."""
        return (self.lock or date.min) + timedelta(days=1)

    def ask(self, action: str, marker: str, payload: Mapping[str, Json], writes: Write) -> Ask:
        """One call; what it writes is linked to a part of this record."""
        link = (self.key, writes.link) if writes.link else None
        return Ask(writes.part, action, Element(marker, payload), link, writes.ends, writes.fresh_read)


@dataclass(frozen=True, slots=True)
class Situation(Ground):
    """One round of the posting of a sale."""

    sale: Sale


def situation(sale: Sale, known: Known, policy: Policy, today: Today) -> Situation:
    """The situation of a sale."""
    return Situation(known, policy, today, source_key(sale), f"sale {sale.id}", sale.location, sale.changed_at, sale)


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
    "SCOPE_MISSING": ("facts", "person"),
}
