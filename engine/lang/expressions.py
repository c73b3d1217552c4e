"""Expressions as values of a rule: text in, a compiled object out that reads names and has a value.

Decides nothing about files or rules; `compiler` says what the parts of an expression do, `templates` adds texts with
holes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from engine.core.expression import Expression
from engine.core.rule import Place
from engine.lang.compiler import Compiler, Read, Run
from engine.lang.explain import explain_node
from engine.lang.syntax import check_depth, parse
from engine.lang.unparse import path_of, unparse

Json = Any
Names = Mapping[str, Json]
# Values that are plain as they are.
_ATOMS = frozenset((bool, str, int, Decimal, date, datetime, type(None)))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled expression or text with holes; satisfies `engine.core.expression.Expression`.

    Attributes:
        parts: The syntax tree, or one for each hole.
        place: Where its text begins.
        offsets: By part, how many characters of the text stand before it.
        rows: For a text of several lines, where each begins: offset, line and column.
    """

    text: str
    reads: tuple[Read, ...]
    run: Run = field(compare=False, repr=False)
    parts: tuple[nodes.Expr, ...] = field(default=(), compare=False, repr=False)
    place: Place | None = None
    offsets: tuple[int, ...] = field(default=(), compare=False, repr=False)
    rows: tuple[tuple[int, int, int], ...] = field(default=(), compare=False, repr=False)

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that it reads, each once, in order; `[]` stands for an entry of a list or map."""
        return tuple(dict.fromkeys(read.path for read in self.reads))

    def value(self, names: Names) -> Json:
        """Its value as plain data.

        Raises:
            CannotTell: It has none (code CANNOT_TELL, or UNMAPPED for a missing row of a map).
        """
        value = self.run(names)
        return value if type(value) in _ATOMS else plain(value)

    def explain(self, names: Names) -> str:
        """The part that decided, with the numbers, dates, ids and kinds that it read; other texts are left out."""
        said = [explain_node(node, names, lambda part: Compiler().compile(part)(names)) for node in self.parts]
        return "; ".join(said) or self.text

    def moved(self, columns: int) -> Compiled:
        """The same expression as part of a longer text in which it begins so many columns later."""
        reads = tuple(replace(read, col=read.col + columns) for read in self.reads)
        return replace(self, reads=reads, offsets=tuple(offset + columns for offset in self.offsets))

    def place_of(self, col: int) -> Place | None:
        """Where a column of its text (from one) stands in the file; its beginning where that cannot be told."""
        if self.place is None:
            return None
        offset = max(col - 1, 0)
        line, at = self.place.line, self.place.col + offset
        for start, row_line, row_col in self.rows:
            if start <= offset:
                line, at = row_line, row_col + offset - start
        return Place(self.place.file, line, at)


def compile_expression(text: str) -> Expression:
    """Compile an expression, such as `invoice.totals.gross > 0`.

    Raises:
        LangError: It is none; `col` says where.
    """
    return compiled(text)


def compiled(text: str) -> Compiled:
    """Like compile_expression, with what the checker and the parser want to know."""
    tree = parse(text)
    check_depth(tree)
    compiler = Compiler()
    run = compiler.compile(tree)
    return Compiled(text.strip(), tuple(compiler.reads), run, (tree,), offsets=(0,))


def equalities(text: str) -> tuple[tuple[str, Compiled], ...]:
    """The parts `new.x == value` of an expression joined by `and`: the path after `new.` and the other side.

    Raises:
        LangError: It is no expression.
    """
    tree = parse(text)
    check_depth(tree)
    waiting, found = [tree], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.And):
            waiting += [node.right, node.left]
        elif isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op == "eq":
            found += _equality(node.expr, node.ops[0].expr) or _equality(node.ops[0].expr, node.expr)
    return tuple(found)


def _equality(new: nodes.Expr, own: nodes.Expr) -> list[tuple[str, Compiled]]:
    path = path_of(new) or ""
    compiler = Compiler()
    run = compiler.compile(own)
    if (
        not path.startswith("new.")
        or not compiler.reads
        or any(read.path.split(".")[0] == "new" for read in compiler.reads)
    ):
        return []
    return [(path.removeprefix("new."), Compiled(unparse(own), tuple(compiler.reads), run, (own,), offsets=(0,)))]


def plain(value: Json) -> Json:
    """A value as plain data: mapping tables become dicts, tuples lists."""
    if type(value) in _ATOMS or isinstance(value, dict):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
