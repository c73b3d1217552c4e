"""What posting an invoice would write, as documents a bookkeeper reads; taken from a rehearsal, where nothing is sent.

PURE: acts in, documents out. The ledger is worked out of them in `ledger`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.core.money import ZERO, cents, decimal, total
from engine.runtime.rehearsal_actions import Act
from engine.sdk.contract import Done

Json = Any
_KINDS = {
    "invoice": "invoice",
    "credit_note": "credit note",
    "payment": "payment",
    "allocation": "allocation",
    "bank_transaction": "bank transaction",
    "bank_transfer": "bank transfer",
    "manual_journal": "manual journal",
    "contact": "contact",
}
_VERBS = {
    "create": "new",
    "update": "change",
    "void": "void",
    "delete": "delete",
    "remove": "remove",
    "allocate": "new",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document; `amount` is with tax."""

    text: str
    quantity: Decimal
    amount: Decimal
    account: str
    tax_type: str
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Document:
    """One write: a new document, a change, or the end of one; `on` is what a payment or credit is applied to."""

    verb: str
    kind: str
    number: str
    contact: str = ""
    date: dt.date | None = None
    due: dt.date | None = None
    status: str = ""
    reference: str = ""
    account: str = ""
    to_account: str = ""
    direction: str = ""
    on: str = ""
    amount: Decimal = ZERO
    lines: tuple[Line, ...] = ()

    @property
    def tax(self) -> Decimal:
        """The GST in its lines."""
        return total(tuple(line.tax for line in self.lines))


def documents(acts: Iterable[Act], contacts: Mapping[str, str]) -> tuple[Document, ...]:
    """The writes of a rehearsal in their order.

    Args:
        acts: As the stage noted them.
        contacts: Numbers or names of contacts that stand, by id.
    """
    known, numbers = dict(contacts), dict[str, str]()
    found: list[Document] = []
    for act in acts:
        connector, _, action = act.action.partition(".")
        verb, _, noun = action.partition("_")
        if connector != "xero" or not act.writes or verb not in _VERBS or noun not in _KINDS:
            continue
        made = act.outcome.link if isinstance(act.outcome, Done) else None
        document = _document(verb, noun, act, known, numbers)
        found.append(document)
        if made is not None:
            numbers[made.id] = document.number or made.marker
            if noun == "contact":
                known[made.id] = f"{act.inputs.get('name', '')}"
    return tuple(found)


def _document(verb: str, noun: str, act: Act, contacts: Mapping[str, str], numbers: Mapping[str, str]) -> Document:
    given = act.inputs
    on = str(given.get("invoice_id") or given.get("credit_id") or "")
    lines = tuple(map(_line, given.get("lines") or ()))
    amount = decimal(given["amount"]) if given.get("amount") is not None else total(tuple(one.amount for one in lines))
    contact = str(given.get("contact_id") or "")
    return Document(
        verb=_VERBS[verb],
        kind=_KINDS[noun],
        number=str(given.get("number") or act.marker or numbers.get(str(given.get("id")), "")),
        contact=str(given.get("name") or contacts.get(contact, contact)),
        date=given.get("date"),
        due=given.get("due_date"),
        status=str(given.get("status") or ""),
        reference=str(given.get("reference") or given.get("narration") or ""),
        account=str(given.get("account") or given.get("from") or ""),
        to_account=str(given.get("to") or ""),
        direction=str(given.get("type") or ("out" if given.get("credit_id") and noun == "payment" else "")),
        on=numbers.get(on, on),
        amount=cents(amount),
        lines=lines,
    )


def _line(row: Mapping[str, Json]) -> Line:
    return Line(
        str(row.get("description") or ""),
        decimal(row.get("quantity") or 1),
        cents(decimal(row["amount"])),
        str(row.get("account") or ""),
        str(row.get("tax_type") or ""),
        cents(decimal(row.get("tax") or 0)),
    )
