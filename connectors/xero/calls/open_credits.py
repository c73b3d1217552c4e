"""The look-up of what a contact still has in credit: open prepayments or overpayments (fact sheet 8.10).

PURE. One by its id is found in `credit_reads`. They are made by `create_bank_transaction`, used by `allocate_credit`
and paid back by `create_payment`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls.shape import guid
from connectors.xero.outcomes import rows_of, whole_answer
from connectors.xero.payloads import allocation_seen, read_date, read_money
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response

Json = Any
_IDS = {"prepayment": "PrepaymentID", "overpayment": "OverpaymentID"}
_PLURALS = {"prepayment": "Prepayments", "overpayment": "Overpayments"}
_PAGE = (("page", "1"), ("pageSize", "1000"))


def credit_seen(kind: str, row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a prepayment or an overpayment."""
    return {
        "id": row[_IDS[kind]],
        "type": row.get("Type") or "",
        "status": row.get("Status") or "",
        "contact_id": (row.get("Contact") or {}).get("ContactID") or "",
        "date": read_date(row.get("Date")),
        "reference": row.get("Reference") or "",
        "total": read_money(row.get("Total")),
        "remaining": read_money(row.get("RemainingCredit")),
        "allocations": [allocation_seen(item) for item in row.get("Allocations") or ()],
    }


def _plural(elements: Sequence[Element]) -> str:
    return _PLURALS[str(elements[0].payload["credit"])]


def _of_contact(elements: Sequence[Element]) -> Request:
    where = f'Status=="AUTHORISED" AND {guid("Contact.ContactID", str(elements[0].payload["contact_id"]))}'
    return Request("GET", f"/{_plural(elements)}", (("where", where), *_PAGE))


def _listed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    if (whole := whole_answer(response, writes=False)) is not None:
        return (whole,) * len(elements)
    kind = str(elements[0].payload["credit"])
    try:
        rows = [credit_seen(kind, row) for row in rows_of(response, _plural(elements))]
    except (ValueError, KeyError):
        return (Rejected("INVALID", "Xero's list cannot be read.", "Report this call."),) * len(elements)
    open_ones = [row for row in rows if row["remaining"]]
    return (Done({"rows": open_ones, "count": len(open_ones)}),) * len(elements)


CALLS = {
    "list_open_credits": Call("list_open_credits", _of_contact, _listed),
}
