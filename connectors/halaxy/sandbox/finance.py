"""Invoice, InvoiceLine and PaymentTransaction as Halaxy shows them (fact sheet 5, 6.1 to 6.3, 13.3 to 13.5).

Read only, as at Halaxy; their sums come from `state`, seen through the switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.halaxy.sandbox.amounts import Components
from connectors.halaxy.sandbox.records import Invoice, Line, Payment
from connectors.halaxy.sandbox.resource import CREATED, Filter, Resource, pointing
from connectors.halaxy.sandbox.shapes import Wire, extension
from connectors.halaxy.sandbox.state import State

Json = Any


@dataclass(frozen=True, slots=True)
class Totals:
    """The five sums in an invoice's head."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    paid: Decimal
    balance: Decimal


def totals_of(wire: Wire, invoice: Invoice) -> Totals:
    """The head's sums; always gross = net + tax, and what is left is the balance, unless staff had it say otherwise."""
    sums, switches = wire.state.sums(invoice.id), wire.switches
    lowered = switches.write_off_lowers_totals
    net = sums.net if lowered else sums.net + sums.written_off_net
    tax = sums.tax if lowered else sums.tax + sums.written_off_tax
    if invoice.stated_gross is None and invoice.stated_tax is None:
        return Totals(net, tax, net + tax, paid_of(wire, invoice), sums.balance)
    gross = net + tax if invoice.stated_gross is None else invoice.stated_gross
    stated = tax if invoice.stated_tax is None else invoice.stated_tax
    return Totals(gross - stated, stated, gross, paid_of(wire, invoice), sums.balance + gross - net - tax)


def paid_of(wire: Wire, invoice: Invoice) -> Decimal:
    """What counts as paid; whether a discount does is unknown (fact sheet 6.3)."""
    sums = wire.state.sums(invoice.id)
    return sums.received + sums.discounts if wire.switches.discount_counts_in_paid else sums.received


def status_of(wire: Wire, invoice: Invoice) -> str:
    """The status text; whole write-offs and deletions hide the stored one."""
    if invoice.deleted:
        return "deleted"
    return "write-off" if wire.state.sums(invoice.id).wholly_written_off else invoice.status


def show_invoice(wire: Wire, row: Invoice) -> Json:
    """Fact sheet 6.1."""
    totals, switches = totals_of(wire, row), wire.switches
    kind = row.payer_kind.lower()
    number = [{"value": row.number or row.id}] if switches.identifier_present else None
    return wire.resource(
        "Invoice",
        row,
        {
            "identifier": number,
            "recipient": wire.single(wire.reference(row.payer_kind, row.payer)),
            "status": status_of(wire, row),
            "date": row.date.isoformat(),
            "payorType": {"text": kind} if switches.payor_type_as == "object" else kind,
            "title": wire.state.payer_name(row),
            "type": row.type,
            "practitioner": wire.single(wire.reference("PractitionerRole", row.role)),
            "note": wire.single({"text": row.note}) if row.note is not None else None,
            "totalNet": wire.money(totals.net),
            "totalTax": wire.money(totals.tax),
            "totalGross": wire.money(totals.gross),
            "totalPaid": wire.money(totals.paid),
            "totalBalance": wire.money(totals.balance),
            "created": wire.time(row.created_at) if switches.invoice_created_present else None,
        },
    )


def show_line(wire: Wire, row: Line) -> Json:
    """Fact sheet 6.2."""
    switches = wire.switches
    code = {"text": row.code} if switches.line_code_as == "object" and row.code is not None else row.code
    funder = wire.reference("Organization", row.funder)
    shape = wire.resource(
        "InvoiceLine",
        row,
        {
            "description": row.description,
            "status": row.status,
            "code": code,
            "subject": wire.reference("Patient", row.subject),
            "context": wire.reference("Appointment", row.appointment),
            "enteredDate": wire.time(row.created_at),
            "performer": wire.reference("Practitioner", row.performer),
            "invoice": wire.reference("Invoice", row.invoice),
            "quantity": wire.number(row.quantity),
            "unitPriceComponent": _line_price(wire, row),
            "extension": [extension("invoice-line-funder", valueReference=funder)] if funder else None,
        },
    )
    if row.status is None and switches.null_line_status != "absent":
        shape["status"] = None if switches.null_line_status == "null" else "null"
    return shape


def show_payment(wire: Wire, row: Payment) -> Json:
    """Fact sheet 6.3."""
    type_text, method = _payment_words(wire, row)
    amount = abs(row.amount) if row.type == "Refund" and wire.switches.refund_sign == "positive" else row.amount
    parts = [("base", amount)] + ([("surcharge", row.surcharge)] if row.surcharge else [])
    return wire.resource(
        "PaymentTransaction",
        row,
        {
            "created": wire.time(row.created_at),
            "method": wire.coded(method),
            "type": wire.coded(type_text),
            "status": wire.coded("Completed") if wire.switches.payment_status_present else None,
            "priceComponent": [{"type": kind, "amount": wire.money(value)} for kind, value in parts],
            "invoice": wire.reference("Invoice", row.invoice),
            "subject": wire.reference(row.subject_kind, row.subject),
            "comment": row.comment,
            "assignedPractitioner": wire.reference("Practitioner", row.practitioner),
            "assignedOrganization": wire.reference("Organization", row.clinic),
            **_related(wire, row),
        },
    )


def _related(wire: Wire, row: Payment) -> dict[str, Json]:
    """The other transaction of the same act; no field for it is documented (fact sheet 6.3)."""
    other = wire.reference("PaymentTransaction", row.deposit or row.related)
    if other is None or wire.switches.related_reference == "none":
        return {}
    if wire.switches.related_reference == "field":
        return {"relatedTransaction": other}
    return {"extension": [extension("payment-transaction-related", valueReference=other)]}


def _line_price(wire: Wire, row: Line) -> Json:
    price, switches = row.price, wire.switches
    base = price.base + price.tax if switches.base_includes_tax else price.base
    tax = row.tax if switches.tax_component == "line" else price.tax
    parts = (("base", base), *_extras(price), ("tax", tax))
    return [
        {
            "type": kind,
            "amount": wire.money(value) if switches.line_currency_present else {"value": wire.number(value)},
        }
        for kind, value in parts
        if value or kind == "base"
    ]


def _extras(price: Components) -> tuple[tuple[str, Decimal], ...]:
    return ("surcharge", price.surcharge), ("deduction", price.deduction), ("discount", price.discount)


def _payment_words(wire: Wire, row: Payment) -> tuple[str, str]:
    if row.type == "Refund":
        return wire.switches.refund_type, row.method
    if row.type == "Dishonoured":
        return wire.switches.dishonour_type, row.method
    if row.deposit is not None and wire.switches.applied_deposit == "method":
        return "Payment", "Deposit"
    return row.type, row.method


def _is_shown(wire: Wire, invoice: str | None) -> bool:
    parent = wire.state.invoices.get(invoice)
    return parent is None or not parent.deleted or wire.switches.deleted_invoice == "status"


def _people_of(state: State, row: Invoice) -> tuple[str, ...]:
    role = state.roles.get(row.role)
    return pointing("Practitioner", role.practitioner) if role else ()


def _clinic_of(state: State, row: Invoice) -> tuple[str, ...]:
    role = state.roles.get(row.role)
    return pointing("Organization", role.clinic) if role else ()


INVOICE = Resource(
    name="Invoice",
    scope="invoices",
    table=lambda state: state.invoices,
    shape=show_invoice,
    visible=lambda wire, row: _is_shown(wire, row.id),
    filters=(
        CREATED,
        Filter("status", "token", lambda wire, row: (status_of(wire, row),)),
        Filter(
            "recipient",
            "reference",
            lambda wire, row: pointing(row.payer_kind, row.payer),
            ("Patient", "Organization"),
        ),
        Filter("practitioner", "reference", lambda wire, row: _people_of(wire.state, row), ("Practitioner",)),
        Filter(
            "practitioner-role",
            "reference",
            lambda wire, row: pointing("PractitionerRole", row.role),
            ("PractitionerRole",),
        ),
        Filter("organization", "reference", lambda wire, row: _clinic_of(wire.state, row), ("Organization",)),
        Filter("total-balance", "number", lambda wire, row: (totals_of(wire, row).balance,), camel_name="totalBalance"),
        Filter("total-paid", "number", lambda wire, row: (paid_of(wire, row),), camel_name="totalPaid"),
    ),
    includes={
        "recipient": lambda state, row: pointing(row.payer_kind, row.payer),
        "practitioner": lambda state, row: pointing("PractitionerRole", row.role),
    },
)

INVOICE_LINE = Resource(
    name="InvoiceLine",
    scope="invoices",
    table=lambda state: state.lines,
    shape=show_line,
    visible=lambda wire, row: _is_shown(wire, row.invoice),
    filters=(
        CREATED,
        Filter("invoice", "reference", lambda wire, row: pointing("Invoice", row.invoice), ("Invoice",)),
        Filter("subject", "reference", lambda wire, row: pointing("Patient", row.subject), ("Patient",)),
        Filter("amount", "number", lambda wire, row: (row.net + row.tax,)),
        Filter("funder", "reference", lambda wire, row: pointing("Organization", row.funder), ("Organization",)),
        Filter("performer", "reference", lambda wire, row: pointing("Practitioner", row.performer), ("Practitioner",)),
        Filter("coverage", "reference", lambda wire, row: pointing("Coverage", row.coverage), ("Coverage",)),
        Filter("referral", "reference", lambda wire, row: (), ("Referral",)),
    ),
    includes={
        "subject": lambda state, row: pointing("Patient", row.subject),
        "performer": lambda state, row: pointing("Practitioner", row.performer),
        "invoice": lambda state, row: pointing("Invoice", row.invoice),
    },
)

PAYMENT = Resource(
    name="PaymentTransaction",
    scope="invoices",
    table=lambda state: state.payments,
    shape=show_payment,
    visible=lambda wire, row: not wire.switches.deleted_invoice_hides_payments or _is_shown(wire, row.invoice),
    filters=(CREATED,),  # and no more: an `invoice` filter is silently ignored (fact sheet 1.1, 5)
)
