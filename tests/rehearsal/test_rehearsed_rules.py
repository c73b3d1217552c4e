"""Tests inside rules: each word of the test form, what passes, and what a failing test says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent

import pytest

from engine.compose.rehearsing import Rules, packaged
from engine.runtime.rehearsal_tests import Judgement, run_test

INVOICE = {
    "id": "1001", "number": "1001", "version": 1, "kind": "invoice", "status": "active", "deleted": False,
    "date": "2026-03-02", "payer": {"kind": "patient", "id": "501", "name": "Robin Sample", "given": "Robin",
    "family": "Sample", "email": "robin@sample.example"}, "currency": "AUD",
    "totals": {"net": "110.00", "tax": "0.00", "gross": "110.00", "paid": "0.00", "balance": "110.00"},
    "fully_paid": False, "lines": [{"id": "1", "description": "Consultation", "gross": "110.00", "tax": "0.00",
    "quantity": "1", "unit_price": "110.00", "category": "Consultation", "taxable": False, "status": "active"}],
    "payments": [], "location": "CL-1",
}  # fmt: skip
PAYMENT = {"id": "9001", "kind": "payment", "at": "2026-03-02T01:15:00+00:00", "date": "2026-03-02",
           "method": "EFTPOS", "amount": "110.00", "invoice": "1001"}  # fmt: skip

CHASE = """\
rule: Remind of what is owed
when: halaxy.invoice.created
if: invoice.totals.balance > 0
steps:
  - give it a week:
      wait: 7 days at 10:00
  - ask for it:
      do: notifications.send
      with:
        to: practice manager
        title: Invoice {{ invoice.number }}
        message: "{{ invoice.totals.balance | money }} are owed since {{ invoice.date }}"
  - see whether they pay:
      wait for: halaxy.payment.recorded with same invoice.id
      at most: 14 days
      on timeout:
        - tell the manager:
            do: notifications.send
            with:
              to: practice manager
              message: Nothing came for {{ invoice.number }}
        - leave it:
            stop: nobody paid
  - be glad:
      do: books.task
      with:
        title: Thank them
        assign to: bookkeeper
"""
POST = """\
rule: Post it
when: halaxy.invoice.changed
once per: invoice.id, invoice.version
steps:
  - post:
      do: xero.post_sale
      with:
        sale: = invoice
        policy:
          start_date: 2026-01-01
        revenue accounts: = maps.revenue_accounts
        payment accounts: = maps.payment_accounts
      save as: posted
  - tell:
      if: posted.status == "PAID"
      do: notifications.send
      with:
        to: bookkeeper
        message: Paid, {{ posted.due }} left
on error:
  - say so:
      do: notifications.send
      with:
        to: bookkeeper
        message: "{{ error.code }}"
"""
MAPS = """\
given:
  maps:
    revenue_accounts: {Consultation: 200}
    payment_accounts:
      rows: {EFTPOS: 612, Cash: 611}
"""
PAID = """\
event: invoice.json
but with:
  invoice.payments: [{id: 9001, kind: payment, at: "2026-03-02T01:15:00+00:00", date: 2026-03-02, method: EFTPOS, amount: 110}]
"""


def money(method: str, amount: str) -> str:
    """The invoice with one payment."""
    payment = {**PAYMENT, "method": method, "amount": amount}
    return f"event: invoice.json\nbut with:\n  invoice.payments: {json.dumps([payment])}\n"


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The installed connectors and rulesets."""
    return packaged()


def play(rules: Rules, folder: Path, rule: str, test: str) -> Judgement:
    """Run one test that stands at the end of a rule."""
    place = folder / "own" / "a_rule.yaml"
    place.parent.mkdir(parents=True)
    (place.parent / "invoice.json").write_text(json.dumps({"invoice": INVOICE}))
    (place.parent / "payment.json").write_text(
        json.dumps({"type": "halaxy.payment.recorded", "data": {"payment": PAYMENT, "invoice": INVOICE}})
    )
    body = indent(dedent(f"name: it\n{test}"), "    ").lstrip()
    place.write_text(f"{rule}tests:\n  - {body}\n")
    (found,) = rules.chosen([str(place)])
    (one,) = found.tests
    return run_test(found.rule, one, found.bench)


@dataclass(frozen=True)
class Case:
    """A rule, its test, and what the findings have to say; none for a test that passes."""

    name: str
    rule: str
    test: str
    says: tuple[str, ...] = field(default=())


CASES = [
    Case("nothing moves the clock, so a wait stays a wait", CHASE,
         "event: invoice.json\nexpect:\n  - do: notifications.send\n    times: 0\n"),
    Case("a clock move fires the timer", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen:\n  - after: 8 days\nexpect:\n"
         "  - do: notifications.send\n    times: 1\n    with: {title: Invoice 1001}\n"),
    Case("a timer fires at its own time, not before", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen:\n  - at: 2026-03-09T09:59+11:00\nexpect:\n"
         "  - do: notifications.send\n    times: 0\n"),
    Case("an awaited event arrives", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen:\n  - 8 days\n  - event: payment.json\n"
         "expect:\n  - do: notifications.send\n    times: 1\n  - do: books.task\n    times: 1\n"),
    Case("an awaited event that came early is not missed", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen:\n  - payment.json\n  - 8 days\n"
         "expect:\n  - do: books.task\n    times: 1\n"),
    Case("an event about another invoice wakes nobody", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen:\n  - after: 8 days\n    event: payment.json\n"
         "    but with: {invoice.id: 77}\nexpect:\n  - do: books.task\n    times: 0\n"),
    Case("nothing comes in time", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen: [30 days]\nexpect:\n  - do: notifications.send\n"
         "    times: 2\n  - do: books.task\n    times: 0\n"),
    Case("conditions keep a rule from running", CHASE,
         "event: invoice.json\nbut with: {invoice.totals.balance: 0}\nexpect: {runs: 0, because: balance > 0}\n"),
    Case("another reason is told", CHASE,
         "event: invoice.json\nbut with: {invoice.totals.balance: 0}\nexpect: {runs: 0, because: deleted}\n",
         ("for another reason: expected deleted, got invoice.totals.balance > 0",)),
    Case("a rule that runs although it should not", CHASE,
         "event: invoice.json\nexpect: {runs: 0}\n", ("Runs: expected 0, got 1.", "give it a week: waits until")),
    Case("a posting is expanded into its calls, in their order", POST,
         MAPS + "event: invoice.json\nexpect:\n  - do: xero.post_sale\n  - do: xero.create_contact\n    times: 1\n"
         "    with: {name: Robin Sample (HX-P-501)}\n  - do: xero.create_invoice\n    times: 1\n    with:\n"
         "      number: HX-1001\n      date: 2026-03-02\n      lines: [{account: 200, amount: 110.00}]\n"
         "  - do: notifications.send\n    times: 0\n"),
    Case("a payment makes it paid, to the cent", POST,
         MAPS + PAID + "expect:\n  - do: xero.create_payment\n    times: 1\n    with: {amount: 110}\n"
         '  - do: notifications.send\n    times: 1\n    with: {message: "Paid, 0.00 left"}\n'),
    Case("what is known is not made again", POST,
         MAPS.replace("given:", "given:\n  known: [{contact: halaxy patient 501, written: {name: Robin}}]")
         + "event: invoice.json\nexpect:\n  - do: xero.create_contact\n    times: 0\n  - do: xero.create_invoice\n"),
    Case("a wrong order is told", POST,
         MAPS + "event: invoice.json\nexpect:\n  - do: xero.create_invoice\n    times: 1\n"
         "  - do: xero.create_contact\n    times: 1\n",
         ("xero.create_contact: expected once, happened never in this place: it happened earlier",)),
    Case("a difference names step, field and both values", POST,
         MAPS + "event: invoice.json\nexpect:\n  - do: xero.create_invoice\n    times: 1\n    with:\n"
         "      number: HX-1002\n      lines: [{amount: 95.00}]\n",
         ('The step "post" did it with others:', 'number: expected "HX-1002", got "HX-1001"',
          'lines[0].amount: expected "95.00", got 110.00')),
    Case("more than expected is told", POST,
         MAPS + "event: invoice.json\nthen:\n  - event: invoice.json\n    but with: {invoice.version: 2}\nexpect:\n"
         "  - do: xero.post_sale\n    times: 1\n",
         ('xero.post_sale: expected once, happened 2 times, in "post".',)),
    Case("once per holds for later events too", POST,
         MAPS + "event: invoice.json\nthen: [invoice.json]\nexpect:\n  - runs: 1\n  - do: xero.create_invoice\n"
         "    times: 1\n"),
    Case("a second version finds what the first has made", POST,
         MAPS + "event: invoice.json\nthen:\n  - event: invoice.json\n    but with:\n      invoice.version: 2\n"
         '      invoice.payments: [{id: 9001, kind: payment, at: "2026-03-02T01:15:00+00:00", date: 2026-03-02, '
         "method: Cash, amount: 110}]\nexpect:\n  - runs: 2\n  - do: xero.create_invoice\n    times: 1\n"
         "  - do: xero.create_payment\n    times: 1\n    with: {reference: HX-PT-9001 Cash}\n"),
    Case("a refusal by an answer leads to what follows from it", POST,
         MAPS + "event: invoice.json\nanswers:\n  xero.create_contact:\n    - fails with: CONTACT_TAKEN\n"
         "    - {name: other}\nexpect:\n  - do: xero.find_contact\n    times: 1\n"),
    Case("a posting that is answered as a whole is not expanded", POST,
         MAPS + "event: invoice.json\nanswers:\n  post: {status: PAID, due: 0}\nexpect:\n"
         "  - do: xero.post_sale\n    times: 1\n  - do: xero.create_invoice\n    times: 0\n"
         "  - do: notifications.send\n    times: 1\n"),
    Case("a failed posting runs on error", POST,
         MAPS + "event: invoice.json\nanswers:\n  xero.post_sale: {fails with: LOCKED_PERIOD}\nexpect:\n"
         "  - do: notifications.send\n    times: 1\n    with: {message: LOCKED_PERIOD}\n"),
    Case("a gap in a map holds, and the story says so", POST,
         "event: invoice.json\ngiven: {maps: {revenue_accounts: {}, payment_accounts: {}}}\nexpect:\n"
         "  - do: xero.create_invoice\n",
         ("xero.create_invoice: expected at least once, happened never. No step did it.", "post: held, UNMAPPED")),
    Case("facts may be stated", POST,
         MAPS + "  facts:\n    organisation:\n      organisation: {period_lock: = today}\n"
         "at: 2026-03-03T09:00+11:00\nevent: invoice.json\nexpect:\n  - do: xero.create_invoice\n    times: 0\n"),
    Case("a value that cannot be worked out fails the test, whatever it expects",
         "rule: R\nwhen: halaxy.invoice.changed\nsteps:\n  - tell:\n      do: notifications.send\n      with:\n"
         "        to: bookkeeper\n        message: = invoice.location\n",
         "event: invoice.json\nbut with: {invoice.location: = none}\nexpect:\n  - do: books.task\n    times: 0\n",
         ()),
    Case("an empty hole fails the test, whatever it expects",
         "rule: R\nwhen: halaxy.invoice.changed\nsteps:\n  - tell:\n      do: notifications.send\n      with:\n"
         "        to: bookkeeper\n        message: At {{ invoice.location }}\n",
         "event: invoice.json\nbut with: {invoice.location: = none}\nexpect:\n  - do: books.task\n    times: 0\n",
         ('The step "tell" cannot be worked out', "invoice.location")),
    Case("an unknown action is no silent pass", CHASE,
         "event: invoice.json\nexpect:\n  - do: notifications.sent\n    times: 0\n",
         ('Did you mean "notifications.send"?',)),
    Case("an unknown path of but with is told", CHASE,
         "event: invoice.json\nbut with: {invoice.totals.balanc: 1}\nexpect: {runs: 1}\n",
         ("invoice.totals.balanc", 'Did you mean "balance"?')),
    Case("a value of another type is told", CHASE,
         "event: invoice.json\nbut with: {invoice.date: tomorrow}\nexpect: {runs: 1}\n",
         ('invoice.date: "tomorrow" is no date.',)),
    Case("a missing sample is told", CHASE, "event: invoices.json\nexpect: {runs: 1}\n",
         ("There is no file invoices.json beside the rule.",)),
    Case("an answer for nobody is told", CHASE,
         "event: invoice.json\nanswers: {aks for it: {delivered: []}}\nexpect: {runs: 1}\n",
         ('No step and no action is called "aks for it"', "ask for it")),
    Case("a clock that goes backwards is told", CHASE,
         "at: 2026-03-02T09:00+11:00\nevent: invoice.json\nthen: [2026-03-01T09:00+11:00]\nexpect: {runs: 1}\n",
         ("goes backwards",)),
    Case("inline data and the practice's own zone",
         "rule: R\nwhen: halaxy.patient.created\nsteps:\n  - tell:\n      do: notifications.send\n      with:\n"
         '        to: bookkeeper\n        message: "{{ patient.name }} on {{ today }} at {{ practice.name }}"\n',
         "at: 2026-03-02T23:30+11:00\nevent:\n  patient: {id: 5, name: Robin Sample}\ngiven:\n  practice:\n"
         "    name: West\n    timezone: Pacific/Auckland\nexpect:\n  - do: notifications.send\n    times: 1\n"
         "    with: {message: Robin Sample on 2026-03-03 at West}\n"),
    Case("settings are cast and have their defaults",
         "rule: R\nsettings:\n  least: {type: money, default: 5.00, ask: From what sum?}\n  who: {type: text, ask: Who?}\n"
         "when: halaxy.invoice.changed\nif: invoice.totals.gross > settings.least\nsteps:\n  - tell:\n"
         "      do: notifications.send\n      with: {to: = settings.who, message: m}\n",
         "event: invoice.json\ngiven:\n  settings: {who: bookkeeper}\nexpect:\n  - do: notifications.send\n"
         "    with: {to: bookkeeper}\n"),
    Case("a loop answers each turn",
         "rule: R\nwhen: halaxy.invoice.changed\nsteps:\n  - each line:\n      for each: line in invoice.lines\n"
         "      steps:\n        - look:\n            do: halaxy.find_patient\n            with: {id: = line.id}\n"
         "            save as: found\n        - tell:\n            if: found.matches == 1\n"
         "            do: notifications.send\n            with: {to: bookkeeper, message: = line.id}\n",
         "event: invoice.json\nbut with:\n  invoice.lines: [{id: a}, {id: b}]\nanswers:\n  look:\n"
         "    - matches: 0\n    - matches: 1\nexpect:\n  - do: halaxy.find_patient\n    times: 2\n"
         "  - do: notifications.send\n    times: 1\n    with: {message: b}\n"),
    Case("a discount is a credit note that is applied", POST,
         MAPS.replace("Cash: 611", "Discount: discount") + money("Discount", "10.00")
         + "expect:\n  - do: xero.create_credit_note\n    times: 1\n  - do: xero.allocate_credit\n    times: 1\n"
         "    with: {amount: 10.00}\n"),
    Case("what is paid too much is the customer's credit", POST,
         MAPS + money("Cash", "115.00") + "expect:\n  - do: xero.create_payment\n    times: 1\n"
         "    with: {amount: 110.00}\n  - do: xero.create_bank_transaction\n    times: 1\n"
         "    with: {wanted_total: 5.00}\n  - do: notifications.send\n    with: {message: Paid, 0.00 left}\n"
         .replace("message: Paid, 0.00 left", 'message: "Paid, 0.00 left"')),
    Case("a deleted invoice loses its money and its document", POST.partition("      save as: posted")[0],
         MAPS + money("Cash", "110.00") + "then:\n  - event: invoice.json\n    but with:\n      invoice.version: 2\n"
         "      invoice.deleted: yes\nexpect:\n  - do: xero.create_payment\n    times: 1\n"
         "  - do: xero.delete_payment\n    times: 1\n  - do: xero.update_invoice\n    times: 1\n"
         "    with: {status: VOIDED}\n"),
    Case("an edited text is changed in place", POST,
         MAPS + "event: invoice.json\nthen:\n  - event: invoice.json\n    but with:\n      invoice.version: 2\n"
         "      invoice.lines[0].description: Other\nexpect:\n  - do: xero.find_invoice\n    times: 1\n"
         "  - do: xero.update_invoice\n    times: 1\n    with:\n      lines: [{description: Other}]\n"),
    Case("an invoice of tomorrow waits for its day", POST,
         MAPS + "at: 2026-03-01T12:00\nevent: invoice.json\nexpect:\n  - do: xero.create_invoice\n    times: 0\n"),
    Case("and is posted on it", POST,
         MAPS + "at: 2026-03-01T12:00\nevent: invoice.json\nthen: [1 days]\nexpect:\n"
         "  - do: xero.create_invoice\n    times: 1\n"),
    Case("a newer run replaces one that waits", CHASE.replace(
         "steps:\n", "one at a time per: invoice.id\nwhen busy: newest\nsteps:\n", 1),
         "at: 2026-03-02T09:00\nevent: invoice.json\nthen:\n  - event: invoice.json\n  - 8 days\nexpect:\n"
         "  - runs: 2\n  - do: notifications.send\n    times: 1\n"),
    Case("stop when ends a waiting run", CHASE + "stop when: halaxy.invoice.changed with same invoice.id\n",
         "at: 2026-03-02T09:00\nevent: invoice.json\nthen:\n  - event: invoice.json\n"
         "    but with: {event.type: halaxy.invoice.changed}\n  - 30 days\nexpect:\n"
         "  - do: notifications.send\n    times: 0\n"),
    Case("an answer that nobody asked for is told with the rest", CHASE,
         "event: invoice.json\nanswers: {xero.create_invoice: {number: x}}\nexpect: {runs: 2}\n",
         ("Answers that nobody asked for: xero.create_invoice.", "Runs: expected 2, got 1.")),
    Case("a schedule needs no sample",
         "rule: R\nwhen: every day at 06:00\nsteps:\n  - tell:\n      do: notifications.send\n"
         "      with: {to: bookkeeper, message: = today}\n",
         "at: 2026-03-02T06:00\nexpect:\n  - do: notifications.send\n    times: 1\n"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rule_is_tested_as_its_test_says(rules: Rules, tmp_path: Path, case: Case) -> None:
    tested = play(rules, tmp_path, case.rule, case.test)
    told = "\n".join(tested.findings)

    for words in case.says:
        assert words in told
    assert tested.passed is not bool(case.says), told
