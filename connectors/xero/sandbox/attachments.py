"""Attachments and PDFs: bytes beside documents.

A PDF is one page of text, only so much that it is one. Source: Xero fact sheet 4.2 and 8.16.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.sdk.sandbox import Answer

from .call import Call
from .problems import Invalid, Unknown, validation_failure
from .state import Attached, Books
from .wire import flag
from .writing import Element

Json = Any

MOST = 10
_BARRED = '<>:"/\\|?*+\0'
ATTACHED = (
    "Accounts", "BankTransactions", "BankTransfers", "Contacts", "CreditNotes", "Invoices", "ManualJournals",
    "PurchaseOrders", "Quotes",
)  # fmt: skip
PRINTED = ("Invoices", "CreditNotes", "Quotes", "PurchaseOrders")


def attachment_lister(plural: str) -> Callable[..., Answer]:
    """The handler of GET /{plural}/{id}/Attachments."""

    def handle(call: Call, key: str) -> Answer:
        owner = _owner(call.books, plural, key)
        return call.envelope("Attachments", [_out(plural, owner, one) for one in call.books.attached.get(owner, ())])

    return handle


def attachment_getter(plural: str) -> Callable[..., Answer]:
    """The handler of GET /{plural}/{id}/Attachments/{id or name}: the bytes."""

    def handle(call: Call, key: str, name: str) -> Answer:
        owner = _owner(call.books, plural, key)
        found = [one for one in call.books.attached.get(owner, ()) if name in (one.id, one.name)]
        if not found:
            raise Unknown
        return Answer(200, {"content-type": found[0].kind}, found[0].content)

    return handle


def attacher(plural: str) -> Callable[..., Answer]:
    """The handler of PUT and POST /{plural}/{id}/Attachments/{name}; a file of the same name is replaced."""

    def handle(call: Call, key: str, name: str) -> Answer:
        owner = _owner(call.books, plural, key)
        others = [one for one in call.books.attached.get(owner, ()) if one.name != name]
        message = _fault(name, call.asked.body, others)
        if message:
            return validation_failure([{"FileName": name, "ValidationErrors": Invalid(message).errors()}])
        kind = call.asked.headers.get("content-type", "application/octet-stream")
        online = flag(call.asked.param("IncludeOnline")) and plural == "Invoices"
        made = Attached(call.books.ids.next(), name, kind, call.asked.body, online)
        call.books.attached[owner] = [*others, made]
        return call.envelope("Attachments", [_out(plural, owner, made)])

    return handle


def printer(plural: str) -> Callable[..., Answer]:
    """The handler of GET /{plural}/{id}/pdf."""

    def handle(call: Call, key: str) -> Answer:
        return pdf(call, plural, _owner(call.books, plural, key))

    return handle


def pdf(call: Call, plural: str, owner: str) -> Answer:
    """A document as a PDF of one line."""
    text = f"{plural.removesuffix('s')} {owner} of {call.books.organisation.name}".replace("(", "").replace(")", "")
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    page = (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n"
        f"4 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    return Answer(200, {"content-type": "application/pdf"}, page.encode("latin-1", "replace"))


def _fault(name: str, content: bytes, others: list[Attached]) -> str:
    if any(sign in _BARRED for sign in name):
        return "The file name contains characters that are not allowed"
    if not content:
        return "The attachment is empty"
    return f"A document can have at most {MOST} attachments" if len(others) >= MOST else ""


def _out(plural: str, owner: str, one: Attached) -> Element:
    return {
        "AttachmentID": one.id,
        "FileName": one.name,
        "Url": f"https://api.xero.com/api.xro/2.0/{plural}/{owner}/Attachments/{one.name}",
        "MimeType": one.kind,
        "ContentLength": len(one.content),
        "IncludeOnline": one.online,
    }


def _owner(books: Books, plural: str, key: str) -> str:
    stores: dict[str, Json] = {
        "Accounts": books.accounts,
        "Contacts": books.contacts,
        "BankTransfers": books.transfers,
        "ManualJournals": books.journals,
        "Quotes": books.quotes,
        "PurchaseOrders": books.orders,
    }
    store = stores[plural] if plural in stores else books.of_kind(plural.removesuffix("s"))
    if key.lower() not in store:
        raise Unknown
    return key.lower()
