"""The syntax tree of an expression to closures over plain values, closed on all sides.

There are no calls, no methods and no attributes of objects: only names, fields, operators and the filters and tests
of the language. `expressions` is the door to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import nodes

from engine.lang import checks, filters, operators
from engine.lang.deciding import answer, chained, compared, denied, empty, joined, present
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.moments import in_practice
from engine.lang.show import capped, show
from engine.lang.slips import instead_of_call, instead_of_filter, instead_of_test
from engine.lang.unparse import parts_of, path_of, unparse
from engine.lang.walking import Step, fields, named, walked

Json = Any
Names = Mapping[str, Json]
Run = Callable[[Names], Json]

# Words that no rule can name anything by, however they are written.
_SMALL = frozenset(("true", "false", "yes", "no", "none"))
_SIGN = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}
_REFUSED: Mapping[type[nodes.Node], tuple[str, str]] = {
    nodes.Call: ("Nothing can be called in an expression.", "Use a filter, as in `x | round(2)`."),
    nodes.Pow: ("There is no power (**).", "Multiply."),
    nodes.Mod: ("There is no %.", "Use `| percent` to show a share."),
    nodes.FloorDiv: ("There is no //.", "Write `x / y | round`, with brackets around x / y."),
    nodes.Dict: ("A group of fields cannot be written in an expression.", "Write it as YAML below the input."),
    nodes.Slice: ("A list cannot be cut with a colon.", "Use `first`, `last` or `where`."),
    nodes.Pair: ("A group of fields cannot be written in an expression.", "Write it as YAML below the input."),
}


@dataclass(frozen=True, slots=True)
class Read:
    """One path that an expression reads, and the column (from one, within the text) where it begins.

    `soft` reads are guarded: they may find nothing.
    """

    path: str
    col: int
    soft: bool = False


class Compiler:
    """Turns nodes into closures and notes what they read; one for each expression."""

    def __init__(self) -> None:
        self.reads: list[Read] = []

    def compile(self, node: nodes.Node, soft: bool = False) -> Run:
        """The closure of a node; a soft one gives None where a path ends in nothing.

        Raises:
            LangError: The node is not part of the language.
        """
        match node:
            case nodes.Const():
                return self._constant(node)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self._path(node, soft)
            case nodes.Filter():
                return self._filter(node, soft)
            case nodes.Test():
                return self._test(node)
            case nodes.Compare():
                return self._compare(node)
            case nodes.And() | nodes.Or():
                return self._junction(node)
            case nodes.Not():
                return self._not(node)
            case nodes.Neg() | nodes.Pos():
                return self._sign(node)
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div():
                return self._arithmetic(node)
            case nodes.Concat():
                return self._concat(node)
            case nodes.CondExpr():
                return self._choice(node, soft)
            case nodes.List() | nodes.Tuple():
                return self._list(node)
        message, mend = _REFUSED.get(type(node), ("This is not part of the language.", "Remove it."))
        if isinstance(node, nodes.Call):
            called = node.node
            mend = instead_of_call(called.attr if isinstance(called, nodes.Getattr) else unparse(called))
        raise LangError("expression-not-allowed", message, mend, node.lineno)

    def _constant(self, node: nodes.Const) -> Run:
        value = node.value
        return lambda names: value

    def _path(self, node: nodes.Name | nodes.Getattr | nodes.Getitem, soft: bool) -> Run:
        if isinstance(node, nodes.Name) and node.name in ("yes", "no"):
            constant = node.name == "yes"
            return lambda names: constant
        steps: list[Step] = []
        links: list[nodes.Expr] = []
        start: nodes.Node = node
        while isinstance(start, nodes.Getattr | nodes.Getitem):
            links.append(start)
            start = start.node
        name = start.name if isinstance(start, nodes.Name) else ""
        path = name or unparse(start)
        if links and isinstance(start, nodes.Const):
            what = f"{shown(unparse(start))} is a value and has no fields."
            raise LangError("expression-not-allowed", what, "Check the points in it.", start.lineno)
        if name not in _SMALL and name.lower() in _SMALL:
            what = f'The word "{name}" is written in small letters.'
            raise LangError("name-unreadable", what, f"Write `{name.lower()}`.", start.lineno)
        first = None if name else self.compile(start, soft)
        for link in reversed(links):
            path, step = self._link(link, path)
            steps.append((step, path))
        if first is not None:
            return walked(first, tuple(steps), soft)
        self.reads.append(Read(path, start.lineno, soft))
        return fields(name, tuple(steps), soft) if steps else named(name)

    def _link(self, link: nodes.Expr, path: str) -> tuple[str, str | Run]:
        if isinstance(link, nodes.Getattr):
            return f"{path}.{link.attr}", link.attr
        key = link.arg if isinstance(link, nodes.Getitem) else link
        if isinstance(key, nodes.List | nodes.Tuple):
            what = "A list stands between the brackets of an entry."
            mend = "Write one place or key, as in `invoice.lines[0]`."
            raise LangError("expression-not-allowed", what, mend, link.lineno)
        if isinstance(key, nodes.Const) and isinstance(key.value, str):
            return f"{path}.{key.value}", key.value
        return f"{path}[]", self.compile(key)

    def _filter(self, node: nodes.Filter, soft: bool) -> Run:
        known = filters.FILTERS.get(node.name)
        if known is None:
            mend = instead_of_filter(node.name) or did_you_mean(node.name, filters.FILTERS)
            raise LangError("unknown-filter", f'There is no filter "{node.name}".', mend, node.lineno)
        arguments = self._arguments(node, known.least, known.most, known.fields, known.example)
        if node.node is None:
            raise LangError(
                "expression-not-allowed", "A filter needs a value before it.", "Write `value | filter`.", node.lineno
            )
        before = self.compile(node.node, soft=known.soft)
        run, inner, may_be_empty = known.run, node.node, known.soft
        self._check_any(node, arguments)
        if node.name == "default":
            return _defaulted(before, arguments[0])

        def filtered(names: Names) -> Json:
            value = before(names)
            if value is None and not may_be_empty:
                if soft:
                    return None
                raise empty(inner)
            return run(value, [argument(names) for argument in arguments], names)

        return filtered

    def _check_any(self, node: nodes.Filter, arguments: Sequence[Run]) -> None:
        if node.name != "any" or len(arguments) < 2:
            return
        name = arguments[1]({})
        if name not in checks.TESTS:
            mend = f'To look for a value write `| where({unparse(node.args[0])}, "...") | count > 0`.'
            raise LangError("unknown-test", f'There is no test "{shown(str(name))}".', mend, node.lineno)
        if not checks.TESTS[name].least <= len(arguments) - 2 <= checks.TESTS[name].most:
            raise _count_wrong(f"`any` with {name}", checks.TESTS[name].example, node.lineno)

    def _test(self, node: nodes.Test) -> Run:
        known = checks.TESTS.get(node.name)
        if known is None:
            mend = instead_of_test(node.name) or did_you_mean(node.name, checks.TESTS)
            raise LangError("unknown-test", f'There is no test "{node.name}".', mend, node.lineno)
        arguments = self._arguments(node, known.least, known.most, 0, known.example)
        before, run, inner, may_be_empty = self.compile(node.node, known.soft), known.run, node.node, known.soft

        def tested(names: Names) -> bool:
            value = before(names)
            if value is None and not may_be_empty:
                raise empty(inner)
            return run(value, [argument(names) for argument in arguments])

        return tested

    def _arguments(
        self, node: nodes.Filter | nodes.Test, least: int, most: int, fields: int, example: str
    ) -> tuple[Run, ...]:
        given = node.args or []
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not least <= len(given) <= most:
            raise _count_wrong(f"`{node.name}`", example, node.lineno)
        names = [_field_name(argument, example) for argument in given[:fields]]
        return tuple(names) + tuple(self.compile(argument) for argument in given[fields:])

    def _compare(self, node: nodes.Compare) -> Run:
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        for side in sides:
            if isinstance(side, nodes.Const) and side.value is None:
                mend = "Write `is missing` or `is given`."
                raise LangError("compared-with-none", "Nothing can be compared with none.", mend, side.lineno)
        parts = [(self.compile(side), side) for side in sides]
        signs = [operand.op for operand in node.ops]
        return compared(parts[0], signs[0], parts[1]) if len(signs) == 1 else chained(parts, signs)

    def _junction(self, node: nodes.And | nodes.Or) -> Run:
        return joined([(self.compile(part), part) for part in parts_of(node)], isinstance(node, nodes.Or))

    def _not(self, node: nodes.Not) -> Run:
        return denied((self.compile(node.node), node.node))

    def _sign(self, node: nodes.Neg | nodes.Pos) -> Run:
        part, minus = (self.compile(node.node), node.node), isinstance(node, nodes.Neg)

        def run(names: Names) -> Json:
            value = operators.number(present(part, names))
            return -value if minus else value

        return run

    def _arithmetic(self, node: nodes.BinExpr) -> Run:
        left, right = (self.compile(node.left), node.left), (self.compile(node.right), node.right)
        sign = _SIGN[type(node)]
        return lambda names: operators.arithmetic(sign, present(left, names), present(right, names))

    def _concat(self, node: nodes.Concat) -> Run:
        parts = [(self.compile(part), part) for part in node.nodes]
        return lambda names: capped("".join(_shown(run(names), part, names) for run, part in parts))

    def _choice(self, node: nodes.CondExpr, soft: bool) -> Run:
        if node.expr2 is None:
            raise LangError("else-missing", "This `if` has no `else`.", "Add `else ...`.", node.lineno)
        test = (self.compile(node.test), node.test)
        first, second = self.compile(node.expr1, soft), self.compile(node.expr2, soft)
        return lambda names: first(names) if answer(test, names) else second(names)

    def _list(self, node: nodes.List | nodes.Tuple) -> Run:
        items = [self.compile(item) for item in node.items]
        return lambda names: [item(names) for item in items]


def _defaulted(before: Run, other: Run) -> Run:
    def run(names: Names) -> Json:
        value = before(names)
        return other(names) if value is None else value

    return run


def _field_name(node: nodes.Expr, example: str) -> Run:
    name = node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else path_of(node)
    if name is None:
        raise LangError("field-name-needed", "The name of a field is needed here.", f"As in `{example}`.", node.lineno)
    return lambda names: name


def _shown(value: Json, node: nodes.Expr, names: Names) -> str:
    if value is None:
        raise empty(node)
    return show(in_practice(value, names) if isinstance(value, datetime) else value, "a part of the text")


def _count_wrong(what: str, example: str, col: int) -> LangError:
    return LangError("wrong-arguments", f"{what} is written with other arguments.", f"As in `{example}`.", col)
