"""The organisation that a fresh sandbox starts with: a health practice's chart, tax rates and tracking.

Sources: accounting cases section 2 (accounts), Xero fact sheet 11.1 (tax rates). Default tax types of accounts that
the sources do not name are ours.
"""

from __future__ import annotations

from decimal import Decimal

from .state import Account, Books, Category, Option, Organisation, TaxRate
from .wire import Ids, derived_id

_CLASSES = {
    "ASSET": ("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"),
    "LIABILITY": ("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"),
    "EQUITY": ("EQUITY",),
    "EXPENSE": ("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"),
    "REVENUE": ("OTHERINCOME", "REVENUE", "SALES"),
}
CLASS_OF_TYPE = {kind: group for group, kinds in _CLASSES.items() for kind in kinds}

_ACCOUNTS = """
090 BANK BASEXCLUDED - Business Bank Account
091 BANK BASEXCLUDED - Business Credit Card
611 BANK BASEXCLUDED - Clearing: Cash
612 BANK BASEXCLUDED - Clearing: EFTPOS
613 BANK BASEXCLUDED - Clearing: Health Funds
614 BANK BASEXCLUDED - Clearing: Medicare and DVA
615 BANK BASEXCLUDED - Clearing: Halaxy Payments
616 BANK BASEXCLUDED - Clearing: Direct Deposit
617 BANK BASEXCLUDED - Clearing: Stripe
200 REVENUE EXEMPTOUTPUT - Sales: Consultations
201 REVENUE OUTPUT - Sales: Products
202 REVENUE OUTPUT - Sales: Reports
203 REVENUE EXEMPTOUTPUT - Sales: Non-attendance
204 REVENUE EXEMPTOUTPUT - Sales: Surcharges
205 REVENUE OUTPUT - Sales: Retail
206 REVENUE OUTPUT - Sales: Service Fees
265 OTHERINCOME BASEXCLUDED - Bad Debts Recovered
325 DIRECTCOSTS INPUT - Contractor Practitioner Fees
404 EXPENSE INPUT - Bank and Merchant Fees
407 EXPENSE BASEXCLUDED - Bad Debts
415 EXPENSE INPUT - Medical Supplies
453 EXPENSE INPUT - Office Expenses
469 EXPENSE INPUT - Rent
485 EXPENSE INPUT - Subscriptions
610 CURRENT BASEXCLUDED DEBTORS Accounts Receivable
800 CURRLIAB BASEXCLUDED CREDITORS Accounts Payable
812 CURRENT BASEXCLUDED - Dishonoured and Reversed Payments
820 CURRLIAB BASEXCLUDED GST GST
835 CURRLIAB BASEXCLUDED - Patient Deposits Held
836 CURRLIAB BASEXCLUDED PAYMENTS Gift Vouchers Issued
845 CURRLIAB BASEXCLUDED PAYMENTS Practitioner Funds Held
860 CURRLIAB BASEXCLUDED ROUNDING Rounding
899 CURRLIAB BASEXCLUDED - Halaxy Opening Balances
"""

# type, rate, classes that take it (A assets, Q equity, E expenses, L liabilities, R revenue), name
_TAX_RATES = """
OUTPUT 10 AQLR GST on Income
INPUT 10 AQEL GST on Expenses
EXEMPTOUTPUT 0 AQLR GST Free Income
EXEMPTEXPENSES 0 AQEL GST Free Expenses
EXEMPTEXPORT 0 AQLR GST Free Exports
EXEMPTCAPITAL 0 AQEL GST Free Capital
CAPEXINPUT 10 AQEL GST on Capital
INPUTTAXED 0 AQELR Input Taxed
BASEXCLUDED 0 AQELR BAS Excluded
GSTONIMPORTS 0 L GST on Imports
GSTONCAPIMPORTS 0 L GST on Capital Imports
"""
_LETTERS = {"A": "ASSET", "Q": "EQUITY", "E": "EXPENSE", "L": "LIABILITY", "R": "REVENUE"}

_TRACKING = {"Location": ("Manly", "Newtown"), "Practitioner": ("Jane Liu", "Sam Hart")}

_ORGANISATION = {
    "Version": "AU",
    "OrganisationType": "COMPANY",
    "BaseCurrency": "AUD",
    "CountryCode": "AU",
    "IsDemoCompany": True,
    "OrganisationStatus": "ACTIVE",
    "RegistrationNumber": "11 111 111 138",
    "TaxNumber": "11 111 111 138",
    "FinancialYearEndDay": 30,
    "FinancialYearEndMonth": 6,
    "SalesTaxBasis": "ACCRUALS",
    "SalesTaxPeriod": "QUARTERLY1",
    "DefaultSalesTax": "Tax Inclusive",
    "DefaultPurchasesTax": "Tax Inclusive",
    "CreatedDateUTC": "/Date(1751328000000+0000)/",
    "OrganisationEntityType": "COMPANY",
    "Timezone": "AUSEASTERNSTANDARDTIME",
    "Edition": "BUSINESS",
    "Class": "DEMO",
}


def fresh_books(seed: str, name: str) -> Books:
    """An organisation with its chart and no documents; ids depend on the seed and the name only."""
    own = f"{seed}:{name}"
    organisation = Organisation(derived_id(f"tenant:{own}"), name, fields=dict(_ORGANISATION))
    organisation.fields["ShortCode"] = "!" + organisation.id.replace("-", "")[:5]
    books = Books(organisation, Ids(own))
    _add_accounts(books)
    _add_tax_rates(books)
    for category, options in _TRACKING.items():
        made = Category(books.ids.next(), category)
        made.options = [Option(books.ids.next(), option) for option in options]
        books.tracking[made.id] = made
    return books


def _add_accounts(books: Books) -> None:
    for row in _ACCOUNTS.strip().splitlines():
        code, kind, tax, role, name = row.split(" ", 4)
        account = Account(books.ids.next(), code, name, kind, CLASS_OF_TYPE[kind], tax)
        account.payments = role == "PAYMENTS"
        account.system = "" if role in ("-", "PAYMENTS") else role
        if kind == "BANK":
            card = "Card" in name
            account.fields = {
                "BankAccountNumber": f"0130130000{code}",
                "BankAccountType": "CREDITCARD" if card else "BANK",
                "CurrencyCode": "AUD",
            }
        books.accounts[account.id] = account
        books.account_codes[code.casefold()] = account.id


def _add_tax_rates(books: Books) -> None:
    for row in _TAX_RATES.strip().splitlines():
        kind, percent, letters, name = row.split(" ", 3)
        groups = frozenset(_LETTERS[letter] for letter in letters)
        component = {"Name": "GST", "Rate": Decimal(percent), "IsCompound": False, "IsNonRecoverable": False}
        books.tax_rates[kind] = TaxRate(kind, name, Decimal(percent), groups, report=kind, components=[component])
