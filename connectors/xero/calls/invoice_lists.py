"""Look-ups of several invoices or bills at once: of a contact, of a status, overdue on a day; and contacts by e-mail.

PURE. Only filters that Xero serves fast (fact sheet 6); more than a page is refused rather than answered in part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.xero.calls.searches import PAGE, rows_or_refusal
from connectors.xero.calls.shape import guid, text
from connectors.xero.payloads import contact_seen, invoice_seen
from engine.core.money import total
from engine.sdk.contract import Call, Done, Element, Outcome, Request, Response

Json = Any


def _of_type(kind: str) -> Callable[[Sequence[Element]], Request]:
    def request(elements: Sequence[Element]) -> Request:
        wanted = elements[0].payload
        terms = [f"Type=={text(kind)}"]
        if wanted.get("status"):
            terms.append(f"Status=={text(str(wanted['status']))}")
        if wanted.get("contact_id"):
            terms.append(guid("Contact.ContactID", str(wanted["contact_id"])))
        for field, name, sign in _DAYS:
            if wanted.get(name):
                terms.append(f"{field}{sign}DateTime({wanted[name]:%Y,%m,%d})")
        return Request("GET", "/Invoices", (("where", " AND ".join(terms)), *PAGE))

    return request


_DAYS = (("Date", "first", ">="), ("Date", "last", "<="), ("DueDate", "due_before", "<"))


def _listed(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    rows = rows_or_refusal("Invoices", invoice_seen, response)
    if not isinstance(rows, list):
        return (rows,) * len(elements)
    due = total(tuple(row["due"] for row in rows))
    return (Done({"rows": rows, "count": len(rows), "due": due}),) * len(elements)


def _by_email(elements: Sequence[Element]) -> Request:
    return Request("GET", "/Contacts", (("where", f"EmailAddress=={text(str(elements[0].payload['email']))}"), *PAGE))


def _found_by_email(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """Xero does not keep e-mails unique: `count` tells of how many the first one is."""
    rows = rows_or_refusal("Contacts", contact_seen, response)
    if not isinstance(rows, list):
        return (rows,) * len(elements)
    first: Mapping[str, Json] = rows[0] if rows else {}
    return (Done({"found": bool(rows), "count": len(rows), **first}),) * len(elements)


CALLS = {
    "list_invoices": Call("list_invoices", _of_type("ACCREC"), _listed),
    "list_bills": Call("list_bills", _of_type("ACCPAY"), _listed),
    "find_contact_by_email": Call("find_contact_by_email", _by_email, _found_by_email),
}
