"""Fills a template in: data in, text out, within limits; the same values and the same errors as in rules.

Runs in the child process of `engine.runtime.template_child`, which guards against what these limits let through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.core.rule import Place
from engine.errors import CannotTell
from engine.lang.expressions import Compiled
from engine.lang.faults import shown
from engine.lang.moments import in_practice
from engine.lang.operators import yes_or_no
from engine.lang.show import kind, show
from engine.lang.template_files.escaping import markdown_safe, one_line
from engine.lang.template_files.nodes import (
    For,
    Hole,
    If,
    Include,
    Letter,
    MacroCall,
    Node,
    SetText,
    SetValue,
    Shelf,
    Template,
    Text,
)
from engine.lang.unparse import unparse

Json = Any
Names = Mapping[str, Json]

FAILED, TOO_LARGE, TOO_SLOW, UNKNOWN = "TEMPLATE_FAILED", "TEMPLATE_TOO_LARGE", "TEMPLATE_TOO_SLOW", "TEMPLATE_UNKNOWN"
# The longest body that the mail connector takes.
LONGEST = 256 * 1024
MOST_TURNS = 20_000
_MOST_INCLUDES = 10


def fill(template: Template, shelf: Shelf, names: Names) -> Letter:
    """What a template comes to with these names.

    Args:
        template: The template.
        shelf: The templates that it may include.
        names: As the expressions of the step see them.

    Raises:
        CannotTell: A value is missing or does not fit, or a limit is passed; the message names file and line. The code
            is UNMAPPED for a missing row of a map, else one of TEMPLATE_FAILED, TEMPLATE_TOO_LARGE, TEMPLATE_TOO_SLOW.
    """
    filling = _Filling(shelf)
    subject = None
    if template.subject is not None:
        subject = one_line(filling.text(template.subject, dict(names), escaped=False))
    return Letter(filling.text(template.body, dict(names), escaped=template.kind == "md"), subject)


class _Safe(str):
    """Text that a template wrote itself: not escaped once more when it is shown."""

    __slots__ = ()


@dataclass(slots=True)
class _Filling:
    """One filling in progress; `turns` and `length` only grow."""

    shelf: Shelf
    turns: int = 0
    length: int = 0
    included: list[str] = field(default_factory=list)

    def text(self, nodes: Sequence[Node], names: dict[str, Json], escaped: bool) -> str:
        """The text of nodes; what they set is in the names afterwards."""
        out: list[str] = []
        self._write(nodes, names, names, escaped, out)
        return "".join(out)

    def _write(
        self, nodes: Sequence[Node], names: dict[str, Json], top: dict[str, Json], escaped: bool, out: list[str]
    ) -> None:
        """Write nodes; `top` are the names of the file itself, which its macros see."""
        for node in nodes:
            self._turn(node)
            match node:
                case Text(text):
                    self._put(text, out)
                case Hole(value, place):
                    self._put(_shown(value, names, place, escaped), out)
                case If():
                    self._write(_branch(node, names), names, top, escaped, out)
                case For():
                    self._loop(node, names, top, escaped, out)
                case SetValue(name, value, place):
                    names[name] = _value(value, names, place)
                case SetText(name, body):
                    inner: list[str] = []
                    self._write(body, {**names}, top, escaped, inner)
                    names[name] = _Safe("".join(inner))
                case MacroCall():
                    self._call(node, names, top, escaped, out)
                case Include():
                    self._include(node, names, escaped, out)

    def _turn(self, node: Node) -> None:
        self.turns += 1
        if self.turns > MOST_TURNS:
            what = "The template takes too many turns."
            raise _fault(CannotTell(what, "Look for loops within loops.", TOO_SLOW), _place(node))

    def _put(self, text: str, out: list[str]) -> None:
        self.length += len(text)
        if self.length > LONGEST:
            raise CannotTell("The template becomes longer than 256 KiB.", "Shorten its lists.", TOO_LARGE)
        out.append(text)

    def _loop(self, node: For, names: dict[str, Json], top: dict[str, Json], escaped: bool, out: list[str]) -> None:
        items = _value(node.items, names, node.place)
        if not isinstance(items, list | tuple):
            what = f"{shown(node.items.text)} is {kind(items)}, no list."
            raise _fault(CannotTell(what, "Name the field that holds the list."), node.place)
        if node.where is not None:
            items = [item for item in items if self._kept(node, node.where, {**names, node.name: item})]
        if not items:
            self._write(node.otherwise, {**names}, top, escaped, out)
        for number, item in enumerate(items):
            loop = _loop_names(number, len(items))
            self._write(node.body, {**names, node.name: item, "loop": loop}, top, escaped, out)

    def _kept(self, node: For, where: Compiled, names: Names) -> bool:
        self._turn(node)
        return _truth(where, names, node.place)

    def _call(
        self, node: MacroCall, names: dict[str, Json], top: dict[str, Json], escaped: bool, out: list[str]
    ) -> None:
        given: dict[str, Json] = {}
        for (name, default), value in zip(node.macro.arguments, node.values, strict=True):
            source, seen = (value, names) if value is not None else (default, {**top, **given})
            # An argument may be empty, to be tested inside; to show it there is an error as anywhere.
            given[name] = _told(source.run, seen, node.place) if source is not None else None
        self._write(node.macro.body, {**top, **given}, top, escaped, out)

    def _include(self, node: Include, names: dict[str, Json], escaped: bool, out: list[str]) -> None:
        template = self.shelf.get(node.name)
        if template is None or node.name in self.included or len(self.included) >= _MOST_INCLUDES:
            what = f'The template "{shown(node.name)}" cannot be included here.'
            raise _fault(CannotTell(what, "Name another template of the folder."), node.place)
        self.included.append(node.name)
        inner = {**names}
        self._write(template.body, inner, inner, escaped, out)
        self.included.pop()


def _branch(node: If, names: Names) -> Sequence[Node]:
    for condition, body in node.branches:
        if _truth(condition, names, node.place):
            return body
    return node.otherwise


def _shown(value: Compiled, names: Names, place: Place, escaped: bool) -> str:
    found = _value(value, names, place)
    text = _told(lambda names: show(found, unparse(value.parts[0])), names, place)
    return markdown_safe(text) if escaped and not isinstance(found, _Safe) else text


def _value(value: Compiled, names: Names, place: Place) -> Json:
    """The value of an expression, on the practice's clock; none is an error."""

    def run(names: Names) -> Json:
        found = value.run(names)
        if found is None:
            what = f"{shown(unparse(value.parts[0]))} is empty."
            raise CannotTell(what, 'Guard it with `{% if ... is given %}`, or add `| default("...")`.')
        return in_practice(found, names) if isinstance(found, datetime) else found

    return _told(run, names, place)


def _truth(condition: Compiled, names: Names, place: Place) -> bool:
    found = _value(condition, names, condition.place or place)
    return bool(_told(lambda _: yes_or_no(found, shown(condition.text)), names, condition.place or place))


def _told(run: Callable[[Names], Json], names: Names, place: Place) -> Json:
    try:
        return run(names)
    except CannotTell as problem:
        raise _fault(problem, place) from None


def _fault(problem: CannotTell, place: Place | None) -> CannotTell:
    """The problem with its place in the file, once."""
    code = FAILED if problem.code == CannotTell.code else problem.code
    where = f"{place.file}:{place.line}: " if place is not None else ""
    return CannotTell(f"{where}{problem.what}", problem.mend or "Mend this line of the template.", code)


def _place(node: Node) -> Place | None:
    return None if isinstance(node, Text) else node.place


def _loop_names(number: int, count: int) -> dict[str, Json]:
    return {
        "index": number + 1,
        "index0": number,
        "first": number == 0,
        "last": number == count - 1,
        "length": count,
    }
