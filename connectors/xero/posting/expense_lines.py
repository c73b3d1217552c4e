"""R23: the account and the tax of an expense, as the lines of its document.

PURE. Tax above zero is claimed; without tax the purchase is GST-free, unless the map says that it is none of the tax's
business (wages, super, loans, drawings) or bought for input-taxed income (interest).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.xero.posting.policy import look_up
from connectors.xero.posting.situation import Account, Ground
from connectors.xero.posting.tax import OUTSIDE, included_tax
from engine.core.money import CENT, ZERO
from engine.sdk.contract import Hold
from engine.sdk.records import Expense

Json = Any
TAXED, FREE, INPUT_TAXED = "INPUT", "EXEMPTEXPENSES", "INPUTTAXED"
_TAX_WORDS = {"none": OUTSIDE, "outside": OUTSIDE, "interest": INPUT_TAXED, "input taxed": INPUT_TAXED}
_TAX_TYPES = (TAXED, FREE, OUTSIDE, INPUT_TAXED)
ACCEPT = "post with the tax that Xero computes"


def expense_lines(now: Ground, expense: Expense) -> tuple[dict[str, Json], ...] | Hold:
    """The tax-inclusive lines: one, or two where only part of the purchase was taxed."""
    account = _account(now, expense)
    if isinstance(account, Hold):
        return account
    free = _free_tax(now, expense)
    if isinstance(free, Hold):
        return free
    if not now.registered:
        return (_row(now, expense.description or expense.category, expense.gross, account, OUTSIDE),)
    text, most = expense.description or expense.category, included_tax(expense.gross, now.rate(TAXED))
    if expense.tax == ZERO:
        return (_row(now, text, expense.gross, account, free),)
    if expense.tax == most or _accepted(now, expense, most):
        return (_row(now, text, expense.gross, account, TAXED),)
    taxed = _base_of(now, expense.tax)
    if expense.tax < ZERO or taxed > expense.gross:
        about, cause = f"expense {expense.id}", f"tax of expense {expense.id}"
        detail = {"tax_given": expense.tax, "tax_expected": most}
        held = now.hold("TAX_MISMATCH", about, cause, "person", **detail)
        return Hold(held.code, held.about, held.cause, held.releases, (ACCEPT, "skip"), detail=held.detail)
    rest = _row(now, f"{text} (without tax)", expense.gross - taxed, account, free)
    return (_row(now, text, taxed, account, TAXED), rest)


def _account(now: Ground, expense: Expense) -> Account | Hold:
    """By category; Halaxy's own receipts often have only a text."""
    names = (expense.category, expense.description) if expense.kind == "receipt" else (expense.category,)
    table = now.policy.expense_accounts
    code = next(filter(None, (look_up(table, name, expense.location) for name in names)), None)
    about = f"expense {expense.id}"
    if code is None:
        cause = f"category {expense.category or expense.description} is not mapped"
        return now.hold("UNMAPPED", about, cause, "map expense_accounts", "settings", category=expense.category)
    return now.usable(code, about, "map expense_accounts")


def _free_tax(now: Ground, expense: Expense) -> str | Hold:
    """The tax type of what carries no tax."""
    word = look_up(now.policy.expense_taxes, expense.category, expense.location)
    if word is None:
        return FREE
    kind = _TAX_WORDS.get(word.strip().casefold(), word.strip().upper())
    if kind in _TAX_TYPES and kind != TAXED:
        return kind
    cause = f"tax {word} of category {expense.category} is not known"
    return now.hold("UNMAPPED", f"expense {expense.id}", cause, "map expense_taxes", category=expense.category)


def _base_of(now: Ground, tax: Decimal) -> Decimal:
    """The least gross amount whose tax Xero computes to be just this."""
    rate = now.rate(TAXED)
    return (tax * (100 + rate) / rate).quantize(CENT) if rate else ZERO


def _accepted(now: Ground, expense: Expense, most: Decimal) -> bool:
    return expense.tax > most and now.chosen("TAX_MISMATCH", f"expense {expense.id}") == ACCEPT


def _row(now: Ground, text: str, amount: Decimal, account: Account, kind: str) -> dict[str, Json]:
    tax = included_tax(amount, now.rate(kind)) if kind == TAXED else ZERO
    row: dict[str, Json] = {"description": text, "quantity": Decimal(1), "unit": amount, "amount": amount}
    return row | {"account": account.code, "tax_type": kind, "tax": tax}
