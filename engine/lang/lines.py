"""The first look at a file, line by line as typed: what YAML would hide, cut or garble, and what to type instead.

Builds nothing and reads no structure; `tree` does. Each trap has one sentence of its own, most of them in `traps`;
single characters are looked at in `characters`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import Problem
from engine.lang import traps
from engine.lang.characters import BLANKS, MOST_PROBLEMS
from engine.lang.traps import Found

_BLOCK = re.compile(r"[|>][-+]?(?: *|  +#.*)$")
_SEPARATOR = re.compile(r": |:$")
_COMMENT = re.compile(r"\s#")
_BLANK = re.compile(f"[{BLANKS}]")
_BLANK_SEPARATOR = re.compile(f":[{BLANKS}]")
# Far more than the levels that a file may have: the rest of such a line is not worth a look.
_MOST_BRACKETS = 1_000
# What may stand inside a quote, and the quote that closes it.
_QUOTE_SIGNS = {"'": re.compile("''|'"), '"': re.compile(r'\\.|"')}


def look(file: str, text: str, most: int = MOST_PROBLEMS) -> tuple[Problem, ...]:
    """Every trap of the file, in order, at most so many; none for a file that YAML reads as it looks."""
    look_through = _Lines()
    problems: list[Problem] = []
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        look_through.number = number
        for col, code, message, mend in look_through.line(line):
            problems.append(Problem(file, number, col, code, message, mend, len(line) + 1))
        if len(problems) >= most:
            return tuple(problems)
    look_through.end()
    problems += [
        Problem(file, number, col, code, message, mend, len(lines[number - 1]) + 1)
        for number, (col, code, message, mend) in look_through.earlier
    ]
    return tuple(sorted(problems))[:most]


@dataclass(slots=True)
class _Lines:
    """What the lines before have left open: a block text, a quote, a bracket, the first document.

    Attributes:
        plain: The column below which lines go on with a plain text; `item` says that it is an entry of a list.
        levels: The columns at which keys and dashes begin, outermost first; those of `keyed` hold keys.
        bare: The last line without a colon: its number, column and text.
        earlier: What is found out about a line only later.
    """

    number: int = 0
    block: int = -1
    plain: int = -1
    item: bool = False
    told: bool = False
    quote: str = ""
    opened: tuple[int, int] = (0, 0)
    brackets: int = 0
    begun: bool = False
    directive: bool = False
    levels: list[int] = field(default_factory=list)
    keyed: set[int] = field(default_factory=set)
    bare: tuple[int, int, str] = (0, -1, "")
    earlier: list[tuple[int, Found]] = field(default_factory=list)

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
            yield from self._further(line, indent)
        elif indent == 0 and line.startswith(("---", "...")):
            yield from self._marker(line)
        elif indent == 0 and line.startswith("%") and not self.begun:
            self.directive = True
            yield 1, *traps.DIRECTIVE
        else:
            self.begun = True
            yield from self._entry(line, indent)

    def end(self) -> None:
        """No line follows: a quote that is still open was never closed."""
        if self.quote:
            number, col = self.opened
            self.earlier.append((number, traps.never_closed(col, self.quote)))

    def _marker(self, line: str) -> Iterator[Found]:
        if self.begun or (line.startswith("...") and not self.directive):
            yield 1, *traps.SECOND
        self.begun = self.begun or not self.directive

    def _further(self, line: str, indent: int) -> Iterator[Found]:
        """A line that goes on with a plain text; only the first that seems to be a key is told."""
        for found in _plain(line, indent):
            if found[1] != "colon-in-value":
                yield found
            elif not self.told:
                self.told = True
                yield found[0], *(traps.BELOW_ITEM if self.item else traps.BELOW_VALUE)

    def _entry(self, line: str, at: int) -> Iterator[Found]:
        strange = traps.strange_start(line, at)
        if strange:
            yield strange
            return
        parent, found = self._level(at)
        if found:
            yield found
        while line.startswith("- ", at):
            parent = parent if found else at
            # An entry of its own: what stands above it is another entry, not a line beside its keys.
            self.bare = (0, -1, "")
            at += 2
            at += len(line) - at - len(line[at:].lstrip(" "))
            if at < len(line):
                self._deeper(at)
        if line[at:] == "-" or at >= len(line):
            return
        if line.startswith("? ", at) or line[at:] == "?":
            yield at + 1, *traps.QUESTION
        elif line[at] in "\"'":
            yield from self._quoted_entry(line, at)
        else:
            yield from self._plain_entry(line, at, parent)

    def _level(self, at: int) -> tuple[int, Found | None]:
        """The column to which a line belongs, and what is wrong when it lines up with nothing above."""
        left = []
        while self.levels and self.levels[-1] > at:
            left.append(self.levels.pop())
        if left and at not in self.levels:
            nearest = min([*left, *self.levels], key=lambda level: abs(level - at))
            self.levels += sorted(level for level in left if level <= nearest)
            self.keyed -= {level for level in left if level > nearest}
            return nearest, traps.misaligned(at, nearest)
        self.keyed -= set(left)
        self._deeper(at)
        return at, None

    def _deeper(self, at: int) -> None:
        if not self.levels or self.levels[-1] < at:
            self.levels.append(at)
            self.keyed.discard(at)

    def _quoted_entry(self, line: str, at: int) -> Iterator[Found]:
        end = _closing(line, at)
        if end >= 0 and _SEPARATOR.match(line, end + 1):
            self._key_at(at)
            yield from self._value(line, end + 2, at)
        else:
            self._open(line[at], at)
            yield from self._quoted(line, at + 1, at)

    def _key_at(self, at: int) -> None:
        """A key stands here: a line without a colon right above it was meant to be one too."""
        number, column, text = self.bare
        if column == at and at not in self.keyed:
            self.earlier.append((number, traps.without_colon(text, column)))
        self.keyed.add(at)
        self.bare = (0, -1, "")

    def _plain_entry(self, line: str, at: int, parent: int) -> Iterator[Found]:
        found = None if line[at] in "[{" else _SEPARATOR.search(line, at)
        key = line[at : found.start()] if found else ""
        if found is None or _COMMENT.search(key):
            yield from self._keyless(line, at, parent)
            return
        self._key_at(at)
        if key == "<<":
            yield at + 1, *traps.MERGE
        elif _open_quote(key):
            yield found.start() + 1, *traps.COLON_QUOTED
        elif blank := _BLANK.search(key):
            yield at + blank.start() + 1, *traps.BLANK
        else:
            yield from traps.first_sign(line, at, "key") if line[at] in "&*!@%`" else ()
            yield from self._value(line, found.end(), at)

    def _keyless(self, line: str, at: int, parent: int) -> Iterator[Found]:
        blank = _BLANK_SEPARATOR.search(line, at)
        if blank:
            yield blank.end(), *traps.BLANK
        elif at in self.keyed and line[at] not in "[{":
            yield traps.without_colon(line, at)
        else:
            self.bare = (self.number, at, line)
            yield from self._value(line, at, parent, item=line[:at].endswith("- "))

    def _value(self, line: str, start: int, parent: int, item: bool = False) -> Iterator[Found]:
        at = start
        while line.startswith(" ", at):
            at += 1
        if at >= len(line):
            return
        first = line[at]
        if first == "#":
            if not line[:at].endswith("  "):
                yield at + 1, *traps.CUT
        elif first in "\"'":
            self._open(first, at)
            yield from self._quoted(line, at + 1, at)
        elif line.startswith("{{", at):
            yield at + 1, *traps.HOLE
        elif first in "[{":
            yield from self._bracketed(line, at)
        elif first in "|>" and _BLOCK.match(line, at):
            self.block = parent
        elif first in traps.RESERVED:
            yield from traps.first_sign(line, at, "value")
        else:
            self.plain, self.item, self.told = parent, item, False
            yield from _plain(line, at)

    def _open(self, quote: str, at: int) -> None:
        self.quote, self.opened = quote, (self.number, at + 1)

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
            yield end + 2, *traps.CUT
        elif opened is None:
            number, col = self.opened
            self.earlier.append((number, traps.closed_later(col, quote, self.number)))
        else:
            yield traps.quote_inside(line[opened:].rstrip(), quote, opened)

    def _bracketed(self, line: str, at: int) -> Iterator[Found]:
        hole = _hole_outside(line, at)
        if hole >= 0:
            yield hole + 1, *traps.HOLE_INSIDE
            return
        end = _closing_bracket(line, at)
        if end < 0:
            self.brackets = max(0, _balance(line[at:]))
        elif (rest := line[end + 1 :].strip()) and not rest.startswith("#"):
            yield from traps.first_sign(line, at, "value")


def _plain(line: str, at: int) -> Iterator[Found]:
    value = line[at:]
    cut = _COMMENT.search(value)
    if cut and (not value[: cut.end() - 1].endswith("  ") or _open_quote(value[: cut.start()])):
        yield at + cut.end(), *traps.CUT
        return
    colon = _SEPARATOR.search(value[: cut.start()].rstrip() if cut else value.rstrip())
    if colon:
        yield at + colon.start() + 1, *traps.COLON


def _closing(line: str, at: int) -> int:
    return _closing_of(line[at], line, at + 1)


def _closing_of(quote: str, line: str, start: int) -> int:
    """Where a YAML quote closes, or -1: a doubled ' and a backslashed " do not close it."""
    return next((sign.start() for sign in _QUOTE_SIGNS[quote].finditer(line, start) if sign.group() == quote), -1)


def _closing_bracket(line: str, at: int) -> int:
    depth = 0
    for place, sign in _outside_quotes(line, at):
        if sign in "[{":
            depth += 1
            if depth > _MOST_BRACKETS:
                return -1
        elif sign in "]}":
            depth -= 1
            if depth == 0:
                return place
    return -1


def _hole_outside(line: str, at: int) -> int:
    """Where a {{ stands in a list or map of one line outside its quotes, or -1."""
    if "{{" not in line[at:]:
        return -1
    return next((place for place, sign in _outside_quotes(line, at) if line.startswith("{{", place)), -1)


def _outside_quotes(line: str, at: int) -> Iterator[tuple[int, str]]:
    quote = ""
    for place in range(at, len(line)):
        sign = line[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        else:
            yield place, sign


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
