"""The organisation, what it may do, its currencies, themes and users.

Source: Xero fact sheet 8.15.
"""

from __future__ import annotations

from engine.sdk.sandbox import Answer

from .call import Call
from .wire import day_out, derived_id

_ACTIONS = (
    "CreateApprovedInvoice CreateDraftInvoice CreateApprovedBill CreateDraftBill CreateInvoicePayment "
    "AttachFilesIntoInvoice CreateRepeatingInvoice"
).split()


def get_organisation(call: Call) -> Answer:
    """GET /Organisation; lock dates only when they are set."""
    own = call.books.organisation
    row = {
        "Name": own.name,
        "LegalName": own.name,
        "PaysTax": own.pays_tax,
        **own.fields,
        "OrganisationID": own.id,
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    if own.period_lock:
        row["PeriodLockDate"] = day_out(own.period_lock)
    if own.year_lock:
        row["EndOfYearLockDate"] = day_out(own.year_lock)
    return call.envelope("Organisations", [row])


def get_actions(call: Call) -> Answer:
    """GET /Organisation/Actions."""
    left = call.switches.approvals_left
    spent = left is not None and call.books.approvals >= left
    barred = {"CreateApprovedInvoice", "CreateApprovedBill"} if spent else set()
    rows = [{"Name": name, "Status": "NOT-ALLOWED" if name in barred else "ALLOWED"} for name in _ACTIONS]
    many = len(call.books.organisation.currencies) > 1
    rows.append({"Name": "UseMulticurrency", "Status": "ALLOWED" if many else "NOT-ALLOWED"})
    return call.envelope("Actions", rows)


def list_currencies(call: Call) -> Answer:
    """GET /Currencies."""
    codes = call.books.organisation.currencies
    return call.envelope("Currencies", [{"Code": code, "Description": code} for code in codes])


def list_themes(call: Call) -> Answer:
    """GET /BrandingThemes: the standard one."""
    theme = {
        "BrandingThemeID": derived_id(f"theme:{call.books.organisation.id}"),
        "Name": "Standard",
        "SortOrder": 0,
        "CreatedDateUTC": call.books.organisation.fields["CreatedDateUTC"],
    }
    return call.envelope("BrandingThemes", [theme])


def list_users(call: Call) -> Answer:
    """GET /Users: the one who connected."""
    user = {
        "UserID": derived_id(f"user:{call.books.organisation.id}"),
        "EmailAddress": "owner@practice.example",
        "FirstName": "Practice",
        "LastName": "Owner",
        "UpdatedDateUTC": call.books.organisation.fields["CreatedDateUTC"],
        "IsSubscriber": True,
        "OrganisationRole": "STANDARD",
    }
    return call.envelope("Users", [user])
