"""What Xero can do for `books`: read every sales document of a period with its payments, fresh.

PURE: a generator that yields requests and is sent responses. Gone documents are included, so that the comparison
can tell a voided one from a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from datetime import date
from typing import Any, Literal

from connectors.xero import payloads
from connectors.xero.outcomes import rows_of
from engine.core.money import ZERO
from engine.sdk.capabilities import LedgerDocument, LedgerPayment
from engine.sdk.contract import PollTime, Request, Response

Json = Any
Rows = Generator[Request, Response, list[Mapping[str, Json]]]
Status = Literal["draft", "submitted", "approved", "paid", "gone"]

_PAGE_SIZE = 500
# Terms of an OR between ids that a URL surely holds (fact sheet 4.2: 53 ids were too long).
_IDS_AT_ONCE = 15
_STATUSES: Mapping[str, Status] = {
    "DRAFT": "draft",
    "SUBMITTED": "submitted",
    "AUTHORISED": "approved",
    "PAID": "paid",
    "DELETED": "gone",
    "VOIDED": "gone",
}


def documents(first: date, last: date, time: PollTime) -> Generator[Request, Response, tuple[LedgerDocument, ...]]:
    """Invoices and credit notes dated from `first` to `last`, both included, with their live payments.

    Raises:
        ValueError: An answer is no list; nothing can be compared.
    """
    invoices = yield from _paged("/Invoices", "Invoices", f'Type=="ACCREC" AND {_between(first, last)}')
    credits = yield from _paged("/CreditNotes", "CreditNotes", f'Type=="ACCRECCREDIT" AND {_between(first, last)}')
    # Payments are mostly of the same days; the few later ones are asked for by id.
    rows = yield from _paged("/Payments", "Payments", _between(first, last))
    payments = {row["PaymentID"]: payloads.payment_seen(row) for row in rows}
    missing = [
        item["PaymentID"] for row in invoices for item in row.get("Payments") or () if item["PaymentID"] not in payments
    ]
    for start in range(0, len(missing), _IDS_AT_ONCE):
        where = " OR ".join(f'PaymentId==guid("{id}")' for id in missing[start : start + _IDS_AT_ONCE])
        more = yield from _paged("/Payments", "Payments", where)
        payments |= {row["PaymentID"]: payloads.payment_seen(row) for row in more}
    live = [payment for payment in payments.values() if payment["status"] == "AUTHORISED"]
    return (*(_invoice(row, live) for row in invoices), *(_credit_note(row, live) for row in credits))


def _between(first: date, last: date) -> str:
    return f"Date>={_day(first)} AND Date<={_day(last)}"


def _day(day: date) -> str:
    return f"DateTime({day.year},{day.month:02},{day.day:02})"


def _paged(path: str, collection: str, where: str) -> Rows:
    rows: list[Mapping[str, Json]] = []
    page = 1
    while True:
        query = (("where", where), ("page", str(page)), ("pageSize", str(_PAGE_SIZE)))
        response = yield Request("GET", path, query)
        batch = rows_of(response, collection)
        rows.extend(batch)
        if len(batch) < _PAGE_SIZE:
            return rows
        page += 1


def _invoice(row: Mapping[str, Json], payments: list[dict[str, Json]]) -> LedgerDocument:
    seen = payloads.invoice_seen(row)
    paid = _of(payments, lambda payment: bool(payment["invoice_id"] == seen["id"]))
    status = _STATUSES.get(seen["status"], "draft")
    due, credited = seen["due"], seen["credited"]
    return LedgerDocument(
        "invoice", seen["id"], seen["number"], seen["date"], seen["total"], seen["tax"], due, status, paid, credited
    )


def _credit_note(row: Mapping[str, Json], payments: list[dict[str, Json]]) -> LedgerDocument:
    seen = payloads.credit_note_seen(row)
    refunds = _of(payments, lambda payment: bool(payment["credit_note_id"] == seen["id"]))
    status = _STATUSES.get(seen["status"], "draft")
    rest = seen["remaining"]
    return LedgerDocument(
        "credit note", seen["id"], seen["number"], seen["date"], seen["total"], seen["tax"], rest, status, refunds, ZERO
    )


def _of(payments: list[dict[str, Json]], mine: Callable[[dict[str, Json]], bool]) -> tuple[LedgerPayment, ...]:
    return tuple(
        LedgerPayment(item["id"], item["date"], item["amount"], item["account"], item["reference"])
        for item in payments
        if mine(item)
    )


CAPABILITIES = {"documents": documents}
