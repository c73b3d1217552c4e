"""The small grammars of rule words: events, loops, keys, retries, waits; schedules are in `schedules`.

A phrase is split at its keywords outside quotes and brackets before any part is read as an expression. Reads texts;
where they stand in a file is the parser's business.
"""

from __future__ import annotations

import re
from datetime import time, timedelta

from engine.core.rule import AgainAfter, EventPhrase, IfMissing, Retry, Span
from engine.core.schedule import length
from engine.lang.durations import read_duration, read_time
from engine.lang.expressions import Compiled, compiled, equalities
from engine.lang.faults import LangError
from engine.lang.splitting import Part, split_at, split_commas
from engine.lang.vocabulary.entry import Phrase
from engine.lang.vocabulary.names import CONSTANTS, NAMES

_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+", re.IGNORECASE | re.ASCII)
_RESERVED = frozenset(known.name for known in NAMES)
_RETRY = re.compile(r"([0-9]{1,4}) +times? +over +(.+)", re.IGNORECASE | re.ASCII)


def read_keys(text: str) -> tuple[Compiled, ...]:
    """`invoice.id, invoice.version`: expressions separated by commas.

    Raises:
        LangError: One of them cannot be read.
    """
    return tuple(_expression(part) for part in split_commas(text))


def read_event_type(text: str) -> str:
    """`halaxy.invoice.paid`.

    Raises:
        LangError: It is no event type.
    """
    if _EVENT.fullmatch(text):
        return text
    if re.search(r"\s(with same|where)\s", text):
        raise LangError("condition-in-when", "A condition stands behind the event.", "Write it under `if:`.")
    raise LangError("event-unreadable", f'"{text[:60]}" is neither an event nor a schedule.', _event_mend(text))


def _event_mend(text: str) -> str:
    several = re.split(r"\s*(?:,|;|\bor\b|\band\b)\s*", text[:300])
    if len(several) > 1 and all(_EVENT.fullmatch(one) for one in several):
        return f"Write each on a line of its own below `when:`, as in `- {several[0]}`."
    plain = re.sub(r"[/:]+", ".", text.lower())
    if _EVENT.fullmatch(plain):
        return f'Write "{plain}".'
    if re.match(r"(daily|weekly|monthly|hourly|[0-9*]+ [0-9*]+ )", text.lower()):
        return 'Write a schedule such as "every day at 09:00", "every 10 minutes" or "cron 30 7 * * 1-5".'
    return 'Write an event such as "halaxy.invoice.paid", or "every day at 09:00".'


def read_event_phrase(text: str) -> EventPhrase:
    """`halaxy.invoice.paid with same invoice.id where new.invoice.totals.gross > 0`.

    Raises:
        LangError: It cannot be read, or nothing in it ties the event to the run.
    """
    same: list[tuple[str, Compiled]] = []
    where: Compiled | None = None
    parts = split_at(text, ("with same", "where"))
    kind = read_event_type(parts[0].text)
    for part in parts[1:]:
        if part.keyword == "with same":
            same += _same(part)
        else:
            where = _expression(part)
            same += [(path, own.moved(part.start)) for path, own in equalities(part.text)]
    if not same:
        raise LangError(
            "event-without-equality",
            f"Nothing ties {kind} to this run.",
            "Add `with same` and a path, such as `with same invoice.id`.",
        )
    return EventPhrase(kind, tuple(same), where)


def _same(part: Part) -> list[tuple[str, Compiled]]:
    found = []
    for path in split_commas(part.text):
        if not _PATH.fullmatch(path.text):
            raise LangError(
                "path-unreadable",
                f'"{path.text[:60]}" is no path after `with same`.',
                "Write a path such as invoice.id.",
                part.start + path.start + 1,
            )
        found.append((path.text, compiled(path.text).moved(part.start + path.start)))
    return found


def read_loop(text: str) -> tuple[str, Compiled]:
    """`line in invoice.lines`: the name and the list.

    Raises:
        LangError: It is not a name, `in` and an expression.
    """
    parts = split_at(text, ("in",))
    if len(parts) != 2 or not parts[1].text:
        raise LangError("loop-unreadable", "A loop is a name, `in` and a list.", "As in `line in invoice.lines`.")
    return read_name(parts[0].text), _expression(parts[1])


def read_name(text: str) -> str:
    """A name that a rule makes.

    Raises:
        LangError: It is no identifier, or one of the language's own words.
    """
    if not _NAME.fullmatch(text) or len(text) > 64:
        raise LangError(
            "name-unreadable",
            f'"{text[:60]}" cannot be a name.',
            "Use letters, digits and underscores, beginning with a letter.",
        )
    if text in _RESERVED or text.lower() in CONSTANTS:
        raise LangError("name-reserved", f'The name "{text}" is taken by the language.', "Choose another one.")
    return text


def read_retry(text: str) -> Retry:
    """`5 times over 2 hours`, or `never`.

    Raises:
        LangError: It is neither.
    """
    if text.strip().lower() == "never":
        return Retry(0, timedelta(0))
    found = _RETRY.fullmatch(text.strip())
    if found is None:
        raise LangError(
            "retry-unreadable", f'"{text[:60]}" is no way to retry.', 'Write "5 times over 2 hours" or "never".'
        )
    span = read_duration(found.group(2))
    try:
        over = length(span)
    except ValueError:
        raise LangError("retry-unreadable", f"{span.unit} have no fixed length.", "Use hours, days or weeks.") from None
    if int(found.group(1)) == 0 or over == timedelta(0):
        raise LangError("retry-unreadable", "Zero retries.", 'Write "never".')
    if int(found.group(1)) > 1_000 or over > timedelta(days=31):
        raise LangError("retry-unreadable", "More than 1000 times or 31 days.", "Ask a person after some days instead.")
    return Retry(int(found.group(1)), over)


def read_again_after(text: str) -> AgainAfter:
    """`7 days per patient.id`: the length, and what it counts for; without `per` it counts for the rule.

    Raises:
        LangError: It is neither.
    """
    parts = split_at(text, ("per",))
    span = read_duration(parts[0].text)
    if len(parts) > 2 or (len(parts) == 2 and not parts[1].text):
        raise LangError(
            "again-unreadable", "`again after` is a length and one `per`.", "Write e.g. 7 days per patient.id."
        )
    return AgainAfter(span, _expression(parts[1]) if len(parts) == 2 else None)


def read_if_missing(text: str) -> IfMissing:
    """`stop`, `continue` or `retry for 2 days`.

    Raises:
        LangError: It is none of them.
    """
    flat = " ".join(text.split()).lower()
    if flat == "stop":
        return "stop"
    if flat == "continue":
        return "continue"
    if flat.startswith("retry for "):
        return read_duration(flat.removeprefix("retry for "))
    what = f'"{text[:60]}" does not say what happens when nothing is found.'
    raise LangError("missing-unreadable", what, 'Write "stop", "continue" or "retry for 2 days".')


def read_wait(text: str) -> tuple[Span, time | None]:
    """`3 days at 09:00`: the length and the time of day to go on at.

    Raises:
        LangError: It is neither.
    """
    parts = split_at(text, ("at",))
    span = read_duration(parts[0].text)
    if len(parts) == 1:
        return span, None
    if span.unit in ("minutes", "hours"):
        raise LangError("wait-unreadable", f"A wait of {span.unit} has no time of day.", "Use days, or leave out `at`.")
    return span, read_time(parts[1].text, parts[1].start + 1)


def _expression(part: Part) -> Compiled:
    try:
        return compiled(part.text).moved(part.start)
    except LangError as error:
        raise error.shifted(part.start) from None


KEYS = Phrase(
    "a key",
    'EXPR { "," EXPR }',
    "One or more expressions; two events have the same key when all of them have the same values.",
    ("invoice.id", "invoice.id, invoice.version"),
    read_keys,
)
EVENT = Phrase(
    "an awaited event",
    'TYPE [ "with same" PATH { "," PATH } ] [ "where" EXPR ]',
    "An event that belongs to this run. `with same invoice.id` asks that both have the same; in `where`, `new.` is"
    " the awaited event. At least one of them has to tie the event to the run.",
    (
        "halaxy.invoice.paid with same invoice.id",
        "halaxy.invoice.paid where new.invoice.id == invoice.id and new.invoice.totals.gross > 50",
    ),
    read_event_phrase,
)
LOOP = Phrase(
    "a loop",
    'NAME "in" EXPR',
    "A name for the entry, and the list.",
    ("line in invoice.lines",),
    read_loop,
    r" in ",
)
RETRY = Phrase(
    "a way to try again",
    'N "times over" LENGTH | "never"',
    "How often a busy or broken service is asked again, and over how long; the pauses grow.",
    ("5 times over 2 hours", "never"),
    read_retry,
    r"^([Nn]ever|[0-9]+ )",
)
AGAIN = Phrase(
    "a pause between runs",
    'LENGTH [ "per" EXPR ]',
    "How long the rule rests after a run, for each value of the expression; without `per`, altogether.",
    ("7 days per patient.id", "1 hour"),
    read_again_after,
    r"^[0-9]+ ",
)
MISSING = Phrase(
    "what follows when nothing is found",
    '"stop" | "continue" | "retry for" LENGTH',
    "End the run, go on with `none`, or look again for so long and fail then.",
    ("stop", "continue", "retry for 2 days"),
    read_if_missing,
)
WAIT = Phrase(
    "a wait",
    'LENGTH [ "at" HH:MM ]',
    "How long to wait; with `at`, until that time of that day on the practice's clock.",
    ("3 days", "2 business days at 09:00"),
    read_wait,
    r"^[0-9]+ ",
)
