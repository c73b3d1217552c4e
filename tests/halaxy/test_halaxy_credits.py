"""Which deposit a use or refund of credit is drawn from (R10, R14c)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.halaxy.credits import Account, Credit, account, part_id

Json = Any
D = Decimal
T0 = datetime(2026, 3, 2, tzinfo=UTC)


def credit(id: str, kind: Json, amount: str, hours: float, related: str | None = None, gone: bool = False) -> Credit:
    return Credit(id, kind, T0 + timedelta(hours=hours), D(amount), related=related, gone=gone)


def drawn(found: Account) -> dict[str, list[tuple[str | None, str]]]:
    return {id: [(part.deposit, str(part.amount)) for part in parts] for id, parts in found.parts.items()}


OLD, NEW = credit("1", "deposit", "100", 0), credit("2", "deposit", "60", 1)
CASES = [
    ("the exact one before the oldest", [OLD, NEW, credit("9", "deposit_applied", "60", 2)], {"9": [("2", "60")]}),
    ("the oldest with enough", [OLD, NEW, credit("9", "deposit_applied", "50", 2)], {"9": [("1", "50")]}),
    ("over several, oldest first", [NEW, OLD, credit("9", "deposit_applied", "130", 2)], {"9": [("1", "100"), ("2", "30")]}),
    ("more than there is", [NEW, credit("9", "deposit_applied", "70", 2)], {"9": [("2", "60"), (None, "10")]}),
    ("none at all", [credit("9", "refund", "70", 2)], {"9": [(None, "70")]}),
    ("one after the other", [OLD, credit("9", "deposit_applied", "70", 2), credit("8", "refund", "30", 3)],
     {"9": [("1", "70")], "8": [("1", "30")]}),
    ("a named one first, whoever came before", [OLD, NEW, credit("8", "deposit_applied", "60", 2), credit("9", "refund", "60", 3, "2")],
     {"9": [("2", "60")], "8": [("1", "60")]}),
    ("a name that is no deposit counts for nothing", [OLD, credit("9", "deposit_applied", "10", 2, "77")], {"9": [("1", "10")]}),
    ("a later deposit comes last", [OLD, credit("2", "deposit", "50", 9), credit("9", "deposit_applied", "50", 2)], {"9": [("1", "50")]}),
    ("a gone deposit has nothing", [credit("1", "deposit", "100", 0, gone=True), NEW, credit("9", "deposit_applied", "50", 2)], {"9": [("2", "50")]}),
    ("a gone use takes nothing", [OLD, credit("8", "deposit_applied", "80", 1, gone=True), credit("9", "refund", "100", 2)], {"9": [("1", "100")]}),
    ("credit kept from a refund", [credit("5", "to_deposit", "120", 0), credit("9", "deposit_applied", "95", 2)], {"9": [("5", "95")]}),
    ("the entry that repeats it is no second one", [credit("5", "to_deposit", "120", 0), credit("6", "deposit", "120", 0),
     credit("9", "deposit_applied", "95", 2, "6")], {"9": [("5", "95")]}),
]  # fmt: skip


@pytest.mark.parametrize("name, credits, expected", CASES, ids=[case[0] for case in CASES])
def test_where_credit_is_drawn_from_whatever_the_order_of_reading(name: str, credits: Any, expected: Any) -> None:
    for order in itertools.permutations(credits):
        assert drawn(account(order)) == expected


def test_an_entry_of_the_same_amount_some_time_later_is_a_deposit_of_its_own() -> None:
    found = account([credit("5", "to_deposit", "120", 0), credit("6", "deposit", "120", 0.1)])
    assert (["5", "6"], frozenset()) == ([source.id for source in found.sources], found.twins)
    linked = account([credit("5", "to_deposit", "120", 0), credit("6", "deposit", "120", 0.1, related="5")])
    assert (["5"], frozenset({"6"})) == ([source.id for source in linked.sources], linked.twins)


def test_parts_after_the_first_have_ids_of_their_own() -> None:
    assert ["9", "9.2", "9.3"] == [part_id("9", number) for number in range(3)]


AMOUNTS = st.integers(1, 200).map(lambda cents: str(D(cents) / 100))
CREDITS = st.lists(
    st.tuples(st.sampled_from(["deposit", "to_deposit", "deposit_applied", "refund"]), AMOUNTS, st.integers(0, 50)),
    max_size=12,
)


@given(CREDITS)
def test_nothing_is_drawn_twice_and_every_use_comes_to_its_amount(given: list[tuple[str, str, int]]) -> None:
    credits = [credit(str(id), kind, amount, hours) for id, (kind, amount, hours) in enumerate(given)]
    found = account(credits)
    taken = {source.id: D(0) for source in found.sources}
    for draw in found.draws:
        parts = found.parts[draw.id]
        assert sum(part.amount for part in parts) == draw.amount
        for part in parts:
            if part.deposit is not None:
                taken[part.deposit] += part.amount
    for source in found.sources:
        assert found.left[source.id] == source.amount - taken[source.id] >= 0
    if any(part.deposit is None for parts in found.parts.values() for part in parts):
        assert not any(found.left.values())
    assert account(reversed(credits)) == found


@given(CREDITS)
def test_a_later_use_never_moves_an_earlier_one(given: list[tuple[str, str, int]]) -> None:
    credits = [credit(str(id), kind, amount, hours) for id, (kind, amount, hours) in enumerate(given)]
    before = account(credits)
    after = account([*credits, credit("99", "deposit_applied", "1.00", 60)])
    assert all(after.parts[id] == parts for id, parts in before.parts.items())
