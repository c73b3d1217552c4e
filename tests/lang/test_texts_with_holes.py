"""Plain text, text with holes, and values with their own type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.core.expression import Literal
from engine.errors import CannotTell
from engine.lang.faults import LangError
from engine.lang.templates import compile_value

NAMES = {
    "number": "HX-1",
    "sum": Decimal("1234.5"),
    "whole": 200,
    "rate": Decimal("0.125"),
    "product": Decimal("10.1000"),
    "no_sum": None,
    "due": date(2026, 1, 31),
    "now": datetime(2026, 1, 30, 22, 5, tzinfo=UTC),
    "yes_or_no": True,
    "list": ["a", Decimal("1.1"), False],
    "group": {"a": 1},
    "practice": {"timezone": "Australia/Sydney", "currency": "AUD"},
}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Invoice {{ number }}", "Invoice HX-1"),
        ("{{ sum }}", "1234.50"),
        ("{{ sum | money }}", "$1,234.50"),
        ("{{ whole }}", "200"),
        ("{{ rate }}", "0.125"),
        ("{{ product }}", "10.10"),
        ("{{due}}", "2026-01-31"),
        ("{{ now }}", "2026-01-31 09:05"),
        ("{{ yes_or_no }}, {{ not yes_or_no }}", "yes, no"),
        ("{{ list }}", "a, 1.10, no"),
        ('{{ "}}" }}', "}}"),
        ('{{ "{{" }}', "{{"),
        ("{{ no_sum | default('none') }}", "none"),
        ("{% if %}{# no comment #}", "{% if %}{# no comment #}"),
        ("== heading ==", "== heading =="),
        ("", ""),
        ("= sum", Decimal("1234.5")),
        ("=   due", date(2026, 1, 31)),
        ("= list", ["a", Decimal("1.1"), False]),
        ("= no_sum", None),
        ("= 200", 200),
        ('= "200"', "200"),
    ],
)
def test_a_value_is_shown_or_kept_as_its_kind(text, expected):
    value = compile_value(text).value(NAMES)
    assert expected == value
    assert type(expected) is type(value)


def test_plain_text_is_a_literal():
    assert Literal("0200") == compile_value("0200")


@pytest.mark.parametrize("text", ["{{ no_sum }}", "{{ group }}", "x {{ nothing }}", "{{ number + 1 }}"])
def test_a_hole_without_text_cannot_be_filled(text):
    with pytest.raises(CannotTell):
        compile_value(text).value(NAMES)


def test_an_empty_hole_names_its_path():
    with pytest.raises(CannotTell, match="no_sum is empty"):
        compile_value("Due {{ no_sum }}").value(NAMES)


@pytest.mark.parametrize(
    "text, code, col",
    [
        ("=a", "space-after-equals", 1),
        ("= ", "expression-empty", 3),
        ("x {{ y", "hole-open", 3),
        ("x }} y", "hole-not-open", 3),
        ("x {{ {{ y }} }}", "hole-open", 3),
        ("{{ a b }}", "expression-unreadable", 6),
        ("=  a b", "expression-unreadable", 6),
        ("{{}}", "expression-empty", 3),
        ("a {{ b | nofilter }}", "unknown-filter", 10),
    ],
)
def test_a_hole_that_cannot_be_read_is_told_at_its_column(text, code, col):
    with pytest.raises(LangError) as caught:
        compile_value(text)
    assert (code, col) == (caught.value.code, caught.value.col)
