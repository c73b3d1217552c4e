"""Sales of the test practice, written as briefly as the accounting cases write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.core.money import cents
from engine.sdk.records import LineDiscount, Payer, Receipt, Sale, SaleLine, Totals

SYDNEY = ZoneInfo("Australia/Sydney")
REVENUE = {"Consultation": "200", "Product": "201", "Report": "202", "Non-attendance": "203", "Gift voucher": "836"}
METHODS = {
    "Cash": "611",
    "EFTPOS": "612",
    "HICAPS": "613",
    "Medicare bulk bill": "614",
    "Braintree": "615",
    "Direct Deposit": "616",
    "Stripe": "617",
    "Voucher": "836",
    "Discount": "discount",
}
INPUTS = {
    "policy": {"start_date": "2026-01-01"},
    "revenue accounts": REVENUE,
    "payment accounts": METHODS,
    "locations": {"CL-1": "Manly", "CL-2": "Newtown"},
    "practitioners": {"PR-11": "Jane Liu", "PR-12": "Sam Hart"},
}


def line(id, description, category, gross, tax="0.00", **more):
    """`tax=None` is a line whose tax only the header knows."""
    discount = more.pop("discount", None)
    if discount:
        more["discount"] = LineDiscount(Decimal(discount[0]), Decimal(discount[1]))
    if "quantity" in more:
        more["quantity"] = Decimal(more["quantity"])
    stated = None if tax is None else Decimal(tax)
    more.setdefault("practitioner", "PR-11")
    return SaleLine(str(id), description, Decimal(gross), stated, category=category, **more)


def receipt(id, created, method, amount, kind="payment"):
    at = datetime.fromisoformat(created)
    return Receipt(str(id), kind, at, at.astimezone(SYDNEY).date(), method, Decimal(amount))


def patient(id, name):
    return Payer("patient", str(id), name)


def organisation(id, name):
    return Payer("organisation", str(id), name)


def sale(id, on, payer, lines, payments=(), gross=None, tax=None, **more):
    """Header sums follow from the lines unless given."""
    counted = [item for item in lines if item.status in ("active", "locked")]
    total = Decimal(gross) if gross else cents(sum((item.gross for item in counted), Decimal(0)))
    taxes = Decimal(tax) if tax else cents(sum((item.tax or Decimal(0) for item in counted), Decimal(0)))
    paid = sum((item.amount for item in payments), Decimal(0))
    totals = Totals(total - taxes, taxes, total, paid, total - paid)
    if "due" in more:
        more["due_reported"] = date.fromisoformat(more.pop("due"))
    more = {"version": 1, "location": "CL-1", "currency": "AUD", **more}
    fields = {"kind": "invoice", "status": "active", "deleted": False} | more
    return Sale(
        id=str(id),
        number=str(id),
        date=date.fromisoformat(on),
        payer=payer,
        totals=totals,
        fully_paid=total == paid,
        lines=tuple(lines),
        payments=tuple(payments),
        **fields,
    )


def next_version(before, **changes):
    """A newer snapshot; with new lines the header sums follow."""
    if "lines" in changes:
        fresh = sale(before.id, before.date.isoformat(), before.payer, changes["lines"], before.payments)
        changes["totals"] = fresh.totals
        changes["lines"] = tuple(changes["lines"])
    return replace(before, version=before.version + 1, **changes)


def key_of(payer):
    return f"halaxy {payer.kind} {payer.id}"


def number_of(payer):
    return f"HX-{'P' if payer.kind == 'patient' else 'O'}-{payer.id}"


def week_after(on):
    return (date.fromisoformat(on) + timedelta(days=7)).isoformat()


AVA, BEN, DEV = patient(501, "Ava Nguyen"), patient(502, "Ben Okafor"), patient(504, "Dev Patel")
CONSULT = line(1, "Standard physio consult", "Consultation", "95.00")
# An open invoice, a paid one, one paid by two methods, one with a discount: cases AC-01, AC-20, AC-21 and AC-41.
S1 = sale(1001, "2026-03-02", AVA, [line(1, "Initial physio consult", "Consultation", "120.00")])
S20 = sale(
    1021,
    "2026-03-09",
    AVA,
    [line(1, "Initial physio consult", "Consultation", "120.00")],
    [receipt(9003, "2026-03-09T10:15:00+11:00", "EFTPOS", "120.00")],
)
S21 = sale(
    1022,
    "2026-03-09",
    BEN,
    [line(1, "Standard physio consult", "Consultation", "95.00", code="505")],
    [
        receipt(9005, "2026-03-09T11:01:00+11:00", "EFTPOS", "53.00"),
        receipt(9004, "2026-03-09T11:00:00+11:00", "HICAPS", "42.00"),
    ],
)
S41 = sale(
    1047,
    "2026-03-13",
    DEV,
    [line(1, "Initial physio consult", "Consultation", "120.00")],
    [
        receipt(9041, "2026-03-13T12:00:00+11:00", "Discount", "15.00"),
        receipt(9042, "2026-03-13T12:01:00+11:00", "EFTPOS", "105.00"),
    ],
)
