"""What the ledger should show of a sale and of a deposit, worked out from the practice system's facts alone.

PURE, and independent of the posting: no document is imitated here. Whatever form a rule gives to it (invoice,
addition, re-issue, credit note, over- or prepayment), the fees of a sale come to the same sums by account and tax,
and each receipt moves the same sum on the same day in the same account. Rules R1 to R30 of the accounting cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from connectors.books.terms import Terms, is_opening
from engine.core.money import ZERO, cents, total
from engine.sdk.capabilities import LedgerBooks
from engine.sdk.records import Deposit, Receipt, Sale, SaleLine

Role = Literal["money", "reversal", "fee", "surcharge", "dispute"]
TAXED, FREE, OUTSIDE = "OUTPUT", "EXEMPTOUTPUT", "BASEXCLUDED"
_IN = ("payment", "deposit_applied", "discount")
_OUT = ("refund", "to_deposit", "dishonour")
_ROUNDING = Decimal("0.05")
# At most this much is rounding of cash and no mistake (R28).
ROUNDED = Decimal("0.04")


@dataclass(frozen=True, slots=True)
class Fee:
    """A sum of fees of one kind; `amount` includes `tax`; `account` is None where no map tells it."""

    account: str | None
    tax_type: str
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """Money of a receipt: into an account where positive, out of it where negative.

    `day` is None where the practice system does not tell it, `account` where no map does; `receipt` is "" for money
    that names none; `on` is the sale on whose documents it stands, "" for money that stands on none.
    """

    receipt: str
    role: Role
    day: date | None
    account: str | None
    amount: Decimal
    on: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """A sale as it should stand.

    Attributes:
        fees: What is asked for or was given up, before discounts.
        given_up: The part of the fees that was written off, with tax.
        off: Discounts among the payments.
        moves: Money, without what comes from or becomes a deposit.
        used: What deposits paid of it.
        kept: What became a deposit.
    """

    sale: Sale
    day: date
    fees: tuple[Fee, ...]
    given_up: Decimal
    off: Decimal
    moves: tuple[Move, ...]
    used: Decimal
    kept: Decimal
    exact_tax: bool = True

    @property
    def gross(self) -> Decimal:
        """All fees."""
        return total([fee.amount for fee in self.fees])

    @property
    def tax(self) -> Decimal:
        """The tax in them."""
        return total([fee.tax for fee in self.fees])

    @property
    def off_tax(self) -> Decimal:
        """The tax in the discounts, which are spread over the fees by gross (R8)."""
        return cents(self.off * self.tax / self.gross) if self.off and self.gross else ZERO

    @property
    def received(self) -> Decimal:
        """Money that stays, deposits used included."""
        return total([move.amount for move in self.moves if move.role in ("money", "reversal")]) + self.used - self.kept

    @property
    def owed(self) -> Decimal:
        """What the payer owes after all; negative is his credit."""
        unpaid = self.gross - self.off - self.received
        rest = unpaid - max(min(self.given_up, unpaid), ZERO)
        return ZERO if ZERO < rest <= ROUNDED and self._ends_in_cash else rest

    @property
    def _ends_in_cash(self) -> bool:
        """Cash is rounded to five cents: what is left of it is not asked for (R28)."""
        money = sorted((item for item in self.sale.payments if item.kind == "payment"), key=lambda item: item.at)
        return bool(money) and money[-1].method.strip().casefold() == "cash"


def expected(sale: Sale, terms: Terms, books: LedgerBooks, before_write_off: bool) -> Expected:
    """What should stand of a sale.

    Args:
        sale: The sale with its money.
        terms: How the practice posts.
        books: What tells how the organisation is taxed.
        before_write_off: Whether the sale was posted with the fees that were given up later; fees given up before
            the first posting never come over (R1).
    """
    money = [item for item in sale.payments if not is_opening(sale, terms) or item.date >= terms.start]
    off = total([item.amount for item in money if terms.is_discount(item, sale.location)])
    used = total([item.amount for item in money if item.kind == "deposit_applied"])
    kept = total([item.amount for item in money if item.kind == "to_deposit"])
    moves = tuple(_moves(money, sale, terms, books))
    if is_opening(sale, terms):
        fees, exact = _opening(sale, terms, money), not books.cash_basis
        return Expected(sale, terms.start, fees, ZERO, off, moves, used, kept, exact)
    lines = [line for line in sale.lines if line.status not in ("voided", "unassigned")]
    given = [line for line in lines if line.status == "write-off"] or (lines if sale.status == "write-off" else [])
    if not before_write_off:
        lines = [line for line in lines if line not in given]
    fees = _fees(sale, lines, given, terms, books)
    given_up = total([line.gross for line in given]) if before_write_off else ZERO
    return Expected(sale, sale.date, fees, given_up, off, moves, used, kept)


def deposit_moves(deposit: Deposit, terms: Terms) -> tuple[Move, ...]:
    """The money of a deposit; one that a refund was turned into brought none of its own (R14c)."""
    place = deposit.location
    taken = Receipt(deposit.id, "deposit", deposit.at, deposit.date, deposit.method, deposit.amount)
    came = () if deposit.invoice else (_move(taken, "money", taken.date, terms.arrives_in(taken, place), 1),)
    return (*came, *(_move(item, "money", item.date, terms.leaves_from(item, place), -1) for item in deposit.refunds))


# --- fees -----------------------------------------------------------------------------------------


def _opening(sale: Sale, terms: Terms, since: Sequence[Receipt]) -> tuple[Fee, ...]:
    """What was owed on the start date: what is owed now and what was paid since (R26)."""
    came = total([item.amount for item in since if item.kind in _IN])
    went = total([item.amount for item in since if item.kind in _OUT])
    owed = max(sale.totals.balance + came - went, ZERO)
    account = terms.roles.get("opening balances")
    return (Fee(None if account is None else str(account), OUTSIDE, owed, ZERO),)


def _fees(
    sale: Sale, lines: Sequence[SaleLine], given: Sequence[SaleLine], terms: Terms, books: LedgerBooks
) -> tuple[Fee, ...]:
    fees = [_fee(sale, line, terms, books) for line in lines]
    off = sale.totals.gross - total([line.gross for line in lines])
    # The header speaks of all fees only while none is given up; a few cents more are a rounding line (R6).
    if not given and off and abs(off) <= _ROUNDING:
        fees.append(Fee(books.rounding or None, OUTSIDE, off, ZERO))
    elif not given and off:
        fees.append(Fee(None, "", off, ZERO))
    return _with_header_tax(sale, lines, fees, given, books)


def _fee(sale: Sale, line: SaleLine, terms: Terms, books: LedgerBooks) -> Fee:
    account = terms.revenue_account(line, sale.location)
    if not books.registered or account in books.liabilities:
        return Fee(account, OUTSIDE, line.gross, ZERO)
    taxed = line.tax != ZERO if line.tax is not None else line.taxable and sale.totals.tax != ZERO
    return Fee(account, TAXED if taxed else FREE, line.gross, line.tax or ZERO)


def _with_header_tax(
    sale: Sale, lines: Sequence[SaleLine], fees: Sequence[Fee], given: Sequence[SaleLine], books: LedgerBooks
) -> tuple[Fee, ...]:
    """Lines whose own tax is not that of the header share the header's (R6): only the sum matters here."""
    taxed = [fee for fee in fees if fee.tax_type == TAXED]
    # What lines on liability accounts carry is no tax of the sale.
    stated = total([line.tax or ZERO for line in lines])
    missing = sale.totals.tax - stated
    if given or not books.registered or not taxed or missing == ZERO:
        return tuple(fees)
    first = taxed[0]
    raised = Fee(first.account, first.tax_type, first.amount, first.tax + missing)
    return tuple(raised if fee is first else fee for fee in fees)


# --- money ----------------------------------------------------------------------------------------


def _moves(money: Sequence[Receipt], sale: Sale, terms: Terms, books: LedgerBooks) -> Iterator[Move]:
    place = sale.location
    known = {item.id: item for item in money}
    for item in money:
        if terms.is_discount(item, place) or item.kind in ("failed", "deposit", "deposit_applied", "to_deposit"):
            continue
        if item.kind == "refund":
            yield _move(item, "money", item.date, terms.leaves_from(item, place), -1)
        elif item.kind == "dishonour":
            yield from _came_back(item, known.get(item.reverses or ""), place, terms)
        else:
            account = terms.arrives_in(item, place)
            yield _move(item, "money", item.date, account, 1)
            yield from _card(item, account, place, terms, books)


def _card(item: Receipt, account: str | None, place: str | None, terms: Terms, books: LedgerBooks) -> Iterator[Move]:
    """What a card payment costs and brings besides (R12); only where money arrives in a bank account."""
    if account is not None and books.banks and account not in books.banks:
        return
    if item.surcharge:
        yield Move(item.id, "surcharge", item.date, account, item.surcharge)
    if fee := terms.fee_of(item, place):
        yield Move(item.id, "fee", item.date, account, -fee)


def _came_back(item: Receipt, paid: Receipt | None, place: str | None, terms: Terms) -> Iterator[Move]:
    """Both movements of the bank (R30), told as money of the payment and its going out again."""
    target = paid or item
    if paid is None:
        # The payment itself has turned, so that it is told here; the day on which it went is not known.
        yield _move(target, "money", target.date, terms.arrives_in(target, place), 1)
    bears = terms.leaves_from(item, place)
    day = item.date if paid is not None else None
    yield Move(target.id, "reversal", day, bears, -item.amount)
    if item.dispute_fee:
        yield Move(target.id, "dispute", day, bears, -item.dispute_fee)


def _move(item: Receipt, role: Role, day: date, account: str | None, sign: int) -> Move:
    return Move(item.id, role, day, account, sign * item.amount)


def sum_of(moves: Iterable[Move]) -> Decimal:
    """The sum of movements, money out taken off."""
    return total([move.amount for move in moves])
