"""Structured logs: one fixed event name, then keys; personal and secret values are masked.

Sets structlog up once, at the start of a process; decides nothing and stores nothing. Modules log through
`structlog.get_logger()`, with event names from EVENTS and ids of run, step and attempt where there are any.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

Json = Any

# Names that vary cannot be searched for: a test holds every log call to this list.
EVENTS = (
    "process started",
    "process stopping",
    "event accepted",
    "event repeated",
    "rule matched",
    "rule did not match",
    "rule cannot tell",
    "run started",
    "run waiting",
    "run succeeded",
    "run failed",
    "run cancelled",
    "hold opened",
    "hold released",
    "attempt withdrawn",
    "call written",
    "call sent",
    "call answered",
    "call unanswered",
    "call not sent",
    "call resolved",
    "late answer kept",
    "poll finished",
    "poll failed",
    "connection paused",
    "connection resumed",
    "connection limited",
    "token renewed",
    "sign-in needed",
    "webhook refused",
    "command failed",
    "bug",
)

MASK = "•••"

# Keys of the data classes contact, sensitive and secret (docs: privacy), as they are named in records and settings.
_MASKED = re.compile(
    r"(^|_)(name|given|family|email|mobile|phone|address|birth(day|_date)?|subject|body|message|description|note|claim"
    r"|payload|headers?|token|secret|password|authorization|cookie|api_?key|verifier|code_challenge|credentials?)(s|$|_)",
    re.IGNORECASE,
)
# Fields that say which thing, not who: their last word is masked elsewhere.
_SHOWN = frozenset({"connection_name", "rule_name", "step_name", "event_name", "key_name", "hold_code"})

# What gives itself away inside a text: an e-mail address, a bearer token, a JSON web token, credentials in an address.
_GIVEN_AWAY = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?:bearer|basic)\s+[\w.~+/=-]{8,}|eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
    re.IGNORECASE,
)


def set_up(form: Literal["json", "console"], level: str = "info", out: TextIO = sys.stderr) -> None:
    """Configure logging for this process.

    Args:
        form: `json` for one JSON object a line, `console` for a person.
        level: The least level that is written: debug, info, warning or error.
        out: Where to; standard output belongs to the commands.
    """
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    traces = (structlog.processors.format_exc_info,) if form == "json" else ()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *traces,
            redact,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )


def redact(logger: object, method: str, entry: MutableMapping[str, Json]) -> MutableMapping[str, Json]:
    """Mask the values of personal and secret keys, at any depth, and what gives itself away inside texts."""
    return {key: _masked(key, value) for key, value in entry.items()}


def _masked(key: str, value: Json) -> Json:
    if value is not None and key not in _SHOWN and _MASKED.search(key):
        return MASK
    match value:
        case str():
            return _GIVEN_AWAY.sub(MASK, value)
        case bytes():
            return MASK
        case Mapping():
            return {inner: _masked(str(inner), item) for inner, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked("", item) for item in value]
    return value
