"""What every reader of a tree needs: the file, the problems found so far, and nodes read as texts and expressions.

Knows no word of the language. A reader notes what is wrong and goes on, so that all problems are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from engine.core.expression import Expression, Literal
from engine.core.rule import Place
from engine.errors import Problem
from engine.lang.expressions import Compiled, compiled
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.foreign import mend_of
from engine.lang.syntax import LONGEST
from engine.lang.templates import ListOf, MapOf, compile_value
from engine.lang.tree import Entries, Items, Node, Spot, Text

Json = Any
T = TypeVar("T")
MOST_PROBLEMS = 100
MOST_EXPRESSION_TEXT = 20_000
# A dotted name between single braces, as other tools write holes.
_ONE_BRACE = re.compile(r"(?<!\{)\$?\{ *([a-z_]\w*(?:\.\w+)+) *\}(?!\})", re.IGNORECASE | re.ASCII)


@dataclass(slots=True)
class Reading:
    """One file being read; `rule` is the id that its problems carry."""

    file: str
    rule: str = ""
    problems: list[Problem] = field(default_factory=list)
    read_so_far: int = 0

    def fault(self, spot: Spot, code: str, message: str, mend: str = "", severity: str = "error") -> None:
        """Note a problem at a spot."""
        if len(self.problems) == MOST_PROBLEMS:
            code, message, mend = "too-many-problems", "The file has more problems than these.", "Mend these first."
        if len(self.problems) <= MOST_PROBLEMS:
            end = max(spot.end_col, spot.col + 1)
            self.problems.append(Problem(self.file, spot.line, spot.col, code, message, mend, end, severity, self.rule))

    def lang_fault(self, node: Text, error: LangError) -> None:
        """Note the fault of a text, at its own column inside the node when that can be told."""
        spot = node.spot
        if error.col:
            line, col = node.at(error.col - 1)
            ends_here = line == spot.line and spot.end_col > col
            spot = Spot(line, col, spot.end_col if ends_here else col + 1)
        self.fault(spot, error.code, error.message, error.mend)

    def place(self, spot: Spot) -> Place:
        """The place of a spot in this file."""
        return Place(self.file, spot.line, spot.col)

    def entries(self, node: Node, what: str, words: Sequence[str] | None = None) -> dict[str, tuple[Text, Node]]:
        """The entries of a map by key; unknown keys are noted and left out when the words are closed."""
        if not isinstance(node, Entries):
            self.fault(node.spot, "map-needed", f"{what} needs `name: value` lines.", "Indent them below it.")
            return {}
        found = {}
        for key, value in node.entries:
            if words is not None and key.text not in words:
                if len(self.problems) > MOST_PROBLEMS:
                    continue
                message = f'{what} knows no word "{shown(key.text)}".'
                self.fault(key.spot, "unknown-word", message, mend_of(key.text, words))
            else:
                found[key.text] = (key, value)
        return found

    def items(self, node: Node, what: str) -> tuple[Node, ...]:
        """The items of a list."""
        if isinstance(node, Items):
            return node.items
        self.fault(node.spot, "list-needed", f"{what} needs a list.", "Write one entry a line, each after `- `.")
        return ()

    def one_or_more(self, node: Node) -> tuple[Node, ...]:
        """The items of a list, or the single thing that stands in its place."""
        return node.items if isinstance(node, Items) else (node,)

    def text(self, node: Node, what: str) -> str | None:
        """A text that is not empty."""
        if isinstance(node, Entries) and node.spot.line == node.entries[0][1].spot.line:
            mend = "A colon and a space in a text make a map of it: put the whole text in quotes."
            self.fault(node.spot, "text-needed", f"{what} needs a text, and this is `name: value`.", mend)
            return None
        if not isinstance(node, Text):
            self.fault(node.spot, "text-needed", f"{what} needs a text on the same line.", "Write it after the colon.")
            return None
        if not node.text.strip():
            self.fault(node.spot, "value-missing", f"{what} has no value.", "Write it after the colon.")
            return None
        return node.text.strip()

    def one_of(self, node: Node, what: str, words: Sequence[str]) -> str | None:
        """A text out of a closed list."""
        text = self.text(node, what)
        if text is None or text in words:
            return text
        self.fault(node.spot, "unknown-word", f'{what} cannot be "{shown(text)}".', did_you_mean(text, words))
        return None

    def read(self, node: Node, what: str, reader: Callable[[str], T]) -> T | None:
        """A text through a reader of phrases, its fault noted at its place."""
        if self.text(node, what) is None or not isinstance(node, Text) or not self._affords(node):
            return None
        try:
            return reader(node.text)
        except LangError as error:
            self.lang_fault(node, error)
            return None

    def _affords(self, node: Text, longest: int = LONGEST) -> bool:
        """Whether the file's expressions and phrases stay short enough to be read in no time."""
        before = self.read_so_far
        if len(node.text) > longest:
            what = f"This text has {len(node.text)} characters; {longest} are allowed."
            self.fault(node.spot, "expression-too-long", what, "Split it.")
            return False
        # Brackets take Jinja's parser several times as long as other signs.
        self.read_so_far += len(node.text) + 4 * node.text.count("(") + 4 * node.text.count("[")
        if before <= MOST_EXPRESSION_TEXT < self.read_so_far:
            what = f"The expressions of this file have more than {MOST_EXPRESSION_TEXT} characters together."
            self.fault(node.spot, "too-many-expressions", what, "Make several rules of it.")
        return self.read_so_far <= MOST_EXPRESSION_TEXT

    def expression(self, node: Node, what: str) -> Expression | None:
        """A bare expression; a leading `= ` is taken off, holes are refused with what to write."""
        return self.placed(node, self.read(node, what, _bare))

    def expressions(self, node: Node, what: str) -> tuple[Expression, ...]:
        """One bare expression, or a list of them."""
        found = (self.expression(item, what) for item in self.one_or_more(node))
        return tuple(expression for expression in found if expression is not None)

    def value(self, node: Node) -> Expression:
        """A field's value: text, text with holes, `= expression`, or a list or map of such values."""
        match node:
            case Items():
                return ListOf(tuple(self.value(item) for item in node.items))
            case Entries():
                return MapOf(tuple((key.text, self.value(item)) for key, item in node.entries))
        self._check_braces(node)
        is_computed = "{{" in node.text or node.text.startswith("=")
        if is_computed and not self._affords(node, MOST_EXPRESSION_TEXT):
            return Literal(node.text)
        try:
            compiled_value = compile_value(node.text)
        except LangError as error:
            self.lang_fault(node, error)
            return Literal(node.text)
        return self.placed(node, compiled_value) or compiled_value

    def _check_braces(self, node: Text) -> None:
        """What is a hole, or a block, elsewhere and plain text here."""
        found = _ONE_BRACE.search(node.text)
        if found is not None:
            what = f"{shown(found.group())} is plain text: a hole has two braces on each side."
            error = LangError("hole-with-one-brace", what, f"Write {{{{ {found.group(1)} }}}}.", found.start() + 1)
            self.lang_fault(node, error)
        if "{%" in node.text:
            line, col = node.at(node.text.index("{%"))
            what, mend = "{% is plain text in a rule.", "Use `choose`, or a condition at the step."
            self.fault(Spot(line, col, col + 2), "block-in-text", what, mend, "warning")

    def placed(self, node: Node, expression: Expression | None) -> Expression | None:
        """The expression, knowing where its text begins."""
        if isinstance(expression, Compiled) and isinstance(node, Text):
            at = Place(self.file, node.spot.line, node.first_col or node.spot.col)
            return replace(expression, place=at, rows=node.rows)
        if isinstance(expression, Literal):
            return Literal(expression.literal, self.place(node.spot))
        return expression

    def placed_all(self, node: Node, found: Iterable[Compiled] | None) -> tuple[Expression, ...]:
        """Several expressions out of one text."""
        return tuple(filter(None, (self.placed(node, expression) for expression in found or ())))


def plain_tree(node: Node) -> Json:
    """A node as texts, lists and dicts."""
    match node:
        case Text():
            return node.text
        case Items():
            return [plain_tree(item) for item in node.items]
    return {key.text: plain_tree(value) for key, value in node.entries}


def _bare(text: str) -> Compiled:
    if text.lstrip().startswith("{{"):
        inner = text.strip().removeprefix("{{").removesuffix("}}").strip()
        raise LangError(
            "hole-in-expression",
            "This field is an expression already; it takes no {{ }}.",
            f"Write `{shown(inner)}`.",
            1,
        )
    lead = len(text) - len(text.lstrip())
    if text.lstrip().startswith("= "):
        lead += len(text.lstrip()) - len(text.lstrip()[1:].lstrip())
    try:
        return compiled(text[lead:].rstrip()).moved(lead)
    except LangError as error:
        raise error.shifted(lead) from None


Entry = Mapping[str, tuple[Text, Node]]
