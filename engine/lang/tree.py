"""YAML's events to a tree of texts, lists and maps with positions; every scalar stays the text that was typed.

Never uses YAML's constructors or composer: no types, anchors, tags, merges or second documents, and hard limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.errors import Problem
from engine.lang.characters import MOST_PROBLEMS, bad_character, unreadable_characters
from engine.lang.faults import shown
from engine.lang.lines import look
from engine.lang.mending import quoted_lines

LARGEST_BYTES = 256 * 1024
MOST_LINES = 10_000
MOST_LEVELS = 32
MOST_NODES = 2_000
# A line of a long text is found again by its first signs, a little after where the line before it ended.
_ROW_SIGNS = 40
_ROW_GAP = 64
# libyaml is some twenty times faster; its composer crashes on deep nesting, its events do not.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node begins and ends on its first line; all counted from one."""

    line: int
    col: int
    end_col: int


# Where a line of the file begins within a text: the offset there, and the line and column in the file.
Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as text; `style` is empty for plain, else the quote or block sign; `rows` when it has several lines."""

    text: str
    spot: Spot
    style: str = ""
    rows: tuple[Row, ...] = ()

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of a character of the text, counted from zero; the text's own spot at worst."""
        line, col = self.spot.line, self.first_col + offset if self.first_col else 0
        for start, row_line, row_col in self.rows:
            if start <= offset:
                line, col = row_line, row_col + offset - start
        return line, col or self.spot.col

    @property
    def first_col(self) -> int:
        """The column of the text's own first character; 0 when it has none in the file (block texts)."""
        if self.style in ("|", ">"):
            return 0
        return self.spot.col + (1 if self.style else 0)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    spot: Spot


@dataclass(frozen=True, slots=True)
class Entries:
    """A map, in the order of the file; its keys are texts and differ."""

    entries: tuple[tuple[Text, Node], ...]
    spot: Spot


Node = Text | Items | Entries


class _Refused(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, spot: Spot, code: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.spot, self.code, self.message, self.mend = spot, code, message, mend


@dataclass(slots=True)
class _Open:
    """A list or map being read."""

    spot: Spot
    is_map: bool
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Text, Node]] = field(default_factory=list)
    keys: dict[str, Spot] = field(default_factory=dict)
    key: Text | None = None
    key_is_new: bool = True

    def closed(self) -> Node:
        """The finished node."""
        return Entries(tuple(self.entries), self.spot) if self.is_map else Items(tuple(self.items), self.spot)


def read_tree(file: str, text: str, most_nodes: int = MOST_NODES) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of a file and everything that is wrong with it as YAML; never raises.

    Args:
        file: Its name in problems.
        text: What stands in it.
        most_nodes: Rules have at most MOST_NODES values; manifests and maps may have more.

    Returns:
        The tree (None when the file cannot be read as a whole or is empty) and the problems, in order.
    """
    if not is_small(text):
        return None, (_too_large(file, text),)
    characters = unreadable_characters(file, text)
    if any(problem.code != "tab" for problem in characters):
        return None, characters
    text = text.replace("\t", " ")
    builder = _Builder(file, most_nodes)
    root = builder.build(text)
    if builder.problems and builder.problems[-1].code in ("too-many-values", "too-deep"):
        return None, (builder.problems[-1],)
    traps = look(file, text)
    if root is None:
        # With the trapped values in quotes, the rest of the file can be read and looked at too.
        again = _Builder(file, most_nodes)
        root = again.build(quoted_lines(text, traps))
        builder.problems += again.problems
    return root, _merged(characters, traps, tuple(builder.problems))


def is_small(text: str) -> bool:
    """Whether a file is short enough to be read at all."""
    return len(text.encode("utf-8", "surrogatepass")) <= LARGEST_BYTES and text.count("\n") <= MOST_LINES


def _too_large(file: str, text: str) -> Problem:
    size = len(text.encode("utf-8", "surrogatepass"))
    what = f"The file has {size // 1024} KiB; {LARGEST_BYTES // 1024} are allowed."
    if size <= LARGEST_BYTES:
        what = f"The file has more than {MOST_LINES} lines."
    return Problem(file, 1, 1, "file-too-large", what, "Split it.")


def _merged(*groups: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """One problem a line: what the first look says of a line is the cause of what YAML says."""
    lines: dict[int, Problem] = {}
    for group in groups:
        for problem in group:
            lines.setdefault(problem.line, problem)
    if groups[0] or groups[1]:
        lines = {line: problem for line, problem in lines.items() if problem.code != "yaml"}
    told = tuple(sorted(lines.values()))[:MOST_PROBLEMS]
    if len(told) < MOST_PROBLEMS:
        return told
    last = told[-1]
    what = "The file has more problems than these."
    return (*told, Problem(last.file, last.line, last.end_col, "too-many-problems", what, "Mend these first."))


@dataclass(slots=True)
class _Builder:
    """Puts events together; repeated keys and invisible characters are noted, anything worse ends the reading."""

    file: str
    most_nodes: int
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    root: Node | None = None
    lines: list[str] = field(default_factory=list)

    def build(self, text: str) -> Node | None:
        """The tree, or None when reading had to end early."""
        nodes = 0
        self.lines = text.split("\n")
        try:
            for event in _events(text):
                if isinstance(event, yaml.NodeEvent):
                    nodes += 1
                    _check_event(event, nodes, self.most_nodes, len(self.stack))
                self._take(event)
        except _Refused as fault:
            self._note(fault.spot, fault.code, fault.message, fault.mend)
            return None
        return self.root

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._place(self._text(event))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                _check_no_key(self.stack, event)
                self.stack.append(_Open(_spot(event), isinstance(event, yaml.MappingStartEvent)))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._place(self.stack.pop().closed())
            case yaml.DocumentStartEvent():
                _check_document(event, self.root)

    def _place(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is None and isinstance(node, Text):
            self._key(parent, node)
        elif parent.key is not None:
            if parent.key_is_new:
                parent.entries.append((parent.key, node))
            parent.key = None

    def _key(self, parent: _Open, key: Text) -> None:
        if key.text == "<<":
            raise _Refused(key.spot, "merge-key", "<< would copy the fields of another map.", "Write the fields out.")
        first = parent.keys.setdefault(key.text, key.spot)
        parent.key, parent.key_is_new = key, first == key.spot
        if first != key.spot:
            where = f"first in line {first.line}, column {first.col}"
            what = f'"{shown(key.text)}" stands twice in the same map, {where}.'
            self._note(key.spot, "duplicate-key", what, "Keep one of them.")

    def _text(self, event: yaml.ScalarEvent) -> Text:
        spot = _spot(event)
        if bad_character(event.value.replace("\n", " ")):
            self._note(spot, "control-character", "An escape makes an invisible character.", "Remove it.")
        return Text(event.value, spot, event.style or "", self._rows(event))

    def _rows(self, event: yaml.ScalarEvent) -> tuple[Row, ...]:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None or start.line == end.line:
            return ()
        rows, at = [], 0
        for number in range(start.line, min(end.line + 1, len(self.lines))):
            lead = start.column + 1 if number == start.line and event.style not in ("|", ">") else 0
            line = self.lines[number][lead if event.style else start.column if number == start.line else 0 :]
            body = line.strip()
            if number == start.line and (event.style in ("|", ">") or not body):
                continue
            offset = event.value.find(body[:_ROW_SIGNS], at, at + _ROW_SIGNS + _ROW_GAP) if body else -1
            if offset >= 0:
                rows.append((offset, number + 1, self.lines[number].index(body) + 1))
                at = offset + len(body)
        return tuple(rows)

    def _note(self, spot: Spot, code: str, message: str, mend: str) -> None:
        self.problems.append(Problem(self.file, spot.line, spot.col, code, message, mend, spot.end_col))


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line + 1, mark.column + 1, 0) if mark else Spot(1, 1, 0)
        raise _Refused(spot, "yaml", *_sentence(str(error.problem or ""))) from None
    except yaml.YAMLError:
        raise _Refused(Spot(1, 1, 0), "yaml", "The file is no readable text.", "Save it as UTF-8 text.") from None


def _sentence(problem: str) -> tuple[str, str]:
    if "mapping values" in problem:
        return "A colon stands where no key can be.", "Check the indentation, or put the value in quotes."
    if "could not find expected ':'" in problem:
        return "A line without a colon stands among keys.", "Write `name: value`, or indent it below its key."
    if "block sequence entries" in problem:
        return "A list begins on the line of its key.", "Begin it on the next line; or put the value in quotes."
    if "block" in problem or "did not find expected" in problem:
        return "The indentation or the list does not fit what stands above.", "Line up equal things by two spaces."
    if "quoted" in problem or "end of stream" in problem:
        return "A quote or bracket is opened and never closed.", "Close it."
    if "escape" in problem:
        return "A backslash in double quotes begins no known sign.", "Use single quotes, or double the backslash."
    return "The file is no YAML from here on.", "Check the indentation and the quotes of this line and the one above."


def _check_event(event: yaml.NodeEvent, nodes: int, most_nodes: int, levels: int) -> None:
    spot = _spot(event)
    if nodes > most_nodes:
        raise _Refused(spot, "too-many-values", f"The file has more than {most_nodes} values.", "Split it.")
    if isinstance(event, yaml.AliasEvent):
        raise _Refused(spot, "alias", "An alias (*) repeats another part.", "Write it out.")
    if event.anchor is not None:
        raise _Refused(spot, "anchor", "An anchor (&) marks a part for repetition.", "Write the part out where needed.")
    if getattr(event, "tag", None) is not None:
        raise _Refused(spot, "tag", "A tag (!) asks for a type.", "Remove it: a field knows its own type.")
    if not isinstance(event, yaml.ScalarEvent) and levels >= MOST_LEVELS:
        raise _Refused(spot, "too-deep", f"The file is nested deeper than {MOST_LEVELS} levels.", "Flatten it.")


def _check_no_key(stack: list[_Open], event: yaml.NodeEvent) -> None:
    if stack and stack[-1].is_map and stack[-1].key is None:
        raise _Refused(
            _spot(event), "key-not-a-word", "A list or map stands where a key is expected.", "Put the text in quotes."
        )


def _check_document(event: yaml.DocumentStartEvent, root: Node | None) -> None:
    spot = _spot(event)
    if root is not None:
        raise _Refused(spot, "two-documents", "A second document begins here.", "One file, one document.")
    if event.version or event.tags:
        raise _Refused(spot, "tag", "A % line changes how YAML is read.", "Remove it.")


def _spot(event: yaml.Event) -> Spot:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return Spot(1, 1, 0)
    end_col = end.column + 1 if end.line == start.line else 0
    return Spot(start.line + 1, start.column + 1, end_col)
