"""The words of a step and of a branch, in the order in which the manual shows and `fmt` writes them.

What a verb does to a run stands in `engine.core.verbs`.
"""

from __future__ import annotations

from engine.lang.durations import LENGTH
from engine.lang.phrases import EVENT, LOOP, MISSING, RETRY, WAIT
from engine.lang.vocabulary.entry import Choice, Group, Plain, Word, list_of, named

_CONDITIONS = (Plain.EXPRESSION, list_of(Plain.EXPRESSION))

BRANCH = Group(
    "a branch",
    "One way of a `choose`; the first whose conditions hold is taken.",
    (
        Word(
            "if",
            "Conditions, all of which have to hold.",
            _CONDITIONS,
            'if: invoice.payer.kind == "patient"',
            needed=True,
        ),
        Word("steps", "What is done then.", (Plain.STEPS,), "", needed=True),
    ),
)

_INNER = Group("steps below", "Steps under a word of their own.", (BRANCH.word("steps"),))
_IF = Word(
    "if",
    "Conditions, all of which have to hold; otherwise the step is skipped, and the history says why.",
    _CONDITIONS,
    "if: invoice.payer.email is given",
)
_VERBS = (
    Word(
        "do",
        "Has a connector do something, with the inputs below `with`.",
        (Plain.ACTION,),
        "do: notifications.send",
        verb=True,
        has_result=True,
    ),
    Word(
        "set",
        "Gives names to values for the steps that follow.",
        (named(Plain.VALUE),),
        "set:\n  days_late: = 0 - (invoice.due | days_until)",
        verb=True,
    ),
    Word("choose", "Takes the first branch whose conditions hold.", (list_of(BRANCH),), "", verb=True),
    Word(
        "for each",
        "Does its `steps` for every entry of a list, in order; beside `do`, the action itself.",
        (LOOP,),
        "for each: line in invoice.lines",
        verb=True,
        beside=("do",),
        has_result=True,
    ),
    Word("together", "Steps side by side.", (Plain.STEPS,), "", not_yet=True, verb=True),
    Word(
        "wait",
        "Pauses for a length of time, or until the date and time of an expression.",
        (WAIT, Plain.COMPUTED),
        "wait: 2 business days at 09:00",
        verb=True,
    ),
    Word(
        "wait until",
        "Pauses until a day begins or a moment has come; one that is past does not wait.",
        (Plain.EXPRESSION,),
        'wait until: invoice.due | add("7 days")',
        verb=True,
    ),
    Word(
        "wait for",
        "Pauses until an event of this run arrives; one that came while earlier steps ran counts too.",
        (EVENT,),
        "wait for: halaxy.invoice.paid with same invoice.id",
        verb=True,
        has_result=True,
    ),
    Word("ask", "Has a person decide.", (Plain.VALUE,), "", not_yet=True, verb=True),
    Word("run", "Runs another rule as a part of this one.", (Plain.TEXT,), "", not_yet=True, verb=True),
    Word(
        "stop",
        "Ends the run as done; the reason stays in its history.",
        (Plain.VALUE,),
        "stop: Nothing is due.",
        verb=True,
    ),
    Word(
        "fail",
        "Ends the run as failed, with this reason.",
        (Plain.VALUE,),
        "fail: The payer has no address.",
        verb=True,
    ),
)
_BESIDE = (
    Word(
        "with",
        "The inputs of the action, by their names.",
        (Plain.INPUTS,),
        "with:\n  to: bookkeeper\n  message: Invoice {{ invoice.number }} is paid.",
        beside=("do", "run"),
    ),
    Word(
        "connection",
        "Which connection does it, where there are several of that connector.",
        (Plain.VALUE,),
        "connection: xero_newtown",
        beside=("do",),
    ),
    Word(
        "where",
        "Which entries of the loop count.",
        (Plain.EXPRESSION,),
        'where: line.category | default("") == "Report"',
        beside=("do", "for each"),
        needs="for each",
    ),
    Word(
        "side by side",
        "Whether the entries may be done in any order; without it, one after the other.",
        (Plain.YES_OR_NO,),
        "side by side: yes",
        beside=("do", "for each"),
        needs="for each",
    ),
    Word(
        "gather as",
        "The name of the list of what each entry ended with.",
        (Plain.NAME,),
        "gather as: sent",
        beside=("do", "for each"),
        needs="for each",
    ),
    Word(
        "if missing",
        "What follows when the action finds nothing.",
        (MISSING,),
        "if missing: retry for 2 days",
        beside=("do",),
    ),
    Word(
        "at most",
        "The longest time that it may take. Needed beside `wait for`.",
        (LENGTH, Plain.COMPUTED),
        "at most: 30 days",
        beside=("do", "wait for", "ask"),
        needed_beside=("wait for",),
    ),
    Word(
        "otherwise",
        "The steps when no branch holds.",
        (Plain.STEPS, _INNER),
        "",
        beside=("choose",),
    ),
    Word(
        "steps", "What is done for every entry.", (Plain.STEPS,), "", beside=("for each",), needed_beside=("for each",)
    ),
    Word(
        "on timeout",
        "What follows when nothing came in time: end the run, go on, fail, or steps of its own.",
        (Choice(("stop", "continue", "fail")), Plain.STEPS),
        "on timeout: continue",
        beside=("wait for", "ask"),
    ),
    Word("who", "Whom to ask.", (Plain.VALUE,), "", not_yet=True, beside=("ask",)),
    Word("message", "What to ask.", (Plain.VALUE,), "", not_yet=True, beside=("ask",)),
    Word("choices", "The answers to choose from.", (list_of(Plain.TEXT),), "", not_yet=True, beside=("ask",)),
)
_MODIFIERS = (
    Word(
        "save as",
        "A name for the result, for the steps that follow.",
        (Plain.NAME,),
        "save as: found",
        beside=("do", "for each", "wait for"),
    ),
    Word(
        "try again",
        "How this step meets a busy or broken service.",
        (RETRY,),
        "try again: never",
    ),
    Word("then", "Ends the run after this step.", (Choice(("stop",)),), "then: stop"),
    Word(
        "on error",
        "What follows when the step fails: the run fails, it goes on, or steps of its own, which see `error`.",
        (Choice(("stop", "continue")), Plain.STEPS),
        "on error: continue",
    ),
)

STEP = Group(
    "a step",
    "One named item of `steps`: exactly one verb, and what goes with it.",
    (_IF, *_VERBS, *_BESIDE, *_MODIFIERS),
)
MODIFIERS = tuple(word.name for word in (_IF, *_MODIFIERS))
