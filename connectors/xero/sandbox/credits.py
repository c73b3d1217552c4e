"""Prepayments and overpayments: reading them; they are born in `bank_transactions.py`.

Source: Xero fact sheet 8.10.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.sdk.sandbox import Answer

from .call import Call
from .document_views import document_fields, document_out
from .paging import select
from .problems import Unknown


def credit_lister(kind: str) -> Callable[..., Answer]:
    """The handler of GET /Prepayments or /Overpayments; line items only with `page`."""

    def handle(call: Call) -> Answer:
        wanted = {name.casefold() for name in call.names("References")}
        documents = call.books.of_kind(kind).values()
        found = [document for document in documents if not wanted or document.reference.casefold() in wanted]
        page = select(call, found, document_fields(call.books, kind))
        rows = [document_out(call.books, document, lines=page.full, places=call.places) for document in page.rows]
        return call.envelope(f"{kind}s", rows, page.pagination)

    return handle


def credit_getter(kind: str) -> Callable[..., Answer]:
    """The handler of GET /Prepayments/{id} or /Overpayments/{id}."""

    def handle(call: Call, key: str) -> Answer:
        found = call.books.of_kind(kind).get(key.lower())
        if found is None:
            raise Unknown
        return call.envelope(f"{kind}s", [document_out(call.books, found, places=call.places)])

    return handle
