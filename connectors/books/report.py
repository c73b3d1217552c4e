"""A comparison as plain values: the one form from which terminal, JSON, CSV, page, mail and rules are made.

PURE. The schema of `daybook reconcile --json` is this one, with sums as text; it is described in README.md and only
ever grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from connectors.books.comparison import Comparison, Item, Proof, Side
from connectors.books.reading import Unreadable
from engine.sdk.records import to_plain

Json = Any
Plain = dict[str, Json]

# Sums of a side that could not be read: unknown, never 0.
UNKNOWN: Plain = {"known": False, "invoices": None, "invoiced": None, "payments": None, "paid": None}


def report_of(found: Comparison) -> Plain:
    """Both sides were read."""
    return {
        "verdict": "agree" if found.agrees else "differ",
        "first": found.first,
        "last": found.last,
        "agrees": found.agrees,
        "difference": found.difference,
        "unknown": [],
        "problems": [],
        "sales": side_of(found.sales),
        "ledger": side_of(found.ledger),
        "proofs": [_proof(proof) for proof in found.proofs],
        "days": [{"day": day.day, "sales": side_of(day.sales), "ledger": side_of(day.ledger)} for day in found.days],
        "items": [item_of(item) for item in found.items],
        "holds": to_plain(found.holds),
        "changed": to_plain(found.changed),
        "clearing": [{**to_plain(row), "left": row.left} for row in found.clearing],
        "suspected": to_plain(found.suspected),
        "settled": [_settled(item_of(each.item), each.decision, each.reason, each.by) for each in found.settled],
        "outside": to_plain(found.outside),
        "waiting_approval": list(found.waiting),
        "not_ours": found.not_ours,
    }


def unknown_report(first: date, last: date, unreadable: Iterable[Unreadable]) -> Plain:
    """A side could not be read, or only a part of it: whether both agree cannot be told, and no sum is."""
    sides = list(unreadable)
    empty: Mapping[str, Json] = {
        name: [] for name in ("proofs", "days", "items", "holds", "changed", "clearing", "suspected", "settled")
    }
    return {
        "verdict": "unknown",
        "first": first,
        "last": last,
        "agrees": False,
        "difference": None,
        "unknown": [side.side for side in sides],
        "problems": [f"{_NAMES[side.side]} could not be read: {side.why}" for side in sides],
        "sales": dict(UNKNOWN),
        "ledger": dict(UNKNOWN),
        **empty,
        "outside": [],
        "waiting_approval": [],
        "not_ours": None,
    }


_NAMES = {"sales": "Halaxy", "ledger": "Xero"}


def item_of(item: Item) -> Plain:
    """One difference."""
    return {
        "id": item.key,
        "kind": item.kind,
        "code": item.code,
        "about": item.about,
        "number": item.number,
        "field": item.field,
        "sales": item.sales,
        "ledger": item.ledger,
        "money": item.money,
        "day": item.day,
        "payer": item.payer,
        "invoice": item.invoice,
        "document": item.document,
        "by_person": item.by_person,
        "sentence": item.sentence,
        "repairs": list(item.repairs),
        "proofs": list(item.proofs),
        "fingerprint": item.fingerprint,
    }


def side_of(side: Side) -> Plain:
    """The sums of a side that was read."""
    return {"known": True, **to_plain(side)}


def _proof(proof: Proof) -> Plain:
    rows = [
        {**dict(zip(proof.heads, row.key, strict=True)), "sales": row.sales, "ledger": row.ledger,
         "difference": row.difference}
        for row in proof.rows
    ]  # fmt: skip
    sums = {"sales": proof.sales, "ledger": proof.ledger, "difference": proof.difference}
    return {"name": proof.name, "by": list(proof.heads), **sums, "rows": rows, "items": list(proof.items)}


def _settled(item: Plain, decision: str, reason: str, by: str) -> Plain:
    return {"item": item, "decision": decision, "reason": reason, "by": by}
