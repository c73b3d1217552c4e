"""A rule's text becomes a plan, or all of its problems at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from textwrap import dedent, indent

import pytest

from engine.core.rule import Choose, Do, Fail, ForEach, Place, Retry, Set, Span, Stop, Wait, WaitFor
from engine.lang import words
from engine.lang.parser import read_rule


def problems_of(text: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.col, problem.code) for problem in read_rule("a/b", "f.yaml", dedent(text))[1]]


def rule_of(text: str):
    rule, problems = read_rule("a/b", "f.yaml", dedent(text))
    assert () == problems
    return rule


def with_steps(steps: str) -> str:
    return "rule: x\nwhen: a.b\nsteps:\n" + indent(dedent(steps), "  ")


WHOLE = """\
    rule: Post a paid invoice
    about: Why it is there.
    owner: bookkeeper@harbour.example
    enabled: no
    settings:
      tell_above:
        type: money
        default: 0
        ask: Above what?
    when:
      - halaxy.invoice.paid
      - halaxy.invoice.changed
    once per: invoice.id, invoice.version
    one at a time per: invoice.id
    when busy: newest
    if:
      - invoice.totals.gross > 0
      - = invoice.kind == "invoice"
    if any: invoice.deleted
    stop if: invoice.deleted
    stop when:
      - halaxy.invoice.deleted with same invoice.id
    try again: 3 times over 1 hour
    steps:
      - make Xero agree:
          if: invoice.totals.gross > 1
          do: xero.post_sale
          connection: main
          with:
            sale: = invoice
            revenue accounts: = maps.accounts
            lines:
              - a: 0200
                b: "{{ invoice.id }}"
          save as: posted
          try again: never
          on error: continue
          then: stop
    on error:
      - tell:
          do: notifications.send
          with:
            to: = rule.owner
    tests:
      - name: it posts
        event: samples/x.json
        expect:
          - do: xero.create_invoice
"""


def test_a_whole_rule_becomes_a_plan():
    rule = rule_of(WHOLE)
    assert ("a/b", "Post a paid invoice", "Why it is there.") == (rule.id, rule.title, rule.about)
    assert ("bookkeeper@harbour.example", False) == (rule.owner, rule.enabled)
    assert ("halaxy.invoice.paid", "halaxy.invoice.changed") == rule.events
    assert ["invoice.id", "invoice.version"] == [key.text for key in rule.once_per]
    assert (["invoice.id"], "newest") == ([key.text for key in rule.one_at_a_time_per], rule.when_busy)
    assert ["invoice.totals.gross > 0", 'invoice.kind == "invoice"'] == [part.text for part in rule.conditions]
    assert 1 == len(rule.any_conditions) == len(rule.stop_if)
    assert "halaxy.invoice.deleted" == rule.stop_when[0].type
    assert Retry(3, timedelta(hours=1)) == rule.retry
    assert ("tell_above", "money", Decimal("0.00"), True) == (
        rule.settings[0].name,
        rule.settings[0].type,
        rule.settings[0].default,
        rule.settings[0].has_default,
    )
    assert ["tell"] == [step.name for step in rule.on_error]


def test_a_step_has_its_verb_and_modifiers():
    step = rule_of(WHOLE).steps[0]
    assert isinstance(step.verb, Do)
    assert "xero.post_sale" == step.verb.action
    assert ["sale", "revenue accounts", "lines"] == [name for name, _ in step.verb.inputs]
    assert ("posted", Retry(0, timedelta(0)), "continue", True) == (
        step.save_as,
        step.retry,
        step.on_error,
        step.then_stop,
    )
    assert Place("f.yaml", 25, 5) == step.place
    value = dict(step.verb.inputs)["lines"].value({"invoice": {"id": "7"}})
    assert [{"a": "0200", "b": "7"}] == value


def test_the_version_is_that_of_the_text():
    text = dedent(WHOLE)
    one, two = read_rule("a/b", "f.yaml", text)[0], read_rule("c/d", "g.yaml", text.replace("\n", "\r\n"))[0]
    assert one.version == two.version
    assert one.version != read_rule("a/b", "f.yaml", text + "# a comment\n")[0].version


def test_every_verb_becomes_its_part_of_the_plan():
    rule = rule_of(
        with_steps("""\
        - name values:
            set:
              total: = invoice.totals.gross + 1
              text: 200
        - decide:
            choose:
              - if: total > 1
                steps:
                  - end well: {stop: done}
              - if:
                  - total > 0
                  - total < 1
                steps:
                  - end badly: {fail: "bad {{ total }}"}
            otherwise:
              - wait a little: {wait: 2 days at 09:00}
        - each line:
            for each: line in invoice.lines
            where: line.gross > 0
            gather as: results
            steps:
              - post it:
                  do: xero.create_invoice
        - each again:
            do: books.task
            for each: line in invoice.lines
            side by side: yes
        - wait until then: {wait until: 'invoice.due | add("7 days")'}
        - wait by value: {wait: = settings.pause}
        - wait for it:
            wait for: halaxy.invoice.paid with same invoice.id
            at most: 30 days
            save as: paid
            on timeout: continue
        - wait with steps:
            wait for: halaxy.invoice.paid with same invoice.id
            at most: = settings.pause
            on timeout:
              - give up: {fail: too late}
        """)
    )
    kinds = [type(step.verb) for step in rule.steps]
    assert [Set, Choose, ForEach, Do, Wait, Wait, WaitFor, WaitFor] == kinds
    set_, choose, each, again, until, by_value, wait, with_steps_ = (step.verb for step in rule.steps)
    assert {"total": 2, "text": "200"} == {
        name: value.value({"invoice": {"totals": {"gross": 1}}}) for name, value in set_.values
    }
    assert [1, 2] == [len(conditions) for conditions, _ in choose.branches]
    assert isinstance(choose.branches[0][1][0].verb, Stop)
    assert isinstance(choose.branches[1][1][0].verb, Fail)
    assert Span(2, "days") == choose.otherwise[0].verb.span
    assert ("line", "results", "line.gross > 0") == (each.loop.name, each.loop.gather_as, each.loop.where.text)
    assert again.loop.side_by_side
    assert until.until is not None
    assert by_value.until is not None
    assert (Span(30, "days"), "continue") == (wait.at_most, wait.on_timeout)
    assert isinstance(with_steps_.on_timeout, tuple)


@pytest.mark.parametrize(
    "when, missed",
    [("every day at 06:00", "run once"), ("every 10 minutes", "skip"), ("cron 0 9 * * 1", "run once")],
)
def test_a_rule_may_start_by_the_clock(when, missed):
    rule = rule_of(f"rule: x\nwhen: {when}\nif missed: {missed}\nsteps:\n  - a: {{stop: b}}\n")
    assert ((), when, missed) == (rule.events, rule.schedule.text, rule.if_missed)


PROBLEMS = [
    ("rule: x\nwhen: a.b\n", (1, 1, "word-missing")),
    ("rule: x\nwhen: a.b\nsteps: []\n", (3, 8, "steps-missing")),
    ("rule:\nwhen: a.b\nsteps:\n  - a: {stop: b}\n", (1, 6, "value-missing")),
    ("rule: x\nwen: a.b\nwhen: a.b\nsteps:\n  - a: {stop: b}\n", (2, 1, "unknown-word")),
    ("rule: x\nwhen: payed\nsteps:\n  - a: {stop: b}\n", (2, 7, "event-unreadable")),
    ("rule: x\nwhen: a.b where c\nsteps:\n  - a: {stop: b}\n", (2, 7, "condition-in-when")),
    ("rule: x\nwhen: every day\nsteps:\n  - a: {stop: b}\n", (2, 7, "schedule-needs-time")),
    ("rule: x\nwhen: called\nsteps:\n  - a: {stop: b}\n", (2, 7, "not-yet")),
    ("rule: x\nwhen:\n  - a.b\n  - every day at 09:00\nsteps:\n  - a: {stop: b}\n", (4, 5, "schedule-in-list")),
    ("rule: x\nwhen: a.b\nenabled: maybe\nsteps:\n  - a: {stop: b}\n", (3, 10, "bad-value")),
    ("rule: x\nwhen: a.b\nif missed: skip\nsteps:\n  - a: {stop: b}\n", (3, 1, "word-does-not-fit")),
    ("rule: x\nwhen: a.b\nwhen busy: skip\nsteps:\n  - a: {stop: b}\n", (3, 1, "word-does-not-fit")),
    ("rule: x\nwhen: a.b\nif: a = b\nsteps:\n  - a: {stop: b}\n", (3, 7, "one-equals-sign")),
    ("rule: x\nwhen: a.b\nif: '{{ a }}'\nsteps:\n  - a: {stop: b}\n", (3, 6, "hole-in-expression")),
    ("rule: x\nwhen: a.b\nonce per: a, b c\nsteps:\n  - a: {stop: b}\n", (3, 16, "expression-unreadable")),
    ("rule: x\nwhen: a.b\nstop when: a.b\nsteps:\n  - a: {stop: b}\n", (3, 12, "event-without-equality")),
    ("rule: x\nwhen: a.b\nsteps:\n  - a: {stop: b}\ntests:\n  - nam: x\n    expect: []\n", (6, 5, "unknown-word")),
    ("rule: x\nwhen: a.b\nsettings:\n  n: {type: texts, ask: x}\nsteps:\n  - a: {stop: b}\n", (4, 13, "unknown-type")),
    (
        "rule: x\nwhen: a.b\nsettings:\n  n: {type: money, ask: x, default: $5}\nsteps:\n  - a: {stop: b}\n",
        (4, 37, "bad-value"),
    ),
    ("rule: x\nwhen: a.b\nsettings:\n  n: {type: money}\nsteps:\n  - a: {stop: b}\n", (4, 3, "word-missing")),
    (with_steps("  - do: a.b\n"), (4, 5, "step-without-name")),
    (with_steps("  - do: a.b\n    with: {a: b}\n"), (4, 5, "step-without-name")),
    (with_steps("  - a step:\n    do: a.b\n"), (5, 5, "step-indentation")),
    (with_steps("  - a step\n"), (4, 5, "step-without-name")),
    (with_steps("  - a step: b\n"), (4, 13, "step-empty")),
    (with_steps("  - a: {if: b}\n"), (4, 5, "step-without-verb")),
    (with_steps("  - a: {stop: b, fail: c}\n"), (4, 18, "two-verbs")),
    (with_steps("  - a: {stop: b}\n  - a: {stop: b}\n"), (5, 5, "step-name-twice")),
    (with_steps("  - a: {stop: b, with: {c: d}}\n"), (4, 18, "word-does-not-fit")),
    (with_steps("  - a: {do: post_sale}\n"), (4, 13, "action-unreadable")),
    (with_steps("  - a: {do: x.y, save as: event}\n"), (4, 27, "name-reserved")),
    (with_steps("  - a: {do: x.y, save as: a b}\n"), (4, 27, "name-unreadable")),
    (with_steps("  - a: {stop: x, save as: b}\n"), (4, 18, "word-does-not-fit")),
    (with_steps("  - a: {do: x.y, then: continue}\n"), (4, 24, "unknown-word")),
    (with_steps("  - a: {do: x.y, on error: explode}\n"), (4, 28, "unknown-word")),
    (with_steps("  - a: {do: x.y, where: b}\n"), (4, 18, "word-does-not-fit")),
    (with_steps("  - a: {set: {settings: 1}}\n"), (4, 15, "name-reserved")),
    (with_steps("  - a: {wait for: a.b with same c.d}\n"), (4, 9, "at-most-missing")),
    (with_steps("  - a: {wait: soon}\n"), (4, 15, "duration-unreadable")),
    (with_steps("  - a: {for each: b in c.d}\n"), (4, 9, "word-missing")),
    (with_steps("  - a:\n      choose:\n        - if: b\n"), (6, 11, "word-missing")),
    (with_steps('  - a: {stop: "x {{ y"}\n'), (4, 18, "hole-open")),
    (with_steps("  - a: {stop: =x}\n"), (4, 15, "space-after-equals")),
]


@pytest.mark.parametrize("text, first", PROBLEMS, ids=[f"{row[1][2]} {row[0][18:50]!r}" for row in PROBLEMS])
def test_a_problem_is_told_at_its_place(text, first):
    assert first in problems_of(text)


@pytest.mark.parametrize("word", words.RULE_NOT_YET)
def test_words_that_cannot_run_yet_are_told_so(word):
    assert "not-yet" in [
        code for _, _, code in problems_of(f"rule: x\nwhen: a.b\n{word}: y\nsteps:\n  - a: {{stop: b}}\n")
    ]


@pytest.mark.parametrize("word", ["ask", "together", "run"])
def test_verbs_that_cannot_run_yet_are_told_so(word):
    assert [(4, 9, "not-yet")] == problems_of(with_steps(f"  - a: {{{word}: y}}\n"))


def test_all_problems_are_told_at_once_in_order():
    text = "rul: x\nwhen: payed\nif: a = b\nsteps:\n  - do: a.b\n  - c: {stop: =x}\n"
    found = problems_of(text)
    assert [1, 2, 3, 5, 6] == [line for line, _, _ in found]


def test_every_problem_says_how_to_mend_it():
    for text, _ in PROBLEMS:
        for problem in read_rule("a/b", "f.yaml", text)[1]:
            assert problem.message
            assert problem.mend, problem
            assert "a/b" == problem.rule


def test_yaml_typed_words_stay_text():
    rule = rule_of(with_steps("  - on: {do: x.y, with: {no: 0200, at: 22:30, yes: 1.10}}\n"))
    assert {"no": "0200", "at": "22:30", "yes": "1.10"} == {
        name: value.value({}) for name, value in rule.steps[0].verb.inputs
    }


def test_an_expression_knows_its_place():
    rule = rule_of(with_steps('  - a:\n      stop: "x {{ invoice.id }}"\n'))
    reason = rule.steps[0].verb.reason
    assert (5, 14) == (reason.place.line, reason.place.col)
    assert 6 == reason.reads[0].col
