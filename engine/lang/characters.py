"""Characters that no file of rules may hold: controls, marks that cannot be seen, halves, tabs, CR alone.

Looks at single characters only; what a line means is for `lines`.
"""

from __future__ import annotations

import re

from engine.errors import Problem

MOST_PROBLEMS = 50
# C0 and C1 controls, line and paragraph separators, invisible and bidirectional marks, half characters.
_BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# They look like a space and are none for YAML; inside a text they are welcome.
BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"


def bad_character(text: str) -> bool:
    """Whether a text holds a control, bidirectional, invisible or half character, or a tab."""
    return "\t" in text or _BAD.search(text) is not None


def unreadable_characters(file: str, text: str) -> tuple[Problem, ...]:
    """Characters that no rule may hold, at most a few of each file; a single BOM at its start included."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        for match in re.finditer(r"\r(?!$)|\t|" + _BAD.pattern, line):
            code, message, mend = _sentence(match.group(), number, match.start())
            found.append(Problem(file, number, match.start() + 1, code, message, mend, match.end() + 1))
            break
        if len(found) == MOST_PROBLEMS:
            break
    return tuple(found)


def _sentence(sign: str, line: int, at: int) -> tuple[str, str, str]:
    if sign == "\t":
        return "tab", "A tab stands here; YAML and the eye disagree on its width.", "Use spaces."
    if sign == "\ufeff" and (line, at) == (1, 0):
        return "byte-order-mark", "The file begins with a byte order mark.", 'Save it as "UTF-8", not "UTF-8 with BOM".'
    if sign == "\r":
        return "carriage-return", "A line ends with CR alone.", "Save the file with LF or CRLF line ends."
    if sign == "\x00":
        return "not-utf8", "A NUL character stands here.", "Save the file as UTF-8 text."
    if "\ud800" <= sign <= "\udfff":
        return "not-utf8", "Half a character stands here.", "Save the file as UTF-8 text."
    if _BIDI.match(sign):
        return "bidirectional-mark", "An invisible mark that turns the direction of text stands here.", "Delete it."
    return "control-character", f"An invisible character (U+{ord(sign):04X}) stands here.", "Delete it."
