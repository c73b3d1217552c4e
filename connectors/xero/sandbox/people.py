"""What a person does inside Xero, not through our app: approve, void, edit, pay, rename, merge, lock, disconnect.

Uses the same rules as the API, so that a person cannot do what Xero forbids. Source: Xero fact sheet 14.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .apps import Identity
from .call import Call
from .contacts import apply, forget
from .document_views import document_out
from .documents import CREDIT_NOTE, INVOICE, Shape, find_document, save_document
from .lines import line_out
from .payments import pay, payment_out, unpay
from .problems import Invalid
from .promises import QUOTE, known_promise, promise_out, save_promise
from .state import Contact, Document
from .wire import read_day, text_of
from .writing import Element

Json = Any


def act(call: Call, identity: Identity, wish: Element) -> Json:
    """Carry out one wish: `{"do": verb, ...}`.

    Raises:
        Invalid: Xero would not let a person do it, or the thing meant does not exist.
    """
    if wish.get("do") == "disconnect":
        identity.disconnect(call.books.organisation.id)
        return {}
    verb = _VERBS.get(text_of(wish.get("do")))
    if verb is None:
        raise Invalid(f"unknown deed, known are: {', '.join([*_VERBS, 'disconnect'])}")
    return verb(call, wish)


def _approve(call: Call, wish: Element) -> Json:
    shape, document = _document(call, wish)
    due = {} if document.due or shape is CREDIT_NOTE else {"DueDate": document.date.isoformat()}
    return _saved(call, shape, document, {"Status": "AUTHORISED", **due})


def _void(call: Call, wish: Element) -> Json:
    shape, document = _document(call, wish)
    ended = "DELETED" if document.status in ("DRAFT", "SUBMITTED") else "VOIDED"
    return _saved(call, shape, document, {"Status": ended})


def _edit(call: Call, wish: Element) -> Json:
    shape, document = _document(call, wish)
    return _saved(call, shape, document, wish.get("set") or {})


def _edit_line(call: Call, wish: Element) -> Json:
    """Changes one line, by its place from 1; the others stay."""
    shape, document = _document(call, wish)
    rows = [line_out(call.books, line, 4) for line in document.lines]
    at = int(wish.get("line") or 1) - 1
    if not 0 <= at < len(rows):
        raise Invalid("no such line")
    derived = ("LineAmount", "TaxAmount")
    kept = {name: value for name, value in rows[at].items() if name not in derived}
    rows[at] = {**kept, **(wish.get("set") or {})}
    return _saved(call, shape, document, {"LineItems": rows})


def _create(call: Call, wish: Element) -> Json:
    sent = wish.get("set") or {}
    shape = CREDIT_NOTE if text_of(sent.get("Type")).endswith("CREDIT") else INVOICE
    return _saved(call, shape, None, sent)


def _pay(call: Call, wish: Element) -> Json:
    shape, document = _document(call, wish)
    sent = {
        shape.kind: {shape.id_field: document.id},
        "Account": {"Code": text_of(wish.get("account"))},
        "Amount": wish.get("amount", document.open),
        "Date": wish.get("date"),
        "Reference": text_of(wish.get("reference")),
        "IsReconciled": wish.get("reconciled") is True,
    }
    return payment_out(call.books, pay(call, sent))


def _unpay(call: Call, wish: Element) -> Json:
    payment = call.books.payments.get(text_of(wish.get("payment")).lower())
    if payment is None:
        raise Invalid("no such payment")
    unpay(call, payment)
    return payment_out(call.books, payment)


def _reconcile(call: Call, wish: Element) -> Json:
    """Matches a payment, bank transaction or transfer with a line of the bank statement, or takes that back."""
    key, done = text_of(_first(wish, "payment", "bank_transaction", "transfer")).lower(), wish.get("undo") is not True
    transfer = call.books.transfers.get(key)
    if transfer is not None:
        transfer.fields |= {"FromIsReconciled": done, "ToIsReconciled": done}
        transfer.updated = call.now
        return {}
    found = call.books.payments.get(key) or call.books.of_kind("BankTransaction").get(key)
    if found is None:
        raise Invalid("no such payment, bank transaction or transfer")
    found.reconciled, found.updated = done, call.now
    return {}


def _answer_quote(call: Call, wish: Element) -> Json:
    """A patient accepts or declines a quote on the screen that its mail leads to."""
    quote = known_promise(call, QUOTE, text_of(wish.get("quote")))
    status = {"accept": "ACCEPTED", "decline": "DECLINED"}.get(text_of(wish.get("answer") or "accept"), "")
    return promise_out(call, QUOTE, save_promise(call, QUOTE, {"Status": status}, quote))


def _first(wish: Element, *names: str) -> Json:
    return next((wish[name] for name in names if wish.get(name)), None)


def _rename_contact(call: Call, wish: Element) -> Json:
    apply(call, {"Name": wish.get("name")}, _contact(call, wish.get("contact")))
    return {}


def _archive_contact(call: Call, wish: Element) -> Json:
    apply(call, {"ContactStatus": "ARCHIVED"}, _contact(call, wish.get("contact")))
    return {}


def _restore_contact(call: Call, wish: Element) -> Json:
    """Refused while another active contact has the name."""
    apply(call, {"ContactStatus": "ACTIVE"}, _contact(call, wish.get("contact")))
    return {}


def _merge_contact(call: Call, wish: Element) -> Json:
    """All documents go to the survivor; the merged contact is archived and says where it went."""
    gone, survivor = _contact(call, wish.get("contact")), _contact(call, wish.get("into"))
    for documents in call.books.documents.values():
        for document in documents.values():
            if document.contact == gone.id:
                document.contact, document.updated = survivor.id, call.now
    forget(call.books.contact_names, gone.name, gone.id)
    gone.status, gone.merged_to, gone.updated = "ARCHIVED", survivor.id, call.now
    survivor.customer |= gone.customer
    survivor.supplier |= gone.supplier
    return {}


def _lock(call: Call, wish: Element) -> Json:
    organisation = call.books.organisation
    if "period" in wish:
        organisation.period_lock = read_day(wish["period"], "period")
    if "year" in wish:
        organisation.year_lock = read_day(wish["year"], "year")
    return {}


def _archive_account(call: Call, wish: Element) -> Json:
    account = call.books.account_by_code(text_of(wish.get("account")))
    if account is None:
        raise Invalid("no such account")
    account.status, account.updated = text_of(wish.get("status")) or "ARCHIVED", call.now
    return {}


def _restore_account(call: Call, wish: Element) -> Json:
    return _archive_account(call, {**wish, "status": "ACTIVE"})


def _archive_option(call: Call, wish: Element) -> Json:
    name = text_of(wish.get("option")).casefold()
    for category in call.books.tracking.values():
        for option in category.options:
            if option.name.casefold() == name:
                option.status = "ARCHIVED"
    return {}


def _delete_tax_rate(call: Call, wish: Element) -> Json:
    rate = call.books.tax_rates.get(text_of(wish.get("tax_type")))
    if rate is None:
        raise Invalid("no such tax rate")
    rate.status = "DELETED"
    return {}


_VERBS: Mapping[str, Callable[[Call, Element], Json]] = {
    "approve": _approve,
    "void": _void,
    "edit": _edit,
    "edit line": _edit_line,
    "create": _create,
    "pay": _pay,
    "enter payment": _pay,
    "unpay": _unpay,
    "void payment": _unpay,
    "reconcile": _reconcile,
    "mark reconciled": _reconcile,
    "answer quote": _answer_quote,
    "rename contact": _rename_contact,
    "archive contact": _archive_contact,
    "restore contact": _restore_contact,
    "merge contact": _merge_contact,
    "lock": _lock,
    "archive account": _archive_account,
    "restore account": _restore_account,
    "archive option": _archive_option,
    "delete tax rate": _delete_tax_rate,
}


def _saved(call: Call, shape: Shape, standing: Document | None, sent: Element) -> Json:
    by_person = replace(call, app="")
    return document_out(call.books, save_document(by_person, shape, sent, standing)[0])


def _document(call: Call, wish: Element) -> tuple[Shape, Document]:
    for shape, name in ((INVOICE, "invoice"), (CREDIT_NOTE, "credit_note")):
        found = find_document(call.books, shape, text_of(wish.get(name))) if wish.get(name) else None
        if found is not None:
            return shape, found
    raise Invalid("no such document")


def _contact(call: Call, key: Json) -> Contact:
    text = text_of(key)
    known = call.books.contact_numbers.get(text.casefold()) or call.books.contact_names.get(text.casefold())
    found = call.books.contacts.get(known or text.lower())
    if found is None:
        raise Invalid("no such contact")
    return found
