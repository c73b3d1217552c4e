"""What the practice charged against what was posted of it, line by line, and the difference in as few rows as possible.

PURE. A row names the practice system's line, so that a fee that was split or moved is no change of the books (R15).
Which document carries a difference is decided in `corrections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.xero.posting.situation import Ground, Situation
from connectors.xero.posting.standing import Credit, documents, notes
from connectors.xero.posting.tax import included_tax
from engine.core.money import ZERO, split, total

Json = Any
Row = Mapping[str, Json]
# Reasons of credit notes that take fees back; discounts, write-offs and rounding leave the fees as they were.
REFUND, EDIT, DEPOSIT, PAYER, DELETED, REISSUE = "refund", "edit", "deposit", "payer", "deleted", "re-issue"
OF_FEES = (REFUND, EDIT, DEPOSIT, PAYER, DELETED, REISSUE)
_KEPT = ("line", "description", "amount", "tax", "account", "tax_type", "tracking", "category")
_LONGEST = 4000


def fees_of(rows: Iterable[Row]) -> list[dict[str, Json]]:
    """The part of document rows that later comparisons need; kept with the link."""
    return [{name: row[name] for name in _KEPT if row.get(name) is not None} for row in rows]


def posted(now: Situation) -> tuple[Row, ...]:
    """All fee rows that stand in Xero; those of credit notes are negative.

    A credit note whose fees are asked for again in another invoice counts for nothing while that is not there: it is
    about to be made, or, where it went with its payer, the credit note is about to go too.
    """
    rows = [row for document in documents(now) for row in _rows_of(document.link.written)]
    for note in notes(now):
        if note.reason in OF_FEES and not _half_done(now, note):
            rows += [negative(row) for row in _rows_of(note.link.written)]
    return tuple(rows)


def _half_done(now: Situation, note: Credit) -> bool:
    again = [link for link in now.links() if link.written.get("instead_of") == note.link.part]
    if note.reason == PAYER:
        return all(link.gone for link in again)
    return note.reason == REISSUE and not again


def difference(posted_rows: Sequence[Row], wanted: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that would make the posted fees the wanted ones: positive to add, negative to take back."""
    sums: dict[tuple[Json, ...], dict[str, Json]] = {}
    for row, sign in (*((row, 1) for row in wanted), *((row, -1) for row in posted_rows)):
        key = (row.get("line", ""), *kind_of(row))
        known = sums.setdefault(key, {**row, "amount": ZERO, "tax": ZERO, "sides": set()})
        known["amount"] += sign * row["amount"]
        known["tax"] += sign * (row.get("tax") or ZERO)
        known["sides"].add(sign)
    changed = [row for row in sums.values() if row["amount"] != ZERO or row["tax"] != ZERO]
    return tuple(_netted(changed))


def sums_by_kind(rows: Iterable[Row]) -> dict[tuple[Json, ...], Decimal]:
    """Amounts by account, tax type and tracking; kinds that come to nothing are left out."""
    found: dict[tuple[Json, ...], Decimal] = {}
    for row in rows:
        found[kind_of(row)] = found.get(kind_of(row), ZERO) + row["amount"]
    return {kind: amount for kind, amount in found.items() if amount != ZERO}


def kind_of(row: Row) -> tuple[Json, ...]:
    """What makes two rows the same to the books."""
    return row["account"], row["tax_type"], tuple(sorted((row.get("tracking") or {}).items()))


def negative(row: Row) -> Row:
    """The row that takes this one back."""
    return {**row, "amount": -row["amount"], "tax": -(row.get("tax") or ZERO)}


def spread(now: Ground, rows: Sequence[Row], amount: Decimal) -> tuple[Row, ...]:
    """An amount over rows by gross, the largest remainder first (R8, R16); a whole row keeps its own tax."""
    positive = [row for row in rows if row["amount"] > ZERO]
    if not positive or amount > total(tuple(row["amount"] for row in positive)):
        return ()
    shares = split(amount, tuple(row["amount"] for row in positive))
    found = []
    for row, share in zip(positive, shares, strict=True):
        tax = row.get("tax") or ZERO
        found.append({**row, "amount": share, "tax": tax if share == row["amount"] else _tax(now, row, share)})
    return tuple(row for row in found if row["amount"] != ZERO)


def document_rows(now: Ground, rows: Sequence[Row], text: str = "{}") -> list[dict[str, Json]]:
    """Lines of a document for fee rows: quantity 1 at the amount, `text` put around each description."""
    return [_document_row(now, row, text) for row in rows]


def described(row: Row) -> Row:
    """A difference's row in words: a fee that came or went whole keeps its own, one that changed says how."""
    if len(row.get("sides", ())) < 2:
        return row
    verb = "Increase" if row["amount"] > ZERO else "Reduction"
    return {**row, "description": f"{verb}: {row['description']}"}


def _rows_of(written: Mapping[str, Json]) -> Sequence[Row]:
    """The fee rows of a document; one that was adopted or is old has only its lines."""
    rows: Sequence[Row] = written.get("fees") or written.get("lines") or ()
    return rows


def _netted(rows: Sequence[dict[str, Json]]) -> Iterable[Row]:
    """Increases and decreases of the same kind against each other, in order; what is left of each row stays."""
    for row in rows:
        for other in rows:
            if row["amount"] > ZERO > other["amount"] and kind_of(row) == kind_of(other):
                taken = min(row["amount"], -other["amount"])
                _move(row, other, taken)
    return [row for row in rows if row["amount"] != ZERO]


def _move(row: dict[str, Json], other: dict[str, Json], taken: Decimal) -> None:
    tax = row["tax"] if taken == row["amount"] else -other["tax"]
    row["amount"], other["amount"] = row["amount"] - taken, other["amount"] + taken
    row["tax"], other["tax"] = row["tax"] - tax, other["tax"] + tax


def _document_row(now: Ground, row: Row, text: str) -> dict[str, Json]:
    amount, tax = abs(row["amount"]), abs(row.get("tax") or ZERO)
    line: dict[str, Json] = {"description": text.format(row["description"])[:_LONGEST], "quantity": Decimal(1)}
    line |= {"unit": amount, "amount": amount, "account": row["account"], "tax_type": row["tax_type"], "tax": tax}
    if included_tax(amount, now.rate(row["tax_type"])) != tax:
        line["override_tax"] = True
    return line | ({"tracking": row["tracking"]} if row.get("tracking") else {})


def _tax(now: Ground, row: Row, share: Decimal) -> Decimal:
    return included_tax(share, now.rate(row["tax_type"]))
