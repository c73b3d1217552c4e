"""What notes and files hang on: the words for it, and where it stands at Xero.

PURE. Fact sheet 8.16 lists where notes and attachments are possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.sdk.contract import Element

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "invoice": "Invoices",
        "bill": "Invoices",
        "credit note": "CreditNotes",
        "contact": "Contacts",
        "payment": "Payments",
        "batch payment": "BatchPayments",
        "bank transaction": "BankTransactions",
        "bank transfer": "BankTransfers",
        "prepayment": "Prepayments",
        "overpayment": "Overpayments",
        "manual journal": "ManualJournals",
        "item": "Items",
        "quote": "Quotes",
        "purchase order": "PurchaseOrders",
    }
)


def place_of(element: Element) -> str:
    """The address of what an element's `on` and `id` name; raises KeyError for an unknown word."""
    return f"/{PLACES[str(element.payload['on'])]}/{element.payload['id']}"
