"""Sales and ledgers written by hand, for tests: what the accounting cases say, worked out without the program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from connectors.books.compare import compare
from connectors.books.comparison import Comparison
from connectors.books.period import Period, Sides
from connectors.books.terms import Terms
from engine.core.money import ZERO, cents, total
from engine.sdk.capabilities import (
    DepositBalance,
    LedgerBooks,
    LedgerDocument,
    LedgerLine,
    LedgerMoney,
    LedgerPayment,
    LedgerTransfer,
    SalesBooks,
)
from engine.sdk.records import Deposit, Payer, Receipt, Sale, SaleLine, Totals

START, TODAY = dt.date(2026, 1, 1), dt.date(2026, 3, 31)
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
PERIOD = Period(FIRST, LAST, TODAY)
AVA, BEN = Payer("patient", "501", "Ava Nguyen"), Payer("patient", "502", "Ben Okafor")
BANKS = frozenset({"090", "091", "611", "612", "613", "614", "615", "616", "617"})
TERMS = Terms(
    start=START,
    revenue={"Consultation": "200", "Product": "201", "Report": "202", "Gift voucher": "836"},
    arrivals={
        "Cash": "611", "EFTPOS": "612", "HICAPS": "613", "Medicare": "614", "Braintree": "615", "BPAY": "615",
        "Direct Deposit": "616", "Stripe": "617", "Voucher": "836", "Discount": "discount",
    },
    returns={"Braintree": "091", "BPAY": "091"},
    roles={"opening balances": "899"},
)  # fmt: skip


def day(number: int, month: int = 3) -> dt.date:
    return dt.date(2026, month, number)


def money(amount: str | Decimal) -> Decimal:
    return cents(Decimal(amount))


def line(id: str, gross: str, category: str = "Consultation", *, taxed: bool = False, **but: Any) -> SaleLine:
    tax = cents(Decimal(gross) / 11) if taxed else ZERO
    return SaleLine(id, category, money(gross), tax, category=category, taxable=taxed, **but)


def sale(id: str, lines: Sequence[SaleLine], payments: Sequence[Receipt] = (), on: int = 5, **but: Any) -> Sale:
    counted = [each for each in lines if each.status not in ("voided", "write-off")]
    gross, tax = total([each.gross for each in counted]), total([each.tax or ZERO for each in counted])
    signs = {"payment": 1, "deposit_applied": 1, "discount": 1, "refund": -1, "to_deposit": -1, "dishonour": -1}
    paid = total([signs.get(item.kind, 0) * item.amount for item in payments])
    totals = Totals(gross - tax, tax, gross, paid, gross - paid)
    made = Sale(
        id, id, 1, "invoice", "active", False, day(on), AVA, "AUD", totals, paid >= gross, tuple(lines),
        tuple(payments),
    )  # fmt: skip
    return replace(made, **but)


def receipt(id: str, amount: str, on: int = 6, kind: Any = "payment", method: str = "EFTPOS", **but: Any) -> Receipt:
    at = dt.datetime(2026, 3, on, 1, 0, tzinfo=dt.UTC)
    return Receipt(id, kind, at, day(on), method, money(amount), **but)


def row(amount: str, account: str = "200", tax_type: str = "EXEMPTOUTPUT", tax: str = "0.00") -> LedgerLine:
    return LedgerLine(account, tax_type, money(amount), money(tax))


def taxed(amount: str, account: str = "201") -> LedgerLine:
    return LedgerLine(account, "OUTPUT", money(amount), cents(Decimal(amount) / 11))


def paid(id: str, amount: str, on: int = 6, account: str = "612", reference: str = "") -> LedgerPayment:
    return LedgerPayment(f"xp-{id}", day(on), money(amount), account, reference or f"HX-PT-{id} EFTPOS")


def document(
    number: str,
    *parts: LedgerLine | LedgerPayment,
    on: int = 5,
    used: str = "0.00",
    contact: str = "HX-P-501",
    **but: Any,
) -> LedgerDocument:
    """An invoice or credit note; `used` is what was credited to an invoice, or applied of a credit note."""
    lines = tuple(part for part in parts if isinstance(part, LedgerLine))
    payments = tuple(part for part in parts if isinstance(part, LedgerPayment))
    gross = total([each.amount for each in lines])
    due = gross - total([each.amount for each in payments]) - money(used)
    note = any(mark in number for mark in ("-CN", "-WO", "-RND"))
    made = LedgerDocument(
        "credit note" if note else "invoice", f"id-{number}", number, day(on), gross,
        total([each.tax for each in lines]), due, "paid" if due == 0 else "approved", payments, ZERO, contact,
        "Ava Nguyen (HX-P-501)", "HX pt 501", lines,
    )  # fmt: skip
    return replace(made, **but)


def beside(kind: Any, text: str, amount: str, on: int = 6, account: str = "612", **but: Any) -> LedgerMoney:
    return LedgerMoney(kind, f"bt {text}", day(on), account, money(amount), "HX-P-501", text, **but)


def deposit(id: str, amount: str, left: str, on: int = 4, **but: Any) -> DepositBalance:
    at = dt.datetime(2026, 3, on, 1, 0, tzinfo=dt.UTC)
    made = Deposit(id, 1, False, AVA, at, day(on), "EFTPOS", money(amount), "AUD")
    return DepositBalance(replace(made, **but), money(left))


def books(*parts: LedgerDocument | LedgerMoney | LedgerTransfer, **but: Any) -> LedgerBooks:
    made = LedgerBooks(
        first=START,
        documents=tuple(part for part in parts if isinstance(part, LedgerDocument)),
        money=tuple(part for part in parts if isinstance(part, LedgerMoney)),
        transfers=tuple(part for part in parts if isinstance(part, LedgerTransfer)),
        banks=BANKS,
        liabilities=frozenset({"835", "836", "899"}),
        rounding="860",
    )
    return replace(made, **but)


def sides(facts: Sequence[Sale | DepositBalance], ledger: LedgerBooks) -> Sides:
    sales = tuple(fact for fact in facts if isinstance(fact, Sale))
    return Sides(SalesBooks(sales, tuple(fact for fact in facts if isinstance(fact, DepositBalance))), ledger)


def compared(facts: Sequence[Sale | DepositBalance], *parts: Any, terms: Terms = TERMS, **but: Any) -> Comparison:
    return compare(sides(facts, books(*parts, **but)), terms, PERIOD)
