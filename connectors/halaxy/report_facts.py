"""What Halaxy's API lacks and its reports tell: due dates, claims, fees, pay runs, dishonours.

PURE. An import stores them on the Halaxy connection as records of the two kinds below; here they are read
and laid over a sale. Where a fact is None the API's own value stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from engine.sdk.records import Receipt, Sale

INVOICE_FACTS = "invoice facts"
PAYMENT_FACTS = "payment facts"


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """A record of kind `invoice facts`; its id is the invoice's (R3)."""

    id: str
    due_reported: date | None = None
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A record of kind `payment facts`; its id is the payment's (R12, R13, R30).

    Attributes:
        fee: What the processor withheld of it, with tax.
        surcharge: What the payer was charged on top, with tax.
        pay_run: The settlement that it came in.
        dispute_fee: For a dishonour, what the processor charged for it, with tax.
        reverses: For a dishonour, the id of the payment that came back.
    """

    id: str
    fee: Decimal | None = None
    surcharge: Decimal | None = None
    pay_run: str | None = None
    dispute_fee: Decimal | None = None
    reverses: str | None = None


def with_facts(sale: Sale, invoice: InvoiceFacts | None, payments: Mapping[str, PaymentFacts]) -> Sale:
    """The sale with what reports tell of it and of its receipts."""
    known = invoice or InvoiceFacts(sale.id)
    receipts = tuple(receipt_with_facts(receipt, payments.get(receipt.id)) for receipt in sale.payments)
    return replace(
        sale,
        due=known.due_reported or sale.due,
        due_reported=known.due_reported,
        claim=sale.claim if known.claim is None else known.claim,
        payments=receipts,
    )


def receipt_with_facts(receipt: Receipt, facts: PaymentFacts | None) -> Receipt:
    """The receipt with what reports tell of it."""
    if facts is None:
        return receipt
    return replace(
        receipt,
        fee=_told(facts.fee, receipt.fee),
        surcharge=_told(facts.surcharge, receipt.surcharge),
        pay_run=facts.pay_run if facts.pay_run is not None else receipt.pay_run,
        dispute_fee=_told(facts.dispute_fee, receipt.dispute_fee),
        reverses=facts.reverses if facts.reverses is not None else receipt.reverses,
    )


def _told(fact: Decimal | None, otherwise: Decimal | None) -> Decimal | None:
    return otherwise if fact is None else fact
