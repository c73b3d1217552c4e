"""The words of a rule's own tests.

Not tests of Daybook: what a rehearsal comes to is found by `engine.runtime.rehearsal_tests`.
"""

from __future__ import annotations

from engine.lang.durations import LENGTH
from engine.lang.vocabulary.entry import Group, Plain, Word, list_of, named

_BUT_WITH = Word(
    "but with",
    "What differs from the sample, by path; values are written as in steps.",
    (named(Plain.VALUE),),
    "but with:\n  invoice.totals.balance: = 4.00",
)

GIVEN = Group(
    "what is given",
    "What the rule finds when the event comes.",
    (
        Word("settings", "Answers of the forms.", (Plain.SAMPLE,), "settings: samples/settings.yaml"),
        Word("maps", "Rows of mapping tables, by table.", (Plain.SAMPLE,), "maps: samples/maps.yaml"),
        Word("practice", "What `practice` holds.", (Plain.SAMPLE,), "practice:\n  name: Harbour Allied Health"),
        Word("known", "Documents that stand at the other side already.", (Plain.SAMPLE,), "known: samples/posted.yaml"),
        Word(
            "facts",
            "What was read of the other side, such as accounts and tax rates.",
            (Plain.SAMPLE,),
            "facts: samples/xero.yaml",
        ),
    ),
)
THEN = Group(
    "what comes later",
    "The clock moves on, and then an event may arrive. In short, only the length, the time or the file of the event.",
    (
        Word("after", "How far the clock moves.", (LENGTH,), "after: 7 days"),
        Word("at", "To when it moves; instead of `after`.", (Plain.MOMENT,), "at: 2026-03-10 10:00"),
        Word("event", "What arrives then.", (Plain.SAMPLE,), "event: samples/invoice_paid.json"),
        _BUT_WITH,
    ),
)
EXPECT = Group(
    "what is expected",
    "An action that has to happen, or that nothing runs at all.",
    (
        Word("do", "The action.", (Plain.ACTION,), "do: xero.create_invoice"),
        Word("times", "Exactly how often; without it, at least once.", (Plain.COUNT,), "times: 1"),
        Word("connection", "The connection that its step names.", (Plain.TEXT,), "connection: xero_newtown"),
        Word(
            "with",
            "Inputs that it has to have; others do not matter.",
            (named(Plain.VALUE),),
            "with:\n  number: HX-1001",
        ),
        Word(
            "runs",
            "How many runs there have to be; 0 when the rule must leave the event alone.",
            (Plain.COUNT,),
            "runs: 0",
        ),
        Word(
            "because",
            "A part of the reason that is recorded for it; with `runs: 0`.",
            (Plain.TEXT,),
            "because: invoice.totals.balance",
        ),
    ),
)
TEST = Group(
    "a test",
    "One rehearsal of the rule; nothing is sent.",
    (
        Word("name", "What it shows, as a sentence.", (Plain.TEXT,), "name: a small balance is let be", needed=True),
        Word(
            "event",
            "What starts the rule; for a schedule, it may be left out.",
            (Plain.SAMPLE,),
            "event: samples/invoice_overdue.json",
        ),
        _BUT_WITH,
        Word(
            "at",
            "When it happens; without an offset, on the practice's clock.",
            (Plain.MOMENT,),
            "at: 2026-03-10 10:00",
        ),
        Word("given", "What the rule finds.", (GIVEN,), "given:\n  settings: samples/settings.yaml"),
        Word(
            "answers",
            "What actions answer, by the name of the action or of the step; several are given one after the other.",
            (named(Plain.SAMPLE),),
            "answers:\n  halaxy.find_invoice: samples/found_open.json",
        ),
        Word("then", "What comes later.", (THEN, Plain.TEXT, list_of(THEN, Plain.TEXT)), "then:\n  - after: 40 days"),
        Word(
            "expect",
            "What has to come of it.",
            (EXPECT, list_of(EXPECT)),
            "expect:\n  - do: email.send\n    times: 2",
            needed=True,
        ),
    ),
)
