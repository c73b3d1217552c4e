"""Text cast to declared types: exact, or refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from engine.lang.faults import LangError
from engine.lang.types import cast, cast_by_schema, is_type


@pytest.mark.parametrize(
    "text, type_name, expected",
    [
        ("0200", "text", "0200"),
        ("0200", "xero account", "0200"),
        ("yes", "yes or no", True),
        ("off", "yes or no", False),
        ("1250", "whole number", 1250),
        ("-5", "whole number", -5),
        ("1.10", "number", Decimal("1.10")),
        ("1.1", "money", Decimal("1.10")),
        ("-0.00", "money", Decimal("0.00")),
        ("10%", "percent", Decimal("0.1")),
        ("2026-02-28", "date", date(2026, 2, 28)),
        ("9:05", "time of day", "09:05"),
        ("2026-01-31T09:30+10:00", "date and time", datetime(2026, 1, 31, 9, 30, tzinfo=timezone(timedelta(hours=10)))),
        ("1 day", "duration", "1 days"),
        (" desk@practice.example ", "email", "desk@practice.example"),
        ("0400 000 000", "phone", "+61400000000"),
        ("+64 21 000 000", "phone", "+6421000000"),
        ("https://x.example/y", "web address", "https://x.example/y"),
        ("abc-1", "id", "abc-1"),
        (["1", "2"], "list of whole number", [1, 2]),
        ({"a": "1.5"}, "map of money", {"a": Decimal("1.50")}),
        ({}, "map of text", {}),
    ],
)
def test_a_text_becomes_its_type(text, type_name, expected):
    value = cast(text, type_name)
    assert expected == value
    assert type(expected) is type(value)
    assert is_type(type_name)


@pytest.mark.parametrize(
    "text, type_name",
    [
        ("maybe", "yes or no"),
        ("1", "yes or no"),
        ("007", "whole number"),
        ("1.0", "whole number"),
        ("1_000", "whole number"),
        ("١٢", "whole number"),
        ("9" * 5000, "whole number"),
        ("1e3", "number"),
        ("NaN", "number"),
        ("1,234.50", "money"),
        ("$5", "money"),
        ("1.005", "money"),
        ("12.5O", "money"),
        ("10", "percent"),
        ("2026-02-30", "date"),
        ("31/01/2026", "date"),
        ("20260131", "date"),
        ("24:00", "time of day"),
        ("2026-01-31T09:30", "date and time"),
        ("soon", "duration"),
        ("a@b", "email"),
        ("a@b.example, c@d.example", "email"),
        ("a b@c.example", "email"),
        ("12", "phone"),
        ("javascript:x", "web address"),
        ("a b", "id"),
        ("", "id"),
        ("", "xero account"),
        ("x", "sale"),
        ("x", "list of text"),
        (["x"], "text"),
    ],
)
def test_a_text_that_is_not_of_its_type_is_refused(text, type_name):
    with pytest.raises(LangError):
        cast(text, type_name)


def test_a_choice_says_which_was_meant():
    assert "draft" == cast("draft", "choice", ("draft", "authorised"))
    with pytest.raises(LangError, match='Did you mean "draft"'):
        cast("drat", "choice", ("draft", "authorised"))


@pytest.mark.parametrize("name", ["list of list of text", "texts", "", "map of map of text", "list of "])
def test_no_type(name):
    assert not is_type(name)


def test_inputs_are_cast_by_their_schema_and_typed_values_stay():
    schema = {
        "properties": {
            "days": {"type": "integer"},
            "amount": {"type": "number", "x-type": "money"},
            "only if linked": {"type": "boolean"},
            "status": {"enum": ["draft", "sent"]},
            "lines": {"type": "array", "items": {"properties": {"gross": {"x-type": "money"}}}},
            "note": {"type": "string"},
        }
    }
    inputs = {
        "days": "7",
        "amount": "1.5",
        "only if linked": "yes",
        "status": "sent",
        "lines": [{"gross": "2"}],
        "note": "007",
    }
    expected = {
        "days": 7,
        "amount": Decimal("1.50"),
        "only if linked": True,
        "status": "sent",
        "lines": [{"gross": Decimal("2.00")}],
        "note": "007",
    }
    assert expected == cast_by_schema(inputs, schema)
    assert {"days": 7, "amount": Decimal("1.5")} == cast_by_schema({"days": 7, "amount": Decimal("1.5")}, schema)
