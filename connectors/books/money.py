"""The money of a sale or deposit against the ledger's movements, receipt by receipt.

PURE. A receipt agrees when the same sum went into the same account on the same day, in however many parts and
whatever form (payment, over- or prepayment, rounding, recovered debt). Rules R8 to R14, R21, R27, R28 and R30.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from connectors.books.comparison import Item, ProofName, Repair, Value
from connectors.books.expected import Move, Role, sum_of
from engine.core.money import ZERO, total

# R21: a payment that a person entered is taken for ours within seven days.
_ADOPTED_WITHIN_DAYS = 7
_POST: tuple[Repair, ...] = ("post", "accept", "ignore")
_CASH: tuple[ProofName, ...] = ("cash", "debtors")
_NAMES: dict[Role, str] = {"reversal": "reversal", "fee": "fee", "surcharge": "surcharge", "dispute": "dispute"}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose money is compared: `payment`s of a sale, or a deposit."""

    word: str
    number: str
    payer: str
    invoice: str
    banks: frozenset[str]


@dataclass(slots=True)
class Pairs:
    """Movements of both sides by receipt and role."""

    wanted: dict[tuple[str, Role], list[Move]] = field(default_factory=dict)
    shown: dict[tuple[str, Role], list[Move]] = field(default_factory=dict)


def compare_money(owner: Owner, wanted: Sequence[Move], shown: Sequence[Move]) -> tuple[Item, ...]:
    """Every difference between the money that should have moved and what moved.

    Args:
        owner: Whose it is, for the items' words.
        wanted: As the practice system tells it.
        shown: What stands in the ledger: of these receipts, and on the sale's own documents.
    """
    pairs = _paired(*agreed(owner, wanted, shown))
    items: list[Item] = []
    for key in sorted({*pairs.wanted, *pairs.shown}):
        items += _receipt(owner, key, pairs.wanted.get(key, []), pairs.shown.get(key, []))
    return (*items, *_elsewhere(owner, shown))


def agreed(owner: Owner, wanted: Sequence[Move], shown: Sequence[Move]) -> tuple[list[Move], list[Move]]:
    """Both sides' movements with what people settled in their own way: adopted payments, money taken off again."""
    adopted = _adopted(wanted, shown)
    off = _taken_back(owner, _paired(wanted, adopted))
    return [each for each in wanted if each.receipt not in off], [each for each in adopted if each.receipt not in off]


def shown_sum(moves: Iterable[Move]) -> Decimal:
    """The payers' money in movements; fees and surcharges are none of it."""
    return sum_of(move for move in moves if move.role in ("money", "reversal"))


def _is_elsewhere(owner: Owner, move: Move) -> bool:
    return bool(move.on) and move.on != owner.invoice


def _paired(wanted: Sequence[Move], shown: Sequence[Move]) -> Pairs:
    pairs = Pairs()
    for move in wanted:
        pairs.wanted.setdefault((move.receipt, move.role), []).append(move)
    for move in shown:
        pairs.shown.setdefault((move.receipt or f"?{move.id}", move.role), []).append(move)
    return pairs


def _adopted(wanted: Sequence[Move], shown: Sequence[Move]) -> list[Move]:
    """Gives payments that a person entered, and that name no receipt, to the missing receipts they stand for."""
    present = {move.receipt for move in shown}
    missing = [move for move in wanted if move.role == "money" and move.receipt not in present]
    result: list[Move] = []
    for move in shown:
        mine = None if move.receipt else next((each for each in missing if _stands_for(move, each)), None)
        if mine is None:
            result.append(move)
            continue
        missing.remove(mine)
        # The person's day and account are the ledger's: people win.
        result.append(replace(move, receipt=mine.receipt, day=mine.day, account=mine.account))
    return result


def _stands_for(move: Move, wanted: Move) -> bool:
    if move.amount != wanted.amount or move.day is None or wanted.day is None:
        return False
    return abs((move.day - wanted.day).days) <= _ADOPTED_WITHIN_DAYS


def _taken_back(owner: Owner, pairs: Pairs) -> set[str]:
    """Receipts that need no movement: money that came back before it was settled, vouchers returned (R27, R30)."""
    found: set[str] = set()
    for receipt in {receipt for receipt, role in pairs.wanted if role == "reversal"}:
        back, money = pairs.wanted[receipt, "reversal"][0], pairs.wanted.get((receipt, "money"), [])
        days = {move.day for move in money}
        unsettled = back.day is None or back.day in days
        shown = [pairs.shown.get((receipt, role)) for role in ("money", "reversal")]
        if unsettled and not any(shown):
            found.add(receipt)
    return found | _vouchers(owner, pairs)


def _vouchers(owner: Owner, pairs: Pairs) -> set[str]:
    """A voucher's payment and its refund may both simply be off: only their sum by account has to agree."""
    receipts = {key[0] for key, moves in pairs.wanted.items() if owner.banks and not _banked(owner, moves)}
    wanted = total([sum_of(moves) for key, moves in pairs.wanted.items() if key[0] in receipts])
    shown = total([sum_of(moves) for key, moves in pairs.shown.items() if key[0] in receipts])
    back = any(sum_of(moves) < ZERO for key, moves in pairs.wanted.items() if key[0] in receipts)
    return receipts if back and wanted == shown else set()


def _banked(owner: Owner, moves: Sequence[Move]) -> bool:
    return any(move.account is None or move.account in owner.banks for move in moves)


# --- one receipt ----------------------------------------------------------------------------------


def _receipt(owner: Owner, key: tuple[str, Role], wanted: list[Move], shown: list[Move]) -> Iterator[Item]:
    receipt, role = key
    due, there = sum_of(wanted), sum_of(shown)
    word = _NAMES.get(role) or ("refund" if due < ZERO else owner.word)
    about = f"{'payment' if owner.word != 'deposit' else 'deposit'} {receipt.removeprefix('?')}"
    plain = role == "money"
    first = (wanted or shown)[0]
    base = Item(
        "differs", "payment extra", about, owner.number, "amount", due, there, abs(due - there), first.day, owner.payer,
        _CASH if plain or role == "reversal" else ("cash",), owner.invoice, shown[0].id if shown else "",
    )  # fmt: skip
    if not wanted:
        if there != ZERO:
            yield replace(base, kind="only in ledger", sales=None)
    elif not shown:
        if due != ZERO:
            yield replace(base, kind="only in sales", code=f"{word} missing", ledger=None, repairs=_POST)
    elif due != there:
        doubled = word == "payment" and len(shown) > 1 and there == 2 * due
        code = "payment doubled" if doubled else f"{word} amount" if plain else f"{word} differs"
        yield replace(base, code=code)
    else:
        yield from _places(base, word, plain, wanted, shown)


def _places(base: Item, word: str, plain: bool, wanted: list[Move], shown: list[Move]) -> Iterator[Item]:
    """The sums agree; the accounts and days may not."""
    amount = abs(sum_of(wanted))
    accounts = _by(shown, lambda move: move.account)
    if all(move.account is not None for move in wanted) and accounts != _by(wanted, lambda move: move.account):
        code = f"{word} account" if plain else f"{word} differs"
        mine, theirs = _words(move.account for move in wanted), _words(accounts)
        yield replace(base, code=code, field="account", sales=mine, ledger=theirs, money=amount, proofs=("cash",))
    if all(move.day is not None for move in wanted) and _by(shown, lambda m: m.day) != _by(wanted, lambda m: m.day):
        code = f"{word} date" if plain else f"{word} differs"
        ours, theirs_on = wanted[0].day, next((m.day for m in shown if m.day != wanted[0].day), shown[0].day)
        same_month = ours and theirs_on and (ours.year, ours.month) == (theirs_on.year, theirs_on.month)
        money = ZERO if same_month or len(accounts) > 1 else amount
        yield replace(base, code=code, field="date", sales=ours, ledger=theirs_on, money=money, proofs=("cash",))


def _by(moves: Sequence[Move], key: Callable[[Move], Value]) -> dict[Value, Decimal]:
    sums: dict[Value, Decimal] = {}
    for move in moves:
        sums[key(move)] = sums.get(key(move), ZERO) + move.amount
    return {place: amount for place, amount in sums.items() if amount != ZERO}


def _words(names: Iterable[Value]) -> str:
    return ", ".join(sorted({str(name) for name in names}))


def _elsewhere(owner: Owner, shown: Sequence[Move]) -> Iterator[Item]:
    """Payments of this sale that stand on the documents of another."""
    for move in shown:
        if _is_elsewhere(owner, move):
            about = f"payment {move.receipt}"
            yield Item(
                "differs", "payment on another invoice", about, owner.number, "invoice", owner.number, f"HX-{move.on}",
                abs(move.amount), move.day, owner.payer, ("debtors",), owner.invoice, move.id,
            )  # fmt: skip
