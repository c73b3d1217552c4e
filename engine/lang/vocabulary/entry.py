"""What an entry of the vocabulary says: a word, what its value may be, a phrase, a group of words.

Definitions only. Parser, checker, editor schema and manual each read from them what they need; none keeps a list of
its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Plain(Enum):
    """A value without parts of its own, as the manual calls it."""

    TEXT = "a text"
    VALUE = "a value"
    EXPRESSION = "an expression"
    COMPUTED = "an expression after `=`"
    COUNT = "a whole number"
    YES_OR_NO = "yes or no"
    NAME = "a name"
    TYPE = "a type"
    EVENT = "an event"
    ACTION = "an action"
    INPUTS = "the inputs of the action"
    SAMPLE = "a file name, or the data itself"
    MOMENT = "a date and time"
    STEPS = "steps"
    ROWS = "a row a line"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these words; the first is what counts when nothing is written, if anything does."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A small grammar, in the notation of the manual, beside the function that reads it."""

    name: str
    grammar: str
    means: str
    examples: tuple[str, ...]
    read: Callable[[str], object]
    # A rough look for editors, so that a phrase is told from other texts; the reader alone judges.
    looks: str = ""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, one entry a line after `- `; each entry is one of these."""

    of: tuple[Takes, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """`name: ...` lines; the names are the admin's own, each value is one of these."""

    of: tuple[Takes, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Words that stand together in one map; `title` is how it is called: "a rule"."""

    title: str
    means: str
    words: tuple[Word, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The words, in the order in which the manual shows and `fmt` writes them."""
        return tuple(word.name for word in self.words)

    @property
    def needed(self) -> tuple[str, ...]:
        """Those without which it cannot be read."""
        return tuple(word.name for word in self.words if word.needed)

    @property
    def not_yet(self) -> tuple[str, ...]:
        """Those that are known and refused until the engine can run them."""
        return tuple(word.name for word in self.words if word.not_yet)

    def word(self, name: str) -> Word:
        """The word of that name.

        Raises:
            KeyError: There is none.
        """
        found = {word.name: word for word in self.words}
        return found[name]


Takes = Plain | Choice | Phrase | ListOf | Named | Group


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the language.

    Attributes:
        means: What it does, in one or two sentences for an admin.
        takes: What its value may be; any of these.
        example: The word with a value, as it is written.
        needed: Whether it has to be there.
        not_yet: Known, but refused until the engine can run it.
        verb: For a word of a step: whether it says what the step does.
        beside: For a word of a step: the verbs that it goes with; empty for a verb, and for what fits them all.
        has_result: For a verb: whether it leaves a result that can be saved.
        needs: Another word without which it means nothing.
        needed_beside: For a word of a step: the verbs that cannot do without it.
    """

    name: str
    means: str
    takes: tuple[Takes, ...]
    example: str
    needed: bool = False
    not_yet: bool = False
    verb: bool = False
    beside: tuple[str, ...] = ()
    has_result: bool = False
    needs: str = ""
    needed_beside: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that its value is chosen from; empty when it is no choice."""
        return tuple(word for each in self.takes if isinstance(each, Choice) for word in each.words)


@dataclass(frozen=True, slots=True)
class Known:
    """Something else that has a name in the language: a type, a name that every rule sees, a code."""

    name: str
    means: str
    example: str = ""


def list_of(*takes: Takes) -> ListOf:
    """A list of such values."""
    return ListOf(takes)


def named(*takes: Takes) -> Named:
    """`name: ...` lines of such values."""
    return Named(takes)
