"""Look-ups of several documents at once: money spent or received, and payments, in a period; contacts of a name.

PURE. A period that holds more than a page is refused rather than answered in part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import Seen, text
from connectors.xero.outcomes import rows_of, whole_answer
from connectors.xero.payloads import bank_transaction_seen, contact_seen, payment_seen
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response

Json = Any
_PAGE_SIZE = 1000
PAGE = (("page", "1"), ("pageSize", str(_PAGE_SIZE)))


def _between(first: date, last: date) -> str:
    def moment(day: date) -> str:
        return f"DateTime({day.year},{day.month:02},{day.day:02})"

    return f"Date>={moment(first)} AND Date<={moment(last)}"


def _bank_transactions(elements: Sequence[Element]) -> Request:
    wanted = elements[0].payload
    where = f"Type=={text(str(wanted['type']))} AND {_between(wanted['first'], wanted['last'])}"
    return Request("GET", "/BankTransactions", (("where", where), *PAGE))


def _payments(elements: Sequence[Element]) -> Request:
    wanted = elements[0].payload
    kind = f"PaymentType=={text(str(wanted['type']))} AND " if wanted.get("type") else ""
    return Request("GET", "/Payments", (("where", kind + _between(wanted["first"], wanted["last"])), *PAGE))


def _contacts(elements: Sequence[Element]) -> Request:
    """By equal name, archived ones too; a name that no literal can hold is searched for instead (fact sheet 6)."""
    name, more = str(elements[0].payload["name"]), (("includeArchived", "true"), *PAGE)
    plain = '"' not in name and "\\" not in name
    return Request("GET", "/Contacts", (("where", f"Name=={text(name)}") if plain else ("searchTerm", name), *more))


def _listed(collection: str, seen: Seen) -> Callable[[Sequence[Element], Response], tuple[Outcome, ...]]:
    """Outcomes whose result is `{"rows": [...]}`."""

    def outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
        rows = rows_or_refusal(collection, seen, response)
        return (Done({"rows": rows}) if isinstance(rows, list) else rows,) * len(elements)

    return outcomes


def _found_by_name(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """The contact of just this name (without regard to case); one in use goes before an archived one."""
    rows = rows_or_refusal("Contacts", contact_seen, response)
    if not isinstance(rows, list):
        return (rows,) * len(elements)
    name = str(elements[0].payload["name"]).casefold()
    named = sorted((row for row in rows if row["name"].casefold() == name), key=lambda row: row["status"] != "ACTIVE")
    return (Done({"found": True, **named[0]} if named else {"found": False}),) * len(elements)


def rows_or_refusal(collection: str, seen: Seen, response: Response) -> list[Mapping[str, Json]] | Outcome:
    """The rows of a list that fits one page, or the outcome that says why there are none."""
    if (whole := whole_answer(response, writes=False)) is not None:
        return whole
    try:
        rows = [seen(row) for row in rows_of(response, collection)]
    except (ValueError, KeyError):
        return Rejected("INVALID", "Xero's list cannot be read.", "Report this call.")
    if len(rows) >= _PAGE_SIZE:
        return Rejected("INVALID", f"Xero has more than {_PAGE_SIZE} of these.", "Ask for a shorter period.")
    return rows


CALLS = {
    "list_bank_transactions": Call(
        "list_bank_transactions",
        _bank_transactions,
        _listed("BankTransactions", bank_transaction_seen),
        example=examples.listed_bank_transactions,
    ),
    "list_payments": Call(
        "list_payments", _payments, _listed("Payments", payment_seen), example=examples.listed_payments
    ),
    "find_contact_by_name": Call(
        "find_contact_by_name", _contacts, _found_by_name, example=examples.found_contact_by_name
    ),
}
