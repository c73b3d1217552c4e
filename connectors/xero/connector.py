"""Xero: the one object that the engine takes from this folder.

Only a table; what each part does stands in its own file.
"""

from __future__ import annotations

from connectors.xero import ledger, triggers
from connectors.xero.calls import (
    accounts,
    allocations,
    bank_transactions,
    contacts,
    credit_notes,
    invoices,
    organisation,
    payments,
    tax_rates,
    tracking,
)
from connectors.xero.client import open_door, sign_in
from connectors.xero.posting.contact import SAVE_CONTACT
from connectors.xero.posting.sale import POST_SALE
from engine.sdk.contract import Connector

CONNECTOR = Connector(
    name="xero",
    calls={
        **contacts.CALLS,
        **invoices.CALLS,
        **payments.CALLS,
        **credit_notes.CALLS,
        **allocations.CALLS,
        **bank_transactions.CALLS,
        **accounts.CALLS,
        **tax_rates.CALLS,
        **tracking.CALLS,
        **organisation.CALLS,
    },
    postings={"post_sale": POST_SALE, "save_contact": SAVE_CONTACT},
    polls=triggers.POLLS,
    open_door=open_door,
    sign_in=sign_in,
    capabilities=ledger.CAPABILITIES,
)
