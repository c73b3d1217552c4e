"""R24: what a day's documents and its money should be, sale by sale, before anything is summed.

PURE. Fee rows keep the sale that they come from, so that a late item, an edit or a removal is found by comparing rows.
What is written of it stands in `day_documents`, `day_refunds` and `day_payments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from connectors.xero.posting import fees
from connectors.xero.posting.fees import REFUND, Row
from connectors.xero.posting.lines import active_lines, build
from connectors.xero.posting.methods import is_discount
from connectors.xero.posting.modes import belongs_to_day, charged_rows, day_key, sale_of
from connectors.xero.posting.situation import Ground, situation
from connectors.xero.posting.standing import NOTE
from engine.core.money import ZERO, total
from engine.sdk.contract import Hold, Link
from engine.sdk.records import Day, Receipt, Sale

Json = Any


@dataclass(frozen=True)
class DaySituation(Ground):
    """One round of the posting of a day."""

    day: Day

    @property
    def number(self) -> str:
        """`HXD-<location>-<yyyymmdd>`."""
        return f"HXD-{self.day.location or 'ALL'}-{self.day.date:%Y%m%d}"

    @cached_property
    def wanted(self) -> tuple[SaleSums, ...] | Hold:
        """The sums of each sale of the day, and of each that only stands in its documents still."""
        found = sums_of(self, self.day.sales)
        return found if isinstance(found, Hold) else (*found, *_left_over(self))


@dataclass(frozen=True, slots=True)
class SaleSums:
    """One sale of a day.

    Attributes:
        rows: Its fees as they are now, discounts taken off.
        charged: Its fees as the day's documents have them, refunds left out.
        noted: Its rows in credit notes of refunds, wherever they stand.
        by_note: How much of its refunds has to be given back through such credit notes, standing ones included.
        money: Its payments, oldest first.
        refunds: Its refunds, oldest first.
    """

    id: str
    rows: tuple[Row, ...]
    charged: tuple[Row, ...] = ()
    noted: tuple[Row, ...] = ()
    by_note: Decimal = ZERO
    money: tuple[Receipt, ...] = ()
    refunds: tuple[Receipt, ...] = ()

    @property
    def paid(self) -> Decimal:
        """What came in."""
        return total(tuple(item.amount for item in self.money))

    @property
    def unnoted(self) -> Decimal:
        """Refunds whose credit note is not written yet."""
        return self.by_note - amount_of(self.noted)

    @property
    def fees(self) -> tuple[Row, ...]:
        """What the documents have to charge; a sale that waits for the note of its refund stays as it is."""
        if self.unnoted != ZERO and self.charged:
            return self.charged
        return (*self.rows, *self.noted)

    @property
    def room(self) -> Decimal:
        """How much of its money belongs on the documents; the rest is the customers' credit."""
        return min(self.paid, max(amount_of(self.rows), ZERO) + self.by_note)


def amount_of(rows: Iterable[Row]) -> Decimal:
    """The sum of fee rows."""
    return total(tuple(row["amount"] for row in rows))


def sums_of(now: Ground, sales: Sequence[Sale]) -> tuple[SaleSums, ...] | Hold:
    """The sums of sales of any day, or the first hold that is in the way of one."""
    found: list[SaleSums] = []
    for sale in sales:
        sums = _sums(now, sale)
        if isinstance(sums, Hold):
            return sums
        found.append(sums)
    return tuple(found)


def charged_under(now: Ground, key: str) -> tuple[Row, ...]:
    """The fee rows in the documents of a day."""
    return tuple(row for (source, _), link in now.known.links.items() if source == key for row in charged_rows(link))


def refund_notes(now: Ground) -> tuple[Link, ...]:
    """The live credit notes of refunds that are known, of this and of other days."""
    links = now.known.links.items()
    notes = (link for (source, _), link in links if source.startswith("halaxy day ") and not link.gone)
    return tuple(link for link in notes if link.kind == NOTE and link.written.get("reason") == REFUND)


def _left_over(now: DaySituation) -> tuple[SaleSums, ...]:
    """Sales that only stand in the day's documents still: moved to another day or location."""
    known = {sale.id for sale in now.day.sales}
    left: dict[str, list[Row]] = {}
    for row in charged_under(now, now.key):
        if sale_of(row) not in known:
            left.setdefault(sale_of(row), []).append(row)
    return tuple(SaleSums(id, (), tuple(rows)) for id, rows in left.items())


def _sums(now: Ground, sale: Sale) -> SaleSums | Hold:
    charged = _own(charged_under(now, day_key(sale.location, sale.date)), sale.id)
    noted = _own((row for link in refund_notes(now) for row in link.written["fees"]), sale.id)
    if not belongs_to_day(sale, now.policy, now.known):
        return SaleSums(sale.id, (), charged, noted)
    ground = situation(sale, now.known, now.policy, now.today)
    money = _of_kind(sale, "payment", now)
    refunds = _of_kind(sale, "refund", now)
    back = total(tuple(item.amount for item in refunds))
    if sale.deleted and total(tuple(item.amount for item in money)) != back:
        cause = f"invoice {sale.id} was deleted, its money was not"
        return now.hold("DELETE_BLOCKED", f"invoice {sale.id}", cause, f"record sale {sale.id}", "person")
    rows: tuple[Row, ...] = ()
    if not sale.deleted:
        lines = build(ground, active_lines(sale))
        if isinstance(lines, Hold):
            return lines
        rows = _discounted(ground, sale, _of_sale(sale.id, lines.rows, charged))
    by_note = through_notes(amount_of(rows), amount_of(charged), total(tuple(item.amount for item in money)), back)
    return SaleSums(sale.id, rows, charged, noted, by_note, money, refunds)


def through_notes(owed: Decimal, charged: Decimal, paid: Decimal, back: Decimal) -> Decimal:
    """How much of what went back needs a credit note (R14): cancelled fees, and fees that are owed again.

    The rest is money that was too much, or is free since an earlier reduction; it goes back from that credit.
    """
    cancelled = min(max(charged - owed, ZERO), back)
    surplus = max(paid - owed - cancelled, ZERO)
    return cancelled + max(back - cancelled - surplus, ZERO)


def _of_kind(sale: Sale, kind: str, now: Ground) -> tuple[Receipt, ...]:
    ground = situation(sale, now.known, now.policy, now.today)
    found = [item for item in sale.payments if item.kind == kind and item.amount > ZERO]
    return tuple(sorted((item for item in found if not is_discount(ground, item)), key=lambda item: (item.at, item.id)))


def _discounted(now: Ground, sale: Sale, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Discounts entered as payments lower the fees, spread by gross (R8)."""
    for item in sale.payments:
        if is_discount(now, item) and item.amount > ZERO:
            rows = fees.difference(fees.spread(now, rows, item.amount), rows)
    return rows


def _own(rows: Iterable[Row], id: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if sale_of(row) == id)


def _of_sale(id: str, rows: Iterable[Row], charged: Sequence[Row]) -> tuple[Row, ...]:
    """Rows under the sale's name; a fee keeps the account on which it stands, whatever the maps say since."""
    standing = {(row["line"], row.get("category")): row["account"] for row in charged}
    named = ({**row, "line": f"{id}/{row.get('line', '')}"} for row in rows)
    return tuple({**row, "account": standing.get((row["line"], row.get("category")), row["account"])} for row in named)
