"""Which address goes to which handler; everything under `/api.xro/2.0`.

A table and nothing else. Handlers take the call and the parts of the address.
"""

from __future__ import annotations

from engine.sdk.sandbox import Handler, Router

from . import (
    accounts,
    bank_transactions,
    bank_transfers,
    batch_payments,
    contact_groups,
    contacts,
    credit_notes,
    invoices,
    items,
    manual_journals,
    organisation,
    payments,
    purchase_orders,
    quotes,
    reports,
    tax_rates,
    tracking,
)
from .allocations import allocator, deallocator
from .attachments import ATTACHED, PRINTED, attacher, attachment_getter, attachment_lister, printer
from .credits import credit_getter, credit_lister
from .notes import NOTED, note_lister, note_writer

# Resources that Xero has and this sandbox has not: they answer 501, not 404.
NOT_BUILT = (
    "Budgets Employees ExpenseClaims InvoiceReminders Journals LinkedTransactions PaymentServices Receipts "
    "RepeatingInvoices Setup"
).split()

_TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/Contacts", contacts.list_contacts),
    ("PUT", "/Contacts", contacts.create_contacts),
    ("POST", "/Contacts", contacts.save_contacts),
    ("GET", "/Contacts/{key}", contacts.get_contact),
    ("POST", "/Contacts/{key}", contacts.update_contact),
    ("GET", "/Invoices", invoices.list_invoices),
    ("PUT", "/Invoices", invoices.create_invoices),
    ("POST", "/Invoices", invoices.save_invoices),
    ("GET", "/Invoices/{key}", invoices.get_invoice),
    ("POST", "/Invoices/{key}", invoices.update_invoice),
    ("POST", "/Invoices/{key}/Email", invoices.email_invoice),
    ("GET", "/Invoices/{key}/OnlineInvoice", invoices.online_invoice),
    ("GET", "/CreditNotes", credit_notes.list_credit_notes),
    ("PUT", "/CreditNotes", credit_notes.create_credit_notes),
    ("POST", "/CreditNotes", credit_notes.save_credit_notes),
    ("GET", "/CreditNotes/{key}", credit_notes.get_credit_note),
    ("POST", "/CreditNotes/{key}", credit_notes.update_credit_note),
    ("GET", "/Payments", payments.list_payments),
    ("PUT", "/Payments", payments.create_payments),
    ("POST", "/Payments", payments.create_payment),
    ("GET", "/Payments/{key}", payments.get_payment),
    ("POST", "/Payments/{key}", payments.delete_payment),
    ("GET", "/BatchPayments", batch_payments.list_batches),
    ("PUT", "/BatchPayments", batch_payments.create_batches),
    ("POST", "/BatchPayments", batch_payments.delete_batches),
    ("GET", "/BatchPayments/{key}", batch_payments.get_batch),
    ("POST", "/BatchPayments/{key}", batch_payments.delete_batch),
    ("GET", "/BankTransactions", bank_transactions.list_bank_transactions),
    ("PUT", "/BankTransactions", bank_transactions.create_bank_transactions),
    ("POST", "/BankTransactions", bank_transactions.save_bank_transactions),
    ("GET", "/BankTransactions/{key}", bank_transactions.get_bank_transaction),
    ("POST", "/BankTransactions/{key}", bank_transactions.update_bank_transaction),
    ("GET", "/BankTransfers", bank_transfers.list_transfers),
    ("PUT", "/BankTransfers", bank_transfers.create_transfers),
    ("POST", "/BankTransfers", bank_transfers.delete_transfers),
    ("GET", "/BankTransfers/{key}", bank_transfers.get_transfer),
    ("POST", "/BankTransfers/{key}", bank_transfers.delete_transfer),
    ("GET", "/ManualJournals", manual_journals.list_journals),
    ("PUT", "/ManualJournals", manual_journals.create_journals),
    ("POST", "/ManualJournals", manual_journals.save_journals),
    ("GET", "/ManualJournals/{key}", manual_journals.get_journal),
    ("POST", "/ManualJournals/{key}", manual_journals.update_journal),
    ("GET", "/Items", items.list_items),
    ("PUT", "/Items", items.create_items),
    ("POST", "/Items", items.save_items),
    ("GET", "/Items/{key}", items.get_item),
    ("POST", "/Items/{key}", items.update_item),
    ("DELETE", "/Items/{key}", items.delete_item),
    ("GET", "/Quotes", quotes.list_quotes),
    ("PUT", "/Quotes", quotes.create_quotes),
    ("POST", "/Quotes", quotes.save_quotes),
    ("GET", "/Quotes/{key}", quotes.get_quote),
    ("POST", "/Quotes/{key}", quotes.update_quote),
    ("GET", "/PurchaseOrders", purchase_orders.list_orders),
    ("PUT", "/PurchaseOrders", purchase_orders.create_orders),
    ("POST", "/PurchaseOrders", purchase_orders.save_orders),
    ("GET", "/PurchaseOrders/{key}", purchase_orders.get_order),
    ("POST", "/PurchaseOrders/{key}", purchase_orders.update_order),
    ("GET", "/ContactGroups", contact_groups.list_groups),
    ("PUT", "/ContactGroups", contact_groups.create_groups),
    ("GET", "/ContactGroups/{key}", contact_groups.get_group),
    ("POST", "/ContactGroups/{key}", contact_groups.update_group),
    ("PUT", "/ContactGroups/{key}/Contacts", contact_groups.add_contacts),
    ("DELETE", "/ContactGroups/{key}/Contacts", contact_groups.remove_all),
    ("DELETE", "/ContactGroups/{key}/Contacts/{contact}", contact_groups.remove_contact),
    ("GET", "/Reports/{key}", reports.get_report),
    ("GET", "/Accounts", accounts.list_accounts),
    ("PUT", "/Accounts", accounts.create_account),
    ("GET", "/Accounts/{key}", accounts.get_account),
    ("POST", "/Accounts/{key}", accounts.update_account),
    ("DELETE", "/Accounts/{key}", accounts.delete_account),
    ("GET", "/TaxRates", tax_rates.list_tax_rates),
    ("PUT", "/TaxRates", tax_rates.create_tax_rate),
    ("POST", "/TaxRates", tax_rates.update_tax_rate),
    ("GET", "/TaxRates/{key}", tax_rates.get_tax_rate),
    ("GET", "/TrackingCategories", tracking.list_categories),
    ("PUT", "/TrackingCategories", tracking.create_category),
    ("GET", "/TrackingCategories/{key}", tracking.get_category),
    ("POST", "/TrackingCategories/{key}", tracking.update_category),
    ("DELETE", "/TrackingCategories/{key}", tracking.delete_category),
    ("PUT", "/TrackingCategories/{key}/Options", tracking.create_options),
    ("POST", "/TrackingCategories/{key}/Options/{option}", tracking.update_option),
    ("DELETE", "/TrackingCategories/{key}/Options/{option}", tracking.delete_option),
    ("GET", "/Organisation", organisation.get_organisation),
    ("GET", "/Organisation/Actions", organisation.get_actions),
    ("GET", "/Currencies", organisation.list_currencies),
    ("GET", "/BrandingThemes", organisation.list_themes),
    ("GET", "/Users", organisation.list_users),
)


def accounting_router() -> Router:
    """All accounting addresses, without their common prefix."""
    router = Router()
    for method, pattern, handler in _TABLE:
        router.add(method, pattern, handler)
    for kind in ("CreditNote", "Prepayment", "Overpayment"):
        router.add("PUT", f"/{kind}s/{{key}}/Allocations", allocator(kind))
        router.add("DELETE", f"/{kind}s/{{key}}/Allocations/{{allocation}}", deallocator(kind))
    for kind in ("Prepayment", "Overpayment"):
        router.add("GET", f"/{kind}s", credit_lister(kind))
        router.add("GET", f"/{kind}s/{{key}}", credit_getter(kind))
    for plural in NOTED:
        router.add("GET", f"/{plural}/{{key}}/History", note_lister(plural))
        router.add("PUT", f"/{plural}/{{key}}/History", note_writer(plural))
    for plural in ATTACHED:
        router.add("GET", f"/{plural}/{{key}}/Attachments", attachment_lister(plural))
        router.add("GET", f"/{plural}/{{key}}/Attachments/{{name}}", attachment_getter(plural))
        for method in ("PUT", "POST"):
            router.add(method, f"/{plural}/{{key}}/Attachments/{{name}}", attacher(plural))
    for plural in PRINTED:
        router.add("GET", f"/{plural}/{{key}}/pdf", printer(plural))
    return router
