"""Lines that YAML would garble, put into quotes: what `check --fix` writes, and what lets a reader go on.

Only whole values are quoted; nothing else of a file changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.errors import Problem

QUOTABLE = frozenset(
    {"unquoted-hole", "quote-inside-value", "colon-in-value", "reserved-first-sign", "anchor", "alias", "tag"}
)
_BEFORE = re.compile(r" *(?:- +)*(?:[^\s\"'{\[&*!|>%@`#][^:\"'{]*: +)?")


def quoted_lines(text: str, problems: Iterable[Problem]) -> str:
    """The text with the values of these problems' lines in single quotes; other problems leave it as it is."""
    lines = text.split("\n")
    for problem in problems:
        if problem.code in QUOTABLE and problem.line <= len(lines):
            lines[problem.line - 1] = quoted_line(lines[problem.line - 1])
    return "\n".join(lines)


def quoted_line(line: str) -> str:
    """One line with its value in single quotes; a comment after two spaces stays behind it."""
    start, value = _start_of(line), value_of(line)
    doubled = value.replace("'", "''")
    return f"{line[:start]}'{doubled}'{line[start + len(value) :]}" if value else line


def value_of(line: str) -> str:
    """The value of a `name: value` or `- value` line, without a comment that stands after two spaces."""
    value = line[_start_of(line) :]
    quote, before = "", " "
    for at, sign in enumerate(value):
        if quote:
            quote = "" if sign == quote else quote
        elif sign == '"' or (sign == "'" and not before.isalnum()):
            quote = sign
        elif value.startswith("  #", at):
            return value[:at].rstrip()
        before = sign
    return value.rstrip()


def _start_of(line: str) -> int:
    found = _BEFORE.match(line)
    return found.end() if found else 0
