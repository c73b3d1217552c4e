"""Rules as people write them, with Xero's triggers and actions: through the engine, the door and the sandbox."""

from __future__ import annotations

from decimal import Decimal

from doing import DAY, LINE, Doing, manifest
from sandbox_office import NOW

from connectors.xero.connector import CONNECTOR
from engine.core.calendar import Calendar
from engine.lang.parser import read_rule
from engine.ports import Insert
from engine.queue.in_process import InProcessQueue
from engine.runtime.loop import Loop
from engine.runtime.parts import ActionTerms, Connection, Parts
from engine.runtime.rulebook import LoadedRule, Rulebook
from engine.sdk.testing import CountingIds, VirtualClock, no_jitter
from engine.store.sqlite import SqliteStore

QUOTES = """
rule: Invoice an accepted quote
when: xero.quote.accepted
steps:
  - find it:
      do: xero.find_quote
      with:
        number: "{{ quote.number }}"
      save as: full
  - make the invoice:
      do: xero.create_invoice
      with:
        number: "{{ quote.number }}-I"
        contact_id: = quote.contact_id
        date: = quote.date
        due_date: = quote.date
        status: AUTHORISED
        amounts: Inclusive
        lines: = full.lines
      save as: made
  - print it:
      do: xero.document_pdf
      with:
        on: invoice
        id: = made.id
      save as: pdf
  - attach it:
      do: xero.attach_file
      with:
        on: quote
        id: = quote.id
        name: "{{ made.number }}.pdf"
        file: = pdf.file
  - note it:
      do: xero.add_note
      with:
        on: quote
        id: = quote.id
        text: "Invoiced as {{ made.number }}."
"""
MONEY = """
rule: Thank for a payment
when: xero.invoice.paid
steps:
  - note it:
      do: xero.add_note
      with:
        on: invoice
        id: = invoice.id
        text: "Paid {{ invoice.paid }}."
"""


class Sydney:
    timezone = "Australia/Sydney"

    def names(self):
        return {}


class Office:
    """A store, the engine's loop and the Xero connection on one virtual clock."""

    def __init__(self, folder, text):
        self.rule = Doing()
        self.clock = VirtualClock(NOW)
        self.store = SqliteStore(folder / "store.sqlite")
        read, problems = read_rule("own/rule", "rule.yaml", text)
        assert () == tuple(problem for problem in problems if problem.severity == "error")
        rules = Rulebook(self.store, [LoadedRule(read, "rule.yaml", text)], lambda rule: {}, tells=False)
        terms = {
            name: ActionTerms(
                name, each.kind, each.batch, each.find, each.unknown, writes=each.writes, inputs=each.inputs,
                outputs=tuple(each.outputs.get("properties", ())), marker=each.marker,
            )
            for name, each in manifest().actions.items()
        }  # fmt: skip
        awaited = {name: frozenset(kind for kind, trigger in manifest().triggers.items() if trigger.poll == name)
                   for name, poll in manifest().polls.items() if poll.when_awaited}  # fmt: skip
        connection = Connection("xero", CONNECTOR, self.rule.xero.door, terms, poll_events=awaited)
        self.store.write((Insert("connections", {"name": "xero", "connector": "xero", "state": "open"}),))
        self.loop = Loop(
            Parts(self.store, InProcessQueue(), self.clock, CountingIds(), no_jitter, Sydney(), Calendar(frozenset()),
                  rules, {"xero": connection})
        )  # fmt: skip

    def work(self, minutes=11):
        """Let time pass; the polls run, and what they find is worked off."""
        self.clock.pass_time(minutes * 60)
        self.rule.xero.lever("POST", "/_sandbox/clock", {"offset_seconds": (self.clock.now() - NOW).total_seconds()})
        for _ in range(200):
            if not self.loop.step(self.clock.now()):
                return

    def runs(self):
        return {row["status"]: row["n"] for row in self.store.rows("run_counts")}


def test_an_accepted_quote_becomes_an_invoice_once(tmp_path):
    office = Office(tmp_path, QUOTES)
    xero = office.rule
    quote = xero.do("create_quote", number="Q-1", contact_id=xero.contact, date=DAY, amounts="Inclusive", lines=[LINE])
    xero.do("update_quote", id=quote["id"], contact_id=xero.contact, date=DAY, status="SENT")
    office.work()
    assert {} == office.runs(), "what stood before is not told"
    xero.person(do="answer quote", quote="Q-1")
    office.work()
    office.work()
    assert {"succeeded": 1} == office.runs()
    made = xero.do("find_invoice", number="Q-1-I")
    assert (Decimal("120.00"), "AUTHORISED") == (made["total"], made["status"])
    assert ["Q-1-I.pdf"] == [row["name"] for row in xero.do("list_attachments", on="quote", id=quote["id"])["rows"]]
    assert "Invoiced as Q-1-I." in [row["text"] for row in xero.do("list_notes", on="quote", id=quote["id"])["rows"]]


def test_a_lost_answer_leaves_one_note(tmp_path):
    office = Office(tmp_path, MONEY)
    xero = office.rule
    office.work()
    id = xero.invoice("HX-1")
    xero.person(do="pay", invoice="HX-1", account="612", date="2026-03-05")
    xero.xero.lever("POST", "/_sandbox/faults", [{"do": "500 after effect", "method": "PUT", "path": "/History"}])
    for _ in range(6):
        office.work(4)
    assert {"succeeded": 1} == office.runs()
    assert ["Paid 120.00."] == [row["text"] for row in xero.do("list_notes", on="invoice", id=id)["rows"]]


def test_only_the_polls_that_the_rule_awaits_cost_calls(tmp_path):
    office = Office(tmp_path, MONEY)
    office.work()
    names = {row["poll"] for row in office.store.rows("cursors")}
    assert "invoices" in names
    assert not names & {"contacts", "payments", "quotes", "credit_notes", "bank_transactions", "overdue"}
