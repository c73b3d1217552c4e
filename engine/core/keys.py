"""Who may have which source keys: all or none, in order of asking, a person's first.

Pure. The store keeps the claims; its unique index on granted keys is the last guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CLASS_ORDER = {"person": 0, "live": 1, "backfill": 2}


@dataclass(frozen=True, slots=True)
class Claim:
    """One run's wish for a set of source keys; `seq` is its place in the order of asking."""

    run: str
    seq: int
    work_class: str
    keys: frozenset[str]
    granted: bool


def order_of(claim: Claim) -> tuple[int, int]:
    """Where a claim stands in the line."""
    return CLASS_ORDER[claim.work_class], claim.seq


def may_have(wish: Claim, others: Sequence[Claim]) -> bool:
    """Whether a wish can be granted: nothing that overlaps it is granted, or waits before it."""
    for other in others:
        if other.run == wish.run or not (other.keys & wish.keys):
            continue
        if other.granted or order_of(other) < order_of(wish):
            return False
    return True
