"""One sale against its documents: each difference once, as the item that a bookkeeper would look for.

PURE. Sums first; what follows from a wrong sum (its tax, what is due) is no difference of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.books.comparison import Item, ItemKind, ProofName, Repair, Value
from connectors.books.expected import ROUNDED, Expected, Fee, Move
from connectors.books.money import Owner, compare_money
from connectors.books.shown import Shown, sale_of
from connectors.books.terms import Terms, is_opening
from engine.core.money import CENT, ZERO, total
from engine.sdk.capabilities import LedgerBooks, LedgerDocument, LedgerMoney

_SALES: tuple[ProofName, ...] = ("sales", "debtors", "gst")
_ALL: tuple[ProofName, ...] = ("sales", "cash", "debtors", "gst")
_POST: tuple[Repair, ...] = ("post", "accept", "ignore")
_KEEP: tuple[Repair, ...] = ("accept", "ignore")
Pair = tuple[Value, Value]


@dataclass(frozen=True, slots=True)
class Case:
    """A sale, its documents, and the money of its receipts wherever it stands."""

    wanted: Expected
    shown: Shown
    moves: tuple[Move, ...]
    money: tuple[LedgerMoney, ...]
    terms: Terms
    books: LedgerBooks

    @property
    def payer(self) -> str:
        """The number of the contact that it should be made out to."""
        number = self.terms.contact_of(self.wanted.sale.payer, self.wanted.sale.location)
        return self.books.merged.get(number, number)


def judge(case: Case) -> tuple[Item, ...]:
    """Every difference of one sale that should be in the books."""
    if not case.shown.documents:
        if case.wanted.gross == ZERO and not case.wanted.moves:
            return ()
        code = "invoice voided" if case.shown.gone else "invoice missing"
        return (_whole(case, code, None),)
    if case.shown.waits and not case.terms.drafts:
        return (_whole(case, "invoice draft", "draft"),)
    waits = case.shown.waits
    money = () if waits else compare_money(owner_of(case), case.wanted.moves, case.moves)
    sums = tuple(_sums(case))
    due = () if waits or any(item.code in ("total", "opening balance") for item in sums) else tuple(_due(case))
    return (*sums, *_head(case), *money, *due)


def owner_of(case: Case) -> Owner:
    """Whose money it is."""
    return Owner("payment", f"HX-{case.shown.sale}", case.payer, case.shown.sale, case.books.banks)


def _whole(case: Case, code: str, ledger: Value) -> Item:
    """A sale whose document is not there, with the money that cannot be there without it."""
    wanted = case.wanted
    missing = compare_money(owner_of(case), wanted.moves, case.moves)
    money = abs(wanted.gross - wanted.off) + total([item.money for item in missing])
    value = wanted.gross - wanted.off
    kind: ItemKind = "only in sales" if ledger is None else "differs"
    found = _item(case, code, "invoice", (value, ledger), money, _ALL)
    return replace(found, kind=kind, repairs=_KEEP if code == "invoice draft" else _POST)


def _item(case: Case, code: str, field: str, pair: Pair, money: Decimal, proofs: tuple[ProofName, ...]) -> Item:
    sale, first = case.wanted.sale, case.shown.first
    return Item(
        "differs", code, f"invoice {sale.id}", f"HX-{sale.id}", field, *pair, money, case.wanted.day, case.payer,
        proofs, sale.id, first.id if first else "", repairs=_POST,
    )  # fmt: skip


# --- sums -----------------------------------------------------------------------------------------


def _sums(case: Case) -> Iterator[Item]:
    wanted, shown = case.wanted, case.shown
    if wanted.gross != shown.gross:
        code = "opening balance" if is_opening(wanted.sale, case.terms) else "total"
        yield _item(case, code, "gross", (wanted.gross, shown.gross), abs(wanted.gross - shown.gross), _SALES)
    elif wanted.exact_tax and wanted.tax != shown.tax:
        yield _item(case, "tax", "tax", (wanted.tax, shown.tax), abs(wanted.tax - shown.tax), ("gst",))
    if wanted.off != shown.off:
        yield _item(case, "discount", "discount", (wanted.off, shown.off), abs(wanted.off - shown.off), _SALES)
    elif wanted.off and abs(wanted.off_tax - shown.off_tax) > CENT * len(wanted.fees):
        pair = (wanted.off_tax, shown.off_tax)
        yield _item(case, "tax", "tax of the discount", pair, abs(pair[0] - pair[1]), ("gst",))
    yield from _kinds(case)


def _kinds(case: Case) -> Iterator[Item]:
    """Fees that stand in another account, or under another tax rate: the sum that has to be moved."""
    wanted, shown = case.wanted, case.shown
    if not shown.fees or any(fee.account is None for fee in wanted.fees):
        return
    by_account = (_by_account(wanted.fees), _by_account(shown.fees))
    if moved := _displaced(*by_account):
        pair = (_named(by_account[0]), _named(by_account[1]))
        yield _item(case, "account", "account", pair, moved, ("sales",))
        return
    by_type = (_by_type(wanted.fees), _by_type(shown.fees))
    if wanted.exact_tax and wanted.tax == shown.tax and (moved := _displaced(*by_type)):
        pair = (_named(by_type[0]), _named(by_type[1]))
        yield _item(case, "tax type", "tax type", pair, moved, ("sales", "gst"))


def _by_account(fees: Iterable[Fee]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for fee in fees:
        sums[fee.account or ""] = sums.get(fee.account or "", ZERO) + fee.amount
    return {name: amount for name, amount in sums.items() if amount != ZERO}


def _by_type(fees: Iterable[Fee]) -> dict[str, Decimal]:
    return _by_account([Fee(fee.tax_type, "", fee.amount, ZERO) for fee in fees])


def _displaced(wanted: Mapping[str, Decimal], shown: Mapping[str, Decimal]) -> Decimal:
    """How much stands under a wrong name, beyond what the sums differ by anyway."""
    names = {*wanted, *shown}
    apart = [shown.get(name, ZERO) - wanted.get(name, ZERO) for name in names]
    return (total([abs(each) for each in apart]) - abs(total(apart))) / 2


def _named(sums: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in sorted(sums.items()))


# --- the head -------------------------------------------------------------------------------------


def _head(case: Case) -> Iterator[Item]:
    wanted, shown = case.wanted, case.shown
    newest, value = shown.newest, wanted.gross - wanted.off
    if newest is None:
        return
    if newest.contact and newest.contact != case.payer:
        pair = (case.payer, newest.contact_name or newest.contact)
        yield _item(case, "contact", "contact", pair, abs(value), ("debtors",))
    if shown.day is not None and shown.day != wanted.day:
        same_month = (shown.day.year, shown.day.month) == (wanted.day.year, wanted.day.month)
        yield _item(case, "date", "date", (wanted.day, shown.day), ZERO if same_month else abs(value), ("sales", "gst"))


# --- what is due ----------------------------------------------------------------------------------


def _due(case: Case) -> Iterator[Item]:
    """Write-offs and roundings as they should be, and all credit applied to what is owed."""
    wanted, shown = case.wanted, case.shown
    given = _given_up(wanted)
    locked = total([each.total for each in shown.documents if _is_locked_write_off(case, each)])
    if shown.given_up != given and shown.given_up - locked != given - min(locked, given):
        pair = (given, shown.given_up)
        yield _item(case, "write-off", "write-off", pair, abs(given - shown.given_up), ("debtors",))
    if shown.rounded > ROUNDED:
        yield _item(case, "rounding", "rounding", (ZERO, shown.rounded), shown.rounded, ("debtors",))
    should = _should_be_due(case)
    if shown.due != should:
        yield _item(case, "due", "due", (should, shown.due), abs(should - shown.due), ("debtors",))


def _is_locked_write_off(case: Case, document: LedgerDocument) -> bool:
    """A write-off in a locked period stays, whatever was paid later (R17)."""
    locked = case.books.locked
    return "-WO" in document.number and locked is not None and document.date <= locked


def _given_up(wanted: Expected) -> Decimal:
    unpaid = wanted.gross - wanted.off - wanted.received
    return max(min(wanted.given_up, unpaid), ZERO)


def _should_be_due(case: Case) -> Decimal:
    """What the invoices would owe with every credit of the sale applied to them, by what the ledger shows."""
    wanted, shown = case.wanted, case.shown
    invoices = [document for document in shown.documents if document.kind == "invoice"]
    notes = [document for document in shown.documents if document.kind == "credit note"]
    owed = total([document.total - _paid(document) for document in invoices])
    credit = total([document.total - _paid(document) for document in notes])
    credit += total([_unrefunded(money) for money in case.money])
    return max(owed - credit - wanted.used + wanted.kept, ZERO)


def _paid(document: LedgerDocument) -> Decimal:
    return total([payment.amount for payment in document.payments])


def _unrefunded(money: LedgerMoney) -> Decimal:
    if money.kind not in ("overpayment", "prepayment"):
        return ZERO
    return money.total - total([payment.amount for payment in money.refunds])


# --- documents without a sale ---------------------------------------------------------------------


def without_sale(shown: Shown, code: str, note: str = "") -> Item:
    """Documents whose sale is not there, or should have none."""
    paid = total([abs(move.amount) for move in shown.moves()])
    first = shown.first or shown.documents[0]
    value = shown.gross - shown.off
    return Item(
        "only in ledger", code, f"invoice {shown.sale}", f"HX-{shown.sale}", "invoice", None, value,
        abs(value) + paid, shown.day or first.date, first.contact, _ALL, shown.sale, first.id, note=note,
    )  # fmt: skip


def likeness(case: Case, document: LedgerDocument) -> int:
    """How much a document of another making looks like this sale: 0 not, 1 same payer, total and day, 2 its number too.

    The number of a document may hold the practice system's own, as Halaxy's link to Xero writes it.
    """
    sale = case.wanted.sale
    if document.kind != "invoice" or document.total != case.wanted.gross or sale_of(document) is not None:
        return 0
    numbered = bool(sale.number) and document.number.split("-")[-1].lstrip("0") == sale.number.lstrip("0")
    named = bool(sale.payer.name) and sale.payer.name.casefold() in document.contact_name.casefold()
    if document.contact != case.payer and not named:
        return 0
    return 2 if numbered else int(document.date == sale.date)
