"""The payers' deposits against the credit that the ledger holds for them (R10).

PURE. A deposit that a refund was turned into stands as what is left of that sale's credit notes or overpayments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.books.comparison import Item
from connectors.books.expected import Move, deposit_moves
from connectors.books.money import Owner, compare_money
from connectors.books.period import Sides
from connectors.books.shown import families, moves_of, receipt_in
from connectors.books.terms import Terms
from engine.core.money import ZERO, total
from engine.sdk.capabilities import DepositBalance, LedgerMoney


@dataclass(frozen=True, slots=True)
class Held:
    """What was found about deposits, what is left of each on both sides, and money that nobody claimed."""

    items: tuple[Item, ...]
    balances: tuple[tuple[str, Decimal, Decimal], ...]
    unclaimed: Mapping[str, list[Move]]
    moves: tuple[tuple[Sequence[Move], Sequence[Move]], ...]


def compare_deposits(sides: Sides, terms: Terms, unclaimed: Mapping[str, list[Move]], so_far: Sequence[Item]) -> Held:
    """Every deposit taken since the ledger was read from; older ones are not known to it.

    Args:
        sides: Both sides.
        terms: How the practice posts.
        unclaimed: Movements by receipt that belong to no sale.
        so_far: Differences of the sales: a deposit that was not applied shows there already.
    """
    rest, items = dict(unclaimed), list[Item]()
    balances: list[tuple[str, Decimal, Decimal]] = []
    moves: list[tuple[Sequence[Move], Sequence[Move]]] = []
    known = {receipt_in(money.text): money for money in sides.ledger.money}
    shown_by_sale = families(sides.ledger.documents)
    unapplied = _drawn_wrongly(sides, so_far)
    for balance in sorted(sides.sales.deposits, key=lambda each: each.deposit.id):
        deposit = balance.deposit
        if deposit.date < max(sides.ledger.first, terms.start):
            continue
        wanted = () if deposit.deleted else deposit_moves(deposit, terms)
        shown = [move for id in (deposit.id, *(item.id for item in deposit.refunds)) for move in rest.pop(id, [])]
        number = terms.contact_of(deposit.payer, deposit.location)
        payer = sides.ledger.merged.get(number, number)
        owner = Owner("deposit", f"HX-PT-{deposit.id}", payer, "", sides.ledger.banks)
        found = compare_money(owner, wanted, shown)
        if deposit.invoice:
            family = shown_by_sale.get(deposit.invoice)
            left = (family.left if family else ZERO) + _left_of(sides, deposit.invoice)
        else:
            left = known[deposit.id].left if deposit.id in known else ZERO
        balances.append((payer, balance.left, left))
        moves.append((wanted, shown))
        if not found and left != balance.left and deposit.id not in unapplied:
            found = (_balance(balance, left, payer),)
        items += [replace(item, proofs=(*item.proofs, "deposits")) for item in found]
    return Held(tuple(items), tuple(balances), rest, tuple(moves))


def _left_of(sides: Sides, sale: str) -> Decimal:
    """What is left of the overpayments of one sale's receipts."""
    receipts = {item.id for each in sides.sales.sales if each.id == sale for item in each.payments}
    return total([money.left for money in sides.ledger.money if _is_credit_of(money, receipts)])


def _is_credit_of(money: LedgerMoney, receipts: set[str]) -> bool:
    return any(move.receipt in receipts for move in moves_of(money)[:1])


def _drawn_wrongly(sides: Sides, items: Sequence[Item]) -> set[str]:
    """Deposits that a sale draws on whose own difference explains what is left of them."""
    sales = {item.invoice for item in items if item.code in ("due", "invoice missing", "invoice voided", "total")}
    drawn = (item.deposit for sale in sides.sales.sales if sale.id in sales for item in sale.payments)
    return {id for id in drawn if id}


def _balance(balance: DepositBalance, left: Decimal, payer: str) -> Item:
    deposit, off = balance.deposit, abs(balance.left - left)
    return Item(
        "differs", "deposit balance", f"deposit {deposit.id}", f"HX-PT-{deposit.id}", "left", balance.left, left, off,
        deposit.date, payer, ("deposits",), deposit.invoice or "",
    )  # fmt: skip
