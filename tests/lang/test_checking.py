"""What the checker proves: names, inputs and paths, each before it is read."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from engine.lang.catalogue import ActionSchema, Catalogue
from engine.lang.checker import check
from engine.lang.parser import read_rule

TEXT, MONEY = {"type": "string"}, {"type": "number", "x-type": "money"}
INVOICE = {
    "type": "object",
    "x-type": "sale",
    "properties": {
        "id": TEXT,
        "totals": {"type": "object", "properties": {"gross": MONEY}},
        "payer": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"email": TEXT}}]},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"gross": MONEY, "code": TEXT}}},
        "extra": {"type": "object", "additionalProperties": True},
    },
}
CATALOGUE = Catalogue(
    events={
        "halaxy.invoice.paid": {"invoice": INVOICE},
        "halaxy.payment.recorded": {"invoice": INVOICE, "payment": {"type": "object", "properties": {"id": TEXT}}},
    },
    actions={
        "xero.post_sale": ActionSchema(
            {
                "type": "object",
                "required": ["sale"],
                "properties": {"sale": {"x-type": "sale"}, "revenue accounts": {}, "days": {"type": "integer"}},
            },
            {"type": "object", "properties": {"number": TEXT}},
            "posting",
        ),
        "notifications.send": ActionSchema(
            {
                "type": "object",
                "required": ["to"],
                "properties": {"to": {"type": "string", "x-type": "person"}, "message": TEXT},
            }
        ),
    },
    ruleset_settings={"start_date": {"x-type": "date"}},
    maps={"accounts": {"type": "object", "additionalProperties": TEXT}},
    people=frozenset({"bookkeeper"}),
)


def found(steps: str, head: str = "when: halaxy.invoice.paid") -> list[tuple[str, str]]:
    text = f"rule: x\n{dedent(head).strip()}\nsettings:\n  tell: {{type: text, ask: x, default: y}}\nsteps:\n{indent(dedent(steps), '  ')}"
    rule, problems = read_rule("a/b", "f.yaml", text)
    assert () == problems
    lines = text.split("\n")
    return [
        (problem.code, lines[problem.line - 1][problem.col - 1 : problem.end_col - 1])
        for problem in check([rule], CATALOGUE)
    ]


CASES = [
    ("- a: {do: xero.post_sale, with: {sale: = invoice, days: 7}}", []),
    ("- a: {do: xero.post_sal, with: {sale: = invoice}}", [("unknown-action", "xero.post_sal")]),
    ("- a: {do: zero.post_sale, with: {sale: = invoice}}", [("unknown-connector", "zero")]),
    ("- a: {do: xero.post_sale}", [("input-missing", "xero.post_sale")]),
    ("- a: {do: xero.post_sale, with: {sale: = invoice, salle: x}}", [("unknown-input", "salle")]),
    ("- a: {do: xero.post_sale, with: {sale: = invoice, days: soon}}", [("bad-value", "soon")]),
    ("- a: {do: xero.post_sale, with: {sale: invoice}}", [("bad-value", "invoice")]),
    ("- a: {do: notifications.send, with: {to: bookeeper}}", [("unknown-person", "bookeeper")]),
    ("- a: {do: notifications.send, with: {to: x@y.example}}", []),
    ("- a: {stop: = invoice.totals.gross}", []),
    ("- a: {stop: = invoice.totals.gros}", [("unknown-path", "invoice.totals.gros")]),
    ('- a: {stop: "x {{ invoic.id }}"}', [("unknown-name", "invoic")]),
    ("- a: {stop: = invoice.id.x}", [("unknown-path", "invoice.id.x")]),
    ("- a: {stop: = invoice.payer.email}", [("unguarded-value", "invoice.payer")]),
    ("- a: {if: invoice.payer is given, stop: = invoice.payer.mail}", [("unknown-path", "invoice.payer.mail")]),
    ("- a: {stop: = invoice.lines.gross}", [("unknown-path", "invoice.lines.gross")]),
    ("- a: {stop: '= invoice.lines[0].gros'}", [("unknown-path", "invoice.lines[0].gros")]),
    ("- a: {stop: = invoice.extra.anything.at_all}", []),
    ("- a: {stop: = settings.tell}", []),
    ("- a: {stop: = settings.tel}", [("unknown-setting", "settings.tel")]),
    ("- a: {stop: = ruleset.settings.start_dat}", [("unknown-setting", "ruleset.settings.start_dat")]),
    ("- a: {stop: '= maps.accounts[invoice.id]'}", []),
    ("- a: {stop: '= maps.acounts[invoice.id]'}", [("unknown-map", "maps.acounts")]),
    ("- a: {stop: = rule.ownr}", [("unknown-path", "rule.ownr")]),
    ("- a: {stop: = event.typ}", [("unknown-path", "event.typ")]),
    ("- a: {set: {q: = posted.number}}\n- b: {do: xero.post_sale, with: {sale: = invoice}, save as: posted}", [("unknown-name", "posted")]),
    ("- b: {do: xero.post_sale, with: {sale: = invoice}, save as: posted}\n- a: {stop: = posted.number}", []),
    ("- b: {do: xero.post_sale, with: {sale: = invoice}, save as: posted}\n- a: {stop: = posted.nummer}", [("unknown-path", "posted.nummer")]),
    ("- b: {do: xero.post_sale, with: {sale: = invoice}, save as: invoice}", [("name-shadows", "invoice")]),
    ("- b: {set: {invoice: 1}}", [("name-shadows", "invoice")]),
    ("- b: {set: {x: 1, y: = x}}\n- c: {stop: = x}", []),
    ("- b: {for each: line in invoice.lines, steps: [{c: {set: {x: = line.gross}}}]}", []),
    ("- b: {for each: line in invoice.lines, steps: [{c: {set: {x: = line.gros}}}]}", [("unknown-path", "line.gros")]),
    ("- b: {for each: line in invoice.lines, steps: [{c: {set: {x: 1}}}]}\n- d: {stop: = x}", [("unknown-name", "x")]),
    ("- b: {for each: invoice in invoice.lines, steps: [{c: {stop: x}}]}", [("name-shadows", "invoice")]),
    ("- b: {do: xero.post_sale, for each: line in invoice.lines, with: {sale: = invoice}, gather as: all}\n- c: {stop: '= all[0].number'}", []),
    ("- b: {do: xero.post_sale, for each: line in invoice.lines, with: {sale: = invoice}, gather as: all}\n- c: {stop: '= all[0].nummer'}", [("unknown-path", "all[0].nummer")]),
    ("- b: {choose: [{if: 'yes', steps: [{c: {set: {x: 1}}}]}], otherwise: [{d: {set: {x: 2}}}]}\n- e: {stop: = x}", []),
    ("- b: {choose: [{if: 'yes', steps: [{c: {set: {x: 1}}}]}], otherwise: [{d: {set: {y: 2}}}]}\n- e: {stop: = x}", [("unknown-name", "x")]),
    ("- b: {choose: [{if: 'yes', steps: [{c: {set: {x: 1}}}]}]}\n- e: {stop: = x}", [("unknown-name", "x")]),
    ("- a: {stop: = error.what}", [("unknown-name", "error")]),
    ("- a: {do: xero.post_sale, with: {sale: = invoice}, on error: [{b: {stop: = error.what}}]}", []),
    ("- a: {wait for: halaxy.payment.recorded with same invoice.id, at most: 2 days, save as: got}\n- b: {stop: = got.payment.id}", []),
    ("- a: {wait for: halaxy.payment.recorded where new.payment.id == invoice.id, at most: 2 days}", []),
    ("- a: {wait for: halaxy.payment.recorded where new.payment.ix == invoice.id, at most: 2 days}", [("unknown-path", "new.payment.ix")]),
    ("- a: {wait for: halaxy.payment.recordet with same invoice.id, at most: 2 days}", [("unknown-event", "halaxy.payment.recordet")]),
]  # fmt: skip


@pytest.mark.parametrize("steps, expected", CASES, ids=[row[0][:90] for row in CASES])
def test_names_inputs_and_paths(steps, expected):
    assert expected == found(steps)


TWO = "when: [halaxy.invoice.paid, halaxy.payment.recorded]"


@pytest.mark.parametrize(
    "head, steps, expected",
    [
        ("when: halaxy.invoice.payed", "- a: {stop: = invoice.anything}", [("unknown-event", "halaxy.invoice.payed")]),
        ("when: halxy.invoice.paid", "- a: {stop: b}", [("unknown-connector", "halxy")]),
        ("when: every day at 09:00", "- a: {stop: = invoice.id}", [("unknown-name", "invoice")]),
        (TWO, "- a: {stop: = invoice.id}", []),
        (TWO, "- a: {stop: = payment.id}", [("unguarded-name", "payment")]),
        (TWO, "- a: {if: payment is given, stop: = payment.id}", []),
        (TWO, '- a: {if: event.type == "halaxy.payment.recorded", stop: = payment.id}', []),
        (TWO + "\nif: payment is given", "- a: {stop: = payment.id}", []),
        (TWO + "\nonce per: payment.id", "- a: {stop: b}", [("unguarded-name", "payment")]),
        (TWO + "\nif: payment is given and payment.ix > 1", "- a: {stop: b}", [("unknown-path", "payment.ix")]),
    ],
)
def test_what_starts_a_rule_decides_what_it_may_read(head, steps, expected):
    assert expected == found(steps, head)


def test_a_problem_says_which_word_was_meant():
    text = "rule: x\nwhen: halaxy.invoice.paid\nsteps:\n  - a: {do: xero.post_sal, with: {sale: = invoice}}\n"
    problem = check([read_rule("a/b", "f.yaml", text)[0]], CATALOGUE)[0]
    assert 'Did you mean "post_sale"?' in problem.mend
    assert "daybook connectors show xero" in problem.mend
    assert ("f.yaml", 4, "a/b") == (problem.file, problem.line, problem.rule)


def test_what_is_not_known_is_not_checked():
    catalogue = Catalogue(CATALOGUE.events, CATALOGUE.actions)
    text = "rule: x\nwhen: halaxy.invoice.paid\nsteps:\n  - a: {stop: '= maps.x[ruleset.settings.y]'}\n"
    assert () == check([read_rule("a/b", "f.yaml", text)[0]], catalogue)
