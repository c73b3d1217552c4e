"""R24: fee rows of many sales as the few lines of a day's document, and the words on it.

PURE. Lines are summed by account, tax type and tracking; the tax of a sum is the sum of the taxes, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from connectors.xero.posting.fees import Row, kind_of
from connectors.xero.posting.modes import sale_of
from connectors.xero.posting.situation import Ground
from connectors.xero.posting.tax import included_tax
from engine.core.money import ZERO, total

Json = Any
_LONGEST_REFERENCE = 200


def summed(now: Ground, rows: Sequence[Row]) -> list[dict[str, Json]]:
    """One line a kind of fee, in order of appearance; kinds that come to nothing are left out."""
    kinds: dict[tuple[Json, ...], list[Row]] = {}
    for row in rows:
        kinds.setdefault(kind_of(row), []).append(row)
    lines = [_line(now, same) for same in kinds.values()]
    return [line for line in lines if line["amount"] != ZERO or line["tax"] != ZERO]


def _line(now: Ground, rows: Sequence[Row]) -> dict[str, Json]:
    amount, tax = (total(tuple(row[name] for row in rows)) for name in ("amount", "tax"))
    first = rows[0]
    line: dict[str, Json] = {"description": _described(rows), "quantity": Decimal(1), "unit": amount, "amount": amount}
    line |= {"account": first["account"], "tax_type": first["tax_type"], "tax": tax}
    if included_tax(amount, now.rate(first["tax_type"])) != tax:
        line["override_tax"] = True
    return line | ({"tracking": first["tracking"]} if first.get("tracking") else {})


def _described(rows: Sequence[Row]) -> str:
    """`Consultation: 3 invoices`; no word of what was done for whom."""
    count = len({sale_of(row) for row in rows})
    names = ", ".join(dict.fromkeys(str(row.get("category") or "Rounding") for row in rows))
    return f"{names}: {count} invoice{'s' if count > 1 else ''}"


def without_sign(rows: Iterable[Row]) -> list[Row]:
    """Rows of a credit note, as positive amounts."""
    return [{**row, "amount": -row["amount"], "tax": -row["tax"]} for row in rows]


def named(rows: Iterable[Row], word: str = "") -> str:
    """`HX 1074-1076, 1080`, as long as a Reference may be."""
    ids = list(dict.fromkeys(sale_of(row) for row in rows))
    numbers = sorted(int(id) for id in ids if id.isdecimal())
    shown = [*_ranges(numbers), *(id for id in ids if not id.isdecimal())]
    text = f"HX {', '.join(shown)}"
    if len(text) > _LONGEST_REFERENCE:
        text = f"HX {shown[0]} and {len(ids) - 1} more"
    return f"{text} {word}".strip()


def _ranges(numbers: Sequence[int]) -> list[str]:
    if not numbers:
        return []
    starts = [numbers[0], *(after for before, after in pairwise(numbers) if after != before + 1)]
    ends = [*(before for before, after in pairwise(numbers) if after != before + 1), numbers[-1]]
    return [f"{first}-{last}" if last > first else str(first) for first, last in zip(starts, ends, strict=True)]


def sums(lines: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """What Xero's answer has to show."""
    amount, tax = (total(tuple(line[name] for line in lines)) for name in ("amount", "tax"))
    return {"wanted_total": amount, "wanted_tax": tax}
