"""R5 and R6: the tax of each line, explicit and equal to the practice system's to the cent.

PURE. Australian GST: prices include it, and a taxed line's tax is gross times rate over (100 + rate).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from connectors.xero.posting.situation import Situation
from engine.core.money import CENT, ZERO, cents, total
from engine.sdk.contract import Hold
from engine.sdk.records import SaleLine

TAXED, FREE, OUTSIDE = "OUTPUT", "EXEMPTOUTPUT", "BASEXCLUDED"
# Beyond it the stated tax of a line is no rounding (R5).
_TOLERANCE = Decimal("0.02")
# Beyond it a header and its lines say different things (R6).
_HEADER_TOLERANCE = Decimal("0.05")


def line_taxes(now: Situation, lines: Sequence[SaleLine], with_header: bool) -> tuple[Decimal, ...] | Hold:
    """One tax a line, adding up to the header's; a hold where the two cannot be brought together.

    Args:
        with_header: Whether the header speaks of these lines; otherwise the lines' own taxes have to do.
    """
    known = total(tuple(line.tax for line in lines if line.tax is not None))
    header = now.sale.totals.tax if with_header else known
    if not now.registered:
        return (ZERO,) * len(lines) if header == ZERO else _mismatch(now, "not registered for GST", tax_given=header)
    if header == ZERO and all(line.tax is None or line.tax == ZERO for line in lines):
        return (ZERO,) * len(lines)
    taxes = _stated(now, lines, header)
    if taxes is None:
        return _mismatch(now, "header tax and lines", tax_given=header)
    for line, tax in zip(lines, taxes, strict=True):
        expected = included_tax(line.gross, now.rate(TAXED))
        if tax != ZERO and abs(tax - expected) > _TOLERANCE:
            return _mismatch(now, f"line {line.id}", line.id, tax_given=tax, tax_expected=expected)
    return taxes


def included_tax(gross: Decimal, rate: Decimal) -> Decimal:
    """The tax inside a gross amount as Xero computes it: per line, half up (fact sheet 9.1)."""
    return cents(gross * rate / (100 + rate))


def _stated(now: Situation, lines: Sequence[SaleLine], header: Decimal) -> tuple[Decimal, ...] | None:
    """The lines' own taxes where they agree with the header, else the header's tax spread over the taxed lines."""
    known = [line.tax for line in lines]
    if all(tax is not None for tax in known):
        taxes = tuple(tax for tax in known if tax is not None)
        if total(taxes) == header:
            return taxes
        # A line that contradicts its own amount must be named, not smoothed over.
        if abs(total(taxes) - header) > _HEADER_TOLERANCE or _contradicted(now, lines, taxes):
            return taxes if _contradicted(now, lines, taxes) else None
        return _spread(now, lines, tuple(tax != ZERO for tax in taxes), header)
    fixed = total(tuple(line.tax for line in lines if line.tax is not None))
    spread = _spread(now, lines, tuple(line.tax is None and line.taxable for line in lines), header - fixed)
    if spread is None:
        return None
    return tuple(part if line.tax is None else line.tax for line, part in zip(lines, spread, strict=True))


def _contradicted(now: Situation, lines: Sequence[SaleLine], taxes: Sequence[Decimal]) -> bool:
    rate = now.rate(TAXED)
    return any(
        tax != ZERO and abs(tax - included_tax(line.gross, rate)) > _TOLERANCE
        for line, tax in zip(lines, taxes, strict=True)
    )


def _spread(
    now: Situation, lines: Sequence[SaleLine], taxed: Sequence[bool], header: Decimal
) -> tuple[Decimal, ...] | None:
    """Largest remainder over the taxed lines: rounded down first, then a cent each; the earlier wins a tie (R6)."""
    rate = now.rate(TAXED)
    exact = [line.gross * rate / (100 + rate) if yes else ZERO for line, yes in zip(lines, taxed, strict=True)]
    parts = [value.quantize(CENT, rounding=ROUND_DOWN) for value in exact]
    missing = int((header - total(parts)) / CENT)
    step = CENT if missing > 0 else -CENT
    order = sorted(
        (index for index, yes in enumerate(taxed) if yes),
        key=lambda index: (-(exact[index] - parts[index]) * (1 if missing > 0 else -1), index),
    )
    if abs(missing) > len(order):
        return None
    for index in order[: abs(missing)]:
        parts[index] += step
    return tuple(parts)


def _mismatch(now: Situation, cause: str, line: str = "", **detail: Decimal) -> Hold:
    about = f"invoice {now.sale.id}" + (f" line {line}" if line else "")
    return now.hold("TAX_MISMATCH", about, f"tax: {cause} of invoice {now.sale.id}", "facts", **detail)
