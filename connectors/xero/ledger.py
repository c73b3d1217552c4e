"""What Xero can do for `books`: read everything of a period that sales, deposits and card costs leave there, fresh.

PURE: generators that yield requests and are sent responses. Gone documents are included, so that the comparison can
tell a voided one from a missing one. Pages of 1,000 rows keep a month of 2,000 invoices to about fifteen calls.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.xero import payloads
from connectors.xero.ledger_rows import credit_note_of, invoice_of, movement_of, payments_by, transfer_of
from connectors.xero.outcomes import rows_of
from engine.sdk.capabilities import (
    LedgerBooks,
    LedgerDocument,
    LedgerMoney,
)
from engine.sdk.contract import PollTime, Request, Response, write_json

Json = Any
Row = Mapping[str, Json]
Rows = Generator[Request, Response, list[Row]]

_PAGE_SIZE = 1000
# Terms of an OR between ids that a URL surely holds (fact sheet 4.2: 53 ids were too long).
_IDS_AT_ONCE = 15
_LIABILITY = "LIABILITY"


def documents(first: date, last: date, time: PollTime) -> Generator[Request, Response, tuple[LedgerDocument, ...]]:
    """Invoices and credit notes dated from `first` to `last`, both included, with their live payments.

    Raises:
        ValueError: An answer is no list; nothing can be compared.
    """
    sales = yield from _sales(first, last)
    return sales[0]


def ledger_books(first: date, last: date, time: PollTime) -> Generator[Request, Response, LedgerBooks]:
    """The documents of `documents`, and the money received, spent, held as credit and moved in the same days.

    Raises:
        ValueError: An answer is no list, or a list lost rows between its pages; nothing can be compared.
    """
    organisation = yield from _list("/Organisation", "Organisations")
    accounts = [payloads.account_fact(row) for row in (yield from _list("/Accounts", "Accounts"))]
    codes = {account["id"]: account["code"] for account in accounts}
    found, payments = yield from _sales(first, last)
    money = yield from _money(first, last, payments)
    transfers = yield from _list("/BankTransfers", "BankTransfers", _between(first, last))
    merged = yield from _merged()
    facts = payloads.organisation_fact(organisation[0])
    locks = [day for day in (facts["period_lock"], facts["year_lock"]) if day]
    return LedgerBooks(
        first=first,
        documents=found,
        money=money,
        transfers=tuple(transfer_of(row, codes) for row in transfers),
        banks=frozenset(account["code"] for account in accounts if account["type"] == "BANK"),
        liabilities=frozenset(account["code"] for account in accounts if account["class"] == _LIABILITY),
        rounding=next((account["code"] for account in accounts if account["system"] == "ROUNDING"), ""),
        registered=facts["pays_tax"],
        cash_basis=facts["sales_tax_basis"] == "CASH",
        locked=max(locks, default=None),
        merged=merged,
    )


def adopt(document: str, number: str) -> Generator[Request, Response, None]:
    """Give an invoice of a person our number, so that the posting finds and adopts it; the same again does nothing.

    Raises:
        ValueError: Xero did not take it.
    """
    body = {"Invoices": [{"InvoiceID": document, "InvoiceNumber": number}]}
    response = yield Request("POST", "/Invoices", body=write_json(body))
    rows = rows_of(response, "Invoices")
    if not rows or rows[0].get("InvoiceNumber") != number:
        raise ValueError("the invoice did not take the number")


def _sales(first: date, last: date) -> Generator[Request, Response, tuple[tuple[LedgerDocument, ...], list[Row]]]:
    invoices = yield from _paged("/Invoices", "Invoices", f'Type=="ACCREC" AND {_between(first, last)}')
    credits = yield from _paged("/CreditNotes", "CreditNotes", f'Type=="ACCRECCREDIT" AND {_between(first, last)}')
    # Payments are mostly of the same days; the few others are asked for by id.
    rows = yield from _paged("/Payments", "Payments", _between(first, last))
    known = {row["PaymentID"] for row in rows}
    named = [item["PaymentID"] for row in (*invoices, *credits) for item in row.get("Payments") or ()]
    rows += yield from _payments([id for id in named if id not in known])
    live = [payment for row in rows if (payment := payloads.payment_seen(row))["status"] == "AUTHORISED"]
    on_invoice, on_credit = payments_by(live, "invoice_id"), payments_by(live, "credit_id")
    found = (
        *(invoice_of(row, on_invoice.get(row["InvoiceID"], ())) for row in invoices),
        *(credit_note_of(row, on_credit.get(row["CreditNoteID"], ())) for row in credits),
    )
    return found, rows


def _money(first: date, last: date, rows: list[Row]) -> Generator[Request, Response, tuple[LedgerMoney, ...]]:
    banked = yield from _paged("/BankTransactions", "BankTransactions", _between(first, last))
    credits: dict[str, Row] = {}
    for path, name in (("/Overpayments", "OverpaymentID"), ("/Prepayments", "PrepaymentID")):
        for row in (yield from _paged(path, path[1:], _between(first, last))):
            credits[row[name]] = row
    known = {row["PaymentID"] for row in rows}
    named = [item["PaymentID"] for row in credits.values() for item in row.get("Payments") or ()]
    more = yield from _payments([id for id in named if id not in known])
    live = [seen for row in (*rows, *more) if (seen := payloads.payment_seen(row))["status"] == "AUTHORISED"]
    refunds = payments_by(live, "credit_id")
    found = (movement_of(row, credits, refunds) for row in banked if row.get("Status") != "DELETED")
    return tuple(movement for movement in found if movement is not None)


def _merged() -> Generator[Request, Response, Mapping[str, str]]:
    """Contacts that were merged into others: their number, and the number or id of the one that is left."""
    archived = yield from _paged("/Contacts", "Contacts", 'ContactStatus=="ARCHIVED"', ("includeArchived", "true"))
    seen = [payloads.contact_seen(row) for row in archived]
    gone = {contact["number"]: contact["merged_into"] for contact in seen if contact["merged_into"]}
    if not gone:
        return {}
    rows: list[Row] = []
    wanted = sorted(set(gone.values()))
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        ids = ("IDs", ",".join(wanted[start : start + _IDS_AT_ONCE]))
        rows += yield from _paged("/Contacts", "Contacts", "", ids, ("includeArchived", "true"))
    names = {row["ContactID"]: row.get("ContactNumber") or row["ContactID"] for row in rows}
    return {number: names.get(id, id) for number, id in gone.items() if number}


# --- lists ----------------------------------------------------------------------------------------


def _between(first: date, last: date) -> str:
    return f"Date>={_day(first)} AND Date<={_day(last)}"


def _day(day: date) -> str:
    return f"DateTime({day.year},{day.month:02},{day.day:02})"


def _list(path: str, collection: str, where: str = "") -> Rows:
    response = yield Request("GET", path, (("where", where),) if where else ())
    return list(rows_of(response, collection))


def _payments(ids: Sequence[str]) -> Rows:
    rows: list[Row] = []
    for start in range(0, len(ids), _IDS_AT_ONCE):
        where = " OR ".join(f'PaymentId==guid("{id}")' for id in ids[start : start + _IDS_AT_ONCE])
        rows += yield from _paged("/Payments", "Payments", where)
    return rows


def _paged(path: str, collection: str, where: str, *more: tuple[str, str]) -> Rows:
    """Every row once. A list that grew or shrank between its pages is not one: a part read is nothing read."""
    rows: dict[str, Row] = {}
    page, said = 1, None
    while True:
        asked = (("where", where),) if where else ()
        query = (*asked, *more, ("page", str(page)), ("pageSize", str(_PAGE_SIZE)))
        response = yield Request("GET", path, query)
        batch = rows_of(response, collection)
        rows |= {_id(row, collection): row for row in batch}
        said = (response.json().get("pagination") or {}).get("itemCount", said)
        if len(batch) < _PAGE_SIZE:
            break
        page += 1
    if said is not None and len(rows) < int(said):
        raise ValueError(f"{path} lost rows while it was read")
    return list(rows.values())


def _id(row: Row, collection: str) -> str:
    return str(row[f"{collection.removesuffix('s')}ID"])


CAPABILITIES: Mapping[str, Callable[..., Generator[Request, Response, Json]]] = {
    "documents": documents,
    "ledger_books": ledger_books,
    "adopt": adopt,
}
