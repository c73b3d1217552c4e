"""What expressions give, and what they refuse to guess."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.core.expression import truth
from engine.errors import CannotTell
from engine.lang.expressions import compile_expression
from engine.lang.faults import LangError
from engine.lang.maps import Map, Unmapped

NAMES = {
    "invoice": {
        "id": "1001",
        "number": "HX-1001",
        "kind": "invoice",
        "items": ["a field, no method"],
        "totals": {"gross": Decimal("110.50"), "tax": None, "paid": Decimal("0.00")},
        "due": date(2026, 1, 31),
        "payer": {"name": "Sample, Robin", "email": None},
        "claim": None,
        "deleted": False,
        "count": 3,
        "note": " two  words ",
        "lines": [
            {"gross": Decimal("100.25"), "tax": Decimal("1.00"), "category": "A", "taxable": True, "code": "10"},
            {"gross": Decimal("10.25"), "tax": None, "category": "B", "taxable": False, "code": "9"},
            {"gross": Decimal("0.00"), "tax": Decimal("0.00"), "category": "A", "taxable": False, "code": None},
        ],
    },
    "maps": {"accounts": Map("accounts", {"A": "200", "Manly": Map("accounts.Manly", {"A": "201"})})},
    "practice": {"timezone": "Australia/Sydney", "currency": "AUD", "holidays": [date(2026, 2, 2)]},
    "now": datetime(2026, 1, 30, 22, 5, tzinfo=UTC),
    "today": date(2026, 1, 31),
}

VALUES = [
    ("invoice.totals.gross > 0", True),
    ("invoice.totals.gross + 1", Decimal("111.50")),
    ("1.10", Decimal("1.10")),
    ("0.1 + 0.2 == 0.3", True),
    ("1.10 * 3", Decimal("3.30")),
    ("123456789012.34 + 0.01", Decimal("123456789012.35")),
    ("10 / 4", Decimal("2.5")),
    ("2 * 3 + 4", 10),
    ("-invoice.count", -3),
    ("1 == 1.0", True),
    ("invoice.items", ["a field, no method"]),
    ("invoice['kind']", "invoice"),
    ("invoice.lines[0].code", "10"),
    ("invoice.lines[-1].code is missing", True),
    ("'a' ~ 1 ~ 2.5 ~ true", "a12.50yes"),
    ("'x' if invoice.deleted else 'y'", "y"),
    ("[1, 2.5, 'x']", [1, Decimal("2.5"), "x"]),
    ("invoice.kind in ['invoice', 'quote']", True),
    ("invoice.kind not in ('quote',)", True),
    ("'voice' in invoice.kind", True),
    ("'Manly' in maps.accounts", True),
    ("not invoice.deleted and invoice.count >= 3", True),
    ("invoice.deleted or invoice.count < 3", False),
    ("invoice.deleted and missing.name", False),
    ("1 < invoice.count < 4", True),
    ("invoice.deleted == no", True),
    ("invoice.claim is missing", True),
    ("invoice.claim.whatever is given", False),
    ("invoice.payer.email | default('none')", "none"),
    ("invoice.note is empty", False),
    ("invoice.claim is empty", True),
    ("'  ' is empty", True),
    ("invoice.kind is one_of('invoice', 'quote')", True),
    ("invoice.kind is one_of ['quote']", False),
    ("invoice.kind is not one_of ['quote']", True),
    ("2.675 | round(2)", Decimal("2.68")),
    ("10.125 | round(2)", Decimal("10.13")),
    ("-2.5 | round", -3),
    ("2.5 | round", 3),
    ("1234.5 | money", "$1,234.50"),
    ("(0 - 5) | money", "-$5.00"),
    ("-0.001 | money", "$0.00"),
    ("0.125 | percent", "12.5%"),
    ("invoice.note | trim | upper", "TWO WORDS"),
    ("'abcdef' | shorten(4)", "abc…"),
    ("invoice.lines | count", 3),
    ("invoice.lines | sum(gross)", Decimal("110.50")),
    ("[] | sum", Decimal("0.00")),
    ("[1, 2] | sum", 3),
    ("invoice.lines | max(gross)", Decimal("100.25")),
    ("[3, 1.5, 2] | min", Decimal("1.5")),
    ("[] | first | default('none')", "none"),
    ("(invoice.lines | last).gross", Decimal("0.00")),
    ("invoice.lines | where(category, 'A') | map(gross)", [Decimal("100.25"), Decimal("0.00")]),
    ("invoice.lines | where('taxable', true) | count", 1),
    ("invoice.lines | where(tax, none) | count", 1),
    ("invoice.lines | any(taxable)", True),
    ("invoice.lines | any(tax, 'missing')", True),
    ("invoice.lines | any(category, 'one_of', ['C'])", False),
    ("invoice.lines | sort(gross) | map(category)", ["A", "B", "A"]),
    ("invoice.lines | map(category) | unique | join('/')", "A/B"),
    ("invoice.lines | group(category) | map(key)", ["A", "B"]),
    ("[1, 1.0, '1'] | unique | count", 2),
    ("invoice.due | add('1 month')", date(2026, 2, 28)),
    ("today | add('-45 days')", date(2025, 12, 17)),
    ("today | add('1 business day')", date(2026, 2, 3)),
    ("now | date", date(2026, 1, 31)),
    ("now | time", "09:05"),
    ("now | weekday", "Saturday"),
    ("invoice.due | date('%-d %B %Y')", "31 January 2026"),
    ("'2026-03-01' | date", date(2026, 3, 1)),
    ("invoice.due | days_until", 0),
    ("invoice.due == ('2026-01-31' | date)", True),
    ("maps.accounts['A']", "200"),
    ("maps.accounts.A", "200"),
    ("maps.accounts['Manly']['A']", "201"),
    ("maps.accounts", {"A": "200", "Manly": {"A": "201"}}),
    ("invoice.claim", None),
]


@pytest.mark.parametrize("text, expected", VALUES)
def test_an_expression_has_an_exact_value(text, expected):
    value = compile_expression(text).value(NAMES)
    assert expected == value
    assert type(expected) is type(value)


CANNOT = [
    ("invoice.count == '3'", "compared"),
    ("invoice.kind > 3", "compared"),
    ("true == 1", "compared"),
    ("'10' < '9'", "look like numbers"),
    ("invoice.due == '2026-01-31'", "compared"),
    ("invoice.due < now", "compared"),
    ("invoice.totals.tax > 1", "is empty"),
    ("invoice.claim == 'x'", "is empty"),
    ("invoice.claim.id", "empty"),
    ("invoice.payer.email ~ 'x'", "is empty"),
    ("invoice.payer.email | upper", "is empty"),
    ("nothing", "not known"),
    ("nothing is given", "not known"),
    ("invoice.nothing", "not known"),
    ("invoice.nothing is given", "not known"),
    ("invoice.lines.gross", "no fields"),
    ("invoice.lines[9]", "no entry"),
    ("invoice.count and true", "yes or no"),
    ("not invoice.kind", "yes or no"),
    ("'x' if invoice.kind else 'y'", "yes or no"),
    ("invoice.kind + 1", "number"),
    ("true + 1", "number"),
    ("'a' * 3", "number"),
    ("1 / 0", "zero"),
    ("1000000000 * 1000000000", "larger"),
    ("invoice.lines | sum(tax)", "number"),
    ("invoice.lines | sort(code)", "."),
    ("[] | max", "empty list"),
    ("'abc' | round", "number"),
    ("'1,234.50' | round", "number"),
    ("'NaN' | round", "number"),
    ("5 | upper", "text"),
    ("invoice.due | time", "without a time"),
    ("today | add('2 hours')", "moved"),
    ("today | add('soon')", "length of time"),
    ("'31/01/2026' | date", "no date"),
    ("'2026-02-30' | date", "no date"),
    ("now | date('%Q')", "no sign"),
    ("5 in ['5']", "compared"),
    ("5 in 'x5'", "looked for"),
    ("maps.accounts[invoice.claim]", "is empty"),
    ("invoice.lines | where(category, 5)", "compares"),
]


@pytest.mark.parametrize("text, said", CANNOT)
def test_what_has_no_answer_cannot_be_told(text, said):
    with pytest.raises(CannotTell, match=said) as caught:
        compile_expression(text).value(NAMES)
    assert "CANNOT_TELL" == caught.value.code


@pytest.mark.parametrize("text", ["maps.accounts['C']", "maps.accounts.C", "maps.accounts['Manly']['B']"])
def test_a_missing_row_is_unmapped_and_names_its_table(text):
    with pytest.raises(Unmapped) as caught:
        compile_expression(text).value(NAMES)
    assert ("UNMAPPED", "accounts") == (caught.value.code, caught.value.table)


@pytest.mark.parametrize(
    "text, code, col",
    [
        ("", "expression-empty", 0),
        ("invoice.kind = 'x'", "one-equals-sign", 14),
        ("a && b", "expression-unreadable", 3),
        ("a || b", "expression-unreadable", 3),
        ("!a", "expression-unreadable", 1),
        ('"abc', "expression-unreadable", 1),
        ("“a”", "expression-unreadable", 1),
        ("a]", "expression-unreadable", 2),
        ("(a", "expression-unreadable", 2),
        ("a b", "expression-unreadable", 3),
        ("a.b(", "expression-unreadable", 4),
        ("a.b()", "expression-not-allowed", 4),
        ("2 ** 3", "expression-not-allowed", 1),
        ("a % b", "expression-not-allowed", 1),
        ("a // b", "expression-not-allowed", 1),
        ("{'a': 1}", "expression-not-allowed", 1),
        ("a[1:2]", "expression-not-allowed", 3),
        ("1_000", "number-unreadable", 1),
        ("1e3", "number-unreadable", 1),
        ("0x1F", "number-unreadable", 1),
        ("١٢", "name-unreadable", 1),
        ("café", "name-unreadable", 1),
        ("1 if true", "else-missing", 1),
        ("a == none", "compared-with-none", 6),
        ("x | uper", "unknown-filter", 5),
        ("x is gven", "unknown-test", 3),
        ("x | round(1, 2)", "wrong-arguments", 5),
        ("x | round(n=2)", "one-equals-sign", 12),
        ("x | round(*y)", "wrong-arguments", 5),
        ("x | map", "wrong-arguments", 5),
        ("x | map(1)", "field-name-needed", 9),
        ("x | any(category, 'B')", "unknown-test", 5),
    ],
)
def test_what_is_no_expression_is_told_at_its_column(text, code, col):
    with pytest.raises(LangError) as caught:
        compile_expression(text)
    assert (code, col) == (caught.value.code, caught.value.col)
    assert caught.value.message


def test_an_unknown_filter_says_which_was_meant():
    with pytest.raises(LangError, match='Did you mean "upper"'):
        compile_expression("x | uper")


@pytest.mark.parametrize(
    "text, paths",
    [
        ("invoice.totals.gross > 0 and invoice.kind == 'x'", ("invoice.totals.gross", "invoice.kind")),
        ("invoice.lines | sum(gross)", ("invoice.lines",)),
        ("maps.accounts[invoice.kind]", ("invoice.kind", "maps.accounts[]")),
        ("invoice.lines[0].gross", ("invoice.lines[].gross",)),
        ("invoice['kind']", ("invoice.kind",)),
        ("yes and 1 < 2", ()),
    ],
)
def test_an_expression_names_the_paths_that_it_reads(text, paths):
    assert paths == compile_expression(text).paths


@pytest.mark.parametrize(
    "text, expected",
    [
        ("invoice.totals.gross > 200", "invoice.totals.gross > 200 (110.50)"),
        ("invoice.kind == 'quote'", 'invoice.kind == "quote" ("invoice")'),
        ("invoice.payer.name == 'x'", 'invoice.payer.name == "x"'),
        ("invoice.payer.email is given", "invoice.payer.email is given (empty)"),
        ("invoice.count > 1 and invoice.totals.gross < 1", "invoice.totals.gross < 1 (110.50)"),
        ("invoice.deleted or invoice.count > 5", "invoice.deleted (no); invoice.count > 5 (3)"),
        (
            "invoice.count > invoice.totals.paid",
            "invoice.count > invoice.totals.paid (invoice.count 3, invoice.totals.paid 0.00)",
        ),
        ("invoice.lines | sum(gross) > 1000", "invoice.lines | sum(gross) > 1000 (3 entries)"),
        ("nothing > 1", "nothing > 1 (not known)"),
    ],
)
def test_an_explanation_shows_what_decided_and_nothing_personal(text, expected):
    assert expected == compile_expression(text).explain(NAMES)


@pytest.mark.parametrize("value", [True, False])
def test_a_condition_is_a_yes_or_no(value):
    assert value == truth(compile_expression("x"), {"x": value})


@pytest.mark.parametrize("value", [1, "1", Decimal("1.0"), None, "", "true", [], 0])
def test_nothing_but_a_yes_or_no_is_a_condition(value):
    with pytest.raises(CannotTell):
        truth(compile_expression("x"), {"x": value})
