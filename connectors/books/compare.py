"""Do both sides agree? Sales of a period against the ledger's documents, to the cent, item by item.

PURE: reads nothing. Documents belong to a sale by their number, payments to a receipt by their reference; a
draft is present, but waits for approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.books.comparison import Comparison, Day, Item, Outside, Side
from connectors.books.family import Family, families, is_first, sale_of
from connectors.books.receipts import Sum, compare_money, discounts
from engine.core.money import CENT, ZERO, cents, total
from engine.sdk.capabilities import LedgerDocument
from engine.sdk.records import Sale


@dataclass(frozen=True, slots=True)
class Period:
    """What is compared: sales dated first to last, from the start date on, and not after today."""

    first: date
    last: date
    start: date
    today: date

    def holds(self, day: date) -> bool:
        """The day lies in the period."""
        return self.first <= day <= self.last


@dataclass(slots=True)
class _Findings:
    """Gathers while the sales are gone through."""

    sold: list[Sum] = field(default_factory=list)
    posted: list[Sum] = field(default_factory=list)
    paid: list[Sum] = field(default_factory=list)
    banked: list[Sum] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def compare(
    sales: Sequence[Sale], documents: Sequence[LedgerDocument], start: date, today: date, first: date, last: date
) -> Comparison:
    """Compare a period.

    Args:
        sales: Every sale dated in the period, with its money; others are passed over.
        documents: Sales documents of the ledger. Those dated after the period may come along: corrections are
            dated on the day they happen, and count for the sale that they correct.
        start: The day from which sales are posted at all (R1).
        today: The practice's day; later sales are not posted yet.
        first: First day of the period.
        last: Last day of the period.
    """
    period = Period(first, last, start, today)
    found = _Findings()
    posted = families(documents)
    for sale in sorted(sales, key=lambda sale: (sale.date, sale.id)):
        family = posted.pop(sale.id, Family(sale.id, ()))
        if period.holds(sale.date):
            _judge(sale, family, period, found)
        elif family.date and period.holds(family.date):
            found.items.append(_field(family, "date", sale.date, family.date, ZERO))
    for family in posted.values():
        _without_sale(family, period, found)
    not_ours = sum(1 for document in documents if sale_of(document) is None and document.status != "gone")
    return _comparison(period, found, not_ours)


def _judge(sale: Sale, family: Family, period: Period, found: _Findings) -> None:
    """One sale of the period."""
    reason = _why_outside(sale, family, period)
    if reason == "":
        _in_scope(sale, family, found)
    elif reason == "before the start date" or not _carries_money(family):
        found.outside.append(Outside(f"invoice {sale.id}", reason, sale.totals.gross))
    else:
        _only_in_ledger(family, family.date or sale.date, found)


def _why_outside(sale: Sale, family: Family, period: Period) -> str:
    """Why nothing of this sale should stand in the ledger (R1); empty when it should."""
    if sale.kind == "quote":
        return "a quote"
    if sale.deleted:
        return "deleted"
    if sale.date < period.start:
        return "before the start date"
    if sale.date > period.today:
        return "dated in the future"
    # A fee that was cancelled after posting leaves documents that cancel each other: they are compared.
    return "of no value" if sale.totals.gross == 0 and not family.documents else ""


def _in_scope(sale: Sale, family: Family, found: _Findings) -> None:
    gross, tax = _worth(sale, family)
    off = discounts(sale)
    sold = gross - off
    money = compare_money(sale, family, sold)
    found.outside += money.outside
    found.sold.append((sale.date, sold))
    found.paid += money.sales
    if not family.documents:
        missing = abs(sold) + total([item.money for item in money.items])
        found.items.append(Item("only in sales", _about(family), _number(family), "invoice", sold, None, missing))
        return
    found.posted.append((family.date or sale.date, family.net))
    found.banked += money.ledger
    if family.waits:
        found.waiting.append(_about(family))
    if family.net != sold:
        found.items.append(_field(family, "gross", sold, family.net, abs(family.net - sold)))
    expected = tax - _tax_of_discounts(sale, off)
    # A discount is spread over the lines and rounded on each: a cent a line, on the discount's part only.
    allowed = CENT * len(sale.lines) if off and tax else ZERO
    if abs(family.tax - expected) > allowed:
        found.items.append(_field(family, "tax", expected, family.tax, abs(family.tax - expected)))
    if family.date is not None and family.date != sale.date:
        found.items.append(_field(family, "date", sale.date, family.date, ZERO))
    found.items += money.items


def _worth(sale: Sale, family: Family) -> tuple[Decimal, Decimal]:
    """Gross and tax that documents should carry.

    Halaxy's totals drop written-off fees, the ledger keeps them as sold (R15, R17): where the documents say that
    they were posted, they count.
    """
    written_off = [line for line in sale.lines if line.status == "write-off"]
    gross, tax = sale.totals.gross, sale.totals.tax
    if written_off:
        kept = [line for line in sale.lines if line.status != "voided"]
        with_them = total([line.gross for line in kept])
        if family.net + discounts(sale) == with_them != gross:
            return with_them, total([line.tax or ZERO for line in kept])
    return gross, tax


def _tax_of_discounts(sale: Sale, off: Decimal) -> Decimal:
    """The tax in a discount that is spread over the lines by gross (R8)."""
    return cents(off * sale.totals.tax / sale.totals.gross) if off and sale.totals.gross else ZERO


def _without_sale(family: Family, period: Period, found: _Findings) -> None:
    """Documents whose sale is not among the sales of the period."""
    dated = [document for document in family.documents if period.holds(document.date)]
    if not any(is_first(document) for document in dated):
        if dated:
            reason = "corrects a sale dated outside the period"
            found.outside.append(Outside(_about(family), reason, family.net))
    elif _carries_money(family):
        _only_in_ledger(family, family.date or dated[0].date, found)
    else:
        found.outside.append(Outside(_about(family), "no sale, and its documents cancel each other", ZERO))


def _only_in_ledger(family: Family, day: date, found: _Findings) -> None:
    payments = family.payments()
    found.posted.append((day, family.net))
    found.banked += [(payment.date, amount) for payment, amount in payments]
    money = abs(family.net) + abs(total([amount for _, amount in payments]))
    found.items.append(Item("only in ledger", _about(family), _number(family), "invoice", None, family.net, money))


def _carries_money(family: Family) -> bool:
    return family.net != 0 or total([amount for _, amount in family.payments()]) != 0


def _field(family: Family, name: str, sales: Decimal | date, ledger: Decimal | date, money: Decimal) -> Item:
    return Item("differs", _about(family), _number(family), name, sales, ledger, money)


def _about(family: Family) -> str:
    return f"invoice {family.sale}"


def _number(family: Family) -> str:
    return f"HX-{family.sale}"


def _comparison(period: Period, found: _Findings, not_ours: int) -> Comparison:
    days = sorted({day for sums in (found.sold, found.posted, found.paid, found.banked) for day, _ in sums})
    return Comparison(
        period.first,
        period.last,
        _side(found.sold, found.paid),
        _side(found.posted, found.banked),
        tuple(_day(day, found) for day in days),
        tuple(found.items),
        tuple(found.outside),
        tuple(found.waiting),
        not_ours,
    )


def _day(day: date, found: _Findings) -> Day:
    return Day(
        day, _side(_on(found.sold, day), _on(found.paid, day)), _side(_on(found.posted, day), _on(found.banked, day))
    )


def _on(sums: Iterable[Sum], day: date) -> list[Sum]:
    return [entry for entry in sums if entry[0] == day]


def _side(invoices: Sequence[Sum], payments: Sequence[Sum]) -> Side:
    return Side(
        len(invoices),
        total([amount for _, amount in invoices]),
        len(payments),
        total([amount for _, amount in payments]),
    )
