"""From Xero's answers to outcomes: one table of statuses, one of messages.

PURE. What the fields of a document mean stands in `payloads`; what to ask stands in `calls`. Xero's words are
kept unchanged for the user, except names of people, which are cut out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.sdk.contract import Done, Element, Outcome, RateLimited, Rejected, Response, Retry, SignIn, Unknown

Json = Any
Judge = Callable[[Element, Mapping[str, Json]], Outcome]

WHOLE_CALL = "WHOLE_CALL"
_CONNECT_AGAIN = 'Connect Xero again with "daybook connect" and grant every permission that it asks for.'
NOTHING = "00000000-0000-0000-0000-000000000000"

# Message prefixes of fact sheet 7.5, compared without regard to case; the first that fits wins.
_CODES: tuple[tuple[str, str, str], ...] = (
    (
        r"(invoice|credit ?note) (#|number) must be unique",
        "NUMBER_TAKEN",
        "Compare the document that has this number in Xero.",
    ),
    (r"the contact (name|number) .*already", "CONTACT_TAKEN", "Look for the contact in Xero."),
    (
        r"the contact with the specified contact details has been archived",
        "CONTACT_ARCHIVED",
        "Restore the contact in Xero.",
    ),
    (r"account code has been archived", "ACCOUNT_ARCHIVED", "Map another account or restore this one in Xero."),
    (r"the document date cannot be before the", "LOCKED_PERIOD", "Move the lock date in Xero or choose a later date."),
    (r"organisation is not subscribed to currency", "CURRENCY_NOT_ENABLED", "Add the currency in Xero."),
    (r"you have reached the limit of invoices", "PLAN_LIMIT", "Upgrade the Xero plan or wait for the next month."),
    (
        r"payment amount exceeds the amount outstanding",
        "OVERPAID",
        "Compare the payments of the invoice on both sides.",
    ),
    (r"payments can only be made against authorised", "NOT_APPROVED", "Approve the invoice in Xero."),
    (r"payments within a batch cannot be deleted", "DELETE_BLOCKED", "Remove the batch payment in Xero first."),
    (r"this document cannot be edited as it has a payment", "HAS_PAYMENTS", "Remove what is applied to it first."),
    (r"the status \w+ cannot be applied to the", "HAS_PAYMENTS", "Remove what is applied to it first."),
    (
        r"(invoice|credit note|payment).* not of valid status for modification",
        "NOT_CHANGEABLE",
        "Look at the document in Xero.",
    ),
    (r".*tracking (category|option)", "TRACKING_MISSING", "Add the tracking option in Xero or map another."),
    (r"account code '[^']*' is not a valid code", "ACCOUNT_INVALID", "Map another account."),
)
_NAMES = re.compile(r"(the contact name )(.+?)( is already| already exists)", re.IGNORECASE)


def code_of(message: str) -> tuple[str, str]:
    """The stable code of a validation message, and how to mend it."""
    for prefix, code, mend in _CODES:
        if re.match(prefix, message.strip(), re.IGNORECASE):
            return code, mend
    return "INVALID", "Mend the values that Xero names."


def without_names(message: str) -> str:
    """Xero's text with the name of a contact cut out."""
    return _NAMES.sub(r"\1…\3", message)


def rejected(messages: Sequence[str]) -> Rejected:
    """One refusal from Xero's messages; the first with a known code gives the code."""
    codes = [code_of(message) for message in messages] or [code_of("")]
    code, mend = next((found for found in codes if found[0] != "INVALID"), codes[0])
    text = " ".join(dict.fromkeys(without_names(message) for message in messages))
    return Rejected(code, text or "Xero refused it without a reason.", mend)


def messages_of(row: Json) -> list[str]:
    """Every validation message of an element, nested ones included."""
    if isinstance(row, Mapping):
        own = [str(item.get("Message", "")) for item in row.get("ValidationErrors") or ()]
        return own + [text for key, value in row.items() if key != "ValidationErrors" for text in messages_of(value)]
    if isinstance(row, list):
        return [text for item in row for text in messages_of(item)]
    return []


def by_element(elements: Sequence[Element], response: Response, collection: str, judge: Judge) -> tuple[Outcome, ...]:
    """Outcomes of a write, matched by position; a body that does not fit leaves its elements unknown."""
    if response.status == 400:
        return _refused(elements, response)
    if (whole := whole_answer(response, writes=True)) is not None:
        return (whole,) * len(elements)
    try:
        rows = rows_of(response, collection)
    except ValueError:
        return (Unknown("the answer cannot be read"),) * len(elements)
    if len(rows) != len(elements):
        return (Unknown("the answer has another number of elements"),) * len(elements)
    return tuple(_judged(element, row, judge) for element, row in zip(elements, rows, strict=True))


def rows_of(response: Response, collection: str) -> list[Mapping[str, Json]]:
    """The rows of a list answer.

    Raises:
        ValueError: It is no such list, so nothing can be concluded from it.
    """
    try:
        body = response.json() if response.status == 200 else None
    except ValueError:
        body = None
    rows = body.get(collection) if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(f"no list of {collection}")
    return rows


def whole_answer(response: Response, writes: bool) -> Outcome | None:
    """What the status alone decides for every element; None for a 2xx whose body decides."""
    status, after = response.status, _seconds(response.headers.get("retry-after"))
    match status:
        case 200 | 201 | 204:
            return None
        case 401 | 403 if _detail(response) == "AuthorizationUnsuccessful":
            # The sign-in is good, but was given without this permission (fact sheet 3.3): others may go on.
            return Rejected("SCOPE_MISSING", "The connection lacks a permission that this needs.", _CONNECT_AGAIN)
        case 401 | 403:
            return SignIn(f"Xero answered {status}: {_detail(response)}".strip(": "))
        case 404:
            return Rejected("GONE", "Xero does not know this document.", "Look for it in Xero.")
        case 400 | 412 | 413:
            return Rejected(WHOLE_CALL, _detail(response) or f"Xero answered {status}.", "Report this call.")
        case 429:
            return _limited(response, after)
        case 501:
            return Rejected("INVALID", "Xero does not offer this.", "Report this call.")
        case _ if writes:
            return Unknown(f"Xero answered {status}")
        case _:
            return Retry(f"Xero answered {status}", after)


def _judged(element: Element, row: Mapping[str, Json], judge: Judge) -> Outcome:
    if (
        row.get("StatusAttributeString") == "ERROR"
        or row.get("HasErrors") is True
        or row.get("HasValidationErrors") is True
    ):
        return rejected(messages_of(row))
    try:
        return judge(element, row)
    except (KeyError, ValueError, TypeError, AttributeError):
        return Unknown("the answer cannot be read")


def _refused(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    """A 400: in default mode the elements not listed have been stored, so only a look-up can tell (fact sheet 7.2)."""
    try:
        body = response.json()
    except ValueError:
        body = None
    listed = body.get("Elements") if isinstance(body, Mapping) else None
    if not listed:
        if "different request" in _detail(response):
            return (Unknown("the key was used for another request"),) * len(elements)
        return (Rejected(WHOLE_CALL, _detail(response) or "Xero answered 400.", "Report this call."),) * len(elements)
    if len(elements) == 1:
        return (rejected(messages_of(listed[0])),)
    bad = {_marker(row): rejected(messages_of(row)) for row in listed}
    return tuple(bad.get(element.marker, Unknown("saved in part")) for element in elements)


def _marker(row: Mapping[str, Json]) -> str:
    names = ("InvoiceNumber", "CreditNoteNumber", "ContactNumber", "Reference")
    return next((str(row[name]) for name in names if row.get(name)), "")


def _limited(response: Response, after: float | None) -> RateLimited:
    problem = response.headers.get("x-rate-limit-problem", "minute").lower()
    if problem == "concurrent":
        return RateLimited("concurrent", after)
    return RateLimited("day" if problem == "day" else "minute", 60.0 if after is None else after)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d+(\.\d+)?", text) else None


def _detail(response: Response) -> str:
    """The one sentence of a gateway or accounting error (fact sheet 7.4); bodies that are no JSON are ignored."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, Mapping):
        return ""
    return without_names(str(body.get("Detail") or body.get("Message") or body.get("Title") or ""))


def same(row_marker: Json, element: Element, done: Callable[[], Done]) -> Outcome:
    """Done only if the row carries the element's marker, where both have one."""
    if row_marker and element.marker and row_marker != element.marker:
        return Unknown("the answer is about another document")
    return done()
