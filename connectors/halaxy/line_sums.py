"""What a Halaxy line comes to, told from its price components and checked against the invoice's totals.

PURE. Halaxy does not say whether components are per unit, nor whether the base includes tax (fact
sheet 6.2), so each reading is tried and the one that agrees with the header is used for all lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.halaxy.payloads import Invoice, Line
from engine.core.money import ZERO, cents, split, total
from engine.sdk.records import LineDiscount

ROUNDING = Decimal("0.05")  # R6 of the accounting cases: more than this is never papered over
LIVE = ("active", "locked")
_UNSEEN = ("voided", "unassigned")


@dataclass(frozen=True, slots=True)
class LineSum:
    """A line's sums: `gross` includes tax; `tax` is None where only the header's is known."""

    gross: Decimal
    tax: Decimal | None
    unit_price: Decimal | None
    taxable: bool
    discount: LineDiscount | None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One sum a line, in order, and whether they agree with the invoice's totals within R6's cents."""

    sums: tuple[LineSum, ...]
    agrees: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    price_each: bool
    tax_each: bool
    tax_inside: bool


_READINGS = (
    _Reading(True, True, False),
    _Reading(True, False, False),
    _Reading(False, False, False),
    _Reading(True, True, True),
    _Reading(True, False, True),
    _Reading(False, False, True),
)


def reckon(invoice: Invoice, lines: Sequence[Line], taxed: Callable[[Line], bool]) -> Reckoned:
    """Sum up the lines of an invoice.

    Args:
        invoice: Its totals are what the lines are checked against; missing ones check nothing.
        lines: All its lines; voided and unassigned ones never count, written-off ones may or may not.
        taxed: Whether the fee catalogue knows a line's fee as taxed; asked only when no line states tax.
    """
    best = min(_READINGS, key=lambda reading: _distance(invoice, lines, reading))
    agrees = _distance(invoice, lines, best) <= ROUNDING
    used = best if agrees else _READINGS[0]
    sums = tuple(_sum(line, used) for line in lines)
    if invoice.tax and all(line.tax is None for line in lines if line.status in LIVE):
        spread = _with_header_tax(invoice, lines, sums, taxed)
        return Reckoned(spread, agrees or _off(spread, lines, invoice.gross) <= ROUNDING)
    return Reckoned(sums, agrees)


def _distance(invoice: Invoice, lines: Sequence[Line], reading: _Reading) -> Decimal:
    sums = [_sum(line, reading) for line in lines]
    states_tax = any(line.tax is not None for line in lines)
    return min(
        _gap(invoice.gross, [sum.gross for sum in counted]) + _gap(invoice.tax if states_tax else None, _taxes(counted))
        for counted in (_counted(lines, sums, ("write-off",)), _counted(lines, sums, ()))
    )


def _gap(stated: Decimal | None, parts: Sequence[Decimal]) -> Decimal:
    return ZERO if stated is None else abs(stated - total(parts))


def _taxes(sums: Sequence[LineSum]) -> list[Decimal]:
    return [sum.tax or ZERO for sum in sums]


def _counted(lines: Sequence[Line], sums: Sequence[LineSum], left_out: tuple[str, ...]) -> list[LineSum]:
    unseen = _UNSEEN + left_out
    return [sum for line, sum in zip(lines, sums, strict=True) if line.status not in unseen]


def _sum(line: Line, reading: _Reading) -> LineSum:
    each = line.base + line.surcharge - line.deduction - line.discount
    tax_part = line.tax or Decimal(0)
    price = each * line.quantity if reading.price_each else each
    tax = tax_part * line.quantity if reading.tax_each else tax_part
    gross = cents(price if reading.tax_inside else price + tax)
    unit = each + (Decimal(0) if reading.tax_inside else tax_part)
    whole_units = reading.price_each and (reading.tax_each or not tax_part)
    return LineSum(
        gross=gross,
        tax=cents(tax),
        unit_price=unit if whole_units else _per_unit(gross, line.quantity),
        taxable=tax > 0,
        discount=_discount(line, reading, gross, price),
    )


def _per_unit(gross: Decimal, quantity: Decimal) -> Decimal | None:
    """The price of one, where four places are enough to state it exactly."""
    if quantity == 0:
        return None
    unit = (gross / quantity).quantize(Decimal("0.0001"))
    return unit if unit * quantity == gross else None


def _discount(line: Line, reading: _Reading, gross: Decimal, price: Decimal) -> LineDiscount | None:
    if line.discount == 0:
        return None
    taken = line.discount * line.quantity if reading.price_each else line.discount
    with_tax = cents(taken * gross / price) if price and not reading.tax_inside else cents(taken)
    return LineDiscount(gross=with_tax, price_before=gross + with_tax)


def _with_header_tax(
    invoice: Invoice, lines: Sequence[Line], sums: Sequence[LineSum], taxed: Callable[[Line], bool]
) -> tuple[LineSum, ...]:
    """Lines of an invoice that states its tax only at the head: which bear it, and gross with it."""
    live = [line.status in LIVE for line in lines]
    marked = [here and taxed(line) for here, line in zip(live, lines, strict=True)]
    bearing = marked if any(marked) else [here and sum.gross > 0 for here, sum in zip(live, sums, strict=True)]
    inside = _off(sums, lines, invoice.gross) <= _off(sums, lines, invoice.net)
    weights = [sum.gross if bears else ZERO for sum, bears in zip(sums, bearing, strict=True)]
    shares = split(ZERO if inside else _missing(invoice, lines, sums), weights)
    return tuple(
        replace(
            sum,
            gross=sum.gross + share,
            tax=None if here else sum.tax,
            taxable=bears,
            unit_price=sum.unit_price if not share else _per_unit(sum.gross + share, line.quantity),
        )
        for line, sum, share, bears, here in zip(lines, sums, shares, bearing, live, strict=True)
    )


def _missing(invoice: Invoice, lines: Sequence[Line], sums: Sequence[LineSum]) -> Decimal:
    """What net lines lack of the header's gross: its tax, and the cents by which rounded lines miss the net."""
    tax = invoice.tax or ZERO
    lacking = (invoice.gross or ZERO) - total([sum.gross for sum in _counted(lines, sums, ("write-off",))])
    return lacking if abs(lacking - tax) <= ROUNDING else tax


def _off(sums: Sequence[LineSum], lines: Sequence[Line], stated: Decimal | None) -> Decimal:
    if stated is None:
        return Decimal("Infinity")
    return min(_gap(stated, [s.gross for s in _counted(lines, sums, out)]) for out in (("write-off",), ()))
