"""One line that YAML would garble, written so that it is read as it was typed.

Only single lines are mended, and nothing else of them changes. Whether a mend is safe in its file is found out in
`fixing`; quoting alone also lets a reader go on after a trap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import Problem
from engine.lang.characters import BLANKS
from engine.lang.expressions import compiled
from engine.lang.faults import LangError

QUOTABLE = frozenset(
    {"unquoted-hole", "quote-inside-value", "colon-in-value", "reserved-first-sign", "anchor", "alias", "tag"}
)
# The fields that are always expressions, and those that are words of the language: a # in them is a comment.
EXPRESSIONS = frozenset({"if", "if any", "where", "stop if", "wait until"})
_NO_TEXTS = EXPRESSIONS | {
    "when", "once per", "again after", "one at a time per", "when busy", "keep fresh", "quiet hours", "stop when",
    "if missed", "enabled", "do", "for each", "wait", "wait for", "at most", "on timeout", "then", "try again",
    "save as", "gather as", "side by side", "if missing", "type", "times",
}  # fmt: skip
# What has matched is never tried again (*+): a line of 100,000 dashes would take minutes.
_BEFORE = re.compile(r" *+(?:- ++)*+(?:[^\s\"'{\[&*!|>%@`#][^:\"'{]*+: +)?")
_KEY = re.compile(r" *+(?:- ++)*+([^\s\"'{\[&*!|>%@`#][^:\"'{]*+):(?: |\r?$)")
_MARK = re.compile(r"(?:^|[\s\[,-])([&*][^\s,\]]+)")
_BLANK = re.compile(f"[{BLANKS}]")
_ONE_HOLE = re.compile(r"\{\{([^{}\"']*)\}\}")


@dataclass(frozen=True, slots=True)
class Mended:
    """A line in its new form, and texts that the file has to hold in that line when it is read again."""

    line: str
    texts: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Typed:
    """A file as it was typed.

    Attributes:
        words: By line, the word to which its value belongs; for an entry of a list that of the list.
        marks: The anchors and aliases of the file, each with its sign.
        lists: The columns, from zero, at which entries of lists begin.
    """

    lines: Sequence[str]
    words: Sequence[str]
    marks: frozenset[str]
    lists: frozenset[int]

    @classmethod
    def of(cls, lines: Sequence[str]) -> Typed:
        """Looks through the lines once."""
        marks = frozenset(mark for line in lines for mark in _MARK.findall(line))
        lists = frozenset(_indent(line) for line in lines if line.lstrip(" ").startswith("- "))
        return cls(lines, tuple(_words(lines)), marks, lists)


def _words(lines: Sequence[str]) -> Iterator[str]:
    above: list[tuple[int, bool, str]] = []
    for line in lines:
        if not line.strip():
            yield ""
            continue
        indent, found = _indent(line), _KEY.match(line)
        while above and (above[-1][0], above[-1][1]) > (indent, False):
            above.pop()
        word = found.group(1) if found else ""
        yield word or (above[-1][2] if above else "")
        above.append((indent, line.lstrip().startswith("-"), word))


def mended_line(typed: Typed, number: int, problem: Problem) -> Mended | None:
    """A trapped line mended; None where a person has to decide.

    Args:
        typed: The whole file.
        number: Which of them, counted from zero.
        problem: What the first look says of it.
    """
    line, word = typed.lines[number], typed.words[number]
    mend = _MENDS.get(problem.code)
    if problem.code == "list-sign" and not _in_list(typed, line, problem.col - 1):
        return None
    if mend is not None:
        return mend(line, problem.col - 1)
    if problem.code == "comment-in-value":
        return _with_comment(line, problem.col, word)
    if problem.code == "unquoted-hole" and word in EXPRESSIONS:
        return _without_hole(line)
    if problem.code not in QUOTABLE or _repeats(typed, line, problem):
        return None
    if problem.code == "quote-inside-value":
        return _with_other_quotes(line, word)
    return _quoted(line) if word not in EXPRESSIONS or _is_expression(value_of(line)) else None


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


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _quoted(line: str) -> Mended:
    return Mended(quoted_line(line), frozenset((value_of(line),)))


def _with_other_quotes(line: str, word: str) -> Mended | None:
    """`"x" == y` and `'it's'` are quoted, these without their outer quotes; `"a "b" c"` of a text may be either."""
    value = value_of(line)
    inner = value[1:-1]
    around = len(value) > 2 and value[0] == value[-1]
    if word in EXPRESSIONS and _is_expression(value):
        return _quoted(line)
    if around and (_is_expression(inner) if word in EXPRESSIONS else re.fullmatch(r"[^']*\w'\w[^']*", inner)):
        start = _start_of(line)
        doubled = inner.replace("'", "''")
        return Mended(f"{line[:start]}'{doubled}'{line[start + len(value) :]}", frozenset((inner,)))
    return None if around or word in EXPRESSIONS else _quoted(line)


def _is_expression(text: str) -> bool:
    try:
        compiled(text)
    except LangError:
        return False
    return True


def _without_hole(line: str) -> Mended | None:
    """An expression takes no braces: they are taken away where nothing else stands beside them."""
    value = value_of(line)
    hole = _ONE_HOLE.fullmatch(value)
    inner = hole.group(1).strip() if hole else ""
    if not inner or not _is_expression(inner):
        return None
    start = _start_of(line)
    return Mended(f"{line[:start]}{inner}{line[start + len(value) :]}", frozenset((inner,)))


def _with_comment(line: str, col: int, word: str) -> Mended | None:
    """`"b" # c` and `if: x # c` get the second space of a comment, `Invoice #5` is quoted; `b # c` may be either."""
    at = line.index("#", col - 1)
    value = value_of(line[:at])
    if len(value) > 1 and value[0] in "\"'" and value.find(value[0], 1) == len(value) - 1:
        return Mended(f"{line[:at]} {line[at:]}")
    if (word in _NO_TEXTS or value.startswith("= ")) and value and '"' not in value and "'" not in value:
        return Mended(f"{line[:at]} {line[at:]}", frozenset((value,)))
    return None if line[at + 1 : at + 2].isspace() or not line[at + 1 :] else _quoted(line)


def _repeats(typed: Typed, line: str, problem: Problem) -> bool:
    """Whether an anchor and its alias belong together, so that quotes would tear them apart."""
    name = re.match(r"[&*]([^\s]+)", value_of(line))
    if problem.code not in ("anchor", "alias") or name is None:
        return False
    return f"{'&' if problem.code == 'alias' else '*'}{name.group(1)}" in typed.marks


def _with_space(line: str, at: int) -> Mended:
    """`when:x` gets the space after its colon."""
    return Mended(f"{line[: at + 1]} {line[at + 1 :]}", frozenset((line[at + 1 :].strip(),)))


def _with_plain_spaces(line: str, at: int) -> Mended | None:
    """Spaces that are none for YAML, all up to the value, become plain ones."""
    key = re.match(rf"[ {BLANKS}]*+(?:-[ {BLANKS}]++)*+(?:[^\"'{{\[#:]*+:[ {BLANKS}]++)?", line)
    end = key.end() if key else 0
    return Mended(_BLANK.sub(" ", line[:end]) + line[end:]) if at < end else None


def _in_list(typed: Typed, line: str, at: int) -> bool:
    """Whether `-x` is surely an entry of a list and no value below zero: it names something, or has neighbours."""
    return line[at] != "-" or line.rstrip().endswith(":") or at in typed.lists


def _with_dash(line: str, at: int) -> Mended:
    """`– x`, `* x` and `-x` begin as an entry of a list does."""
    rest = line[at + 1 :].lstrip(" ")
    return Mended(f"{line[:at]}- {rest}")


def _with_hash(line: str, at: int) -> Mended:
    """`// x` becomes a comment."""
    return Mended(f"{line[:at]}# {line[at:].lstrip('/-* ')}") if not line[at:].startswith("/*") else Mended(line)


def _with_quoted_entries(line: str, at: int) -> Mended | None:
    """The entries of `[{{ a }}, b]` that have a hole are put into quotes."""
    start = _start_of(line)
    value = value_of(line)
    if not (value.startswith("[") and value.endswith("]")) or "'" in value or '"' in value:
        return None
    entries = [entry.strip() for entry in _top_commas(value[1:-1])]
    if any(set(re.sub(r"\{\{[^{}]*\}\}", "", entry)) & set("[]{}:#") for entry in entries):
        return None
    quoted = ", ".join(f"'{entry}'" if "{{" in entry else entry for entry in entries)
    return Mended(f"{line[:start]}[{quoted}]{line[start + len(value) :]}", frozenset(filter(None, entries)))


def _top_commas(text: str) -> Iterator[str]:
    """The parts between commas that stand outside of braces."""
    depth, start = 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth <= 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]


_MENDS: Mapping[str, Callable[[str, int], Mended | None]] = {
    "space-after-colon": _with_space,
    "no-break-space": _with_plain_spaces,
    "list-sign": _with_dash,
    "comment-sign": _with_hash,
    "hole-in-brackets": _with_quoted_entries,
}
