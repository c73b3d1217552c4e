"""Whether one change in Xero is the one that a case expects: strict on everything but descriptions and references.

Compares two documents; which belongs to which, and in which order, is decided in `judge`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.compose.cases.form import DELETE, PUT, Expected
from engine.compose.cases.writes import Written
from engine.core.money import decimal

Json = Any
_LOOSE = ("Reference", "Narration", "Description")
_MONEY = (
    "Amount",
    "SubTotal",
    "TotalTax",
    "Total",
    "Quantity",
    "UnitAmount",
    "LineAmount",
    "TaxAmount",
    "DiscountAmount",
)
_HANDLES = ("Prepayment", "Overpayment")
_NOT_COMPARED = ("key", "same")
# The part of a handle that stands in texts at Xero: `HX-PT-9018` of `HX-PT-9018-over`.
_SOURCE = re.compile(r"^(HX-(?:PT|EX|PO)-.+?)(?:-(?:over|fee|sur|rnd|rec|in|out|a|x|p))?(?:/\d+)?$")


# Xero guards these by no number of their own, so they carry the id of their source in a text.
_CARRYING = ("Payment", "BankTransaction")
_CARRIED = ("HX-PT-", "HX-EX-")


def source_of(handle: str) -> str:
    """The source id within a handle."""
    found = _SOURCE.match(handle)
    return found[1] if found else handle


@dataclass(slots=True)
class Handles:
    """Which document each handle of the case means, and everything written so far."""

    bound: dict[str, frozenset[str]] = field(default_factory=dict)
    history: list[Written] = field(default_factory=list)

    def bind(self, expected: Expected, written: Written) -> None:
        """From now on the handle means this document, and the credit that came with it."""
        if expected.key and expected.verb == PUT:
            twins = (str(written.fields.get(f"{kind}ID", "")) for kind in _HANDLES)
            self.bound[expected.key] = frozenset((written.id, *filter(None, twins)))

    def ids(self, handle: str) -> frozenset[str]:
        """The ids that a handle may mean; those of earlier stages without expectations are found by their texts."""
        if handle in self.bound:
            return self.bound[handle]
        found = [one for one in self.history if one.verb == PUT and _token(handle).search(one.texts)]
        twins = (str(one.fields.get(f"{kind}ID", "")) for one in found for kind in _HANDLES)
        return frozenset((*(one.id for one in found), *filter(None, twins)))

    def before(self, written: Written) -> Written | None:
        """The same document as it was last written."""
        earlier = [one for one in self.history if one.id == written.id and one is not written]
        return earlier[-1] if earlier else None


def faults(expected: Expected, written: Written, handles: Handles) -> tuple[str, ...]:
    """What differs between them, a short line each; empty when they agree."""
    if (expected.verb, expected.kind) != (written.verb, written.kind):
        return (f"expected {expected.verb} {expected.kind}, was {written.verb} {written.kind}",)
    found = list(_identity(expected, written, handles))
    if expected.verb == DELETE:
        return tuple(found)
    for name, wanted in expected.fields.items():
        if name not in _NOT_COMPARED:
            actual = written.tenant if name == "tenant" else written.fields.get(name)
            if not _agrees(name, wanted, actual, handles):
                found.append(f"{name}: expected {wanted}, was {shown(actual)}")
    if expected.rows is not None:
        found += _rows(expected.rows, written.rows, expected.kind)
    return tuple(found)


def _identity(expected: Expected, written: Written, handles: Handles) -> Iterable[str]:
    if expected.key and expected.verb != PUT and written.id not in handles.ids(expected.key):
        yield f"it is another document than {expected.key}"
    if expected.verb == PUT and expected.kind in _CARRYING and not _carries(written, expected.key):
        yield f"it does not carry {source_of(expected.key)}"
    before = handles.before(written)
    same = expected.fields.get("same", ())
    if same and before is None:
        yield "the document was not there before"
    if "LineItemIDs" in same and before is not None:
        old, new = (_line_ids(one) for one in (before, written))
        if len(old & new) < min(len(old), len(new)):
            yield "LineItemIDs were not kept"


def _carries(written: Written, handle: str) -> bool:
    return not handle.startswith(_CARRIED) or _token(handle).search(written.texts) is not None


def _token(handle: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(source_of(handle))}(?![\w-])")


def _line_ids(written: Written) -> set[str]:
    return {str(row.get("LineItemID")) for row in written.rows}


def _rows(wanted: tuple[Mapping[str, Json], ...], actual: tuple[Mapping[str, Json], ...], kind: str) -> Iterable[str]:
    if len(wanted) != len(actual):
        yield f"lines: expected {len(wanted)}, was {len(actual)}"
        return
    for number, (row, line) in enumerate(zip(wanted, actual, strict=True), 1):
        for name, value in row.items():
            if name != "Tracking" and not _agrees(name, value, line.get(name), None):
                yield f"line {number} {name}: expected {value}, was {shown(line.get(name))}"
        if kind != "ManualJournal":
            yield from _line_extras(number, row, line)


def _line_extras(number: int, row: Mapping[str, Json], line: Mapping[str, Json]) -> Iterable[str]:
    """What a line must not have when the case does not name it: a discount, tracking."""
    if "DiscountAmount" not in row and (off := line.get("DiscountAmount") or line.get("DiscountRate")):
        yield f"line {number} DiscountAmount: expected none, was {shown(off)}"
    wanted = [(item["Name"], item["Option"]) for item in row.get("Tracking", ())]
    actual = [(item.get("Name"), item.get("Option")) for item in line.get("Tracking") or ()]
    if sorted(wanted) != sorted(actual):
        yield f"line {number} Tracking: expected {_pairs(wanted)}, was {_pairs(actual)}"


def _pairs(pairs: list[tuple[Json, Json]]) -> str:
    return ", ".join(f"{name} {option}" for name, option in pairs) or "none"


def _agrees(name: str, wanted: Json, actual: Json, handles: Handles | None) -> bool:
    if actual is None:
        return name in _MONEY and decimal(wanted) == 0
    if name in _MONEY:
        return decimal(wanted) == decimal(actual)
    if name in _HANDLES and handles is not None:
        return str(actual) in handles.ids(str(wanted))
    if name in _LOOSE:
        return _flat(wanted) in _flat(actual)
    if name == "Contact":
        return any(str(wanted) == part for part in actual)
    if isinstance(actual, bool):
        return str(wanted) == str(actual).lower()
    return str(wanted) == str(actual)


def _flat(text: Json) -> str:
    return " ".join(str(text).lower().split())


def shown(value: Json) -> str:
    """A value of Xero as people read it."""
    if value is None:
        return "nothing"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return next((str(part) for part in value if part), "nothing")
    return str(value)
