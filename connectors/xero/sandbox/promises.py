"""Quotes and purchase orders: documents with lines, totals and statuses that post nothing.

One description of how the two differ; their addresses stand in `quotes.py` and `purchase_orders.py`. Source: Xero's
published description of the accounting service (schemas Quote and PurchaseOrder).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .arithmetic import Totals, totals
from .call import Call
from .contact_reference import find_contact, use_contact
from .contact_views import contact_brief
from .lines import LineRules, line_out, read_lines, with_ids
from .problems import Findings, Invalid, Unknown
from .state import Books, Promise
from .where import Fields
from .wire import NO_ID, day_out, day_text, moment_out, present, read_day, text_of
from .writing import Element

Json = Any
_LINE_AMOUNTS = ("Exclusive", "Inclusive", "NoTax")


@dataclass(frozen=True, slots=True)
class Sort:
    """How quotes and purchase orders differ.

    Attributes:
        later: The second date: when a quote expires, when an order is to be delivered.
        kept: Texts that are only kept and shown again.
        may: What a status may become; a status that is not named is the end.
        shown: How a form of LineAmountTypes is written.
    """

    plural: str
    id_field: str
    number_field: str
    later: str
    prefix: str
    sales: bool
    kept: tuple[str, ...]
    first: tuple[str, ...]
    may: Mapping[str, tuple[str, ...]]
    shown: Callable[[str], str]
    store: Callable[[Books], dict[str, Promise]]


_OPEN_QUOTE = ("SENT", "ACCEPTED", "DECLINED", "INVOICED", "DRAFT", "DELETED")
QUOTE = Sort(
    "Quotes", "QuoteID", "QuoteNumber", "ExpiryDate", "QU-", True, ("Title", "Summary", "Terms"), ("DRAFT", "SENT"),
    {"DRAFT": ("DRAFT", "SENT", "DELETED")}
    | dict.fromkeys(("SENT", "ACCEPTED", "DECLINED", "INVOICED"), _OPEN_QUOTE),
    str.upper, lambda books: books.quotes,
)  # fmt: skip
ORDER = Sort(
    "PurchaseOrders", "PurchaseOrderID", "PurchaseOrderNumber", "DeliveryDate", "PO-", False,
    ("DeliveryAddress", "AttentionTo", "Telephone", "DeliveryInstructions"), ("DRAFT", "SUBMITTED", "AUTHORISED"),
    {"DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
     "SUBMITTED": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
     "AUTHORISED": ("AUTHORISED", "BILLED", "DELETED"), "BILLED": ("AUTHORISED", "BILLED")},
    str, lambda books: books.orders,
)  # fmt: skip


def save_promise(call: Call, sort: Sort, sent: Element, standing: Promise | None) -> Promise:
    """Create or change one; nothing changes when it is refused.

    Raises:
        Invalid: With every fault.
    """
    findings = Findings()
    made = replace(standing, fields=dict(standing.fields)) if standing else _blank(call)
    made.status = _status(sort, sent, standing, findings)
    _read(call, sort, sent, made, standing, findings)
    contact = None
    if standing is None or sent.get("Contact"):
        contact = find_contact(call, sent.get("Contact"), findings, same_as=standing.contact if standing else "")
    owner = find_promise(call.books, sort, made.number) if made.number else None
    if owner is not None and owner.id != made.id:
        findings.add(f"{sort.number_field} must be unique")
    findings.settle()
    if standing is None or sent.get("Contact"):
        made.contact = use_contact(call, sent.get("Contact"), contact, sales=sort.sales).id
    made.id = made.id or call.books.ids.next()
    made.number = made.number or _next_number(call.books, sort)
    made.lines, made.updated = with_ids(made.lines, call.books.ids), call.now
    sort.store(call.books)[made.id] = made
    return made


def find_promise(books: Books, sort: Sort, key: str) -> Promise | None:
    """One by id or number."""
    store = sort.store(books)
    return store.get(key.lower()) or next((one for one in store.values() if one.number == key), None)


def known_promise(call: Call, sort: Sort, key: str) -> Promise:
    """One by id or number; raises Unknown."""
    found = find_promise(call.books, sort, key)
    if found is None:
        raise Unknown
    return found


def match_promise(call: Call, sort: Sort, sent: Element) -> Promise | None:
    """The one that a POST on the collection means: by id, else by number.

    Raises:
        Invalid: An id was sent that nobody has.
    """
    key, number = text_of(sent.get(sort.id_field)), text_of(sent.get(sort.number_field))
    found = find_promise(call.books, sort, key or number) if key or number else None
    if key and found is None:
        raise Invalid(f"The document with the specified {sort.id_field} could not be found")
    return found


def promise_out(call: Call, sort: Sort, one: Promise) -> Element:
    """One as the API shows it."""
    row = {
        sort.id_field: one.id,
        sort.number_field: one.number,
        "Reference": one.reference,
        **one.fields,
        "Contact": contact_brief(call.books.contacts[one.contact]),
        "LineItems": [line_out(call.books, line, call.places) for line in one.lines],
        "DateString": day_text(one.date),
        "Date": day_out(one.date),
        "Status": one.status,
        "LineAmountTypes": sort.shown(one.amounts),
        "CurrencyCode": one.currency,
        "CurrencyRate": 1,
        "SubTotal": one.totals.net,
        "TotalTax": one.totals.tax,
        "Total": one.totals.gross,
        "UpdatedDateUTC": moment_out(one.updated),
    }
    if one.later:
        row |= {f"{sort.later}String": day_text(one.later), sort.later: day_out(one.later)}
    return present(row) | ({} if sort.sales else {"HasAttachments": one.id in call.books.attached})


def promise_echo(sort: Sort) -> Callable[[Element, Invalid], Element]:
    """How a refused one is shown again."""

    def echo(sent: Element, problem: Invalid) -> Element:
        texts = {name: text_of(sent.get(name)) for name in (sort.number_field, "Reference")}
        return {sort.id_field: NO_ID, **present(texts), "LineItems": [], "ValidationErrors": problem.errors()}

    return echo


def promise_fields(sort: Sort) -> Fields[Promise]:
    """What order can name."""
    return {
        sort.id_field: lambda one: one.id,
        sort.number_field: lambda one: one.number,
        "Status": lambda one: one.status,
        "Date": lambda one: one.date,
        sort.later: lambda one: one.later,
        "Total": lambda one: one.totals.gross,
        "UpdatedDateUTC": lambda one: one.updated,
    }


def _blank(call: Call) -> Promise:
    currency = call.books.organisation.fields["BaseCurrency"]
    return Promise("", "", call.today, "DRAFT", "Exclusive", (), Totals(), currency, call.now)


def _status(sort: Sort, sent: Element, standing: Promise | None, findings: Findings) -> str:
    before = standing.status if standing else ""
    status = text_of(sent.get("Status")) or before or "DRAFT"
    if status not in (sort.may.get(before, ()) if before else sort.first):
        findings.add(f"{sort.plural.removesuffix('s')} not of valid status for modification")
    return status


def _read(call: Call, sort: Sort, sent: Element, made: Promise, standing: Promise | None, findings: Findings) -> None:
    made.date = read_day(sent.get("Date")) or made.date
    made.later = read_day(sent.get(sort.later), sort.later) or made.later
    made.number = text_of(sent.get(sort.number_field)) or made.number
    made.reference = text_of(sent.get("Reference", made.reference))
    made.currency = text_of(sent.get("CurrencyCode")) or made.currency
    made.fields |= {name: text_of(sent[name]) for name in sort.kept if sent.get(name) is not None}
    forms = {form.casefold(): form for form in _LINE_AMOUNTS}
    wanted = text_of(sent.get("LineAmountTypes")) or made.amounts
    made.amounts = forms.get(wanted.casefold(), "Exclusive")
    if wanted.casefold() not in forms:
        findings.add("LineAmountTypes is not valid")
    if made.currency not in call.books.organisation.currencies:
        findings.add(f"Organisation is not subscribed to currency {made.currency}")
    if sent.get("LineItems") is not None or standing is None:
        rules = LineRules(made.amounts, approved=False, discounts=sort.sales)
        made.lines = read_lines(call, sent.get("LineItems"), standing.lines if standing else (), rules, findings)
        made.totals = totals(((line.amount, line.tax) for line in made.lines), made.amounts)
    if not made.lines:
        findings.add("One or more line items must be specified")


def _next_number(books: Books, sort: Sort) -> str:
    while True:
        books.numbering[sort.plural] = books.numbering.get(sort.plural, 0) + 1
        number = f"{sort.prefix}{books.numbering[sort.plural]:04d}"
        if find_promise(books, sort, number) is None:
            return number
