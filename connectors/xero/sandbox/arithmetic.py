"""Xero's arithmetic of a line and a document, to the cent.

Pure numbers: no accounts, no statuses. Source: Xero fact sheet 9.1 (tax is rounded on each line, then added up).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
ZERO = Decimal("0.00")
_HUNDRED = Decimal(100)
LARGEST = Decimal("9999999999.99")


class LineTotalDiffers(Exception):
    """A sent LineAmount is not what quantity, price and discount give."""

    def __init__(self, sent: Decimal, expected: Decimal) -> None:
        super().__init__(f"The line total {sent} does not match the expected line total {expected}")


@dataclass(frozen=True, slots=True)
class Discount:
    """A line discount: a percentage, or an amount off the line."""

    percent: Decimal | None = None
    amount: Decimal | None = None

    def taken_from(self, gross: Decimal) -> Decimal:
        """What is left of an unrounded line after the discount, in cents."""
        if self.amount is not None:
            return cents(gross) - cents(self.amount)
        return cents(gross * (_HUNDRED - (self.percent or 0)) / _HUNDRED)


@dataclass(frozen=True, slots=True)
class Priced:
    """Quantity (four places), unit amount (two or four) and line amount (cents) that agree."""

    quantity: Decimal
    unit: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """SubTotal, TotalTax and Total of a document, in cents."""

    net: Decimal = ZERO
    tax: Decimal = ZERO
    gross: Decimal = ZERO


def cents(value: Decimal) -> Decimal:
    """Round half away from zero to two places, without a negative zero."""
    rounded = value.quantize(CENT, rounding=ROUND_HALF_UP)
    return rounded or ZERO


def unit_places(value: Decimal, places: int) -> Decimal:
    """Round a unit amount to two or four places."""
    return value.quantize(CENT if places == 2 else FOUR_PLACES, rounding=ROUND_HALF_UP)


def price(
    quantity: Decimal | None, unit: Decimal | None, amount: Decimal | None, discount: Discount, places: int
) -> Priced:
    """Complete and check the three numbers of a line.

    A missing quantity or unit amount is derived from the line amount (sheet 8.4); a lone unit amount means one piece.

    Raises:
        LineTotalDiffers: All three were sent and do not agree.
    """
    amount = None if amount is None else cents(amount)
    count = Decimal(1) if quantity is None else quantity
    if unit is None:
        whole = amount or ZERO
        unit = unit_places(whole / count, 4) if count else ZERO
        return Priced(count.quantize(FOUR_PLACES), unit, whole)
    unit = unit_places(unit, places)
    if quantity is None and amount is not None and unit:
        return Priced((amount / unit).quantize(FOUR_PLACES, rounding=ROUND_HALF_UP), unit, amount)
    count = count.quantize(FOUR_PLACES, rounding=ROUND_HALF_UP)
    expected = discount.taken_from(count * unit)
    if amount is not None and amount != expected:
        raise LineTotalDiffers(amount, expected)
    return Priced(count, unit, expected)


def tax_of(amount: Decimal, percent: Decimal, kind: str) -> Decimal:
    """The tax of one line amount; `kind` is LineAmountTypes."""
    if kind == "NoTax" or not percent:
        return ZERO
    rate = percent / _HUNDRED
    return cents(amount * rate if kind == "Exclusive" else amount * rate / (1 + rate))


def totals(parts: Iterable[tuple[Decimal, Decimal]], kind: str) -> Totals:
    """Add up (line amount, tax) pairs into the totals of a document."""
    pairs = tuple(parts)
    lines = sum((amount for amount, _ in pairs), ZERO)
    tax = sum((tax for _, tax in pairs), ZERO)
    if kind == "Inclusive":
        return Totals(lines - tax, tax, lines)
    return Totals(lines, tax, lines + tax)
