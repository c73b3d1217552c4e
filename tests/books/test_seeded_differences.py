"""Every planted difference is found with its item, its kind and its money, and none is invented."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from books_by_hand import TERMS
from planting import KINDS, Month, Planted, month

from connectors.books.compare import compare
from connectors.books.comparison import Comparison
from connectors.books.period import Period
from engine.core.money import ZERO, total

PERIOD = Period(TERMS.start, TERMS.start.replace(month=6, day=30), TERMS.start.replace(month=6, day=30))
DIFFERENCES = 500


def found_in(where: Month) -> Comparison:
    return compare(where.whole(), TERMS, PERIOD)


def said(found: Comparison) -> Counter[tuple[str, str, Decimal]]:
    return Counter((item.code, item.about, item.money) for item in found.items)


def wanted(planted: list[Planted]) -> Counter[tuple[str, str, Decimal]]:
    return Counter((each.code, each.about, each.money) for each in planted)


def test_an_untouched_month_has_none() -> None:
    found = found_in(month(None, 12, 450, random.Random(1)))
    assert found.items == ()
    assert found.difference == ZERO
    assert [proof.difference for proof in found.proofs] == [ZERO] * 5


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 25


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_alone(kind: str) -> None:
    chance = random.Random(kind)
    where = month(None, 1, 12, chance)
    planted = [KINDS[kind](where, chance)]
    found = found_in(where)
    assert said(found) == wanted(planted)
    assert found.difference == planted[0].money
    assert not found.agrees


@pytest.mark.parametrize("seed", [1, 2])
def test_five_hundred_in_one_month_are_all_found_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    where = month(None, 64, 420, chance)
    names = [name for _ in range(-(-DIFFERENCES // len(KINDS))) for name in KINDS][:DIFFERENCES]
    planted = [KINDS[name](where, chance) for name in names]
    found = found_in(where)
    assert said(found) == wanted(planted)
    assert found.difference == total([each.money for each in planted])
    assert len({item.key for item in found.items}) == DIFFERENCES


def test_what_is_found_does_not_depend_on_the_order_of_reading() -> None:
    chance = random.Random(9)
    where = month(None, 8, 60, chance)
    for kind in KINDS.values():
        kind(where, chance)
    both = where.whole()
    mixed = list(both.ledger.documents)
    chance.shuffle(mixed)
    other = replace(both, ledger=replace(both.ledger, documents=tuple(mixed)))
    assert compare(other, TERMS, PERIOD) == compare(both, TERMS, PERIOD)
