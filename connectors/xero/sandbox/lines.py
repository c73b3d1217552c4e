"""Line items: from what was sent to checked, priced and taxed lines, and back to JSON.

Knows accounts, tax rates and tracking, not the document around the lines. Source: Xero fact sheet 8.4 and 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from .arithmetic import LARGEST, ZERO, Discount, LineTotalDiffers, Priced, cents, price, tax_of, unit_places
from .call import Call
from .problems import Findings
from .state import Account, Books, Line
from .tracking import line_tracking, tracking_out
from .wire import Ids, present, read_number, text_of
from .writing import Element

Json = Any

_FOREVER_BARRED = ("DEBTORS", "CREDITORS")
_DERIVED = ("LineAmount", "TaxAmount")
_PRICING = ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount", "LineAmount")


@dataclass(frozen=True, slots=True)
class LineRules:
    """What the document demands of its lines.

    Attributes:
        amounts: LineAmountTypes of the document.
        approved: Accounts are needed (sheet 8.3).
        discounts: Line discounts are allowed.
        exact_tax: A sent TaxAmount must equal the computed one.
        bank: Quantities above zero and unit amounts other than zero (sheet 8.9).
        control: The only account that lines may use; empty for documents that may use none of the control accounts.
    """

    amounts: str
    approved: bool
    discounts: bool = False
    exact_tax: bool = False
    bank: bool = False
    control: str = ""


def read_lines(
    call: Call, sent: Json, standing: tuple[Line, ...], rules: LineRules, findings: Findings
) -> tuple[Line, ...]:
    """The complete new set of lines; standing lines that are not sent again are gone (sheet 8.3).

    Ids of new lines are left empty: `with_ids` gives them once nothing can fail any more.
    """
    known = {line.id: line for line in standing}
    made = []
    for index, row in enumerate(sent if isinstance(sent, list) else []):
        row = row if isinstance(row, dict) else {}
        old = known.get(text_of(row.get("LineItemID")).lower())
        made.append(_line(call, _merged(call.books, row, old), old, rules, _At(findings, index)))
    return tuple(made)


def with_ids(lines: tuple[Line, ...], ids: Ids) -> tuple[Line, ...]:
    """The lines with an id each."""
    return tuple(line if line.id else replace(line, id=ids.next()) for line in lines)


def line_out(books: Books, line: Line, places: int) -> Element:
    """A line as the API shows it."""
    account = books.accounts.get(line.account)
    row = {
        "LineItemID": line.id,
        "Description": line.description,
        "Quantity": line.quantity,
        "UnitAmount": None if line.unit is None else unit_places(line.unit, places),
        "LineAmount": line.amount,
        "TaxAmount": line.tax,
        "TaxType": line.tax_type,
        "AccountCode": account.code if account else "",
        "AccountID": line.account,
        "ItemCode": line.item,
        "DiscountRate": line.discount_rate,
        "DiscountAmount": line.discount_amount,
    }
    return {**present(row), "Tracking": tracking_out(books, line.tracking), "ValidationErrors": []}


@dataclass(frozen=True, slots=True)
class _At:
    findings: Findings
    index: int

    def add(self, message: str) -> None:
        self.findings.add_line(self.index, message)


def _line(call: Call, row: Element, old: Line | None, rules: LineRules, at: _At) -> Line:
    description = text_of(row.get("Description"))
    if len(description) > 4000:
        at.add("The Description field must not be longer than 4000 characters")
    words_only = not (rules.bank or row.get("LineAmount") or "Quantity" in row or "UnitAmount" in row)
    discount = _discount(row, rules, call, at)
    priced = Priced(ZERO, ZERO, ZERO) if words_only else _priced(row, discount, rules, call.places, at)
    account = None if words_only and not _names_account(row) else _account(call.books, row, rules, at)
    tax_type = _tax_type(call.books, row, account, rules, at)
    tax = _tax(call, row, priced, tax_type, rules, at)
    tracking, problem = line_tracking(call, row.get("Tracking"))
    if problem:
        at.add(problem)
    return Line(
        id=old.id if old else "",
        description=description,
        quantity=None if words_only else priced.quantity,
        unit=None if words_only else priced.unit,
        amount=priced.amount,
        account=account.id if account else "",
        tax_type=tax_type,
        tax=tax,
        item=text_of(row.get("ItemCode")),
        discount_rate=discount.percent,
        discount_amount=discount.amount,
        tracking=tracking,
    )


def _merged(books: Books, row: Element, old: Line | None) -> Element:
    """What was sent over what stands, so that unsent fields of a known line keep their values."""
    row = {name: value for name, value in row.items() if value is not None}
    if old is None:
        return row
    standing = line_out(books, old, 4)
    dropped = set(_DERIVED) if any(name in row for name in (*_PRICING, "TaxType", "AccountCode")) else set()
    if any(name in row for name in _PRICING):
        dropped |= {"DiscountRate", "DiscountAmount"}  # a newly priced line has the discount that is sent, or none
    if "LineAmount" in row and "UnitAmount" not in row:
        dropped.add("UnitAmount")
    if "AccountCode" in row or "AccountID" in row:
        dropped |= {"AccountCode", "AccountID"}
    return {**{name: value for name, value in standing.items() if name not in dropped}, **row}


def _discount(row: Element, rules: LineRules, call: Call, at: _At) -> Discount:
    percent, amount = (read_number(row.get(name), name) for name in ("DiscountRate", "DiscountAmount"))
    if not (percent or amount):
        return Discount()
    if not rules.discounts:
        if call.switches.discounts_only_on_sales:
            at.add("Discounts can only be used on sales invoices and quotes")
        return Discount()
    return Discount(amount=cents(amount)) if amount else Discount(percent=percent)


def _priced(row: Element, discount: Discount, rules: LineRules, places: int, at: _At) -> Priced:
    quantity, unit, amount = (read_number(row.get(name), name) for name in ("Quantity", "UnitAmount", "LineAmount"))
    if quantity is not None and quantity < 0:
        at.add(f"The quantity value '{quantity:.4f}' is invalid. Quantity must not be less than zero.")
        return Priced(ZERO, ZERO, ZERO)
    try:
        priced = price(quantity, unit, amount, discount, places)
    except LineTotalDiffers as problem:
        at.add(str(problem))
        return Priced(ZERO, ZERO, ZERO)
    if rules.bank and not (priced.quantity > 0 and (priced.unit or priced.amount)):
        at.add("The quantity must be greater than zero and the unit amount must not be zero")
    if abs(priced.amount) > LARGEST:
        at.add("The line amount is too large")
    return priced


def _names_account(row: Element) -> bool:
    return bool(row.get("AccountCode") or row.get("AccountID"))


def _account(books: Books, row: Element, rules: LineRules, at: _At) -> Account | None:
    if not _names_account(row):
        if rules.control:
            return books.system_account(rules.control)
        if rules.approved:
            at.add("The account code or ID must be specified")
        return None
    key, code = text_of(row.get("AccountID")).lower(), text_of(row.get("AccountCode"))
    found = books.account_by_code(code) if code else books.accounts.get(key)
    if found is None or found.type == "BANK" or _barred(found, rules):
        at.add(f"Account code '{code or key}' is not a valid code for this document.")
        return None
    if found.status != "ACTIVE":
        at.add("Account code has been archived or deleted")
        return None
    return found


def _barred(account: Account, rules: LineRules) -> bool:
    if rules.control:
        return account.system != rules.control
    return account.system in _FOREVER_BARRED


def _tax_type(books: Books, row: Element, account: Account | None, rules: LineRules, at: _At) -> str:
    sent = text_of(row.get("TaxType"))
    kind = sent or (account.tax_type if account else "")
    if not sent and not books.organisation.pays_tax and kind:
        kind = "BASEXCLUDED"
    if kind in ("", "NONE"):
        return kind
    rate = books.tax_rates.get(kind)
    if rate is None or rate.status != "ACTIVE":
        at.add(f"The TaxType code '{kind}' does not exist or has been archived")
        return ""
    if account is not None and not rules.control and rules.amounts != "NoTax":
        untaxed = not books.organisation.pays_tax and rate.rate
        if account.group not in rate.groups or untaxed:
            at.add(f"The TaxType code '{kind}' cannot be used with account code '{account.code}'.")
    return kind


def _tax(call: Call, row: Element, priced: Priced, kind: str, rules: LineRules, at: _At) -> Decimal:
    rate = call.books.tax_rates.get(kind)
    expected = tax_of(priced.amount, rate.rate if rate else ZERO, rules.amounts)
    sent = read_number(row.get("TaxAmount"), "TaxAmount")
    if sent is None or rules.amounts == "NoTax":
        return expected
    tolerance = ZERO if rules.exact_tax else call.switches.tax_tolerance
    imports = kind in ("GSTONIMPORTS", "GSTONCAPIMPORTS")
    if abs(cents(sent) - expected) > tolerance and not imports:
        at.add(f"The tax amount {cents(sent)} does not match the expected tax amount {expected}")
    return cents(sent)
