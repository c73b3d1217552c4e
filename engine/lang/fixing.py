"""What `check --fix` writes: lines that YAML would garble mended one by one, each only where that is surely safe.

Pure: text in, text and changes out. How a line is mended stands in `mending`. A change is kept only when the file,
read again, holds the very text that was typed; whatever a person has to decide is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.lang.lines import look
from engine.lang.mending import Mended, Typed, mended_line, quoted_lines
from engine.lang.reading import plain_tree
from engine.lang.tree import MOST_LINES, MOST_NODES, Entries, Items, Node, Text, is_small, read_tree

_TABS = (2, 4, 8)  # how many columns editors show for a tab
_INDENT = re.compile(r"[ \t]*")
# Dashes, and a key if there is one, with the blanks behind them; what has matched is never tried again (*+).
_KEY = re.compile(r"(?=-|[^\"'#:{\[]*+:[ \t])(?:-[ \t]++)*+(?:[^\"'#:{\[]*+:[ \t]++)?(?=\S)")
_RUN = re.compile(r"(?<![ \t])[ \t]++")
_BEFORE_COMMENT = re.compile(r"(?<![ \t])[ \t]++(?=#)")
# How often a file is read again to find the lines that cannot be mended; then all of them stay as they are.
_MOST_READINGS = 12


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
    if not is_small(text):
        return text, ()
    new = _without_tabs(text.lstrip("\ufeff"))
    new = _Lines(new).mended()
    return new, tuple(_changes(text, new))


def _changes(before: str, after: str) -> Iterator[Change]:
    lines = zip(before.split("\n"), after.split("\n"), strict=True)
    for number, (old, new) in enumerate(lines, 1):
        if old != new:
            yield Change(number, old.rstrip("\r"), new.rstrip("\r"))


@dataclass(slots=True)
class _Lines:
    """A file being mended; `refused` are the lines that have to stay as they are."""

    text: str
    readings: int = 0
    refused: set[int] = field(default_factory=set)

    def mended(self) -> str:
        """The text with all lines mended that can be, or as it is when too many of them cannot."""
        text = self.text
        # So many traps stand in more values than a file may have: it cannot be read, whatever is mended.
        if len(look("", text, MOST_NODES)) == MOST_NODES:
            return text
        while True:
            lines = text.split("\n")
            mends = _mends(text, lines, self.refused)
            accepted = self._accepted(lines, mends, sorted(mends))
            if self.readings > _MOST_READINGS:
                return self.text
            if accepted is None or not mends:
                return text
            text = "\n".join(accepted)

    def _accepted(self, lines: list[str], mends: Mapping[int, Mended], numbers: Sequence[int]) -> list[str] | None:
        """The lines with those of these numbers mended that can be; None when none can."""
        if not numbers or self.readings > _MOST_READINGS:
            return None
        self.readings += 1
        tried = list(lines)
        for number in numbers:
            tried[number] = mends[number].line
        wrong = _wrong(tried, mends, numbers)
        if not wrong:
            return tried
        if len(numbers) == 1:
            self.refused.add(numbers[0])
            return None
        if len(wrong) < len(numbers):
            self.refused |= wrong
            return self._accepted(lines, mends, [number for number in numbers if number not in wrong])
        half = len(numbers) // 2
        first = self._accepted(lines, mends, numbers[:half])
        second = self._accepted(first or lines, mends, numbers[half:])
        return second or first


def _mends(text: str, lines: Sequence[str], refused: set[int]) -> dict[int, Mended]:
    """By the number of a line, from zero, how it can be mended."""
    found: dict[int, Mended] = {}
    typed = Typed.of(lines)
    for problem in look("", text, MOST_LINES):
        number = problem.line - 1
        if number in found or number in refused:
            continue
        mend = mended_line(typed, number, problem)
        if mend is not None and mend.line != lines[number]:
            found[number] = mend
    return found


def _wrong(lines: list[str], mends: Mapping[int, Mended], numbers: Sequence[int]) -> set[int]:
    """Those of the mended lines that still have a trap or are read as something else than was typed."""
    text = "\n".join(lines)
    left = look("", text, MOST_LINES)
    trapped = {problem.line - 1 for problem in left} & set(numbers)
    if trapped:
        return trapped
    root, problems = read_tree("", quoted_lines(text, left))
    if root is None or any(problem.code == "duplicate-key" and problem.line - 1 in numbers for problem in problems):
        return set(numbers)
    texts: dict[int, set[str]] = {}
    for found in _texts(root):
        texts.setdefault(found.spot.line - 1, set()).add(found.text)
    return {number for number in numbers if not mends[number].texts <= texts.get(number, set())}


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
    """Tabs of indentations as spaces, where every usual width gives the same file; tabs between words of YAML too."""
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
    if "\t" not in rest:
        return indent.replace("\t", " " * width) + rest
    found = _KEY.match(rest)
    if found:
        rest = _RUN.sub(_one_space, rest[: found.end()]) + rest[found.end() :]
    if "'" not in rest and '"' not in rest:
        rest = _BEFORE_COMMENT.sub(_two_spaces, rest)
        end = "\r" if rest.endswith("\r") else ""
        bare = rest.removesuffix("\r").rstrip(" ")
        rest = bare.rstrip(" \t") + end if bare.endswith("\t") else rest
    return indent.replace("\t", " " * width) + rest


def _one_space(run: re.Match[str]) -> str:
    return " " if "\t" in run.group() else run.group()


def _two_spaces(run: re.Match[str]) -> str:
    return "  " if "\t" in run.group() else run.group()
