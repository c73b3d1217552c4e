"""What `check --fix` writes: lines that YAML would garble mended one by one, each only where that is surely safe.

Pure: text in, text and changes out. A change is kept only when the file, read again, holds the very text that was
typed; whatever a person has to decide is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import Problem
from engine.lang.lines import look
from engine.lang.mending import QUOTABLE, quoted_line, quoted_lines, value_of
from engine.lang.reading import plain_tree
from engine.lang.tree import Entries, Items, Node, Text, read_tree

_TABS = (2, 4, 8)  # how many columns editors show for a tab
_INDENT = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Change:
    """One line as it was and as it is now; `line` counts from one."""

    line: int
    before: str
    after: str


def mended(text: str) -> tuple[str, tuple[Change, ...]]:
    """A file's text with every trap mended that can be mended safely, and the changes; a second time changes nothing.

    Args:
        text: The file as typed; its line ends stay.
    """
    new = _without_tabs(text.removeprefix("\ufeff"))
    for problem in look("", new):
        candidate = _candidate(new, problem)
        if candidate is not None and _is_safe(new, candidate, problem):
            new = candidate
    return new, tuple(_changes(text, new))


def _changes(before: str, after: str) -> Iterator[Change]:
    lines = zip(before.split("\n"), after.split("\n"), strict=True)
    for number, (old, new) in enumerate(lines, 1):
        if old != new:
            yield Change(number, old.rstrip("\r"), new.rstrip("\r"))


def _candidate(text: str, problem: Problem) -> str | None:
    """The text with this problem's line mended; None where a person has to decide."""
    lines = text.split("\n")
    line = lines[problem.line - 1]
    if problem.code == "comment-in-value":
        mended_line = _with_comment(line, problem.col)
    elif problem.code in QUOTABLE and not _repeats(text, line, problem):
        mended_line = quoted_line(line)
    else:
        mended_line = None
    if mended_line is None or mended_line == line:
        return None
    lines[problem.line - 1] = mended_line
    return "\n".join(lines)


def _with_comment(line: str, col: int) -> str | None:
    """`"b" # c` gets the second space of a comment, `Invoice #5` is quoted; `b # c` could be meant either way."""
    at = line.index("#", col - 1)
    value = value_of(line[:at])
    if len(value) > 1 and value[0] in "\"'" and value.find(value[0], 1) == len(value) - 1:
        return f"{line[:at]} {line[at:]}"
    return None if line[at + 1 : at + 2].isspace() or not line[at + 1 :] else quoted_line(line)


def _repeats(text: str, line: str, problem: Problem) -> bool:
    """Whether an anchor and its alias belong together, so that quotes would tear them apart."""
    name = re.match(r"[&*]([^\s]+)", value_of(line))
    if problem.code not in ("anchor", "alias") or name is None:
        return False
    other = "&" if problem.code == "alias" else "*"
    return re.search(rf"[\s\[,-]{re.escape(other + name.group(1))}(?=[\s,\]]|$)", text) is not None


def _is_safe(before: str, after: str, problem: Problem) -> bool:
    """Whether the mended line is read as the text that stood there, and nothing else has changed."""
    if any(found.line == problem.line for found in look("", after)):
        return False
    number = problem.line - 1
    old, new = before.split("\n")[number], after.split("\n")[number]
    root, _ = read_tree("", quoted_lines(after, look("", after)))
    if root is None:
        return False
    texts = [text.text for text in _texts(root) if text.spot.line == problem.line]
    return new != quoted_line(old) or value_of(old) in texts


def _texts(node: Node) -> Iterator[Text]:
    match node:
        case Text():
            yield node
        case Items():
            for item in node.items:
                yield from _texts(item)
        case Entries():
            for key, value in node.entries:
                yield key
                yield from _texts(value)


def _without_tabs(text: str) -> str:
    """Tabs of indentations as spaces, where every usual width gives the same file; tabs after `:` and `-` as one."""
    if "\t" not in text:
        return text
    readings = []
    for width in _TABS:
        candidate = "\n".join(_spaced(line, width) for line in text.split("\n"))
        root, problems = read_tree("", candidate)
        if root is not None and not any(problem.code in ("yaml", "duplicate-key") for problem in problems):
            readings.append((candidate, plain_tree(root)))
    alike = bool(readings) and all(tree == readings[0][1] for _, tree in readings)
    return readings[0][0] if alike else text


def _spaced(line: str, width: int) -> str:
    found = _INDENT.match(line)
    indent = found.group() if found else ""
    rest = line[len(indent) :]
    rest = re.sub(r"^((?:-[ \t]+)*[^\"'#:{\[]*:)[ \t]+(?=\S)", lambda key: _one_space(key.group(0)), rest)
    return indent.replace("\t", " " * width) + rest


def _one_space(key: str) -> str:
    return re.sub(r"[ \t]*\t[ \t]*", " ", key)
