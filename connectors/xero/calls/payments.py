"""Calls on payments (fact sheet 8.7): created by list, deleted one at a time, never changed.

PURE. Xero guards payments by nothing, so a payment is known by its Reference, document, day and amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero.calls import examples
from connectors.xero.calls.shape import done, found_in, guid, judged, read_each, written_list
from connectors.xero.outcomes import by_element
from connectors.xero.payloads import payment_body, payment_seen
from engine.sdk.contract import Call, Element, Outcome, Rejected, Request, Response, write_json

Json = Any
_PAGE = (("page", "1"), ("pageSize", "1000"))
_CREDITS = {
    "credit note": "CreditNote.CreditNoteID",
    "overpayment": "Overpayment.OverpaymentID",
    "prepayment": "Prepayment.PrepaymentID",
}


def _of_documents(elements: Sequence[Element]) -> Request:
    """Payments of the elements' documents; `OR` is optimised only between ids (fact sheet 6)."""
    terms = [_document(element) for element in elements]
    return Request("GET", "/Payments", (("where", " OR ".join(dict.fromkeys(terms))), *_PAGE))


def _document(element: Element) -> str:
    if credit := element.payload.get("credit_id"):
        return guid(_CREDITS[str(element.payload["credit"])], str(credit))
    return guid("Invoice.InvoiceID", str(element.payload["invoice_id"]))


def _stands(element: Element, row: Mapping[str, Json]) -> bool:
    wanted = element.payload
    on = "credit_id" if wanted.get("credit_id") else "invoice_id"
    same = all(row[name] == wanted[name] for name in (on, "reference", "date", "amount"))
    return same and row["status"] == "AUTHORISED"


def _delete(elements: Sequence[Element]) -> Request:
    return Request("POST", f"/Payments/{elements[0].payload['id']}", body=write_json({"Status": "DELETED"}))


def _deleted(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    outcomes = by_element(
        elements, response, "Payments", lambda element, row: done("payment", element, payment_seen(row))
    )
    # Already gone is what was wanted; Xero knows no other reason for a 404 on an id that it gave us.
    deleted = {"id": elements[0].payload["id"], "status": "DELETED"}
    return tuple(done("payment", elements[0], deleted) if _gone(item) else item for item in outcomes)


def _gone(outcome: Outcome) -> bool:
    return isinstance(outcome, Rejected) and outcome.code == "GONE"


def _by_id(elements: Sequence[Element]) -> Request:
    terms = [guid("PaymentId", str(element.payload["id"])) for element in elements]
    return Request("GET", "/Payments", (("where", " OR ".join(dict.fromkeys(terms))), *_PAGE))


CALLS = {
    "create_payment": Call(
        "create_payment",
        written_list("PUT", "/Payments", "Payments", payment_body),
        judged("payment", "Payments", payment_seen, "Reference"),
        _of_documents,
        found_in("payment", "Payments", payment_seen, _stands),
        example=examples.payment,
    ),
    "delete_payment": Call(
        "delete_payment",
        _delete,
        _deleted,
        lambda elements: Request("GET", f"/Payments/{elements[0].payload['id']}"),
        found_in("payment", "Payments", payment_seen, lambda element, row: row["status"] == "DELETED"),
        example=examples.deleted_payment,
    ),
    "find_payment": Call(
        "find_payment",
        _by_id,
        read_each("Payments", payment_seen, lambda element, row: bool(row["id"] == element.payload["id"])),
        example=examples.found_payment,
    ),
}
