"""What of Xero is watched for rules: how each resource is listed, and which events a difference makes.

PURE. A difference is between what was kept of a thing and what Xero shows now, so that nothing is told twice, however
many steps lay between two looks. How it is read stands in `watching`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from connectors.xero import payloads
from connectors.xero.calls.quotes import quote_seen
from engine.core.money import ZERO

Json = Any
Row = Mapping[str, Json]
Kept = Mapping[str, Json] | None
# (kept, now, whether a person did it) -> what happened, such as `paid`
Happened = Callable[[Kept, Row, bool], Iterator[str]]

_APPROVED = ("AUTHORISED", "PAID")
_ENDED = ("VOIDED", "DELETED")


@dataclass(frozen=True, slots=True)
class Watched:
    """A list of Xero's that is watched.

    Attributes:
        name: The poll's name.
        plural: Its address and the name of its rows.
        query: What its list needs beside pages.
        light: What makes the first reading of all cheaper.
        page_size: None where Xero knows one size only, which is 100.
        kind_of: What a row is called in events, such as `bill`.
        seen: A row as events show it, with its `id`.
        fields: By which a write of our own is known: as written, they are what Xero shows.
    """

    name: str
    plural: str
    id_field: str
    query: tuple[tuple[str, str], ...]
    light: tuple[tuple[str, str], ...]
    page_size: int | None
    kind_of: Callable[[Row], str]
    seen: Callable[[Row], Row]
    happened: Happened
    fields: tuple[str, ...]
    title: Callable[[Row], str]


def document_happened(kept: Kept, now: Row, by_person: bool) -> Iterator[str]:
    """What happened to an invoice, a bill or a credit note."""
    before = str(kept["status"]) if kept else ""
    status = str(now["status"])
    if kept is None:
        yield "created"
    elif by_person:
        yield "updated"
    if status == "SUBMITTED" and before != "SUBMITTED":
        yield "submitted"
    if status in _APPROVED and before not in (*_APPROVED, *_ENDED):
        yield "authorised"
    if status == "PAID" and before != "PAID":
        yield "paid"
    if status == "AUTHORISED" and _settled(now) > (_settled(kept) if kept else ZERO):
        yield "part_paid"
    if status in _ENDED and before not in _ENDED:
        yield "voided"


def _settled(row: Row) -> Json:
    return row["paid"] + row["credited"]


def _credit_happened(kept: Kept, now: Row, by_person: bool) -> Iterator[str]:
    names = {"paid": "used", "part_paid": ""}
    for what in document_happened(kept, now, by_person):
        if names.get(what, what):
            yield names.get(what, what)


def _contact_happened(kept: Kept, now: Row, by_person: bool) -> Iterator[str]:
    if kept is None:
        yield "created"
    elif by_person:
        yield "updated"


def _money_happened(kept: Kept, now: Row, by_person: bool) -> Iterator[str]:
    """Payments and bank transactions; one that came and went between two looks is told of by nothing."""
    stands = now["status"] not in _ENDED
    if kept is None and stands:
        yield "created"
    if kept is not None and kept["status"] not in _ENDED and not stands:
        yield "deleted"


def _quote_happened(kept: Kept, now: Row, by_person: bool) -> Iterator[str]:
    before, status = (str(kept["status"]) if kept else ""), str(now["status"])
    if kept is None:
        yield "created"
    if status in ("SENT", "ACCEPTED", "DECLINED") and status != before:
        yield status.lower()


def invoice_shown(row: Row) -> dict[str, Json]:
    """An invoice or bill as events show it."""
    seen = payloads.invoice_seen(row)
    names = ("id", "number", "status", "total", "tax", "paid", "credited", "due", "contact_id", "date", "due_date")
    contact = row.get("Contact") or {}
    own = {name: seen[name] for name in (*names, "reference")}
    return {**own, "contact_name": contact.get("Name") or "", "currency": row.get("CurrencyCode") or ""}


def _credit_note_shown(row: Row) -> dict[str, Json]:
    seen = payloads.credit_note_seen(row)
    names = ("id", "number", "status", "total", "tax", "remaining", "contact_id", "date", "reference")
    return {**{name: seen[name] for name in names}, "paid": seen["total"] - seen["remaining"], "credited": ZERO}


def _payment_shown(row: Row) -> dict[str, Json]:
    invoice = row.get("Invoice") or {}
    return {
        "id": row["PaymentID"],
        "type": row.get("PaymentType") or "",
        "status": row.get("Status") or "AUTHORISED",
        "amount": payloads.read_money(row.get("Amount")),
        "date": payloads.read_date(row.get("Date")),
        "reference": row.get("Reference") or "",
        "account": (row.get("Account") or {}).get("Code") or "",
        "invoice_id": invoice.get("InvoiceID") or "",
        "invoice_number": invoice.get("InvoiceNumber") or "",
    }


def _bank_transaction_shown(row: Row) -> dict[str, Json]:
    seen = payloads.bank_transaction_seen(row)
    return {
        name: seen[name] for name in ("id", "type", "status", "total", "contact_id", "date", "reference", "account")
    }


def _contact_shown(row: Row) -> dict[str, Json]:
    seen = payloads.contact_seen(row)
    own = {name: seen[name] for name in ("id", "number", "name", "given", "family", "status")}
    return {**own, "email": row.get("EmailAddress") or ""}


def _quote_shown(row: Row) -> dict[str, Json]:
    return {name: value for name, value in quote_seen(row).items() if name != "lines"}


def _numbered(noun: str) -> Callable[[Row], str]:
    return lambda now: f"{noun} {str(now['number'])[:40]}".strip()


_LINES = (("summaryOnly", "true"),)
WATCHED: Mapping[str, Watched] = MappingProxyType(
    {
        one.name: one
        for one in (
            Watched(
                "invoices", "Invoices", "InvoiceID", (), _LINES, 1000,
                lambda row: "bill" if row.get("Type") == "ACCPAY" else "invoice", invoice_shown, document_happened,
                ("status", "total", "contact_id", "date", "due_date", "reference", "number"), _numbered("Invoice"),
            ),
            Watched(
                "credit_notes", "CreditNotes", "CreditNoteID", (("where", 'Type=="ACCRECCREDIT"'),), (), 1000,
                lambda row: "credit_note", _credit_note_shown, _credit_happened,
                ("status", "total", "contact_id", "date", "reference", "number"), _numbered("Credit note"),
            ),
            Watched(
                "contacts", "Contacts", "ContactID", (("includeArchived", "true"),), _LINES, 1000,
                lambda row: "contact", _contact_shown, _contact_happened,
                ("name", "given", "family", "number", "status"), lambda now: "A contact",
            ),
            Watched(
                "payments", "Payments", "PaymentID", (), (), 1000, lambda row: "payment", _payment_shown,
                _money_happened, (), lambda now: f"Payment of {now['amount']}",
            ),
            Watched(
                "bank_transactions", "BankTransactions", "BankTransactionID", (), (), 1000,
                lambda row: "bank_transaction", _bank_transaction_shown, _money_happened, (),
                lambda now: f"Bank transaction of {now['total']}",
            ),
            Watched(
                "quotes", "Quotes", "QuoteID", (), (), None, lambda row: "quote", _quote_shown, _quote_happened, (),
                _numbered("Quote"),
            ),
        )
    }
)  # fmt: skip
