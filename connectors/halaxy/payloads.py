"""Halaxy's resources in our own words: one frozen record for each, whatever variant came over the wire.

PURE. Only what finance, names and contact need is kept: no notes, comments, birth dates or gender
(fact sheet 6.7). Joining them to a sale: `sales.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.halaxy.wire import Ref, code, coded, components, day, each, extension, instant, number, reference, text
from engine.core.money import cents

Json = Any

_DELETED = {"deleted", "entered-in-error"}
_WRITTEN_OFF = {"write-off", "writeoff", "written-off"}


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice's head (fact sheet 6.1); `role` is the PractitionerRole, sums may be missing."""

    id: str
    number: str
    kind: str
    status: str
    deleted: bool
    date: date | None
    recipient: Ref | None
    organisation_pays: bool
    title: str
    practitioner: Ref | None
    currency: str | None
    net: Decimal | None
    tax: Decimal | None
    gross: Decimal | None
    paid: Decimal | None
    balance: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice line (6.2) with its price components as stated; `tax` is None when none is stated."""

    id: str
    invoice: str | None
    description: str
    code: str | None
    status: str
    subject: str | None
    performer: Ref | None
    funder: str | None
    quantity: Decimal
    base: Decimal
    surcharge: Decimal
    deduction: Decimal
    discount: Decimal
    tax: Decimal | None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment transaction (6.3); `amount` keeps its sign and is None when it cannot be told.

    Attributes:
        party: Whom it was for: a patient, or the organisation whose deposit it is.
        clinic: Where a deposit was taken.
        related: Another transaction that it names; Halaxy documents no such field, so any will do.
    """

    id: str
    type: str
    method: str
    status: str | None
    at: datetime | None
    amount: Decimal | None
    surcharge: Decimal | None
    invoice: str | None
    party: Ref | None = None
    clinic: str | None = None
    related: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """An entry of the fee catalogue (6.4); `category` is the key of the revenue map."""

    id: str
    title: str
    code: str | None
    category: str | None
    active: bool
    taxed: bool


@dataclass(frozen=True, slots=True)
class Role:
    """A person at a clinic (PractitionerRole, 6.8)."""

    id: str
    practitioner: str | None
    clinic: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class Party:
    """A patient, practitioner, clinic or organisation: its names and addresses of contact only."""

    id: str
    name: str
    given: str | None
    family: str | None
    email: str | None
    mobile: str | None
    phone: str | None
    active: bool


def invoice(resource: Mapping[str, Json]) -> Invoice:
    """Read an Invoice; unknown statuses and types pass through in lower case."""
    status = _enum(resource.get("status"), "active")
    recipient = reference(resource.get("recipient"))
    payer = (coded(resource.get("payorType")) or "").lower()
    kind = recipient.type if recipient and recipient.type else payer
    sums = {name: _money(resource.get(f"total{name.title()}")) for name in ("net", "tax", "gross", "paid", "balance")}
    return Invoice(
        id=str(resource["id"]),
        number=_displayed_number(resource),
        kind=_enum(resource.get("type"), "invoice"),
        status="write-off" if status in _WRITTEN_OFF else "active" if status in _DELETED else status,
        deleted=status in _DELETED,
        date=day(resource.get("date")),
        recipient=recipient,
        organisation_pays=kind.lower().startswith("organi"),
        title=text(resource.get("title")),
        practitioner=reference(resource.get("practitioner")),
        currency=_currency(resource),
        **sums,
    )


def line(resource: Mapping[str, Json]) -> Line:
    """Read an InvoiceLine; a missing quantity is one, null and missing statuses are `active`."""
    price = components(resource.get("unitPriceComponent"))
    quantity = number(resource.get("quantity"))
    status = _enum(resource.get("status"), "active")
    funder = extension(resource, "invoice-line-funder").get("valueReference")
    return Line(
        id=str(resource["id"]),
        invoice=_id(resource.get("invoice")),
        description=text(resource.get("description")),
        code=code(resource.get("code")),
        status="write-off" if status in _WRITTEN_OFF else status,
        subject=_id(resource.get("subject")),
        performer=reference(resource.get("performer")),
        funder=_id(funder),
        quantity=Decimal(1) if quantity is None else quantity,
        base=price.get("base", Decimal(0)),
        surcharge=price.get("surcharge", Decimal(0)),
        deduction=abs(price.get("deduction", Decimal(0))),
        discount=abs(price.get("discount", Decimal(0))),
        tax=price.get("tax"),
    )


def payment(resource: Mapping[str, Json], zone: ZoneInfo) -> Payment:
    """Read a PaymentTransaction: the `base` component first, else `amount` (6.3)."""
    price = components(resource.get("priceComponent"))
    amount = price["base"] if "base" in price else number(resource.get("amount"))
    return Payment(
        id=str(resource["id"]),
        type=coded(resource.get("type")) or "",
        method=coded(resource.get("method")) or "",
        status=coded(resource.get("status")),
        at=instant(resource.get("created"), zone) or last_updated(resource, zone),
        amount=None if amount is None else cents(amount),
        surcharge=cents(price["surcharge"]) if price.get("surcharge") else None,
        invoice=_id(resource.get("invoice")),
        party=reference(resource.get("subject")),
        clinic=_id(resource.get("assignedOrganization")),
        related=_related(resource),
    )


def fee(resource: Mapping[str, Json]) -> Fee:
    """Read a ChargeItemDefinition; its category stands in a `useContext` whose code is `category`."""
    contexts = [item for item in each(resource.get("useContext")) if isinstance(item, Mapping)]
    named = (item.get("valueCodeableConcept") for item in contexts if (code(item.get("code")) or "") == "category")
    prices = [components(block.get("priceComponent")) for block in each(resource.get("propertyGroup"))]
    return Fee(
        id=str(resource["id"]),
        title=text(resource.get("title")),
        code=code(resource.get("code")),
        category=next((word for word in map(coded, named) if word), None),
        active=_enum(resource.get("status"), "active") != "retired",
        taxed=any(price.get("tax", 0) > 0 for price in prices),
    )


def role(resource: Mapping[str, Json]) -> Role:
    """Read a PractitionerRole."""
    person, clinic = _id(resource.get("practitioner")), _id(resource.get("organization"))
    return Role(str(resource["id"]), person, clinic, resource.get("active") is not False)


def party(resource: Mapping[str, Json]) -> Party:
    """Read a Patient, Practitioner or Organization; the official name is preferred (6.7)."""
    names = each(resource.get("name"))
    people = [name for name in names if isinstance(name, Mapping)]
    best = next((n for use in ("official", "usual") for n in people if n.get("use") == use and n.get("family")), None)
    best = best or next((name for name in people if name.get("family")), people[0] if people else {})
    given = " ".join(text(part) for part in each(best.get("given"))) or None
    family = text(best.get("family")) or None
    whole = " ".join(part for part in (given, family) if part)
    return Party(
        id=str(resource["id"]),
        name=whole or text(best.get("text")) or text([name for name in names if isinstance(name, str)]),
        given=given,
        family=family,
        email=_contact(resource, "email"),
        mobile=_contact(resource, "sms") or _contact(resource, "phone", "mobile"),
        phone=_contact(resource, "phone"),
        active=resource.get("active") is not False,
    )


def last_updated(resource: Mapping[str, Json], zone: ZoneInfo) -> datetime | None:
    """`meta.lastUpdated` where Halaxy gives it (fact sheet 5: not known whether it always does)."""
    meta = resource.get("meta")
    return instant(meta.get("lastUpdated"), zone) if isinstance(meta, Mapping) else None


def _enum(value: Json, default: str) -> str:
    word = coded(value)
    return "-".join(word.lower().replace("_", " ").split()) if word else default


def _id(value: Json) -> str | None:
    found = reference(value)
    return found.id if found else None


def _related(resource: Mapping[str, Json]) -> str | None:
    """The first other transaction that is referred to, in whichever field or extension."""
    extensions = (item.get("valueReference") for item in each(resource.get("extension")) if isinstance(item, Mapping))
    values = (value for value in (*resource.values(), *extensions) if isinstance(value, Mapping | list))
    named = (found for value in values for item in each(value) if (found := reference(item)))
    other = (ref.id for ref in named if ref.type == "PaymentTransaction" and ref.id != str(resource["id"]))
    return next(other, None)


def _money(value: Json) -> Decimal | None:
    amount = number(value)
    return None if amount is None else cents(amount)


def _displayed_number(resource: Mapping[str, Json]) -> str:
    """The practice may number invoices itself; one client reads that from `identifier` (6.1)."""
    return text(resource.get("identifier")) or str(resource["id"])


def _currency(resource: Mapping[str, Json]) -> str | None:
    for name in ("totalGross", "totalNet", "totalBalance"):
        for item in each(resource.get(name)):
            if isinstance(item, Mapping) and isinstance(item.get("currency"), str):
                return str(item["currency"]) or None
    return None


def _contact(resource: Mapping[str, Json], system: str, use: str | None = None) -> str | None:
    for item in each(resource.get("telecom")):
        if isinstance(item, Mapping) and item.get("system") == system and (use is None or item.get("use") == use):
            return text(item.get("value")) or None
    return None
