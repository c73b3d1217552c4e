"""What the engine remembers, laid over a comparison: people's changes, holds with their age, accepted differences.

PURE. Whether both sides agree is told without any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.books.comparison import Changed, Item, Settled, Waiting
from connectors.books.period import Sides
from engine.sdk.capabilities import LedgerDocument, Noted, OpenHold

Json = Any


def changed_by_people(sides: Sides) -> tuple[Changed, ...]:
    """Documents that no longer say what Daybook last wrote; approving a draft is no change."""
    found = []
    for document in sides.ledger.documents:
        written = sides.written.get(document.id)
        if written is not None and (fields := tuple(_fields(document, written))):
            found.append(Changed(document.number, fields, document.id))
    return tuple(found)


def _fields(document: LedgerDocument, written: Mapping[str, Json]) -> Iterator[str]:
    for name in ("date", "total", "tax", "reference"):
        if name in written and written[name] != getattr(document, name):
            yield name
    if document.status == "gone":
        yield "status"
    lines = [(row.get("account"), row.get("tax_type"), row.get("amount")) for row in written.get("lines") or ()]
    if lines and document.lines and lines != [(row.account, row.tax_type, row.amount) for row in document.lines]:
        yield "lines"


def waiting(holds: Iterable[OpenHold], today: date) -> tuple[Waiting, ...]:
    """Holds, oldest first, with their age in days."""
    found = sorted(holds, key=lambda hold: (hold.since, hold.id))
    return tuple(
        Waiting(hold.id, hold.code, hold.about, hold.sentence, max((today - hold.since.date()).days, 0))
        for hold in found
    )


def settle(items: Sequence[Item], noted: Mapping[str, Noted]) -> tuple[tuple[Item, ...], tuple[Settled, ...]]:
    """The items that count, and those that a person lets stand: accepted as they are, or ignored for good."""
    counted: list[Item] = []
    settled: list[Settled] = []
    for item in items:
        word = noted.get(item.key)
        if word is None or (word.decision == "accept" and word.fingerprint != item.fingerprint):
            counted.append(item)
        else:
            settled.append(Settled(item, word.decision, word.reason, word.by))
    return tuple(counted), tuple(settled)
