"""Xero: the one object that the engine takes from this folder.

Only a table; what each part does stands in its own file.
"""

from __future__ import annotations

from connectors.xero import ledger, triggers, watching
from connectors.xero.calls import (
    accounts,
    allocations,
    bank_transactions,
    bank_transfers,
    batch_payments,
    bills,
    contact_groups,
    contacts,
    credit_notes,
    credit_reads,
    ending,
    files,
    invoice_lists,
    invoices,
    items,
    manual_journals,
    notes,
    open_credits,
    organisation,
    payments,
    purchase_orders,
    quotes,
    reports,
    searches,
    sending,
    tax_rates,
    tracking,
    tracking_options,
)
from connectors.xero.client import open_door, sign_in
from connectors.xero.hooks import WEBHOOK
from connectors.xero.posting.commission import POST_COMMISSION
from connectors.xero.posting.contact import SAVE_CONTACT
from connectors.xero.posting.day import POST_DAY
from connectors.xero.posting.deposit import POST_DEPOSIT
from connectors.xero.posting.expense import POST_EXPENSE
from connectors.xero.posting.payout import POST_PAYOUT
from connectors.xero.posting.sale import POST_SALE
from connectors.xero.posting.service_fee import POST_SERVICE_FEE
from engine.sdk.contract import Connector

CONNECTOR = Connector(
    name="xero",
    calls={
        **contacts.CALLS,
        **invoices.CALLS,
        **payments.CALLS,
        **credit_notes.CALLS,
        **credit_reads.CALLS,
        **allocations.CALLS,
        **bank_transactions.CALLS,
        **bank_transfers.CALLS,
        **bills.CALLS,
        **searches.CALLS,
        **manual_journals.CALLS,
        **accounts.CALLS,
        **tax_rates.CALLS,
        **tracking.CALLS,
        **organisation.CALLS,
        **batch_payments.CALLS,
        **contact_groups.CALLS,
        **open_credits.CALLS,
        **ending.CALLS,
        **files.CALLS,
        **invoice_lists.CALLS,
        **items.CALLS,
        **notes.CALLS,
        **purchase_orders.CALLS,
        **quotes.CALLS,
        **reports.CALLS,
        **sending.CALLS,
        **tracking_options.CALLS,
    },
    postings={
        "post_sale": POST_SALE,
        "post_deposit": POST_DEPOSIT,
        "post_payout": POST_PAYOUT,
        "post_expense": POST_EXPENSE,
        "post_day": POST_DAY,
        "post_commission": POST_COMMISSION,
        "post_service_fee": POST_SERVICE_FEE,
        "save_contact": SAVE_CONTACT,
    },
    polls=(*triggers.POLLS, *watching.POLLS),
    open_door=open_door,
    sign_in=sign_in,
    capabilities=ledger.CAPABILITIES,
    webhook=WEBHOOK,
)
