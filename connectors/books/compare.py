"""Do both sides agree? Everything sold, received and held in a period against the ledger, to the cent, item by item.

PURE: reads nothing. What a sale should come to is in `expected`, what the ledger shows in `shown`, one sale's
differences in `judging` and `money`; here every sale, document and movement is given its place exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from connectors.books.clearing import clearing, suspected
from connectors.books.comparison import Comparison, Item, Outside, Repair
from connectors.books.deposits import Held, compare_deposits
from connectors.books.expected import Expected, Move, expected
from connectors.books.judging import Case, judge, likeness, owner_of, without_sale
from connectors.books.memory import changed_by_people, settle, waiting
from connectors.books.money import agreed, compare_money
from connectors.books.period import Period, Sides, why_outside
from connectors.books.proofs import Ground, proofs
from connectors.books.shown import Shown, families, moves_of, sale_of, suffix_of
from connectors.books.summing import days_of, pays, side_of
from connectors.books.terms import Terms
from engine.core.money import ZERO, total
from engine.sdk.capabilities import LedgerDocument, LedgerMoney
from engine.sdk.records import Sale

_ADOPT: tuple[Repair, ...] = ("post", "link", "accept", "ignore")
_ABSENT = ("invoice missing", "invoice voided")
_CORRECTS = "belongs to an invoice from before what was read"


@dataclass(slots=True)
class Findings:
    """Gathers while the sales are gone through."""

    cases: list[Case] = field(default_factory=list)
    orphans: list[Shown] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def compare(sides: Sides, terms: Terms, period: Period) -> Comparison:
    """Compare a period.

    Args:
        sides: Both sides as read. The ledger has to reach back to the oldest of the sales, and up to today:
            corrections are dated on the day they happen.
        terms: How the practice posts.
        period: The days.
    """
    found, money = Findings(), _Money(sides)
    posted = families(sides.ledger.documents)
    for sale in sorted(sides.sales.sales, key=lambda sale: (sale.date, sale.id)):
        _place(sale, posted.pop(sale.id, Shown(sale.id)), sides, terms, period, money, found)
    _without_sale(posted.values(), sides, period, found)
    foreign = [document for document in sides.ledger.documents if sale_of(document) is None]
    _duplicates(foreign, found)
    held = compare_deposits(sides, terms, money.unclaimed, found.items)
    found.items += [*held.items, *_unknown_money(sides, held, period)]
    items = tuple(_ordered(_explained(found.items, sides)))
    return _comparison(items, found, held, sides, period, foreign)


class _Money:
    """The ledger's movements by receipt; each is claimed by the sale or deposit whose receipt it is."""

    def __init__(self, sides: Sides) -> None:
        self._known = {item.id for sale in sides.sales.sales for item in sale.payments}
        self._beside: dict[str, list[LedgerMoney]] = {}
        self._moves: dict[str, list[Move]] = {}
        for money in sides.ledger.money:
            for move in moves_of(money):
                self._moves.setdefault(move.receipt, []).append(move)
                self._beside.setdefault(move.receipt, []).append(money)
        for shown in families(sides.ledger.documents).values():
            for move in shown.moves():
                if move.receipt in self._known:
                    self._moves.setdefault(move.receipt, []).append(move)

    @property
    def unclaimed(self) -> dict[str, list[Move]]:
        """What no sale has claimed."""
        return self._moves

    def claim(self, sale: Sale, shown: Shown) -> tuple[tuple[Move, ...], tuple[LedgerMoney, ...]]:
        """The movements of a sale's receipts, wherever they stand, and those on its documents that name no receipt."""
        moves: list[Move] = []
        beside: dict[str, LedgerMoney] = {}
        for item in sale.payments:
            moves += self._moves.pop(item.id, [])
            beside |= {money.id: money for money in self._beside.get(item.id, ())}
        moves += [move for move in shown.moves() if move.receipt not in self._known]
        return tuple(moves), tuple(beside.values())


def _place(
    sale: Sale, shown: Shown, sides: Sides, terms: Terms, period: Period, money: _Money, found: Findings
) -> None:
    moves, beside = money.claim(sale, shown)
    reason = why_outside(sale, shown, terms, period)
    case = Case(_as_posted(sale, shown, sides, terms), shown, moves, beside, terms, sides.ledger)
    if not reason and max(sale.date, terms.start) < sides.ledger.first:
        reason = _CORRECTS
    if not reason:
        found.cases.append(case)
        found.items += judge(case)
        found.waiting += [f"invoice {sale.id}"] if shown.waits and terms.drafts else []
        return
    found.outside.append(Outside(f"invoice {sale.id}", reason, sale.totals.gross))
    if reason == "dated in the future" and not sale.deleted:
        found.items += compare_money(owner_of(case), _early(case), moves)
    if shown.carries and reason != _CORRECTS:
        found.orphans.append(shown)
        found.items.append(without_sale(shown, "invoice unwanted", f"In Halaxy it is {reason}."))


def _as_posted(sale: Sale, shown: Shown, sides: Sides, terms: Terms) -> Expected:
    """With the fees that were given up, unless they were before the first posting: the documents tell."""
    full = expected(sale, terms, sides.ledger, before_write_off=True)
    if not full.given_up or (shown.documents and shown.gross == full.gross):
        return full
    rest = expected(sale, terms, sides.ledger, before_write_off=False)
    return full if shown.documents and shown.gross != rest.gross else rest


def _early(case: Case) -> list[Move]:
    """Money for a visit to come is a prepayment; vouchers wait for the day (R11, R27)."""
    banks = case.books.banks
    return [move for move in case.wanted.moves if move.account is None or not banks or move.account in banks]


def _without_sale(rest: Iterable[Shown], sides: Sides, period: Period, found: Findings) -> None:
    """Documents whose sale is not among those that were read."""
    for shown in rest:
        if not shown.documents or not any(period.holds(document.date) for document in shown.documents):
            continue
        about = f"invoice {shown.sale}"
        if shown.sale not in sides.sales.gone and not any(suffix_of(each) == "" for each in shown.documents):
            found.outside.append(Outside(about, _CORRECTS, shown.gross))
        elif shown.carries:
            note = "It was deleted in Halaxy." if shown.sale in sides.sales.gone else ""
            found.orphans.append(shown)
            found.items.append(without_sale(shown, "invoice extra", note))
        else:
            found.outside.append(Outside(about, "no sale, and its documents cancel each other", ZERO))


def _duplicates(foreign: Sequence[LedgerDocument], found: Findings) -> None:
    """A document of another making that looks like a sale: entered twice, or by hand instead of by Daybook."""
    by_total: dict[Decimal, list[Case]] = {}
    for case in found.cases:
        by_total.setdefault(case.wanted.gross, []).append(case)
    absent = {item.invoice: index for index, item in enumerate(found.items) if item.code in _ABSENT}
    for document in foreign:
        if document.status == "gone":
            continue
        alike = [
            (likeness(case, document), case.shown.sale in absent, case) for case in by_total.get(document.total, ())
        ]
        closest = max(alike, key=lambda each: each[:2], default=None)
        if closest is None or not closest[0]:
            continue
        case = closest[2]
        note = f"{document.number or 'A document without a number'} looks the same."
        if (index := absent.pop(case.shown.sale, None)) is not None:
            found.items[index] = replace(found.items[index], note=note, document=document.id, repairs=_ADOPT)
        else:
            found.items.append(_twin(case, document, note))


def _twin(case: Case, twin: LedgerDocument, note: str) -> Item:
    value = case.wanted.gross
    return Item(
        "only in ledger", "suspected duplicate", f"invoice {case.shown.sale}", twin.number, twin.number or twin.id,
        None, value, abs(value), twin.date, case.payer, ("sales", "debtors", "gst"), case.shown.sale, twin.id,
        note=note,
    )  # fmt: skip


def _unknown_money(sides: Sides, held: Held, period: Period) -> Iterator[Item]:
    """Money that names a receipt which the practice system does not have."""
    for receipt, moves in sorted(held.unclaimed.items()):
        amount = total([move.amount for move in moves])
        if receipt and amount != ZERO and any(period.holds(move.day) for move in moves):
            yield Item(
                "only in ledger", "money extra", f"payment {receipt}", f"HX-PT-{receipt}", "amount", None, amount,
                abs(amount), moves[0].day, "", ("cash",), "", moves[0].id,
            )  # fmt: skip


# --- the whole ------------------------------------------------------------------------------------


def _explained(items: Iterable[Item], sides: Sides) -> Iterator[Item]:
    """Each item with the hold that keeps it, and whether a person changed its document."""
    held = {hold.subject: hold.sentence for hold in sides.holds if hold.subject}
    people = {changed.id for changed in changed_by_people(sides)}
    for item in items:
        because = held.get(item.invoice, "") if item.invoice else ""
        yield replace(item, because=because, by_person=item.document in people)


def _ordered(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.day or date.min, item.about, item.code, item.field))


def _comparison(
    items: tuple[Item, ...], found: Findings, held: Held, sides: Sides, period: Period, foreign: Sequence[object]
) -> Comparison:
    counted, settled = settle(items, sides.noted)
    sold = [(case.wanted.day, case.wanted.gross - case.wanted.off) for case in found.cases]
    shown = [*(case.shown for case in found.cases if case.shown.documents), *found.orphans]
    posted = [(each.day or each.documents[0].date, each.gross - each.off) for each in shown]
    both = [
        ([] if case.shown.waits else wanted, moves)
        for case in found.cases
        for wanted, moves in [agreed(owner_of(case), case.wanted.moves, case.moves)]
    ]
    paid = [(move.day, move.amount) for wanted, _ in both for move in wanted if pays(move)]
    banked = [(move.day, move.amount) for _, moves in both for move in moves if pays(move)]
    banked += [(move.day, move.amount) for each in found.orphans for move in each.moves()]
    days = tuple(days_of(period, sold, posted, paid, banked))
    live = sum(1 for document in foreign if getattr(document, "status", "") != "gone")
    return Comparison(
        period.first,
        period.last,
        side_of([each for each in sold if period.holds(each[0])], [each for each in paid if period.holds(each[0])]),
        side_of([each for each in posted if period.holds(each[0])], [each for each in banked if period.holds(each[0])]),
        days,
        counted,
        tuple(found.outside),
        tuple(found.waiting),
        live,
        proofs(Ground(tuple(found.cases), tuple(found.orphans), held, period, counted)),
        clearing(sides, period),
        suspected(found.cases),
        changed_by_people(sides),
        waiting(sides.holds, period.today),
        settled,
    )
