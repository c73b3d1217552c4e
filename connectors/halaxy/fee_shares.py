"""What came in for each practitioner: every receipt of a sale shared over its fees by gross, to the cent (R25).

PURE. A payment is shared over the fees that stand; what came in above them over fees that were voided since, for it was
paid for those. Money that went back is taken off voided fees first. More than was ever charged is no fee but the
payer's credit, and is left off the newest receipts.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.core.money import ZERO, cents, split, total
from engine.sdk.records import FeeShare, Receipt, Sale, SaleLine

Shares = tuple[tuple[str, FeeShare], ...]
_IN = ("payment", "deposit_applied")
_OUT = ("refund", "to_deposit", "dishonour")
_VOIDED = ("voided", "unassigned")
# Included GST, where a line does not state its own.
_GST = Decimal(11)


def received(sale: Sale) -> Shares:
    """The parts of a sale's receipts, with the practitioner whose work they are for; work of nobody is left out.

    The parts of all practitioners add up to the receipts, less credit of the payer.
    """
    if sale.deleted or sale.kind != "invoice":
        return ()
    standing = _charged(sale, voided=False)
    voided = _charged(sale, voided=True)
    money = sorted((item for item in sale.payments if item.kind in _IN), key=lambda item: (item.at, item.id))
    back = sorted((item for item in sale.payments if item.kind in _OUT), key=lambda item: (item.at, item.id))
    paid, gross = _sum(money), _gross(standing)
    for_voided = min(max(paid - gross, ZERO), _gross(voided))
    credit = max(paid - _sum(back) - gross, ZERO)
    found: list[tuple[str, FeeShare]] = []
    for item in reversed(money):
        amount, credit = max(item.amount - credit, ZERO), max(credit - item.amount, ZERO)
        weights = (*_weights(standing, min(paid, gross)), *_weights(voided, for_voided))
        found += _shared(sale, item, amount, (*standing, *voided), weights)
    for item in back:
        first = min(item.amount, for_voided)
        for_voided -= first
        found += _shared(sale, item, -first, voided, _weights(voided, _gross(voided)))
        found += _shared(sale, item, first - item.amount, standing, _weights(standing, gross))
    return tuple(found)


def invoiced(sale: Sale) -> Shares:
    """The fees of a sale by practitioner, on its date."""
    if sale.deleted or sale.kind != "invoice":
        return ()
    rows = ((line.practitioner or sale.practitioner, line) for line in _charged(sale, voided=False))
    return tuple(
        (who, FeeShare(sale.id, sale.id, sale.date, line.gross, line.gross - _tax(line))) for who, line in rows if who
    )


def _charged(sale: Sale, voided: bool) -> tuple[SaleLine, ...]:
    return tuple(line for line in sale.lines if line.gross > ZERO and (line.status in _VOIDED) == voided)


def _weights(lines: Sequence[SaleLine], part: Decimal) -> tuple[Decimal, ...]:
    """How much of a sum each of some fees gets."""
    return split(part, tuple(line.gross for line in lines))


def _shared(
    sale: Sale, item: Receipt, amount: Decimal, lines: Sequence[SaleLine], weights: Sequence[Decimal]
) -> list[tuple[str, FeeShare]]:
    if amount == ZERO:
        return []
    if not lines:
        who = sale.practitioner
        return [(who, FeeShare(sale.id, item.id, item.date, amount, amount))] if who else []
    found = []
    for line, part in zip(lines, split(amount, weights), strict=True):
        who = line.practitioner or sale.practitioner
        if who and part != ZERO:
            net = cents(part * (line.gross - _tax(line)) / line.gross)
            found.append((who, FeeShare(sale.id, item.id, item.date, part, net)))
    return found


def _tax(line: SaleLine) -> Decimal:
    if line.tax is not None:
        return line.tax
    return cents(line.gross / _GST) if line.taxable else ZERO


def _gross(lines: Sequence[SaleLine]) -> Decimal:
    return total(tuple(line.gross for line in lines))


def _sum(receipts: Sequence[Receipt]) -> Decimal:
    return total(tuple(item.amount for item in receipts))
