"""Whether a body has the types that Xero reads, looked at as a whole before any element is carried out.

Xero reads the whole body first: an unreadable date in the second element also stops the first one. Knows field names
and their JSON types only; values are judged by the resources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .problems import BadBody
from .wire import read_day, read_number

Json = Any

_DATES = "Date DueDate ExpectedPaymentDate PlannedPaymentDate ExpiryDate DeliveryDate"
_NUMBERS = (
    "Quantity UnitAmount LineAmount TaxAmount DiscountRate DiscountAmount Amount AppliedAmount BankAmount Rate "
    "CurrencyRate UnitPrice"
)
_LISTS = (
    "LineItems Tracking Addresses Phones ContactPersons JournalLines TaxComponents Payments Allocations "
    "SalesTrackingCategories PurchasesTrackingCategories Options"
)
_OBJECTS = (
    "Contact Account Invoice CreditNote Prepayment Overpayment BankAccount FromBankAccount ToBankAccount PaymentTerms "
    "BatchPayments BatchPayment SalesDetails PurchaseDetails"
)
_TEXTS = (
    "Type Status Name Code Reference Description AccountCode AccountID TaxType ItemCode LineItemID LineAmountTypes "
    "CurrencyCode Url BrandingThemeID InvoiceID InvoiceNumber CreditNoteID CreditNoteNumber ContactID ContactNumber "
    "ContactStatus FirstName LastName EmailAddress AccountNumber CompanyNumber TaxNumber BankAccountDetails Option "
    "TrackingCategoryID TrackingOptionID PrepaymentID OverpaymentID BankTransactionID BankTransferID BatchPaymentID "
    "ManualJournalID Narration Details Particulars Narrative BankAccountNumber BankAccountType ReportTaxType "
    "AddressType PhoneType AccountsReceivableTaxType AccountsPayableTaxType SalesDefaultAccountCode "
    "PurchasesDefaultAccountCode DefaultCurrency QuoteID QuoteNumber PurchaseOrderID PurchaseOrderNumber ItemID "
    "ContactGroupID Title Summary Terms"
)


def check_shapes(value: Json, name: str = "") -> None:
    """Walk a body and refuse the first value of a wrong type; null and unknown names are fine.

    Raises:
        BadBody: With the name of the field.
    """
    check = _CHECKS.get(name)
    if check is not None and value is not None:
        check(value, name)
    if isinstance(value, dict):
        for inner, part in value.items():
            check_shapes(part, inner)
    elif isinstance(value, list):
        for part in value:
            check_shapes(part)


def _list(value: Json, name: str) -> None:
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise BadBody(f"Error converting value to a list of objects in {name}")


def _object(value: Json, name: str) -> None:
    if not isinstance(value, dict):
        raise BadBody(f"Error converting value to an object in {name}")


def _text(value: Json, name: str) -> None:
    if isinstance(value, dict | list):
        raise BadBody(f"Error converting value to a text in {name}")


_CHECKS: Mapping[str, Callable[[Json, str], object]] = {
    name: check
    for names, check in (
        (_DATES, read_day),
        (_NUMBERS, read_number),
        (_LISTS, _list),
        (_OBJECTS, _object),
        (_TEXTS, _text),
    )
    for name in names.split()
}
