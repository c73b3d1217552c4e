"""Documents as plain values, turned into Xero's JSON and back.

PURE. Knows field names and date forms (fact sheet sections 2 and 8), no addresses and no policy. Money is
Decimal both ways; absent fields are left out, never sent as null (fact sheet 13.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.core.money import ZERO, cents, decimal

Json = Any

_MILLISECONDS = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
# What Xero calls the things that a customer can be credited with, and their ids.
_RESOURCE = {"credit note": "CreditNote", "overpayment": "Overpayment", "prepayment": "Prepayment"}
CREDITS = {"credit note": "CreditNoteID", "overpayment": "OverpaymentID", "prepayment": "PrepaymentID"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_time(value: Json) -> datetime | None:
    """A timestamp as aware UTC, from `/Date(ms+0000)/` or ISO text; None when absent."""
    if not value:
        return None
    text = str(value)
    if found := _MILLISECONDS.match(text):
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_date(value: Json) -> date | None:
    """A calendar day, which Xero writes as UTC midnight of that day (fact sheet 2); None when absent."""
    moment = read_time(value)
    return moment.date() if moment else None


def read_money(value: Json) -> Decimal:
    """An amount in whole cents; absent is 0.00."""
    return ZERO if value is None or value == "" else cents(decimal(value))


def contact_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """A contact for Xero; postings give names and number only (R2), rules may add how to reach it."""
    names = {"id": "ContactID", "number": "ContactNumber", "name": "Name", "given": "FirstName", "family": "LastName"}
    names |= {"email": "EmailAddress", "tax_number": "TaxNumber"}
    body: dict[str, Json] = {field: value[key] for key, field in names.items() if value.get(key)}
    if value.get("phone"):
        body["Phones"] = [{"PhoneType": "DEFAULT", "PhoneNumber": value["phone"]}]
    return body


def contact_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero contact."""
    return {
        "id": row["ContactID"],
        "number": row.get("ContactNumber") or "",
        "name": row.get("Name") or "",
        "given": row.get("FirstName") or "",
        "family": row.get("LastName") or "",
        "status": row.get("ContactStatus") or "ACTIVE",
        "merged_into": row.get("MergedToContactID") or "",
    }


def line_body(line: Mapping[str, Json]) -> dict[str, Json]:
    """One line of a document; its tax is sent only where it must override Xero's own (R5, R6)."""
    body: dict[str, Json] = {"Description": line["description"]}
    names = {"id": "LineItemID", "quantity": "Quantity", "unit": "UnitAmount", "discount": "DiscountAmount"}
    names |= {"amount": "LineAmount", "account": "AccountCode", "tax_type": "TaxType"}
    body |= {field: line[key] for key, field in names.items() if line.get(key) is not None}
    if line.get("override_tax"):
        body["TaxAmount"] = line["tax"]
    if (tracking := line.get("tracking")) is not None:
        body["Tracking"] = [{"Name": name, "Option": option} for name, option in tracking.items()]
    return body


def line_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """One line as Xero shows it, in the form that line_body takes."""
    return {
        "id": row.get("LineItemID") or "",
        "description": row.get("Description") or "",
        "quantity": decimal(row.get("Quantity", 1)).normalize(),
        "unit": read_money(row.get("UnitAmount")),
        "discount": read_money(row.get("DiscountAmount")),
        "amount": read_money(row.get("LineAmount")),
        "account": row.get("AccountCode") or "",
        "tax_type": row.get("TaxType") or "",
        "tax": read_money(row.get("TaxAmount")),
        "tracking": {item["Name"]: item["Option"] for item in row.get("Tracking") or () if item.get("Name")},
    }


def document_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """What invoices and credit notes share; only `ContactID` goes inside the contact (fact sheet 1.10)."""
    body: dict[str, Json] = {}
    names = {"reference": "Reference", "status": "Status", "amounts": "LineAmountTypes", "currency": "CurrencyCode"}
    body |= {field: value[key] for key, field in names.items() if value.get(key) is not None}
    body |= {
        field: value[key].isoformat() for key, field in (("date", "Date"), ("due_date", "DueDate")) if value.get(key)
    }
    if value.get("contact_id"):
        body["Contact"] = {"ContactID": value["contact_id"]}
    if "lines" in value:
        # Lines taken over from another document are new ones here: its ids stay behind.
        own = value["lines"] if value.get("id") else [{**line, "id": None} for line in value["lines"]]
        body["LineItems"] = [line_body(line) for line in own]
    return body


def invoice_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """A sales invoice; `id` makes it a change of that invoice."""
    head = {"InvoiceID": value["id"]} if value.get("id") else {"Type": "ACCREC"}
    number = {"InvoiceNumber": value["number"]} if value.get("number") else {}
    return head | number | document_body(value)


def credit_note_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """A sales credit note; `id` makes it a change of that credit note."""
    head = {"CreditNoteID": value["id"]} if value.get("id") else {"Type": "ACCRECCREDIT"}
    number = {"CreditNoteNumber": value["number"]} if value.get("number") else {}
    return head | number | document_body(value)


def _document_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "status": row.get("Status") or "",
        "amounts": row.get("LineAmountTypes") or "",
        "contact_id": (row.get("Contact") or {}).get("ContactID") or "",
        "date": read_date(row.get("Date")),
        "reference": row.get("Reference") or "",
        "total": read_money(row.get("Total")),
        "tax": read_money(row.get("TotalTax")),
        "lines": [line_seen(line) for line in row.get("LineItems") or ()],
    }


def invoice_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero invoice, with the payments and credits applied to it."""
    applied = [*(row.get("Prepayments") or ()), *(row.get("Overpayments") or ())]
    return _document_seen(row) | {
        "id": row["InvoiceID"],
        "number": row.get("InvoiceNumber") or "",
        "due_date": read_date(row.get("DueDate")),
        "due": read_money(row.get("AmountDue")),
        "paid": read_money(row.get("AmountPaid")),
        "credited": read_money(row.get("AmountCredited")),
        "payments": [payment_short(item) for item in row.get("Payments") or ()],
        "credits": [credit_short(item) for item in row.get("CreditNotes") or ()],
        "other_credits": [credit_short(item) for item in applied],
    }


def payment_short(row: Mapping[str, Json]) -> dict[str, Json]:
    """A payment as an invoice row lists it."""
    return {
        "id": row["PaymentID"],
        "date": read_date(row.get("Date")),
        "amount": read_money(row.get("Amount")),
        "reference": row.get("Reference") or "",
    }


def credit_short(row: Mapping[str, Json]) -> dict[str, Json]:
    """A credit note, over- or prepayment as an invoice row lists it."""
    return {
        "id": next((row[name] for name in (*CREDITS.values(), "ID") if row.get(name)), ""),
        "number": row.get("CreditNoteNumber") or "",
        "amount": read_money(row.get("AppliedAmount")),
    }


def credit_note_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero credit note."""
    return _document_seen(row) | {
        "id": row["CreditNoteID"],
        "number": row.get("CreditNoteNumber") or "",
        "remaining": read_money(row.get("RemainingCredit")),
        "allocations": [allocation_seen(item) for item in row.get("Allocations") or ()],
    }


def credit_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What is left of a credit note, an over- or a prepayment, and where the rest went (fact sheet 8.10)."""
    return {
        "id": next((row[name] for name in (*CREDITS.values(), "ID") if row.get(name)), ""),
        "status": row.get("Status") or "",
        "contact_id": (row.get("Contact") or {}).get("ContactID") or "",
        "date": read_date(row.get("Date")),
        "total": read_money(row.get("Total")),
        "remaining": read_money(row.get("RemainingCredit")),
        "allocations": [allocation_seen(item) for item in row.get("Allocations") or ()],
    }


def allocation_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of an allocation; Xero spells its id in two ways (fact sheet 8.6)."""
    return {
        "id": row.get("AllocationID") or row.get("AllocationId") or "",
        "invoice_id": (row.get("Invoice") or {}).get("InvoiceID") or "",
        "amount": read_money(row.get("Amount")),
        "date": read_date(row.get("Date")),
    }


def allocation_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """An allocation of a credit to an invoice."""
    return {
        "Invoice": {"InvoiceID": value["invoice_id"]},
        "Amount": value["amount"],
        "Date": value["date"].isoformat(),
    }


def account_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """A reference to an account, by id where known, because bank accounts often have no code (fact sheet 8.7)."""
    return {"AccountID": value["account_id"]} if value.get("account_id") else {"Code": value["account"]}


def payment_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """A payment on an invoice, or the refund of a credit."""
    on = {"Invoice": {"InvoiceID": value["invoice_id"]}} if value.get("invoice_id") else {}
    if value.get("credit_id"):
        name = str(value["credit"])
        on = {_RESOURCE[name]: {CREDITS[name]: value["credit_id"]}}
    return on | {
        "Account": account_body(value),
        "Date": value["date"].isoformat(),
        "Amount": value["amount"],
        "Reference": value["reference"],
    }


def payment_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero payment; `document_*` tell how its document stands after it."""
    credit = next((name for name, resource in _RESOURCE.items() if row.get(resource)), "")
    document = row.get("Invoice") or (row.get(_RESOURCE[credit]) if credit else None) or {}
    return payment_short(row) | {
        "status": row.get("Status") or "AUTHORISED",
        "account": (row.get("Account") or {}).get("Code") or "",
        "account_id": (row.get("Account") or {}).get("AccountID") or "",
        "invoice_id": (row.get("Invoice") or {}).get("InvoiceID") or "",
        "credit": credit,
        "credit_id": document.get(CREDITS[credit]) or "" if credit else "",
        "reconciled": row.get("IsReconciled") is True,
        "document_status": document.get("Status") or "",
        "document_due": read_money(document.get("AmountDue")),
    }


def bank_transaction_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """Money spent or received on a bank account, over- and prepayments included."""
    head = {"BankTransactionID": value["id"]} if value.get("id") else {"Type": value["type"]}
    bank = {"BankAccount": account_body(value)} if value.get("account") or value.get("account_id") else {}
    return head | bank | document_body(value)


def bank_transaction_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero bank transaction."""
    return _document_seen(row) | {
        "id": row["BankTransactionID"],
        "type": row.get("Type") or "",
        "account": (row.get("BankAccount") or {}).get("Code") or "",
        "overpayment_id": row.get("OverpaymentID") or "",
        "prepayment_id": row.get("PrepaymentID") or "",
        "reconciled": row.get("IsReconciled") is True,
    }


def bank_transfer_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """Money moved between two own bank accounts (fact sheet 8.19)."""
    ends = {
        name: account_body({"account": value[end], "account_id": value.get(f"{end}_id")})
        for end, name in (("from", "FromBankAccount"), ("to", "ToBankAccount"))
    }
    head = {"Amount": value["amount"], "Date": value["date"].isoformat(), "Reference": value["reference"]}
    return ends | head


def bank_transfer_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero bank transfer."""
    source, target = row.get("FromBankAccount") or {}, row.get("ToBankAccount") or {}
    return {
        "id": row["BankTransferID"],
        "from": source.get("Code") or "",
        "from_id": source.get("AccountID") or "",
        "to": target.get("Code") or "",
        "to_id": target.get("AccountID") or "",
        "amount": read_money(row.get("Amount")),
        "date": read_date(row.get("Date")),
        "reference": row.get("Reference") or "",
        "status": row.get("Status") or "AUTHORISED",
        "reconciled": row.get("FromIsReconciled") is True or row.get("ToIsReconciled") is True,
    }


def manual_journal_body(value: Mapping[str, Json]) -> dict[str, Json]:
    """A manual journal (fact sheet 8.17); `id` makes it a change of that journal."""
    body: dict[str, Json] = {"ManualJournalID": value["id"]} if value.get("id") else {}
    names = {"narration": "Narration", "status": "Status", "amounts": "LineAmountTypes"}
    body |= {field: value[key] for key, field in names.items() if value.get(key) is not None}
    if value.get("date"):
        body["Date"] = value["date"].isoformat()
    if "on_cash_basis" in value:
        body["ShowOnCashBasisReports"] = value["on_cash_basis"]
    if "lines" in value:
        body["JournalLines"] = [_journal_line_body(line) for line in value["lines"]]
    return body


def _journal_line_body(line: Mapping[str, Json]) -> dict[str, Json]:
    body = {"LineAmount": line["amount"], "AccountCode": line["account"]}
    names = {"tax_type": "TaxType", "description": "Description"}
    return body | {field: line[name] for name, field in names.items() if line.get(name)}


def manual_journal_seen(row: Mapping[str, Json]) -> dict[str, Json]:
    """What matters of a Xero manual journal; amounts are debits, negative ones credits."""
    lines = row.get("JournalLines") or ()
    return {
        "id": row["ManualJournalID"],
        "narration": row.get("Narration") or "",
        "status": row.get("Status") or "",
        "date": read_date(row.get("Date")),
        "lines": [
            {"amount": read_money(line.get("LineAmount")), "account": line.get("AccountCode") or ""} for line in lines
        ],
    }


def organisation_fact(row: Mapping[str, Json]) -> dict[str, Json]:
    """The organisation's facts that postings depend on (R5, R19)."""
    return {
        "id": row.get("OrganisationID") or "",
        "name": row.get("Name") or "",
        "pays_tax": row.get("PaysTax") is True,
        "sales_tax_basis": row.get("SalesTaxBasis") or "",
        "sales_tax_period": row.get("SalesTaxPeriod") or "",
        "timezone": row.get("Timezone") or "",
        "period_lock": read_date(row.get("PeriodLockDate")),
        "year_lock": read_date(row.get("EndOfYearLockDate")),
        "base_currency": row.get("BaseCurrency") or "",
        "short_code": row.get("ShortCode") or "",
        "tax_number": row.get("TaxNumber") or "",
        "version": row.get("Version") or "",
    }


def account_fact(row: Mapping[str, Json]) -> dict[str, Json]:
    """An account of the chart."""
    return {
        "id": row["AccountID"],
        "code": row.get("Code") or "",
        "name": row.get("Name") or "",
        "type": row.get("Type") or "",
        "class": row.get("Class") or "",
        "status": row.get("Status") or "ACTIVE",
        "tax_type": row.get("TaxType") or "",
        "system": row.get("SystemAccount") or "",
        "takes_payments": row.get("Type") == "BANK" or row.get("EnablePaymentsToAccount") is True,
    }


def tax_rate_fact(row: Mapping[str, Json]) -> dict[str, Json]:
    """A tax rate; `rate` is the effective percentage."""
    return {
        "name": row.get("Name") or "",
        "rate": decimal(row.get("EffectiveRate") or 0),
        "status": row.get("Status") or "ACTIVE",
    }


def tracking_fact(row: Mapping[str, Json]) -> dict[str, Json]:
    """A tracking category with the names of its active options."""
    options = [item for item in row.get("Options") or () if item.get("Status", "ACTIVE") == "ACTIVE"]
    return {
        "id": row["TrackingCategoryID"],
        "name": row.get("Name") or "",
        "status": row.get("Status") or "ACTIVE",
        "options": sorted(item["Name"] for item in options),
    }
