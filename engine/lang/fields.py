"""Reads the fields of one map of a YAML tree by their words, and notes everything that is wrong with them.

For files whose words are a closed list (workspace, maps, manifests); rules have a parser of their own.
"""

from __future__ import annotations

from typing import Any

from engine.errors import Problem
from engine.lang.faults import did_you_mean, shown
from engine.lang.tree import Entries, Items, Node, Spot, Text

Json = Any
_TOP = Spot(1, 1, 0)


def plain(node: Node | None) -> Json:
    """A node as plain texts, lists and dicts; nothing is cast."""
    match node:
        case Text(text=text):
            return text
        case Items(items=items):
            return [plain(item) for item in items]
        case Entries(entries=entries):
            return {key.text: plain(value) for key, value in entries}
    return None


def word_of(text: str) -> str:
    """A key as a word of the language: `opening_hours` and `opening hours` are one."""
    return " ".join(text.replace("_", " ").split())


class Fields:
    """The fields of one map.

    Args:
        file: Name of the file for problems.
        node: The map; anything else is a problem, None is an empty map.
        words: The words that may stand in it; None for names that the file makes itself.
        problems: Where problems go; reading never stops at one.
        what: What the map is, for messages: "the practice", "the connection xero".
        at: Where it would stand, when there is no node.
    """

    def __init__(
        self,
        file: str,
        node: Node | None,
        words: tuple[str, ...] | None,
        problems: list[Problem],
        what: str,
        at: Spot = _TOP,
    ) -> None:
        self.file = file
        self.what = what
        self.spot = node.spot if node is not None else at
        self.problems = problems
        self._found: dict[str, tuple[Text, Node]] = {}
        if isinstance(node, Entries):
            for key, value in node.entries:
                self._take(key, value, words)
        elif node is not None and not _is_empty(node):
            self.note(
                node.spot, "not-a-map", f"For {what} fields are expected here.", "Write `name: value` lines below."
            )

    def note(self, spot: Spot, code: str, message: str, mend: str) -> None:
        """Add a problem at a place."""
        self.problems.append(Problem(self.file, spot.line, spot.col, code, message, mend, spot.end_col))

    def node(self, word: str) -> Node | None:
        """The value of a word as it stands; None when it is absent or left empty."""
        found = self._found.get(word)
        return None if found is None or _is_empty(found[1]) else found[1]

    def names(self) -> tuple[tuple[str, Node, Spot], ...]:
        """Every name that the map makes, with its value and the name's place, in the order of the file."""
        return tuple((name, value, key.spot) for name, (key, value) in self._found.items())

    def spot_of(self, word: str) -> Spot:
        """Where the value of a word stands; the map's own place when it is absent."""
        found = self._found.get(word)
        return self.spot if found is None else found[1].spot

    def text(self, word: str, default: str = "", needed: bool = False) -> str:
        """The text of a word."""
        node = self.node(word)
        if isinstance(node, Text):
            return node.text
        if node is not None:
            self.note(node.spot, "not-a-text", f'"{word}" of {self.what} is one text.', "Write it on the same line.")
        elif needed:
            self.note(self.spot_of(word), "missing", f'"{word}" of {self.what} is missing.', f"Add `{word}: ...`.")
        return default

    def choice(self, word: str, choices: tuple[str, ...], default: str) -> str:
        """A text that is one of a few."""
        text = self.text(word, default)
        if text in choices or text == default:
            return text
        mend = did_you_mean(text, choices) or f"Write one of: {', '.join(choices)}."
        self.note(self.spot_of(word), "not-a-choice", f'"{shown(text)}" is no {word} of {self.what}.', mend)
        return default

    def whole_number(self, word: str) -> int | None:
        """A whole number above zero; None when absent."""
        text = self.text(word)
        if not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0:
            return int(text)
        self.note(
            self.spot_of(word), "not-a-number", f'"{word}" of {self.what} is a whole number above zero.',
            "Write digits only, such as 60.",
        )  # fmt: skip
        return None

    def texts(self, word: str) -> tuple[tuple[str, Spot], ...]:
        """A list of texts with their places; one text alone is a list of one."""
        node = self.node(word)
        items = node.items if isinstance(node, Items) else (node,) if node is not None else ()
        for item in items:
            if not isinstance(item, Text):
                self.note(item.spot, "not-a-text", f'"{word}" of {self.what} is a list of texts.', "One text a line.")
        return tuple((item.text, item.spot) for item in items if isinstance(item, Text))

    def inner(self, word: str, words: tuple[str, ...] | None, what: str) -> Fields:
        """The fields of the map below a word; none when it is absent."""
        found = self._found.get(word)
        return Fields(self.file, self.node(word), words, self.problems, what, found[0].spot if found else self.spot)

    def _take(self, key: Text, value: Node, words: tuple[str, ...] | None) -> None:
        word = key.text if words is None else word_of(key.text)
        if words is not None and word not in words:
            mend = did_you_mean(word, words) or f"Known here: {', '.join(words)}."
            self.note(key.spot, "unknown-word", f'"{shown(key.text)}" is no word of {self.what}.', mend)
        elif word in self._found:
            line = self._found[word][0].spot.line
            self.note(key.spot, "duplicate-key", f'"{word}" stands twice, first in line {line}.', "Keep one of them.")
        else:
            self._found[word] = (key, value)


def _is_empty(node: Node) -> bool:
    return isinstance(node, Text) and not node.style and not node.text
