"""Xero's rows as the ledger's own data, for `ledger.py`.

PURE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from connectors.xero import payloads
from engine.core.money import ZERO
from engine.sdk.capabilities import LedgerDocument, LedgerLine, LedgerMoney, LedgerPayment, LedgerTransfer

Json = Any
Row = Mapping[str, Json]
Status = Literal["draft", "submitted", "approved", "paid", "gone"]
Kind = Literal["received", "spent", "overpayment", "prepayment"]

_STATUSES: Mapping[str, Status] = {
    "DRAFT": "draft",
    "SUBMITTED": "submitted",
    "AUTHORISED": "approved",
    "PAID": "paid",
    "DELETED": "gone",
    "VOIDED": "gone",
}
_KINDS: Mapping[str, Kind] = {
    "RECEIVE": "received",
    "SPEND": "spent",
    "RECEIVE-OVERPAYMENT": "overpayment",
    "RECEIVE-PREPAYMENT": "prepayment",
}


def invoice_of(row: Row, paid: Sequence[LedgerPayment]) -> LedgerDocument:
    """An invoice with its live payments."""
    return _document("invoice", payloads.invoice_seen(row), row, tuple(paid))


def credit_note_of(row: Row, refunds: Sequence[LedgerPayment]) -> LedgerDocument:
    """A credit note with what was paid back of it."""
    return _document("credit note", payloads.credit_note_seen(row), row, tuple(refunds))


def _document(
    kind: Literal["invoice", "credit note"], seen: Mapping[str, Json], row: Row, payments: tuple[LedgerPayment, ...]
) -> LedgerDocument:
    contact, name = _contact(row)
    rest: Decimal = seen["due"] if kind == "invoice" else seen["remaining"]
    return LedgerDocument(
        kind=kind,
        id=seen["id"],
        number=seen["number"],
        date=seen["date"],
        total=seen["total"],
        tax=seen["tax"],
        due=rest,
        status=_STATUSES.get(seen["status"], "draft"),
        payments=payments,
        credited=seen.get("credited", ZERO),
        contact=contact,
        contact_name=name,
        reference=seen["reference"],
        lines=tuple(_line(line) for line in seen["lines"]),
    )


def _line(line: Mapping[str, Json]) -> LedgerLine:
    return LedgerLine(line["account"], line["tax_type"], line["amount"], line["tax"], line["description"])


def _contact(row: Row) -> tuple[str, str]:
    """A contact by its number, by its id where it has none; and its name."""
    contact = row.get("Contact") or {}
    return contact.get("ContactNumber") or contact.get("ContactID") or "", contact.get("Name") or ""


def payments_by(payments: Iterable[Mapping[str, Json]], name: str) -> dict[str, list[LedgerPayment]]:
    """Live payments by one of their fields, those without it left out."""
    found: dict[str, list[LedgerPayment]] = {}
    for item in payments:
        if item[name]:
            payment = LedgerPayment(item["id"], item["date"], item["amount"], item["account"], item["reference"])
            found.setdefault(item[name], []).append(payment)
    return found


def movement_of(
    row: Row, credits: Mapping[str, Row], refunds: Mapping[str, Sequence[LedgerPayment]]
) -> LedgerMoney | None:
    """Money beside payments; None for kinds that sales never make."""
    kind = _KINDS.get(row.get("Type") or "")
    if kind is None:
        return None
    seen = payloads.bank_transaction_seen(row)
    lines = tuple(_line(line) for line in seen["lines"])
    credit = seen["overpayment_id"] or seen["prepayment_id"]
    # Over- and prepayments have no reference of their own: their source id is in the line (fact sheet 8.9).
    text = seen["reference"] or next((line.text for line in lines), "")
    left = payloads.read_money(credits.get(credit, {}).get("RemainingCredit"))
    back = tuple(refunds.get(credit, ())) if credit else ()
    return LedgerMoney(
        kind, seen["id"], seen["date"], seen["account"], seen["total"], _contact(row)[0], text, left, back, lines
    )


def transfer_of(row: Row, codes: Mapping[str, str]) -> LedgerTransfer:
    """A bank transfer; raises ValueError when it has no date."""
    sides = [row.get("FromBankAccount") or {}, row.get("ToBankAccount") or {}]
    source, target = (side.get("Code") or codes.get(side.get("AccountID") or "", "") for side in sides)
    day = payloads.read_date(row.get("Date"))
    if day is None:
        raise ValueError("a bank transfer has no date")
    return LedgerTransfer(row["BankTransferID"], day, source, target, payloads.read_money(row.get("Amount")))
