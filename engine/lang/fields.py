"""The fields of one map of a file, by their words: for the workspace file and manifests.

On top of `reading`: words may be written with spaces or underscores, and values have defaults. Rules, forms and
mapping tables have parsers of their own.
"""

from __future__ import annotations

from typing import Any

from engine.lang.faults import did_you_mean, shown
from engine.lang.reading import Reading, plain_tree
from engine.lang.tree import Entries, Items, Node, Spot, Text

Json = Any
_TOP = Spot(1, 1, 0)


def word_of(text: str) -> str:
    """A key as a word of the language: `opening_hours` and `opening hours` are one."""
    return " ".join(text.replace("_", " ").split())


class Fields:
    """The fields of one map.

    Args:
        reading: The file being read; it gets the problems.
        node: The map; anything else is a problem, None and an empty value are an empty map.
        words: The words that may stand in it; None for names that the file makes itself.
        what: What the map is, for messages: "the practice", "the connection xero".
        at: Where its name stands.
    """

    def __init__(
        self, reading: Reading, node: Node | None, words: tuple[str, ...] | None, what: str, at: Spot = _TOP
    ) -> None:
        self.reading = reading
        self.what = what
        self.at = at
        self.spot = node.spot if node is not None else at
        self._found: dict[str, tuple[Text, Node]] = {}
        if isinstance(node, Entries):
            for key, value in node.entries:
                self._take(key, value, words)
        elif node is not None and not _is_empty(node):
            self.note(
                node.spot,
                "map-needed",
                f"{what[:1].upper()}{what[1:]} needs `name: value` lines.",
                "Indent them below it.",
            )

    def note(self, spot: Spot, code: str, message: str, mend: str) -> None:
        """Add a problem at a place."""
        self.reading.fault(spot, code, message, mend)

    def node(self, word: str) -> Node | None:
        """The value of a word as it stands; None when it is absent or left empty."""
        found = self._found.get(word)
        return None if found is None or _is_empty(found[1]) else found[1]

    def plain(self, word: str) -> Json:
        """The value of a word as texts, lists and dicts; None when it is absent or left empty."""
        node = self.node(word)
        return None if node is None else plain_tree(node)

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
        if node is not None:
            return self.reading.text(node, f"`{word}`") or default
        if needed:
            what = f"`{word}` of {self.what} is missing."
            self.note(self.spot_of(word), "word-missing", what, f"Add `{word}: ...`.")
        return default

    def choice(self, word: str, choices: tuple[str, ...], default: str) -> str:
        """A text that is one of a few."""
        node = self.node(word)
        if node is None:
            return default
        return self.reading.one_of(node, f"`{word}` of {self.what}", choices) or default

    def whole_number(self, word: str, least: int = 1) -> int | None:
        """A whole number, not below the least; None when absent."""
        text = self.text(word)
        if not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= least:
            return int(text)
        what = f"`{word}` of {self.what} is a whole number from {least} up."
        self.note(self.spot_of(word), "bad-number", what, "Write digits only, such as 60.")
        return None

    def texts(self, word: str) -> tuple[tuple[str, Spot], ...]:
        """A list of texts with their places; one text alone is a list of one."""
        node = self.node(word)
        items = () if node is None else self.reading.one_or_more(node)
        found = ((self.reading.text(item, f"`{word}`"), item.spot) for item in items)
        return tuple((text, spot) for text, spot in found if text is not None)

    def inner(self, word: str, words: tuple[str, ...] | None, what: str) -> Fields:
        """The fields of the map below a word; none when it is absent."""
        found = self._found.get(word)
        return Fields(self.reading, self.node(word), words, what, found[0].spot if found else self.spot)

    def each(self, word: str, words: tuple[str, ...] | None, what: str) -> tuple[tuple[str, Fields], ...]:
        """The names made below a word, each with the fields of its map; `what` is put before the name."""
        return tuple(
            (name, Fields(self.reading, node, words, f"{what} {shown(name)}", spot))
            for name, node, spot in self.inner(word, None, f"{what}s").names()
        )

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
    return (isinstance(node, Text) and not node.style and not node.text) or (isinstance(node, Items) and not node.items)
