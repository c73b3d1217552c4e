"""R12: the practice system's own receipts (fees, refunds and chargebacks charged to the card) are matched first.

PURE. What payments have brought into the books already is not posted a second time: found by amount within a week, and
fees also as the sum of a month. One document covers one receipt; a refund that nothing matches is held, never expensed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connectors.xero.posting.beginning import SKIP, Said
from connectors.xero.posting.situation import GONE, Ground, Write
from engine.core.money import total
from engine.sdk.contract import Ask, Calls, Finished, Hold, Link
from engine.sdk.records import Expense

Json = Any
EXPENSE_IT = "post it as an expense"
_WEEK = timedelta(days=7)
_LOOK_AGAIN_FOR = timedelta(days=14)
_FEE, _RETURN = "fee", "return"
_FEE_WORDS = re.compile(r"\bfees?\b", re.IGNORECASE)
_RETURN_WORDS = re.compile(r"refund|recoup|chargeback|charge-back|dishono|reversal", re.IGNORECASE)
_SPENT = re.compile(r"HX-PT-\S+ (?:(?P<fee>(?:chargeback )?fee)|reversed)")
_REFUNDED = re.compile(r"HX-PT-\S+ (?:deposit )?refund(?: .*)?")


@dataclass(frozen=True, slots=True)
class _Posted:
    """A document of ours that a receipt may be about."""

    id: str
    kind: str
    reference: str
    day: date
    amount: Decimal
    account: str


def month_keys(expense: Expense) -> tuple[str, ...]:
    """The keys under which is kept what receipts of these months cover; two receipts never claim one document."""
    first, last = _window(expense)
    months = sorted({(day.year, day.month) for day in (first, expense.date, last)})
    return tuple(f"halaxy receipts {year}-{month:02}" for year, month in months)


def matched(now: Ground, expense: Expense, card: str) -> Said:
    """Finished where it is in the books already, a hold where it should be; None when it is to be posted.

    Args:
        card: The code of the account to which the practice system charges; refunds are drawn from it (R14).
    """
    mine, basis = _covers_of(now, expense), _basis(expense)
    if expense.deleted:
        return tuple(replace(link, gone=True) for link in mine) or None
    if mine and all(link.written["basis"] == basis for link in mine):
        covered = ", ".join(link.marker for link in mine)
        return Finished({"covered": covered, "skipped": f"already in the books: {covered}"})
    if mine:
        return tuple(replace(link, gone=True) for link in mine)
    kinds = _kinds(expense)
    if not kinds or now.chosen("UNMAPPED", _about(expense)) == EXPENSE_IT:
        return None
    found = _posted(now, expense)
    if not isinstance(found, tuple):
        return found
    taken = {link.id for link in _covers(now)}
    free = [item for item in found if item.kind in kinds and item.id not in taken]
    own = [item for item in free if item.kind == _FEE or item.account == card]
    if match := _match(expense, own):
        return tuple(_cover(item, expense, basis) for item in match)
    if kinds == (_FEE,) and now.policy.fee_source == "expenses":
        return None
    return _unmatched(now, expense, kinds)


def _kinds(expense: Expense) -> tuple[str, ...]:
    """What a receipt is about, by its words; none of them for credits, subscriptions and the like."""
    text = f"{expense.description} {expense.category}"
    words = ((_FEE, _FEE_WORDS), (_RETURN, _RETURN_WORDS))
    return tuple(kind for kind, pattern in words if pattern.search(text))


def _match(expense: Expense, free: list[_Posted]) -> tuple[_Posted, ...]:
    near = [item for item in free if item.amount == expense.gross and abs(item.day - expense.date) <= _WEEK]
    if near:
        return (min(near, key=lambda item: (abs(item.day - expense.date), item.reference)),)
    for year, month in dict.fromkeys((day.year, day.month) for day in (expense.date, expense.date - _WEEK)):
        fees = [item for item in free if item.kind == _FEE and (item.day.year, item.day.month) == (year, month)]
        if fees and total(tuple(item.amount for item in fees)) == expense.gross:
            return tuple(fees)
    return ()


def _posted(now: Ground, expense: Expense) -> tuple[_Posted, ...] | Calls | Hold:
    first, last = _window(expense)
    lists: dict[str, Mapping[str, Json]] = {}
    asks: list[Ask] = []
    for action, more in (("list_bank_transactions", {"type": "SPEND"}), ("list_payments", {})):
        answer = now.read(action)
        if answer is not None:
            lists[action] = answer
        elif (refusal := now.refusal(action)) is not None:
            return now.refused(refusal, _about(expense))
        else:
            asks.append(now.ask(action, "", {"first": first, "last": last, **more}, Write(action)))
    if asks:
        return Calls(tuple(asks))
    return (*_spent(lists["list_bank_transactions"]["rows"]), *_refunded(lists["list_payments"]["rows"]))


def _spent(rows: Iterable[Mapping[str, Json]]) -> Iterator[_Posted]:
    for row in rows:
        found = _SPENT.fullmatch(row["reference"])
        if found is not None and row["status"] not in GONE:
            kind = _FEE if found["fee"] else _RETURN
            yield _Posted(row["id"], kind, row["reference"], row["date"], row["total"], row["account"])


def _refunded(rows: Iterable[Mapping[str, Json]]) -> Iterator[_Posted]:
    for row in rows:
        if _REFUNDED.fullmatch(row["reference"]) and row["status"] not in GONE:
            yield _Posted(row["id"], _RETURN, row["reference"], row["date"], row["amount"], row["account"])


def _window(expense: Expense) -> tuple[date, date]:
    """From the first day of the month of a week before, to a week after or the month's end."""
    week_before, end = expense.date - _WEEK, monthrange(expense.date.year, expense.date.month)[1]
    return week_before.replace(day=1), max(expense.date + _WEEK, expense.date.replace(day=end))


def _cover(item: _Posted, expense: Expense, basis: str) -> Link:
    source, part = f"halaxy receipts {item.day.year}-{item.day.month:02}", f"covers {item.reference}"
    written = {"expense": expense.id, "basis": basis, "amount": item.amount}
    return Link(source, part, "covered", item.id, item.reference, expense.version, written)


def _covers(now: Ground) -> tuple[Link, ...]:
    links = (link for link in now.known.links.values() if link.source.startswith("halaxy receipts "))
    return tuple(sorted((link for link in links if not link.gone), key=lambda link: link.marker))


def _covers_of(now: Ground, expense: Expense) -> tuple[Link, ...]:
    return tuple(link for link in _covers(now) if link.written.get("expense") == expense.id)


def _unmatched(now: Ground, expense: Expense, kinds: tuple[str, ...]) -> Hold:
    """Looked for again each day for two weeks, because the receipt may be here before what it is about."""
    cause = f"receipt {expense.id} over {expense.gross} matches nothing that was posted"
    releases = ["person"]
    if now.today.day < expense.date + _LOOK_AGAIN_FOR:
        releases.append(f"day {(now.today.day + timedelta(days=1)).isoformat()}")
    held = now.hold("UNMAPPED", _about(expense), cause, *releases, amount=expense.gross)
    return replace(held, choices=(SKIP,) if _RETURN in kinds else (EXPENSE_IT, SKIP))


def _about(expense: Expense) -> str:
    return f"expense {expense.id}"


def _basis(expense: Expense) -> str:
    return f"{expense.date.isoformat()} {expense.gross} {expense.description}"
