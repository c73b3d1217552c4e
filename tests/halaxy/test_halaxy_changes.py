"""The events between two snapshots of a sale, with their dedupe keys (fact sheet section 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.halaxy.changes import Snapshots, events, loose, overdue
from engine.sdk.records import Payer, Receipt, Sale, SaleLine, Totals

Json = Any
D = Decimal
AT = datetime(2026, 3, 2, tzinfo=UTC)


def sums(gross: str = "100", paid: str = "0", balance: str | None = None, tax: str = "0") -> Totals:
    left = D(gross) - D(paid) if balance is None else D(balance)
    return Totals(D(gross) - D(tax), D(tax), D(gross), D(paid), left)


def line(id: str = "1", status: Json = "active") -> SaleLine:
    return SaleLine(id, "Example", D(100), D(0), status=status)


def money(id: str = "9", kind: Json = "payment", amount: str = "100") -> Receipt:
    return Receipt(id, kind, AT, AT.date(), "Cash", D(amount), invoice="7")


def sale(version: int = 1, **other: Json) -> Sale:
    plain = Sale(
        "7", "INV-7", version, "invoice", "active", False, date(2026, 3, 1), Payer("patient", "5", "Sample Person"), "AUD",
        sums(), False, (line(),), due=date(2026, 3, 8),
    )  # fmt: skip
    return replace(plain, **other)


def keys(before: Sale | None, after: Sale, snapshots: Snapshots | None = None) -> list[str]:
    return [event.key for event in events(before, after, AT, snapshots)]


PAID = {"totals": sums(paid="100"), "payments": (money(),), "fully_paid": True}
CHANGES = [
    ("nothing", {}, {"changed_at": AT}, []),
    ("issued", {}, {"status": "issued"}, ["inv:7:upd:v2", "inv:7:issued:v2"]),
    ("gross", {}, {"totals": sums("120")}, ["inv:7:upd:v2", "inv:7:amt:v2"]),
    ("tax only", {}, {"totals": sums("100", tax="9")}, ["inv:7:upd:v2", "inv:7:amt:v2"]),
    ("part paid", {}, {"totals": sums(paid="40"), "payments": (money(amount="40"),)},
     ["inv:7:upd:v2", "inv:7:paid:v2", "pay:9:recorded"]),
    ("paid", {}, PAID, ["inv:7:upd:v2", "inv:7:settled:v2", "pay:9:recorded"]),
    ("overpaid", {}, {**PAID, "totals": sums(paid="110")}, ["inv:7:upd:v2", "inv:7:settled:v2", "pay:9:recorded"]),
    ("reopened", PAID, {}, ["inv:7:upd:v2", "inv:7:reopened:v2", "pay:9:removed"]),
    ("a fee after a booking of zero", {"totals": sums("0"), "lines": ()}, {}, ["inv:7:upd:v2", "inv:7:amt:v2"]),
    ("refunded", PAID, {"payments": (money(), money("10", "refund"))}, ["inv:7:upd:v2", "inv:7:reopened:v2", "pay:10:refunded"]),
    ("written off whole", {}, {"status": "write-off", "totals": sums(balance="0")}, ["inv:7:upd:v2", "inv:7:wo:v2"]),
    ("a line written off", {}, {"lines": (line(status="write-off"),)}, ["inv:7:upd:v2", "inv:7:wo:v2"]),
    ("write-off undone", {"lines": (line(status="write-off"),)}, {}, ["inv:7:upd:v2"]),
    ("a line voided", {}, {"lines": (line(status="voided"),)}, ["inv:7:upd:v2", "line:1:voided:v2"]),
    ("a line removed", {}, {"lines": ()}, ["inv:7:upd:v2", "line:1:removed:v2"]),
    ("a line added", {}, {"lines": (line(), line("2"))}, ["inv:7:upd:v2"]),
    ("another payer", {}, {"payer": Payer("organisation", "5", "Sample Person")}, ["inv:7:upd:v2", "inv:7:payer:v2"]),
    ("the payer's name", {}, {"payer": Payer("patient", "5", "New Name")}, ["inv:7:upd:v2"]),
    ("deleted", {}, {"deleted": True}, ["inv:7:deleted"]),
    ("deleted with its money", PAID, {"deleted": True}, ["inv:7:deleted", "pay:9:removed"]),
    ("restored", {"deleted": True}, {}, ["inv:7:upd:v2"]),
    ("failed", {}, {"payments": (money(kind="failed"),)}, ["pay:9:failed"]),
    ("discount", {}, {"payments": (money(kind="discount"),)}, ["pay:9:discount"]),
    ("deposit applied", {}, {"payments": (money(kind="deposit_applied"),)}, ["pay:9:depapplied"]),
    ("turned into a deposit", {}, {"payments": (money(kind="to_deposit"),)}, ["pay:9:refunded"]),
    ("dishonoured", {}, {"payments": (money(kind="dishonour"),)}, ["pay:9:refunded"]),
    ("payment edited", {"payments": (money(),)}, {"payments": (money(amount="90"),)}, ["pay:9:upd:v2"]),
    ("payment failed later", {"payments": (money(),)}, {"payments": (money(kind="failed"),)}, ["pay:9:failed", "pay:9:upd:v2"]),
]  # fmt: skip


@pytest.mark.parametrize("before, after, expected", [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_each_change_gives_its_events_and_the_coarse_one(before: Json, after: Json, expected: list[str]) -> None:
    changed = [*expected, "inv:7:changed:v2"] if expected else []
    assert changed == keys(sale(**before), sale(2, **after))


@pytest.mark.parametrize("after, expected", [
    ({}, ["inv:7:created"]),
    (PAID, ["inv:7:created", "inv:7:settled:v1", "pay:9:recorded"]),
    ({"status": "issued", "totals": sums(paid="40")}, ["inv:7:created", "inv:7:issued:v1", "inv:7:paid:v1"]),
    ({"totals": sums("0")}, ["inv:7:created"]),
    ({"lines": (line(status="write-off"), line("2", "voided"))}, ["inv:7:created", "inv:7:wo:v1"]),
])  # fmt: skip
def test_a_first_snapshot_counts_from_an_empty_open_invoice(after: Json, expected: list[str]) -> None:
    assert [*expected, "inv:7:changed:v1"] == keys(None, sale(**after))


def test_versions_of_lines_and_payments_are_their_own() -> None:
    snapshots = Snapshots(lines={"1": 4}, payments={"9": 3})
    before, after = (
        sale(5, payments=(money(),)),
        sale(6, payments=(money(amount="90"),), lines=(line(status="voided"),)),
    )
    assert {"line:1:voided:v4", "pay:9:upd:v3"} <= set(keys(before, after, snapshots))


def test_a_payment_that_only_moved_is_neither_removed_nor_recorded_anew() -> None:
    elsewhere = Snapshots(payments={"9": 2}, elsewhere=frozenset({"9"}))
    assert "pay:9:removed" not in keys(sale(**PAID), sale(2), elsewhere)
    assert {"pay:9:recorded", "pay:9:upd:v2"} <= set(keys(sale(), sale(2, **PAID), elsewhere))


def test_quotes_have_events_of_their_own_until_they_become_invoices() -> None:
    quote = sale(kind="quote")
    assert ["quote:7:created"] == keys(None, quote)
    assert ["quote:7:upd:v2"] == keys(quote, sale(2, kind="quote", totals=sums("90")))
    assert ["inv:7:created", "inv:7:changed:v2"] == keys(quote, sale(2))
    assert ["quote:7:created", "inv:7:changed:v2"] == keys(sale(), sale(2, kind="quote"))


def test_names_objects_amounts_and_titles() -> None:
    found = {event.type: event for event in events(sale(), sale(2, **PAID), AT)}
    assert {
        "halaxy.invoice.updated",
        "halaxy.invoice.paid",
        "halaxy.payment.recorded",
        "halaxy.invoice.changed",
    } == set(found)
    paid, recorded = found["halaxy.invoice.paid"], found["halaxy.payment.recorded"]
    assert ("Invoice INV-7 is settled", D(100), "7") == (paid.title, paid.amount, paid.subject)
    assert ({"invoice"}, {"invoice", "payment"}) == (set(paid.data), set(recorded.data))
    assert all("Sample" not in event.title for event in found.values())


def test_a_loose_deposit_is_received_changed_and_removed() -> None:
    deposit = replace(money(kind="deposit"), invoice=None)
    assert ["pay:9:deposit"] == [event.key for event in loose(None, deposit, AT, 1)]
    assert ["pay:9:upd:v2"] == [event.key for event in loose(deposit, replace(deposit, amount=D(1)), AT, 2)]
    assert ["pay:9:removed"] == [event.key for event in loose(deposit, None, AT, 3)]
    assert ((), ()) == (loose(deposit, deposit, AT, 1), loose(None, None, AT, 1))


@pytest.mark.parametrize(
    "days, bucket", [(0, None), (1, 1), (6, 1), (7, 7), (13, 7), (14, 14), (30, 30), (89, 60), (400, 90)]
)
def test_overdue_is_told_by_the_bucket_of_days(days: int, bucket: int | None) -> None:
    found = overdue(sale(), date(2026, 3, 8) + timedelta(days=days), AT)
    assert [event.key for event in found] == ([] if bucket is None else [f"inv:7:overdue:{bucket}"])


@pytest.mark.parametrize("other", [{"deleted": True}, {"kind": "quote"}, {"totals": sums(paid="100")}])
def test_what_is_not_owed_is_never_overdue(other: Json) -> None:
    assert () == overdue(sale(**other), date(2027, 1, 1), AT)


STATES = st.builds(
    sale,
    status=st.sampled_from(["active", "issued", "write-off"]),
    deleted=st.booleans(),
    totals=st.sampled_from([sums(), sums("0"), sums("120", tax="3"), sums(paid="40"), sums(paid="100")]),
    lines=st.sampled_from([(), (line(),), (line(status="voided"), line("2")), (line(status="write-off"),)]),
    payments=st.lists(st.sampled_from(["1", "2", "3"]), unique=True).map(lambda ids: tuple(money(id) for id in ids)),
)


@given(st.lists(STATES, min_size=1, max_size=8))
def test_over_any_history_no_key_comes_twice_but_those_without_a_version(history: list[Sale]) -> None:
    told: list[str] = []
    before: Sale | None = None
    for version, state in enumerate(history, start=1):
        after = replace(state, version=version)
        told += keys(before, after)
        before = after
    versioned = [key for key in told if ":v" in key]
    assert len(versioned) == len(set(versioned))
    assert "inv:7:changed:v1" == next(key for key in told if ":changed:" in key)
