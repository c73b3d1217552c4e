"""The words of a rule and of its settings form, in the order in which the manual shows and `fmt` writes them.

The words of its steps are in `steps`, those of its tests in `rehearsals`.
"""

from __future__ import annotations

from datetime import timedelta

from engine.core.retry import DEFAULT
from engine.lang.phrases import AGAIN, EVENT, KEYS, RETRY
from engine.lang.schedules import SCHEDULE
from engine.lang.vocabulary.entry import Choice, Group, Plain, Word, list_of, named
from engine.lang.vocabulary.rehearsals import TEST

_CONDITIONS = (Plain.EXPRESSION, list_of(Plain.EXPRESSION))

SETTING = Group(
    "a setting",
    "One question of a form. Its answer stands in `settings/` of the workspace and is read as `settings.NAME`.",
    (
        Word("type", "What kind of value the answer is.", (Plain.TYPE,), "type: money", needed=True),
        Word("default", "The answer that counts until somebody gives another.", (Plain.VALUE,), "default: 5.00"),
        Word(
            "choices",
            "The answers that can be picked; only with `type: choice`, and needed there.",
            (list_of(Plain.TEXT),),
            "choices:\n  - hold\n  - shift",
        ),
        Word(
            "ask",
            "The question as the form shows it.",
            (Plain.TEXT,),
            "ask: Up to which balance is nobody reminded?",
            needed=True,
        ),
        Word("about", "What helps to answer it.", (Plain.TEXT,), "about: Older invoices are left alone."),
    ),
)

RULE = Group(
    "a rule",
    "One file below `rules/`, such as `rules/follow_ups/overdue_reminders.yaml`.",
    (
        Word(
            "rule", "What the rule does, as a sentence.", (Plain.TEXT,), "rule: Remind of overdue invoices", needed=True
        ),
        Word(
            "about",
            "Why it does so, and what a colleague should know.",
            (Plain.TEXT,),
            "about: Nobody is written to twice in a week.",
        ),
        Word(
            "owner",
            "Who is told when it fails: a person, a role or an address of `daybook.yaml`. Without it, the practice"
            " manager.",
            (Plain.TEXT,),
            "owner: bookkeeper",
        ),
        Word(
            "enabled",
            "Whether it is on until somebody switches it (`daybook rules on`, `off`); the switch wins.",
            (Plain.YES_OR_NO,),
            "enabled: no",
        ),
        Word("inputs", "The inputs of a rule that other rules run.", (named(SETTING),), "", not_yet=True),
        Word(
            "settings",
            "The rule's own form: what each practice decides for itself.",
            (named(SETTING),),
            "settings:\n  smallest_balance:\n    type: money\n    default: 5.00\n    ask: From which balance on?",
        ),
        Word(
            "when",
            "What starts it: an event, a list of events, or a schedule.",
            (Plain.EVENT, list_of(Plain.EVENT), SCHEDULE),
            "when: halaxy.invoice.paid",
            needed=True,
        ),
        Word(
            "if missed",
            "For a schedule whose time passed while Daybook was down.",
            (Choice(("run once", "skip")),),
            "if missed: skip",
        ),
        Word(
            "once per",
            "The rule runs once, ever, for each value of this key, whatever became of that run. Without it: once for"
            " each event.",
            (KEYS, list_of(KEYS)),
            "once per: invoice.id",
        ),
        Word(
            "again after",
            "The rule rests so long after a run; events in between do not start it.",
            (AGAIN,),
            "again after: 7 days per patient.id",
        ),
        Word("collect", "Gathers events and runs once for all of them.", (Plain.VALUE,), "", not_yet=True),
        Word(
            "if",
            "Conditions, all of which have to hold; otherwise the event is recorded as not matched.",
            _CONDITIONS,
            'if:\n  - invoice.kind == "invoice"\n  - invoice.totals.balance > 0',
        ),
        Word(
            "if any",
            "Conditions, one of which has to hold.",
            _CONDITIONS,
            "if any:\n  - invoice.totals.balance > 500\n  - invoice.totals.gross > 2000",
        ),
        Word(
            "one at a time per",
            "Runs of this rule with the same key go one after the other, in the order of their events.",
            (KEYS, list_of(KEYS)),
            "one at a time per: invoice.id",
        ),
        Word(
            "when busy",
            "What becomes of a run whose key is taken: it waits its turn, it is left out, or it takes the place of"
            " those that wait. Needs `one at a time per`.",
            (Choice(("wait", "skip", "newest")),),
            "when busy: newest",
            needs="one at a time per",
        ),
        Word(
            "keep fresh",
            "Objects of the starting event that are read again after every wait, so that steps see them as they are.",
            (Plain.NAME, list_of(Plain.NAME)),
            "keep fresh: invoice",
        ),
        Word(
            "stop if",
            "Conditions that end the run; looked at before the first step and after every wait.",
            _CONDITIONS,
            "stop if: invoice.totals.balance <= 0",
        ),
        Word(
            "quiet hours",
            "With `keep`, messages to people outside the staff wait until the practice opens.",
            (Choice(("ignore", "keep")),),
            "quiet hours: keep",
        ),
        Word("steps", "What the rule does, one step after the other.", (Plain.STEPS,), "", needed=True),
        Word("result", "What a rule that others run gives back.", (Plain.EXPRESSION,), "", not_yet=True),
        Word(
            "stop when",
            "Events that end the run, between two steps or while it waits; never while a call is open.",
            (EVENT, list_of(EVENT)),
            "stop when:\n  - halaxy.invoice.paid with same invoice.id\n  - halaxy.invoice.deleted with same invoice.id",
        ),
        Word(
            "try again",
            "How all steps meet a busy or broken service, unless they say it themselves. Without it:"
            f" {DEFAULT.times} times over {DEFAULT.over // timedelta(hours=1)} hours.",
            (RETRY,),
            "try again: 5 times over 2 hours",
        ),
        Word(
            "on error",
            "Steps that run when the run fails; they see `error`. Without it, the owner is told.",
            (Plain.STEPS,),
            "",
        ),
        Word("tests", "What has to happen for which event; `daybook test` plays them.", (list_of(TEST),), ""),
    ),
)
