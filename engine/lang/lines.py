"""The first look at a file, line by line as typed: what YAML would hide, cut or garble, and what to type instead.

Builds nothing and reads no structure; `tree` does. Each trap has one sentence of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import Problem

MOST_PROBLEMS = 50
# C0 and C1 controls, line and paragraph separators, invisible and bidirectional marks, half characters.
_BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BLOCK = re.compile(r"[|>][-+]?(?: *|  +#.*)$")
_SEPARATOR = re.compile(r": |:$")
_COMMENT = re.compile(r"\s#")

Found = tuple[int, str, str, str]  # column from one, code, message, mend

_FIRST = {
    "&": ("anchor", "A value begins with &, which YAML takes for an anchor.", "Put the value in quotes."),
    "*": ("alias", "A value begins with *, which YAML takes for an alias.", "Put the value in quotes."),
    "!": ("tag", "A value begins with !, which YAML takes for a tag.", "Put the value in quotes."),
}
_RESERVED = "@%`|>?]},"


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


def look(file: str, text: str) -> tuple[Problem, ...]:
    """Every trap of the file, in order, at most MOST_PROBLEMS; none for a file that YAML reads as it looks."""
    look_through = _Lines()
    problems = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        for col, code, message, mend in look_through.line(line):
            problems.append(Problem(file, number, col, code, message, mend, len(line) + 1))
        if len(problems) >= MOST_PROBLEMS:
            break
    return tuple(problems)


@dataclass(slots=True)
class _Lines:
    """What the lines before have left open: a block text, a quote, a bracket, the first document."""

    block: int = -1
    plain: int = -1
    quote: str = ""
    brackets: int = 0
    begun: bool = False

    def line(self, line: str) -> Iterator[Found]:
        """Look at the next line."""
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if self.block >= 0 and (not body or indent > self.block):
            return
        self.block = -1
        goes_on = 0 <= self.plain < indent
        if body and not goes_on:
            self.plain = -1
        if self.quote:
            yield from self._quoted(line, 0)
        elif self.brackets:
            self.brackets = max(0, self.brackets + _balance(line))
        elif not body or body.startswith("#"):
            return
        elif goes_on:
            yield from _plain(line, indent)
        elif indent == 0 and line.startswith(("---", "...")):
            yield from self._marker(line)
        else:
            self.begun = True
            yield from self._entry(line, indent)

    def _marker(self, line: str) -> Iterator[Found]:
        if self.begun or line.startswith("..."):
            yield 1, "two-documents", "A line of dots or dashes begins another document.", "One file, one document."
        self.begun = True

    def _entry(self, line: str, at: int) -> Iterator[Found]:
        parent = at
        while line.startswith("- ", at):
            parent = at
            at += 2
            at += len(line) - at - len(line[at:].lstrip(" "))
        if line[at:] == "-" or at >= len(line):
            return
        if line.startswith("? ", at) or line[at:] == "?":
            yield (
                at + 1,
                "question-key",
                "A line begins with ?, which YAML takes for a complex key.",
                "Write `name: value`.",
            )
        elif line[at] in "\"'":
            yield from self._quoted_entry(line, at)
        else:
            yield from self._plain_entry(line, at, parent)

    def _quoted_entry(self, line: str, at: int) -> Iterator[Found]:
        end = _closing(line, at)
        if end >= 0 and _SEPARATOR.match(line, end + 1):
            yield from self._value(line, end + 2, at)
        else:
            self.quote = line[at]
            yield from self._quoted(line, at + 1, at)

    def _plain_entry(self, line: str, at: int, parent: int) -> Iterator[Found]:
        found = None if line[at] in "[{" else _SEPARATOR.search(line, at)
        key = line[at : found.start()] if found else ""
        if found is None or _COMMENT.search(key):
            yield from self._value(line, at, parent)
        elif key == "<<":
            yield at + 1, "merge-key", "<< would copy the fields of another map.", "Write the fields out."
        elif _open_quote(key):
            yield (
                found.start() + 1,
                "colon-in-value",
                "A colon and a space inside a value begin a new key for YAML.",
                "Put the whole value in single quotes: '...'.",
            )
        else:
            yield from _first_sign(line, at, "key") if line[at] in "&*!@%`" else ()
            yield from self._value(line, found.end(), at)

    def _value(self, line: str, start: int, parent: int) -> Iterator[Found]:
        at = start
        while line.startswith(" ", at):
            at += 1
        if at >= len(line):
            return
        first = line[at]
        if first == "#":
            if not line[:at].endswith("  "):
                yield at + 1, *_CUT
        elif first in "\"'":
            self.quote = first
            yield from self._quoted(line, at + 1, at)
        elif line.startswith("{{", at):
            yield at + 1, *_HOLE
        elif first in "[{":
            yield from self._bracketed(line, at)
        elif first in "|>" and _BLOCK.match(line, at):
            self.block = parent
        elif first in _FIRST or first in _RESERVED:
            yield from _first_sign(line, at, "value")
        else:
            self.plain = parent
            yield from _plain(line, at)

    def _quoted(self, line: str, start: int, opened: int | None = None) -> Iterator[Found]:
        """The rest of a quoted text from `start` on, which may go on over lines."""
        end = _closing_of(self.quote, line, start)
        if end < 0:
            return
        quote, self.quote = self.quote, ""
        rest = line[end + 1 :]
        if not rest.strip() or (rest.startswith("  ") and rest.lstrip().startswith("#")):
            return
        if rest.lstrip().startswith("#"):
            yield end + 2, *_CUT
            return
        whole = line[opened:].rstrip() if opened is not None else ""
        other = "'" if quote == '"' else '"'
        mend = f"Put it all into the other quotes: {other}{whole}{other}." if whole and other not in whole else ""
        yield (
            (opened if opened is not None else end) + 1,
            "quote-inside-value",
            "The value begins with a quote that ends before the value does.",
            mend or "Put the whole value in quotes, doubling each quote inside.",
        )

    def _bracketed(self, line: str, at: int) -> Iterator[Found]:
        end = _closing_bracket(line, at)
        if end < 0:
            self.brackets = max(0, _balance(line[at:]))
            return
        rest = line[end + 1 :].strip()
        if rest and not rest.startswith("#"):
            yield from _first_sign(line, at, "value")


_CUT = (
    "comment-in-value",
    "YAML would cut the value at this #.",
    "Put the value in quotes; or put the comment on its own line, or after two spaces.",
)
_HOLE = (
    "unquoted-hole",
    "A value that begins with {{ is a map for YAML.",
    'Put the value in quotes: "{{ ... }}", or write `= ...` for the value itself.',
)


def _plain(line: str, at: int) -> Iterator[Found]:
    value = line[at:]
    cut = _COMMENT.search(value)
    if cut and (not value[: cut.end() - 1].endswith("  ") or _open_quote(value[: cut.start()])):
        yield at + cut.end(), *_CUT
        return
    colon = _SEPARATOR.search(value[: cut.start()].rstrip() if cut else value.rstrip())
    if colon:
        yield (
            at + colon.start() + 1,
            "colon-in-value",
            "A colon and a space inside a value begin a new key for YAML.",
            "Put the whole value in quotes.",
        )


def _first_sign(line: str, at: int, what: str) -> Iterator[Found]:
    sign = line[at]
    code, message, mend = _FIRST.get(
        sign,
        ("reserved-first-sign", f"A {what} begins with {sign}, which has a meaning of its own in YAML.", "Quote it."),
    )
    yield at + 1, code, message.replace("A value", f"A {what}"), mend


def _closing(line: str, at: int) -> int:
    return _closing_of(line[at], line, at + 1)


def _closing_of(quote: str, line: str, start: int) -> int:
    """Where a YAML quote closes, or -1: a doubled ' and a backslashed " do not close it."""
    at = start
    while at < len(line):
        if line[at] == "\\" and quote == '"':
            at += 2
        elif line[at] == quote:
            if quote == '"' or line[at + 1 : at + 2] != "'":
                return at
            at += 2
        else:
            at += 1
    return -1


def _closing_bracket(line: str, at: int) -> int:
    depth, quote = 0, ""
    for place in range(at, len(line)):
        sign = line[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
            if depth == 0:
                return place
    return -1


def _balance(line: str) -> int:
    return line.count("[") + line.count("{") - line.count("]") - line.count("}")


def _open_quote(text: str) -> bool:
    """Whether a quote is still open at the end; the apostrophe of a word (don't) opens none."""
    quote = ""
    before = " "
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign == '"' or (sign == "'" and not before.isalnum()):
            quote = sign
        before = sign
    return bool(quote)


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
