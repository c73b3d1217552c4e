"""Exact sums: the one door into Decimal, rounding half up, and splitting without losing a cent.

No currency conversion and no formatting for people; binary floats are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_LARGEST = Decimal("1e15")


def decimal(value: object) -> Decimal:
    """Read a number exactly; text with separators, exotic digits or NaN is refused.

    Raises:
        ValueError: The value is no plain decimal number.
    """
    if value is None or isinstance(value, bool | float):
        raise ValueError("not an exact number")
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int):
        number = Decimal(value)
    else:
        text = str(value)
        if not text.isascii() or "_" in text:
            raise ValueError("not a plain number")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError("not a number") from None
    if not number.is_finite() or abs(number) > _LARGEST:
        raise ValueError("not a usable number")
    return number


def cents(value: object) -> Decimal:
    """Round half up (half away from zero) to two places; never gives a negative zero."""
    rounded = decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)
    return ZERO if rounded == 0 else rounded


def total(values: Sequence[Decimal]) -> Decimal:
    """Add up; the sum of nothing is 0.00."""
    return sum(values, ZERO)


def split(amount: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Split an amount by weights, in cents, by largest remainder (the earlier wins a tie).

    Args:
        amount: What to split, in whole cents; may be negative.
        weights: One non-negative weight a part; if all are zero the first part takes everything.

    Returns:
        One sum a weight, adding up to the amount exactly; empty for no weights.
    """
    if not weights:
        return ()
    whole = total(tuple(weights))
    if whole == 0:
        return (amount,) + (ZERO,) * (len(weights) - 1)
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(CENT, rounding=ROUND_DOWN) for part in exact]
    missing = int((amount - total(parts)) / CENT)
    step = CENT if missing > 0 else -CENT
    order = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for index in order[: abs(missing)]:
        parts[index] += step
    return tuple(parts)
