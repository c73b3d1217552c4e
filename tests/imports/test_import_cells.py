"""Dates and sums of reports: read as they are meant in Australia, or refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.halaxy.imports import cells
from connectors.halaxy.imports.faults import BadCell


@pytest.mark.parametrize(
    "text",
    [
        *("16/03/2026", "16/3/2026", "16-03-2026", "16.03.2026", "16/03/26", "2026-03-16", "16 Mar 2026"),
        *("16 March 2026", "Mon 16 Mar 2026", "Monday, 16 March 2026", "16-Mar-26", "16/03/2026 09:30"),
        *("16/03/2026 9:30 pm", "2026-03-16T09:30:00+11:00", "2026-03-16 00:00:00", "16/03/2026, 9:30 a.m."),
    ],
)
def test_a_day_comes_before_its_month(text):
    assert date(2026, 3, 16) == cells.day(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "03/16/2026",
            "31/02/2026",
            "2026-13-01",
            "0/1/2026",
            "16/03",
            "March 2026",
            "tomorrow",
            "46097",
            "16/03/1926",
        ),
        *("16/03-2026", "2026/03/16", "16 Foo 2026", "16/03/2026 9", "1/1/20261", "\u0661\u0666/03/2026x"),
    ],
)
def test_what_is_no_such_day_is_refused(text):
    with pytest.raises(BadCell):
        cells.day(text)


def test_a_month_that_comes_first_is_named_as_such():
    with pytest.raises(BadCell) as caught:
        cells.day("03/16/2026")
    assert "month came first" in caught.value.what


@pytest.mark.parametrize(
    "text, amount",
    [
        ("1234.5", "1234.50"),
        ("$1,234.50", "1234.50"),
        ("AUD 1,234.50", "1234.50"),
        ("A$12", "12.00"),
        ("(12.00)", "-12.00"),
        ("($12.00)", "-12.00"),
        ("-12.00", "-12.00"),
        ("-$12.00", "-12.00"),
        ("$-12.00", "-12.00"),
        ("12.00-", "-12.00"),
        ("\u221212.00", "-12.00"),
        ("1,234,567.89", "1234567.89"),
        (".5", "0.50"),
        ("-0.00", "0.00"),
        ("aud 5", "5.00"),
    ],
)
def test_a_sum_is_read_exactly(text, amount):
    assert Decimal(amount) == cells.money(text)
    assert amount == str(cells.money(text))


@pytest.mark.parametrize(
    "text",
    [
        *("1.234,50", "12,5", "1,23", "12.345", "1,2345", "1e3", "--1", "(-1)", "(1", "1)", "-1-", "1 AUD x", "$", ""),
        *("NaN", "1.2.3", ",5", "5,", "1,234.5.0", "USD 5", "EUR5", "0x10", "1_000"),
    ],
)
def test_what_may_be_another_sum_is_refused(text):
    with pytest.raises(BadCell):
        cells.money(text)


@given(st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2))
def test_every_way_of_writing_a_sum_is_the_same_sum(amount):
    plain, wanted = f"{abs(amount):.2f}", amount.quantize(Decimal("0.01"))
    ways = [f"{amount:.2f}", f"{amount:,.2f}", f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"]
    ways += [f"({plain})"] if amount < 0 else [f"${plain}"]
    assert {wanted} == {cells.money(way) for way in ways}


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    for read in (cells.day, cells.money, cells.identity, cells.identities):
        with suppress(BadCell):
            read(text)
