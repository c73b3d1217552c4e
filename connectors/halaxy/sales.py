"""An invoice with its lines, money, payer, place and fee categories, joined to one `Sale`.

PURE, from normalised resources; the wire's variants end in `payloads.py`. Which sums the lines have is
decided in `line_sums.py`, what a transaction is in `receipts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from connectors.halaxy.credits import Part
from connectors.halaxy.line_sums import LineSum, reckon
from connectors.halaxy.payloads import Fee, Invoice, Line, Party, Payment, Role
from connectors.halaxy.receipts import sale_receipts
from connectors.halaxy.wire import Ref
from engine.core.money import ZERO, total
from engine.sdk.records import Payer, Sale, SaleLine, Totals

Json = Any

_PAYER_ROLES = (("medicare", "medicare"), ("services australia", "medicare"), ("veterans", "dva"), ("dva", "dva"))


@dataclass(frozen=True, slots=True)
class FeeBook:
    """The fee catalogue by item number and by title; a line names its fee only by these (6.2, 6.4)."""

    by_code: Mapping[str, tuple[Fee, ...]] = field(default_factory=dict)
    by_title: Mapping[str, tuple[Fee, ...]] = field(default_factory=dict)

    def find(self, line: Line) -> Fee | None:
        """The line's fee: by code, then by title; among several the same title, then a current one."""
        found = self.by_code.get(line.code or "") or self.by_title.get(_folded(line.description)) or ()
        same_title = _folded(line.description)
        return min(found, key=lambda fee: (_folded(fee.title) != same_title, not fee.active, fee.id), default=None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the join needs besides the invoice's own resources.

    Attributes:
        zone: The practice's time zone, in which receipts have their day.
        terms_days: Days from invoice date to due date; Halaxy does not give one (fact sheet 6.1).
        currency: Used where the totals name none.
        fees: The fee catalogue.
        roles: Practitioner roles by id, for person and clinic.
    """

    zone: ZoneInfo
    terms_days: int
    currency: str
    fees: FeeBook
    roles: Mapping[str, Role]


def fee_book(fees: Iterable[Fee]) -> FeeBook:
    """Index a catalogue."""
    by_code: dict[str, tuple[Fee, ...]] = {}
    by_title: dict[str, tuple[Fee, ...]] = {}
    for fee in fees:
        if fee.code:
            by_code[fee.code] = (*by_code.get(fee.code, ()), fee)
        by_title[_folded(fee.title)] = (*by_title.get(_folded(fee.title), ()), fee)
    return FeeBook(by_code, by_title)


def join(
    invoice: Invoice,
    lines: Sequence[Line],
    payments: Sequence[Payment],
    payer: Party | None,
    around: Surroundings,
    parts: Callable[[str], Sequence[Part]] = lambda _: (),
) -> Sale:
    """Build the sale, version 0 and without a time of change; both are the caller's to give.

    Lines and payments that are gone in Halaxy are left out; order is by id, so equal facts are equal sales.
    `parts` tells from which deposits a use of credit is drawn.
    """
    kept = [line for line in sorted(lines, key=_by_id) if not line.removed]
    receipts = sale_receipts(sorted(payments, key=_by_id), around.zone, parts)
    built = sale_lines(invoice, kept, around)
    on = invoice.date or (min(item.date for item in receipts) if receipts else date(1970, 1, 1))
    totals = _totals(invoice, built)
    role = _role(invoice.practitioner, around.roles)
    return Sale(
        id=invoice.id,
        number=invoice.number,
        version=0,
        kind=cast(Any, invoice.kind),
        status=cast(Any, invoice.status),
        deleted=invoice.deleted,
        date=on,
        payer=payer_of(invoice, payer),
        currency=invoice.currency or around.currency,
        totals=totals,
        fully_paid=_fully_paid(invoice, built, totals),
        lines=built,
        payments=receipts,
        due=on + timedelta(days=around.terms_days),
        location=role.clinic if role else None,
        practitioner=_person(invoice.practitioner, around.roles),
        subject=_only_subject(kept) if invoice.organisation_pays else None,
    )


def sale_lines(invoice: Invoice, lines: Sequence[Line], around: Surroundings) -> tuple[SaleLine, ...]:
    """The lines with their sums, categories and persons."""
    fees = {line.id: around.fees.find(line) for line in lines}
    sums = reckon(invoice, lines, lambda line: _taxed(fees[line.id])).sums
    return tuple(_sale_line(line, found, fees[line.id], around.roles) for line, found in zip(lines, sums, strict=True))


def payer_of(invoice: Invoice, party: Party | None) -> Payer:
    """Who is billed: the recipient with the contact fields known of it; its name may be the title only."""
    name = (party.name if party else "") or invoice.title
    identity = invoice.recipient.id if invoice.recipient else ""
    return known_payer("organisation" if invoice.organisation_pays else "patient", identity, name, party)


def known_payer(kind: str, identity: str, name: str, party: Party | None) -> Payer:
    """A patient or organisation with the contact fields known of it."""
    if kind == "organisation":
        role = next((role for word, role in _PAYER_ROLES if word in name.lower()), None)
        email = party.email if party else None
        return Payer("organisation", identity, name, role=role, email=email, accounts_email=email)
    if party is None:
        return Payer("patient", identity, name)
    return Payer("patient", identity, name, party.given, party.family, None, party.email, party.mobile)


def numbered(sale: Sale, version: int, changed_at: datetime | None) -> Sale:
    """The same sale as our snapshot number `version`."""
    return replace(sale, version=version, changed_at=changed_at)


def _sale_line(line: Line, sums: LineSum, fee: Fee | None, roles: Mapping[str, Role]) -> SaleLine:
    return SaleLine(
        id=line.id,
        description=line.description,
        gross=sums.gross,
        tax=sums.tax,
        quantity=line.quantity,
        unit_price=sums.unit_price,
        code=line.code,
        category=fee.category if fee else None,
        practitioner=_person(line.performer, roles),
        subject=line.subject,
        taxable=sums.taxable,
        discount=sums.discount,
        status=cast(Any, line.status),
    )


def _totals(invoice: Invoice, lines: Sequence[SaleLine]) -> Totals:
    """The header's sums; a missing one follows from the others, at last from the live lines."""
    of_lines = total([line.gross for line in lines if line.status in ("active", "locked")])
    gross = _first(invoice.gross, _plus(invoice.net, invoice.tax), _plus(invoice.paid, invoice.balance), of_lines)
    tax = _first(invoice.tax, None if invoice.net is None else gross - invoice.net, ZERO)
    paid = _first(invoice.paid, None if invoice.balance is None else gross - invoice.balance, ZERO)
    return Totals(
        net=_first(invoice.net, gross - tax),
        tax=tax,
        gross=gross,
        paid=paid,
        balance=_first(invoice.balance, gross - paid),
    )


def _fully_paid(invoice: Invoice, lines: Sequence[SaleLine], totals: Totals) -> bool:
    """Settled by money alone: nothing open, something paid, nothing written off (fact sheet 2)."""
    written_off = invoice.status == "write-off" or any(line.status == "write-off" for line in lines)
    return totals.balance <= 0 < totals.paid and not written_off


def _person(ref: Ref | None, roles: Mapping[str, Role]) -> str | None:
    """The Practitioner's id; role ids look alike but are another number space (fact sheet 4.5)."""
    if ref is not None and ref.type == "Practitioner":
        return ref.id
    role = _role(ref, roles)
    return role.practitioner if role else None


def _role(ref: Ref | None, roles: Mapping[str, Role]) -> Role | None:
    return roles.get(ref.id) if ref is not None and ref.type in ("PractitionerRole", "") else None


def _only_subject(lines: Sequence[Line]) -> str | None:
    treated = {line.subject for line in lines if line.subject and line.status not in ("voided", "unassigned")}
    return treated.pop() if len(treated) == 1 else None


def _taxed(fee: Fee | None) -> bool:
    return fee is not None and fee.taxed


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _first(*sums: Decimal | None) -> Decimal:
    return next((amount for amount in sums if amount is not None), ZERO)


def _folded(title: str) -> str:
    return " ".join(title.lower().split())


def _by_id(item: Line | Payment) -> tuple[int, str]:
    return len(item.id), item.id
