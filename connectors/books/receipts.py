"""The money of one sale against the payments on its ledger documents, each by its source id.

PURE. Knows which receipts the ledger keeps elsewhere (deposits, customer credit, failed attempts) and says so
instead of calling them differences. Rules R8 to R14 and R21 of the accounting cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.books.comparison import Item, Outside
from connectors.books.family import Family, payment_source
from engine.core.money import ZERO, total
from engine.sdk.capabilities import LedgerPayment
from engine.sdk.records import Receipt, Sale

# R21: a payment that a person entered is taken for ours within seven days.
_ADOPTED_WITHIN_DAYS = 7

_ELSEWHERE = {
    "failed": "a failed attempt is no money",
    "discount": "a discount is part of the invoice's net",
    "deposit": "a deposit is no payment of an invoice",
    "deposit_applied": "paid from a deposit, which the ledger allocates",
    "to_deposit": "kept as a deposit, which the ledger holds as credit",
}

# One sum of money on a day.
Sum = tuple[date, Decimal]


@dataclass(slots=True)
class Money:
    """What was found for one sale: sums of both sides, differences, and what stays out."""

    sales: list[Sum] = field(default_factory=list)
    ledger: list[Sum] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A receipt and the ledger payments that carry its id; none when it is not there."""

    receipt: Receipt
    payments: tuple[tuple[LedgerPayment, Decimal], ...]

    @property
    def expected(self) -> Decimal:
        return -self.receipt.amount if self.receipt.kind in ("refund", "dishonour") else self.receipt.amount

    @property
    def posted(self) -> Decimal:
        return total([amount for _, amount in self.payments])


def discounts(sale: Sale) -> Decimal:
    """Receipts that are a price reduction (R8), whatever kind they carry."""
    return total([receipt.amount for receipt in sale.payments if _kind(receipt) == "discount"])


def compare_money(sale: Sale, family: Family, sold: Decimal) -> Money:
    """Compare a sale's receipts with its documents' payments.

    Args:
        sale: The sale with its money.
        family: Its live documents; may be empty.
        sold: What the sale is worth after discounts: money beyond it is customer credit.
    """
    found = Money()
    for receipt in sale.payments:
        if reason := _ELSEWHERE.get(_kind(receipt)):
            found.outside.append(Outside(f"payment {receipt.id}", reason, receipt.amount))
    pairs, rest = _paired(sale, family)
    pairs, rest = _adopted(pairs, rest)
    pairs = _without_taken_back(pairs, found)
    credit = max(ZERO, _received(sale) - sold)
    for pair in sorted(pairs, key=lambda pair: (pair.receipt.at, pair.receipt.id), reverse=True):
        credit -= _settle(pair, family, credit, found)
    for payment, amount in rest:
        _only_in_ledger(payment, amount, sale, found)
    return found


def _kind(receipt: Receipt) -> str:
    by_method = receipt.kind == "payment" and receipt.method.strip().casefold() == "discount"
    return "discount" if by_method else receipt.kind


def _paired(sale: Sale, family: Family) -> tuple[list[_Pair], list[tuple[LedgerPayment, Decimal]]]:
    """Receipts that should be payments, each with the payments of its id; and the payments of no such receipt."""
    receipts = [receipt for receipt in sale.payments if _kind(receipt) not in _ELSEWHERE]
    known = {receipt.id for receipt in receipts}
    by_id: dict[str | None, list[tuple[LedgerPayment, Decimal]]] = {}
    for payment, amount in family.payments():
        source = payment_source(payment)
        by_id.setdefault(source if source in known else None, []).append((payment, amount))
    rest = by_id.pop(None, [])
    return [_Pair(receipt, tuple(by_id.get(receipt.id, ()))) for receipt in receipts], rest


def _adopted(
    pairs: list[_Pair], rest: list[tuple[LedgerPayment, Decimal]]
) -> tuple[list[_Pair], list[tuple[LedgerPayment, Decimal]]]:
    """Give payments that a person entered (no source id) to the missing receipts that they stand for."""
    matched, left = [], list(rest)
    for pair in pairs:
        mine = None if pair.payments else next((entry for entry in left if _stands_for(entry, pair)), None)
        if mine is None:
            matched.append(pair)
            continue
        left.remove(mine)
        # The person's date is the ledger's date: no difference, R21 allows it.
        payment, amount = mine
        matched.append(_Pair(pair.receipt, ((_dated(payment, pair.receipt.date), amount),)))
    return matched, left


def _stands_for(entry: tuple[LedgerPayment, Decimal], pair: _Pair) -> bool:
    payment, amount = entry
    days = abs((payment.date - pair.receipt.date).days)
    return payment_source(payment) is None and amount == pair.expected and days <= _ADOPTED_WITHIN_DAYS


def _dated(payment: LedgerPayment, day: date) -> LedgerPayment:
    return LedgerPayment(payment.id, day, payment.amount, payment.account, payment.reference)


def _without_taken_back(pairs: list[_Pair], found: Money) -> list[_Pair]:
    """Leave out payments that were refunded or dishonoured and stand on no document on either way (R14b, R30)."""
    missing = [pair for pair in pairs if not pair.payments]
    gone: set[str] = set()
    for back in (pair for pair in missing if pair.expected < 0):
        paid = next((p for p in missing if p.expected == -back.expected and p.receipt.id not in gone), None)
        if paid is not None:
            gone |= {back.receipt.id, paid.receipt.id}
            for pair in (paid, back):
                about = f"payment {pair.receipt.id}"
                found.outside.append(Outside(about, "taken back in full: no document carries it", pair.receipt.amount))
    return [pair for pair in pairs if pair.receipt.id not in gone]


def _received(sale: Sale) -> Decimal:
    """All money that counts for the sale, deposits used included, money given back taken off."""
    signs = {"payment": 1, "deposit_applied": 1, "refund": -1, "dishonour": -1, "to_deposit": -1}
    return total([signs.get(_kind(receipt), 0) * receipt.amount for receipt in sale.payments])


def _settle(pair: _Pair, family: Family, credit: Decimal, found: Money) -> Decimal:
    """Judge one receipt; gives back how much of the customer credit it uses up."""
    receipt, about = pair.receipt, f"payment {pair.receipt.id}"
    number = f"HX-{family.sale}"
    short = pair.expected - pair.posted
    excused = min(short, credit) if short > 0 else ZERO
    if excused:
        found.outside.append(Outside(about, "more than was due: held as customer credit", excused))
    expected = pair.expected - excused
    if not pair.payments and expected and family.waits:
        found.outside.append(Outside(about, "waits for the approval of its invoice", expected))
        return excused
    if expected:
        found.sales.append((receipt.date, expected))
    if pair.payments:
        found.ledger.append((pair.payments[0][0].date, pair.posted))
    if expected != pair.posted:
        money = abs(expected - pair.posted)
        if pair.payments:
            found.items.append(Item("differs", about, number, "amount", expected, pair.posted, money))
        else:
            found.items.append(Item("only in sales", about, number, "amount", expected, None, money))
    for payment, _ in pair.payments:
        if payment.date != receipt.date:
            found.items.append(Item("differs", about, number, "date", receipt.date, payment.date, ZERO))
            break
    return excused


def _only_in_ledger(payment: LedgerPayment, amount: Decimal, sale: Sale, found: Money) -> None:
    about = f"payment {payment_source(payment) or payment.id}"
    found.ledger.append((payment.date, amount))
    found.items.append(Item("only in ledger", about, f"HX-{sale.id}", "amount", None, amount, abs(amount)))
