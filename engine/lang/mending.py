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
            lines[problem.line - 1] = _quoted(lines[problem.line - 1])
    return "\n".join(lines)


def _quoted(line: str) -> str:
    found = _BEFORE.match(line)
    start = found.end() if found else 0
    value, end = line[start:].rstrip(), "\r" if line.endswith("\r") else ""
    doubled = value.replace("'", "''")
    return f"{line[:start]}'{doubled}'{end}" if value else line
