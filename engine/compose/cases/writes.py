"""What went to Xero: every accepted change as one document, read from the requests and answers on the wire.

Counts nothing twice: an answer that repeats an earlier one for the same idempotency key is no second change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.xero.sandbox.app import XeroSandbox
from connectors.xero.sandbox.state import Books
from engine.compose.cases.form import DELETE, POST, PUT
from engine.sdk.sandbox import Answer, Asked

Json = Any
_PREFIX = "/api.xro/2.0/"
_KINDS = {
    "Contacts": "Contact", "Invoices": "Invoice", "CreditNotes": "CreditNote", "Payments": "Payment",
    "Allocations": "Allocation", "BankTransactions": "BankTransaction", "BankTransfers": "BankTransfer",
    "ManualJournals": "ManualJournal", "BatchPayments": "BatchPayment", "Prepayments": "Prepayment",
    "Overpayments": "Overpayment", "Accounts": "Account", "TrackingCategories": "TrackingCategory",
}  # fmt: skip
_BESIDE = frozenset({"History", "Attachments", "Email"})  # notes about a document, no change of the books
_NAMES = {"CreditNote": "CreditNoteNumber", "Invoice": "InvoiceNumber"}
_TICKS = re.compile(r"/Date\((-?\d+)")


@dataclass(frozen=True, slots=True)
class Written:
    """One change that Xero accepted; `fields` by Xero's names, linked documents by number or id."""

    verb: str
    kind: str
    id: str
    tenant: str
    fields: Mapping[str, Json]
    rows: tuple[Mapping[str, Json], ...] = ()

    @property
    def texts(self) -> str:
        """Every text in which a source id may stand."""
        names = ("InvoiceNumber", "CreditNoteNumber", "Reference", "Narration", "ContactNumber")
        lines = (str(row.get("Description", "")) for row in self.rows)
        return " ".join((*(str(self.fields.get(name, "")) for name in names), *lines))

    @property
    def name(self) -> str:
        """What it is called in reports."""
        names = ("InvoiceNumber", "CreditNoteNumber", "ContactNumber", "Reference")
        return next((str(self.fields[name]) for name in names if self.fields.get(name)), self.id[:8])


@dataclass(slots=True)
class Tap:
    """Listens between the engine and the Xero sandbox."""

    xero: XeroSandbox
    writes: list[Written] = field(default_factory=list)
    _seen_keys: set[str] = field(default_factory=set)

    def handle(self, asked: Asked, now: datetime) -> Answer:
        """Pass a request on, and note what was changed by it."""
        if asked.method == "GET" or not asked.path.startswith(_PREFIX):
            return self.xero.handle(asked, now)
        books = self.xero.tenants.get(asked.headers.get("xero-tenant-id", "").lower())
        known = known_ids(books) if books else frozenset()
        answer = self.xero.handle(asked, now)
        if answer.status in (200, 204) and books is not None and self._is_new(asked):
            self.writes.extend(_written(asked, answer, known, books.organisation.name))
        return answer

    def _is_new(self, asked: Asked) -> bool:
        key = asked.headers.get("idempotency-key", "")
        if key and key in self._seen_keys:
            return False
        self._seen_keys.add(key)
        return True


def known_ids(books: Books) -> frozenset[str]:
    """The ids of everything that stands in the books."""
    found = [*books.contacts, *books.payments, *books.transfers, *books.journals, *books.batches]
    for documents in books.documents.values():
        found += documents
    return frozenset(found)


def _written(asked: Asked, answer: Answer, known: frozenset[str], tenant: str) -> list[Written]:
    parts = asked.path.removeprefix(_PREFIX).strip("/").split("/")
    if parts[-1] in _BESIDE or (len(parts) > 1 and parts[-2] in _BESIDE):
        return []
    if asked.method == "DELETE":
        collection, id = (parts[-2], parts[-1]) if len(parts) > 1 else (parts[-1], "")
        return [Written(DELETE, _KINDS.get(collection, collection), id, tenant, {})]
    collection = parts[2] if len(parts) > 2 else parts[0]
    kind = _KINDS.get(collection, collection)
    rows = Asked("", "", body=answer.body).json().get(collection, [])
    beside = {_KINDS[parts[0]]: parts[1]} if len(parts) > 2 and parts[0] in _KINDS else {}
    accepted = [row for row in rows if not row.get("ValidationErrors")]
    return [_document(kind, row, known, tenant, beside) for row in accepted]


def _document(kind: str, row: Json, known: frozenset[str], tenant: str, beside: Mapping[str, str]) -> Written:
    id = str(row.get(f"{kind}ID", ""))
    lines = row.get("LineItems", row.get("JournalLines")) or []
    verb = POST if id in known else PUT
    return Written(verb, kind, id, tenant, {**beside, **fields_of(row)}, tuple(lines))


def fields_of(row: Mapping[str, Json]) -> dict[str, Json]:
    """A row of an answer with days as text, accounts by code and other documents by number (else by id)."""
    found: dict[str, Json] = {}
    for name, value in row.items():
        if isinstance(value, str) and (ticks := _TICKS.match(value)):
            found[name] = _day(int(ticks[1]))
        elif name in ("Account", "BankAccount", "FromBankAccount", "ToBankAccount") and isinstance(value, Mapping):
            found[name] = value.get("Code") or value.get("AccountID")
        elif name == "Contact" and isinstance(value, Mapping):
            found[name] = (value.get("ContactNumber", ""), value.get("Name", ""))
        elif name in _NAMES and isinstance(value, Mapping):
            found[name] = value.get(_NAMES[name]) or value.get(f"{name}ID")
        elif name in ("Prepayment", "Overpayment") and isinstance(value, Mapping):
            found[name] = value.get(f"{name}ID")
        elif isinstance(value, str | int | Decimal | bool):
            found[name] = value
    return found


def _day(milliseconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)).date().isoformat()
