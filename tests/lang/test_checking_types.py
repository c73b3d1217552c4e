"""Types, guards, waits and rings: what the checker proves against the connectors that come with Daybook."""

from __future__ import annotations

import time
from textwrap import dedent, indent

import pytest
from problem_frames import catalogue

from engine.lang.catalogue import ActionSchema, Catalogue
from engine.lang.checker import check, check_rings
from engine.lang.checking.filtering import TYPED
from engine.lang.filters import FILTERS
from engine.lang.parser import read_rule

HEAD = "when: halaxy.invoice.paid"


def found(text: str) -> list[tuple[str, str]]:
    rule, problems = read_rule("financial_sync/x", "f.yaml", text)
    assert () == problems
    assert rule is not None
    lines = text.split("\n")
    return [
        (one.code, lines[one.line - 1][one.col - 1 : one.end_col - 1]) for one in check([rule], catalogue())
    ]  # fmt: skip


def under(condition: str, head: str = HEAD) -> list[tuple[str, str]]:
    return found(f"rule: x\n{head}\nif: |-\n  {condition}\nsteps:\n  - a: {{stop: x}}\n")


def with_steps(steps: str, head: str = HEAD) -> list[tuple[str, str]]:
    return found(f"rule: x\n{dedent(head).strip()}\nsteps:\n{indent(dedent(steps).strip(), '  ')}\n")


SOUND = [
    'invoice.payer.kind == "patient" and invoice.totals.balance > 5',
    "invoice.due < today",
    "invoice.due | days_until < -7",
    "invoice.changed_at is given and (invoice.changed_at | date) < today",
    'invoice.location is missing or invoice.location == "CL-1"',
    'invoice.location | default("CL-1") == "CL-1"',
    'invoice.status in ["active", "issued"]',
    'invoice.status is one_of("active", "issued")',
    "invoice.lines | sum(gross) > 100",
    'invoice.lines | where(status, "active") | count > 0',
    "invoice.lines | any(taxable)",
    'invoice.lines | any(code, one_of, "A1")',
    "invoice.payments | map(amount) | max > 5",
    '(invoice.payments | group(method) | first).key == "cash"',
    'now | weekday == "Monday"',
    'now | time > "09:00"',
    'invoice.number ~ "x" == "1x"',
    'invoice.date == "2026-01-31" | date',
    "invoice.totals.gross * 2 - invoice.totals.tax / 10 > 1.50",
    "not invoice.deleted and not (invoice.fully_paid or invoice.kind == 'quote')",
    "ruleset.settings.start_date <= invoice.date",
    "invoice.totals.gross > 5 or invoice.totals.gross < -5",
    "invoice.totals.gross >= 5 and invoice.totals.gross <= 5",
    'invoice.payer.email is given and "@" in invoice.payer.email',
    '(invoice.payer.email if invoice.payer.email is given else "a@b.example") != "c@d.example"',
]


@pytest.mark.parametrize("condition", SOUND)
def test_a_sound_condition_passes(condition):
    assert [] == under(condition)


BROKEN = [
    ("invoice.number > 5", "unlike-types", "invoice.number > 5"),
    ('invoice.totals.gross == "100"', "unlike-types", 'invoice.totals.gross == "100"'),
    ('invoice.date > "2026-01-01"', "unlike-types", 'invoice.date > "2026-01-01"'),
    ("invoice.lines > 3", "unlike-types", "invoice.lines > 3"),
    ('invoice.deleted == "yes"', "unlike-types", 'invoice.deleted == "yes"'),
    ("invoice.deleted > no", "unlike-types", "invoice.deleted"),
    ("invoice.date + 7 > today", "unlike-types", "invoice.date"),
    ("5 in invoice.number", "unlike-types", "5"),
    ('"x" in invoice.totals.gross', "unlike-types", "invoice.totals.gross"),
    ("invoice.payer", "no-yes-or-no", "invoice.payer"),
    ("not invoice.totals.gross", "no-yes-or-no", "invoice.totals.gross"),
    ("invoice.deleted and invoice.number", "no-yes-or-no", "invoice.number"),
    ('invoice.kind == "invoise"', "unknown-choice", '"invoise"'),
    ('invoice.status in ["active", "paid"]', "unknown-choice", '"paid"'),
    ('invoice.lines | where(status, "activ") | count > 0', "unknown-choice", '"activ"'),
    ('event.type == "halaxy.invoice.payd"', "unknown-choice", '"halaxy.invoice.payd"'),
    ('now | weekday == "Mon"', "unknown-choice", '"Mon"'),
    ("invoice.lines | sum(gros) > 3", "unknown-path", "gros"),
    ("invoice.lines | sum(tax) > 3", "unguarded-value", "tax"),
    ("invoice.lines | sum(description) > 3", "filter-type", "sum"),
    ("invoice.totals | sum > 3", "filter-type", "sum"),
    ('invoice.totals.gross | upper == "A"', "filter-type", "upper"),
    ('invoice.due | add("2 hours") > today', "filter-type", '"2 hours"'),
    ('invoice.due | add("7 dayz") > today', "duration-unit", '"7 dayz"'),
    ("invoice.totals.gross | round(20) > 3", "filter-type", "20"),
    ('invoice.location == "x"', "unguarded-value", "invoice.location"),
    ("invoice.changed_at | date > today", "unguarded-value", "invoice.changed_at"),
    ('invoice.payer.email is given or invoice.payer.email != "x"', "unguarded-value", "invoice.payer.email"),
    ('invoice.payer.email is missing and invoice.payer.email != "x"', "unguarded-value", "invoice.payer.email"),
    ("invoice.kind == quote", "unknown-name", "quote"),
    ("1 == 2", "always-the-same", "1 == 2"),
    ("invoice.number == invoice.number", "always-the-same", "invoice.number == invoice.number"),
    ("invoice.totals.gross > 5 and invoice.totals.gross < 3", "never-holds", "invoice.totals.gross < 3"),
    ('invoice.kind == "quote" and invoice.kind == "invoice"', "never-holds", 'invoice.kind == "invoice"'),
    ("invoice.totals.gross > 5 and 5 >= invoice.totals.gross", "never-holds", "5 >= invoice.totals.gross"),
]


@pytest.mark.parametrize("condition, code, token", BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_condition_is_told_at_its_token(condition, code, token):
    assert (code, token) in under(condition)


TASK = "do: books.task\n    with:\n      for: bookkeeper\n      title: "
GUARDS = [
    (f"- a:\n    if: invoice.location is given\n    {TASK}= invoice.location", []),
    (f"- a:\n    {TASK}= invoice.location", [("unguarded-value", "invoice.location")]),
    (f"- a:\n    {TASK}At {{{{ invoice.location }}}}", [("unguarded-value", "invoice.location")]),
    (f"- s: {{if: invoice.location is missing, stop: none}}\n- a:\n    {TASK}= invoice.location", []),
    (f"- a:\n    {TASK}x\n      due: = invoice.due", []),
    (f"- a:\n    {TASK}x\n      due: = invoice.number", [("unlike-input", "invoice.number")]),
    (f"- a:\n    {TASK}= invoice.totals.gross", [("unlike-input", "invoice.totals.gross")]),
    (f"- a:\n    {TASK}invoice.number", [("equals-missing", "invoice.number")]),
    ("- a: {do: xero.post_sale, with: {sale: = invoice.payer, revenue accounts: = maps.revenue_accounts, payment accounts: = maps.payment_accounts}}", [("unlike-input", "invoice.payer")]),
    ("- a: {if: invoice.deleted, set: {x: 1}}\n- b: {stop: = x}", [("unguarded-value", "x")]),
    ("- a: {if: invoice.deleted, set: {x: 1}}\n- b: {if: invoice.deleted, stop: = x}", []),
    ("- a: {if: invoice.deleted, set: {x: 1}}\n- b: {if: x is given, stop: = x}", []),
    ("- a: {do: halaxy.find_invoice, with: {id: = invoice.id}, if missing: continue, save as: x}\n- b: {stop: = x.invoice.number}", [("unguarded-value", "x")]),
    ("- a: {do: halaxy.find_invoice, with: {id: = invoice.id}, if missing: stop, save as: x}\n- b: {stop: = x.invoice.number}", []),
    ("- a: {set: {x: = invoice.due}}\n- b: {if: x < today, stop: y}", []),
    ("- a: {set: {x: = invoice.number}}\n- b: {if: x > 5, stop: y}", [("unlike-types", "x > 5")]),
    ("- a: {for each: line in invoice.totals, steps: [{b: {stop: x}}]}", [("unlike-types", "invoice.totals")]),
    ("- a: {for each: line in invoice.lines, where: line.gross, steps: [{b: {stop: x}}]}", [("no-yes-or-no", "line.gross")]),
    ("- a: {wait until: invoice.number}", [("unlike-types", "invoice.number")]),
    ("- a: {wait for: halaxy.payment.recorded with same payment.id, at most: 2 days}", [("unknown-name", "payment")]),
    ("- a: {wait for: halaxy.payment.recorded where new.payment.invoice == invoice.id, at most: 2 days}", []),
    ("- a: {wait for: halaxy.invoice.paid with same invoice.id, at most: 2 days, on timeout: continue, save as: got}\n- b: {stop: = got.invoice.number}", [("unguarded-value", "got")]),
    ("- a: {wait for: halaxy.invoice.paid with same invoice.id, at most: 2 days, save as: got}\n- b: {stop: = got.invoice.number}", []),
    ("- a: {choose: [{if: invoice.deleted, steps: [{b: {stop: x}}]}], otherwise: [{c: {set: {x: 1}}}]}\n- d: {stop: = x}", []),
]  # fmt: skip


@pytest.mark.parametrize("steps, expected", GUARDS, ids=[row[0][:80] for row in GUARDS])
def test_values_are_there_and_fit_where_they_are_used(steps, expected):
    assert expected == with_steps(steps)


WAITS = [
    ("", "- w: {wait: 7 days}\n- a: {stop: '{{ invoice.totals.balance }}'}", [("stale-after-wait", "invoice.totals.balance")]),
    ("keep fresh: invoice", "- w: {wait: 7 days}\n- a: {stop: '{{ invoice.totals.balance }}'}", []),
    ("", "- w: {wait: 7 days}\n- a: {stop: 'Invoice {{ invoice.number }} of {{ invoice.date }}'}", []),
    ("", "- a: {set: {q: '{{ invoice.totals.balance }}'}}\n- w: {wait: 7 days}", []),
    ("stop if: invoice.totals.balance <= 5", "- w: {wait: 7 days}", [("stale-after-wait", "invoice.totals.balance")]),
    ("stop if: invoice.totals.balance <= 5", "- a: {stop: x}", []),
    ("", "- l: {for each: line in invoice.lines, steps: [{a: {if: invoice.deleted, stop: x}}, {w: {wait: 1 days}}]}", [("stale-after-wait", "invoice.deleted")]),
]  # fmt: skip


@pytest.mark.parametrize("head, steps, expected", WAITS, ids=[f"{row[0]} {row[1][:60]}" for row in WAITS])
def test_what_may_have_changed_during_a_wait_is_read_again(head, steps, expected):
    assert expected == with_steps(steps, f"{HEAD}\n{head}")


TWO = "when: [halaxy.invoice.paid, halaxy.patient.updated]"
BY_TYPE = [
    ('- a: {if: event.type == "halaxy.invoice.paid", stop: = invoice.number}', []),
    ('- a: {if: event.type != "halaxy.patient.updated", stop: = invoice.number}', []),
    ('- a: {if: event.type == "halaxy.patient.updated", stop: = invoice.number}', [("unknown-name", "invoice")]),
    ('- a: {choose: [{if: event.type == "halaxy.invoice.paid", steps: [{b: {stop: = invoice.number}}]}], otherwise: [{c: {stop: = patient.name}}]}', []),
    ('- s: {if: event.type == "halaxy.patient.updated", stop: x}\n- a: {stop: = invoice.number}', []),
    ("- a: {if: invoice is given, stop: = invoice.number}", []),
    ("- a: {stop: = invoice.number}", [("unguarded-name", "invoice")]),
]  # fmt: skip


@pytest.mark.parametrize("steps, expected", BY_TYPE, ids=[row[0][:80] for row in BY_TYPE])
def test_the_type_of_the_event_says_which_objects_there_are(steps, expected):
    assert expected == with_steps(steps, TWO)


def test_a_fault_in_a_folded_text_is_told_on_its_own_line():
    text = (
        "rule: x\nwhen: halaxy.invoice.paid\nsteps:\n  - a:\n      stop: >-\n        Invoice {{ invoice.number }}\n"
        "        over {{ invoice.totals.gros }}\n"
    )
    rule, _ = read_rule("financial_sync/x", "f.yaml", text)
    (problem,) = check([rule], catalogue())
    assert (7, 17) == (problem.line, problem.col)


RING = Catalogue(
    {"a.one": {"x": {}}, "a.two": {"x": {}}},
    {"a.first": ActionSchema(emits=("a.two",)), "a.second": ActionSchema(emits=("a.one",))},
)


def ring(*rules: str) -> list[tuple[str, str, str]]:
    read = [read_rule(f"r/{number}", "f.yaml", rule)[0] for number, rule in enumerate(rules)]
    return [(one.code, one.severity, one.rule) for one in check_rings(read, RING)]


def test_rules_that_set_each_other_off_are_told_once():
    one, two = (
        f"rule: x\nwhen: a.{on}\nsteps:\n  - s: {{do: a.{do}}}\n" for on, do in (("one", "first"), ("two", "second"))
    )
    assert [("rules-in-a-ring", "error", "r/0")] == ring(one, two)
    assert [("rules-in-a-ring", "warning", "r/0")] == ring(one + "if: x.y > 1\n", two)
    assert [] == ring(one)
    assert [("rules-in-a-ring", "error", "r/0")] == ring(one.replace("a.one", "a.two"))


def test_every_filter_has_its_types():
    assert set(FILTERS) == TYPED


HOSTILE = {
    "and, or": "if: " + "(" * 14 + "invoice.deleted" + "".join(f" {'or' if n % 2 else 'and'} invoice.fully_paid)" for n in range(14)),
    "bounds": "if:\n" + "".join(f"  - invoice.totals.gross > {n}\n" for n in range(400)),
    "filters": "if: invoice.lines" + " | sort(gross)" * 90 + " | count > 0",
    "dots": "if: maps" + ".a" * 95 + ' == "x"',
    "entries": "if: invoice.number in [" + ",".join(["1"] * 900) + "]",
    "unknown names": "if:\n" + "".join(f"  - name_{n} > {n}\n" for n in range(600)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_rule_is_checked_in_time(name):
    text = f"rule: x\n{HEAD}\n{HOSTILE[name].rstrip()}\nsteps:\n  - a: {{stop: x}}\n"
    rule, _ = read_rule("financial_sync/x", "f.yaml", text)
    started = time.perf_counter()
    problems = check([rule], catalogue()) if rule is not None else ()
    # The promise is 200 ms on an idle core.
    assert time.perf_counter() - started < 0.8
    assert len(problems) <= 50


NESTED = """- l:
    for each: line in invoice.lines
    side by side: yes
    steps:
      - inner:
          for each: paid in invoice.payments
          side by side: {inner}
          steps:
            - s: {{set: {{x: 1}}}}"""


@pytest.mark.parametrize("inner, expected", [("yes", ["side-by-side-inside"]), ("no", [])])
def test_only_the_outermost_loop_goes_side_by_side(inner, expected):
    codes = [code for code, _ in with_steps(NESTED.format(inner=inner))]
    assert codes == expected


@pytest.mark.parametrize("event, name, expected", [
    ("halaxy.invoice.paid", "invoice", []),
    ("halaxy.payment.recorded", "payment", ["no-reader"]),
    ("halaxy.patient.updated", "patient", []),
    ("halaxy.organisation.updated", "organisation", ["no-reader"]),
])  # fmt: skip
def test_only_what_can_be_read_again_is_kept_fresh(event, name, expected):
    head = f"when: {event}\nkeep fresh: {name}"
    assert [code for code, _ in with_steps("- w: {wait: 7 days}", head)] == expected
