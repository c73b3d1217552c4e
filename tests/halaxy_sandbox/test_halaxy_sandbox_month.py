"""The demo month: same seed same bytes, exact sums for any size and seed, only what can be posted without a person."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.halaxy.sandbox.demo_practice import CATEGORIES, METHODS
from connectors.halaxy.sandbox.month import Wanted, fill
from connectors.halaxy.sandbox.state import State
from connectors.halaxy.sandbox.sums import totals
from connectors.halaxy.sandbox.switches import Switches
from connectors.halaxy.sandbox.times import day_of

CENT = Decimal("0.01")
OCTOBER = date(2026, 10, 1)


def filled(invoices=320, seed=1, first=OCTOBER, discounts=0):
    state = State()
    fill(state, Switches(), Wanted(first=first, invoices=invoices, seed=seed, discounts=discounts))
    return state


def live(state):
    return [
        row
        for row in state.invoices.ordered()
        if row.type == "invoice" and not row.deleted and row.date.month == 10 and state.sums(row.id).gross > 0
    ]


MONTHS = st.builds(filled, st.integers(1, 150), st.integers(0, 10**6))


@settings(max_examples=40, deadline=None)
@given(MONTHS)
def test_every_line_has_exact_gst_and_every_head_is_the_sum_of_its_lines(state):
    for line in state.lines.ordered():
        gross = line.net + line.tax
        taxed = (gross / 11).quantize(CENT, rounding=ROUND_HALF_UP)
        assert line.tax in (0, taxed)
        assert (line.tax != 0) is (line.code or "").startswith(("P-", "R-"))
    for row in state.invoices.ordered():
        counted = [line for line in state.lines_of(row.id) if line.status is None]
        assert state.sums(row.id).gross == sum(line.net + line.tax for line in counted)


@settings(max_examples=40, deadline=None)
@given(MONTHS)
def test_money_is_never_more_than_the_invoice_nor_before_its_day_nor_after_the_month(state):
    for row in live(state):
        assert 0 <= state.sums(row.id).balance <= state.sums(row.id).gross
    for payment in state.payments.ordered():
        invoice = state.invoices.get(payment.invoice)
        assert invoice is not None
        assert payment.type in ("Payment", "Failed")
        assert payment.amount > 0
        assert payment.surcharge == 0
        assert payment.created_at >= invoice.created_at
        assert OCTOBER <= invoice.date <= day_of(payment.created_at) <= date(2026, 10, 31)


@settings(max_examples=40, deadline=None)
@given(MONTHS)
def test_equal_payments_by_one_method_are_never_within_ten_minutes(state):
    for row in state.invoices.ordered():
        paid = [payment for payment in state.payments_of(row.id) if payment.type == "Payment"]
        for earlier, later in itertools.pairwise(paid):
            alike = (earlier.method, earlier.amount) == (later.method, later.amount)
            assert not alike or (later.created_at - earlier.created_at).total_seconds() > 600


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.integers(0, 10**6))
def test_as_many_invoices_as_asked_are_to_be_posted(invoices, seed):
    state = filled(invoices, seed)
    sums = totals(state, date(2026, 10, 31))
    assert sums["invoices"] == invoices == len(live(state))
    assert set(sums["beside"]["invoices"]) == {"deleted", "future", "quotes", "zero"}
    assert set(sums["beside"]["money"]) <= {"failed"}
    assert sums["invoiced"] == str(sum(state.sums(row.id).gross for row in live(state)))
    assert invoices < 300 or sums["payments"] >= 350


@pytest.mark.parametrize("first", [date(2026, 2, 1), date(2026, 10, 31), date(2026, 12, 30), date(2024, 2, 29)])
def test_any_first_day_makes_a_month(first):
    state = filled(50, 1, first)
    days = {
        row.date for row in state.invoices.ordered() if (row.date.year, row.date.month) == (first.year, first.month)
    }
    assert min(days) >= first
    assert totals(state, date(first.year, first.month, max(first.day, 28))) is not None


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_month(october):
    other = type(october)()
    other.now = october.now
    for seed, same in ((3, True), (4, False)):
        other.admin("seed", {"month": {"first": "2026-10-01", "invoices": 120, "seed": seed}})
        other.sign_in()
        asked = [("Invoice", {"_count": "100"}), ("InvoiceLine", {"page": "3"}), ("PaymentTransaction", {})]
        answers = [(c.ask("GET", f"/main/{path}", query).body) for c in (october, other) for path, query in asked]
        assert (answers[:3] == answers[3:]) is same


def test_the_month_holds_every_kind_of_case():
    state = filled()
    methods = Counter(payment.method for payment in state.payments.ordered())
    assert set(methods) == set(METHODS)
    categories = {fee.code: fee.category for fee in state.fees.ordered() if fee.status == "active"}
    assert {categories[line.code] for line in state.lines.ordered()} == set(CATEGORIES)
    lines = state.lines.ordered()
    assert any(line.net < 0 for line in lines)
    assert any(line.price.discount for line in lines)
    assert any(line.status == "voided" for line in lines)
    units = [(line.net + line.tax) / line.quantity for line in lines if line.quantity != 1]
    assert any(unit == round(unit, 2) for unit in units)
    assert any(unit != round(unit, 2) for unit in units)
    assert {row.status for row in state.invoices.ordered()} == {"active", "issued"}
    assert {row.payer for row in live(state) if row.payer_kind == "Organization"} >= {"OG-3000003", "OG-3000005"}
    assert any(len({line.subject for line in state.lines_of(row.id)}) == 3 for row in live(state))
    assert any(len({line.performer for line in state.lines_of(row.id)}) == 2 for row in live(state))
    paid = Counter(payment.invoice for payment in state.payments.ordered() if payment.type == "Payment")
    assert {0, 1, 2} <= {paid[row.id] for row in live(state)}
    assert any(0 < state.sums(row.id).balance < state.sums(row.id).gross for row in live(state))


def test_two_patients_of_one_name_are_both_billed():
    for seed in range(5):
        state = filled(40, seed)
        billed = {row.payer for row in live(state) if row.payer_kind == "Patient"}
        billed |= {line.subject for row in live(state) for line in state.lines_of(row.id)}
        names = Counter(patient.name for patient in state.patients.ordered() if patient.id in billed)
        assert names["Ava Nguyen"] >= 2


def test_a_failed_card_is_followed_by_a_payment_of_the_same_sum():
    state = filled()
    failed = [payment for payment in state.payments.ordered() if payment.type == "Failed"]
    assert len(failed) == 9
    for attempt in failed:
        later = [p for p in state.payments_of(attempt.invoice) if p.type == "Payment"]
        assert [(p.method, p.amount) for p in later] == [("Braintree", attempt.amount)]
        assert later[0].created_at > attempt.created_at


def test_some_payments_fall_on_another_day_in_utc():
    moments = [payment.created_at for payment in filled().payments.ordered()]
    assert any(day_of(moment) != moment.astimezone(UTC).date() for moment in moments)


def test_times_are_whole_seconds_with_the_sydney_offset_across_the_change_to_summer_time(october):
    offsets = {
        entry["resource"]["created"][-6:]
        for page in (1, 2)
        for entry in october.get("PaymentTransaction", _count=100, page=page)["entry"]
    }
    assert offsets == {"+10:00", "+11:00"}


def test_ids_rise_with_time():
    state = filled()
    for rows in (state.invoices.ordered(), state.payments.ordered()):
        times = [row.created_at for row in rows]
        assert times == sorted(times)


def test_nothing_has_happened_after_the_month_is_over():
    state = filled()
    tables = (state.invoices, state.lines, state.payments, state.patients, state.fees, state.coverages)
    moments = [row.changed_at for table in (*tables, state.appointments) for row in table.ordered()]
    assert max(map(day_of, moments)) <= date(2026, 10, 31)
    statuses = {row.status for row in state.appointments.ordered()}
    assert statuses == {"attended", "booked", "cancelled"}


def test_discounts_come_only_when_asked_for():
    sums = totals(filled(discounts=4), date(2026, 10, 31))
    assert sums["beside"]["money"]["discounts"] == {"count": 4, "sum": "40.00"}
    assert sums["invoices"] == 320


def test_a_month_of_five_thousand_is_made_in_under_three_seconds():
    started = time.process_time()
    state = filled(5000)
    assert time.process_time() - started < 3
    assert len(live(state)) == 5000


def test_a_page_of_a_hundred_takes_under_ten_milliseconds(october):
    october.admin("seed", {"month": {"first": "2026-10-01", "invoices": 1000}})
    for path, query in (
        ("Invoice", {"_lastUpdated": "ge2026-10-05T00:00:00Z"}),
        ("InvoiceLine", {"_lastUpdated": "ge2026-10-05T00:00:00Z"}),
        ("PaymentTransaction", {"created": "ge2026-10-05"}),
        ("Patient", {}),
    ):
        times = []
        for _ in range(10):
            started = time.process_time()
            october.ask("GET", f"/main/{path}", {"_count": "100", **query})
            times.append(time.process_time() - started)
        assert min(times) < 0.01


@pytest.mark.parametrize("body", [{"invoices": 5}, {"first": "October"}, {"first": "2026-10-01", "invoices": 0}])
def test_an_unreadable_month_is_refused(empty, body):
    assert "problem" in empty.admin("seed", {"month": body}, expect=400)


@pytest.mark.parametrize("seed", range(5))
def test_the_next_day_brings_late_money_and_deletions(october, seed):
    october.now = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)
    october.sign_in()
    before = october.admin("totals", method="GET")
    kinds = Counter(one["do"] for one in october.admin("next_day", {"seed": seed})["done"])
    assert set(kinds) == {"record_payment", "delete_invoice", "delete_payment", "void_line"}
    assert (kinds["delete_payment"], kinds["void_line"]) == (1, 1)
    after = october.admin("totals", method="GET")
    assert after["invoices"] == before["invoices"] - kinds["delete_invoice"]
    assert after["payments"] == before["payments"] + kinds["record_payment"] - 1
    assert (
        len(october.pages("Invoice", _lastUpdated="ge2026-11-01T22:00:00Z")) == kinds.total() - kinds["delete_invoice"]
    )


def test_days_after_each_other_run_out_of_work_quietly(october):
    october.now = datetime(2026, 11, 1, 22, 0, tzinfo=UTC)
    for seed in range(40):
        october.admin("next_day", {"seed": seed})
        sums = october.admin("totals", method="GET")
        assert Decimal(sums["paid"]) <= Decimal(sums["invoiced"])


def test_the_next_day_of_an_empty_practice_is_empty(empty):
    assert empty.admin("next_day") == {"done": []}
