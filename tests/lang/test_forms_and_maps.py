"""Rulesets, filled-in settings and mapping tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engine.core.rule import Setting
from engine.lang.expressions import compile_expression
from engine.lang.forms import MapNeed, read_map, read_ruleset, read_settings

RULESET = """\
ruleset: Financial sync
about: Keeps both sides equal.
settings:
  start_date: {type: date, ask: From when?}
  status:
    type: choice
    choices: [draft, authorised]
    default: draft
    ask: How?
maps:
  payment_accounts:
    from: text
    to: xero account
    or: discount
rules: [sales, alerts]
"""
FORM = (
    Setting("start_date", "date", "From when?"),
    Setting("above", "money", "Above what?", Decimal("5.00"), True),
    Setting("status", "choice", "How?", "draft", True, ("draft", "authorised")),
)


def test_a_ruleset_has_a_form_and_the_maps_it_needs():
    ruleset, problems = read_ruleset("ruleset.yaml", RULESET)
    assert () == problems
    assert ("Financial sync", ("sales", "alerts")) == (ruleset.title, ruleset.rules)
    assert (MapNeed("payment_accounts", "text", "xero account", ("discount",)),) == ruleset.maps
    assert [("start_date", False), ("status", True)] == [(item.name, item.has_default) for item in ruleset.settings]


def test_a_default_outside_the_choices_is_told():
    ruleset, problems = read_ruleset("ruleset.yaml", RULESET.replace("default: draft", "default: drat"))
    assert ruleset is None
    assert ["bad-value"] == [problem.code for problem in problems]
    assert 8 == problems[0].line


def test_settings_are_cast_and_defaults_filled():
    values, problems = read_settings("s.yaml", "start_date: 2026-01-01\nabove: 7.5\n", FORM)
    assert () == problems
    assert {"start_date": date(2026, 1, 1), "above": Decimal("7.50"), "status": "draft"} == values


def test_a_missing_setting_is_a_warning_and_a_wrong_one_an_error():
    values, problems = read_settings("s.yaml", "above: a lot\nstatus: drat\nstats: draft\n", FORM)
    assert {"above": Decimal("5.00"), "status": "draft"} == values
    found = {(problem.code, problem.severity, problem.line) for problem in problems}
    assert {
        ("setting-missing", "warning", 1),
        ("bad-value", "error", 1),
        ("bad-value", "error", 2),
        ("unknown-word", "error", 3),
    } == found


def test_no_file_gives_the_defaults():
    values, problems = read_settings("s.yaml", "", FORM)
    assert {"above": Decimal("5.00"), "status": "draft"} == values
    assert ["warning"] == [problem.severity for problem in problems]


MAP = """\
from: halaxy fee category
to: xero account
or: discount
rows:
  Consultation: 0200
  Discount: discount
  Manly:
    Consultation: 0201
"""


def test_a_map_keeps_its_rows_as_typed_and_may_nest_once():
    table, problems = read_map("maps/revenue_accounts.yaml", MAP)
    assert () == problems
    assert {"Consultation": "0200", "Discount": "discount", "Manly": {"Consultation": "0201"}} == table.plain()
    names = {"maps": {"revenue_accounts": table}}
    assert "0201" == compile_expression("maps.revenue_accounts['Manly']['Consultation']").value(names)
    assert table.plain() == compile_expression("maps.revenue_accounts").value(names)
    assert table.plain() == compile_expression("maps").value(names)["revenue_accounts"]


def test_what_is_wrong_with_a_map_is_told_at_its_row():
    table, problems = read_map("maps/a.yaml", "from: text\nto: xero acount\nrows:\n  A:\n  B: 200\n  B: 201\n")
    assert {"A", "B"} >= set(table)
    assert [(2, "unknown-type"), (6, "duplicate-key")] == [(problem.line, problem.code) for problem in problems]
    _, problems = read_map("maps/a.yaml", "from: text\nto: xero account\nrows:\n  A:\n  B: [x]\n  C: {D: {E: 1}}\n")
    assert [(4, "bad-value"), (5, "bad-value"), (6, "bad-value")] == [
        (problem.line, problem.code) for problem in problems
    ]
