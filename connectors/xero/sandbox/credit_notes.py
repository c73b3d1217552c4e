"""Credit notes: addresses and lists.

The rules of writing stand in `documents.py`, applying them in `allocations.py`. Source: Xero fact sheet 8.5.
"""

from __future__ import annotations

from engine.sdk.sandbox import Answer

from .call import Call
from .document_views import document_fields, document_out
from .documents import CREDIT_NOTE, find_document, match_document, save_document
from .echoes import document_echo
from .paging import select
from .problems import Invalid, Unknown
from .state import Document
from .writing import Element, write_many, write_one


def list_credit_notes(call: Call) -> Answer:
    """GET /CreditNotes; line items only with `page`."""
    documents = call.books.of_kind("CreditNote").values()
    page = select(call, documents, document_fields(call.books, "CreditNote"))
    rows = [document_out(call.books, document, lines=page.full, places=call.places) for document in page.rows]
    return call.envelope("CreditNotes", rows, page.pagination)


def get_credit_note(call: Call, key: str) -> Answer:
    """GET /CreditNotes/{CreditNoteID or CreditNoteNumber}."""
    return call.envelope("CreditNotes", [document_out(call.books, _known(call, key), places=call.places)])


def create_credit_notes(call: Call) -> Answer:
    """PUT /CreditNotes: create only."""
    return write_many(call, "CreditNotes", lambda sent: _saved(call, sent, None), _echo)


def save_credit_notes(call: Call) -> Answer:
    """POST /CreditNotes: changes the match by id or number, else creates."""
    return write_many(
        call, "CreditNotes", lambda sent: _saved(call, sent, match_document(call, CREDIT_NOTE, sent)), _echo
    )


def update_credit_note(call: Call, key: str) -> Answer:
    """POST /CreditNotes/{CreditNoteID}."""
    standing = _known(call, key)
    return write_one(call, "CreditNotes", lambda sent: _saved(call, sent, standing), _echo)


def _saved(call: Call, sent: Element, standing: Document | None) -> tuple[Element, list[str]]:
    document, warnings = save_document(call, CREDIT_NOTE, sent, standing)
    return document_out(call.books, document, places=call.places), warnings


def _known(call: Call, key: str) -> Document:
    found = find_document(call.books, CREDIT_NOTE, key)
    if found is None:
        raise Unknown
    return found


def _echo(sent: Element, problem: Invalid) -> Element:
    return document_echo("CreditNote", sent, problem, CREDIT_NOTE.types, "CreditNoteNumber")
