"""Calls that bring an invoice to its payer: mailed by Xero, or as the address at which it is seen online.

PURE. A mail cannot be looked up: Xero's "sent" mark does not tell which mail made it, so an unknown one waits for a
person (fact sheet 8.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.xero.calls.examples import example_id
from connectors.xero.outcomes import by_element, rows_of, whole_answer
from engine.sdk.contract import Call, Done, Element, Outcome, Rejected, Request, Response, write_json

Json = Any


def _email(elements: Sequence[Element]) -> Request:
    return Request("POST", f"/Invoices/{elements[0].payload['id']}/Email", body=b"{}")


def _emailed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    sent = Done({"id": elements[0].payload["id"], "sent": True})
    if response.status == 400:
        return by_element(elements, response, "Invoices", lambda element, row: sent)
    return (whole_answer(response, writes=True) or sent,)


def _link(elements: Sequence[Element]) -> Request:
    return Request("GET", f"/Invoices/{elements[0].payload['id']}/OnlineInvoice")


def _linked(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    whole = whole_answer(response, writes=False)
    if isinstance(whole, Rejected) and whole.code == "GONE":
        return (Rejected("NOT_APPROVED", "A draft has no online address.", "Approve the invoice in Xero."),)
    if whole is not None:
        return (whole,)
    try:
        address = str(rows_of(response, "OnlineInvoices")[0]["OnlineInvoiceUrl"])
    except (ValueError, KeyError, IndexError):
        return (Rejected("INVALID", "Xero's answer cannot be read.", "Report this call."),)
    return (Done({"id": elements[0].payload["id"], "link": address}),)


def _example_link(element: Element, standing: Any) -> Response:
    address = f"https://in.xero.com/{example_id('link', str(element.payload['id']))}"
    return Response(200, {}, write_json({"OnlineInvoices": [{"OnlineInvoiceUrl": address}]}))


CALLS = {
    "email_invoice": Call("email_invoice", _email, _emailed, example=lambda element, standing: Response(204)),
    "invoice_link": Call("invoice_link", _link, _linked, example=_example_link),
}
