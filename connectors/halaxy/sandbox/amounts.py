"""Exact sums of the sandbox: cents, the GST within a price, and unit price components of a line.

Independent of the product's own money module, so that one mistake cannot hide another.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_GST_DIVISOR = Decimal(11)
_UNIT_PLACES = (CENT, Decimal("0.0001"), Decimal("0.000001"))


class Components(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unit price components of a line, without tax except `tax` itself (Halaxy fact sheet 6.2)."""

    base: Decimal
    surcharge: Decimal = ZERO
    deduction: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Price of one unit without tax."""
        return self.base + self.surcharge - self.deduction - self.discount


def cents(value: Decimal) -> Decimal:
    """Round half away from zero to two places, without a negative zero."""
    rounded = value.quantize(CENT, rounding=ROUND_HALF_UP)
    return rounded or ZERO


def tax_within(gross: Decimal) -> Decimal:
    """The ten per cent GST contained in a tax-inclusive sum."""
    return cents(gross / _GST_DIVISOR)


def components_of(quantity: Decimal, gross: Decimal, tax: Decimal, discount: Decimal = ZERO) -> Components:
    """Unit components that multiply back to the line's net and tax in whole cents.

    Args:
        quantity: Units on the line, not zero.
        gross: Line sum with tax, after the discount.
        tax: Tax within `gross`.
        discount: What was taken off the line, with tax.

    Raises:
        ValueError: No unit price of six places or fewer gives these sums.
    """
    if quantity == 0:
        raise ValueError("a line needs a quantity")
    net = gross - tax
    off = cents(discount * net / gross) if gross and tax else discount
    for places in _UNIT_PLACES:
        unit_net, unit_tax, unit_off = (_unit(part, quantity, places) for part in (net, tax, off))
        if cents(quantity * unit_net) == net and cents(quantity * unit_tax) == tax:
            return Components(base=unit_net + unit_off, discount=unit_off, tax=unit_tax)
    raise ValueError("the sums of the line cannot be shared out over its quantity")


def _unit(whole: Decimal, quantity: Decimal, places: Decimal) -> Decimal:
    return (whole / quantity).quantize(places, rounding=ROUND_HALF_UP)
