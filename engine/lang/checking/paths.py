"""Reading a path of an expression: every name, field and entry on the way, and whether one may be empty.

Part of `judge`, which types whole expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import nodes

from engine.lang.checking.notes import Spots
from engine.lang.checking.scope import Scope
from engine.lang.checking.shapes import (
    UNKNOWN,
    YES_OR_NO,
    Shape,
    field_of,
    items_of,
    kind_of,
    said,
    words_of,
)
from engine.lang.faults import did_you_mean, nearest, shown
from engine.lang.unparse import path_of, unparse

_CODES = {"settings": "unknown-setting", "ruleset": "unknown-setting", "maps": "unknown-map"}
_WHERE_MADE = {
    "settings": "Add it to the form below `settings:`.",
    "ruleset": "Add it to the form in ruleset.yaml.",
    "maps": "Add a file of that name to the folder maps.",
}
_KINDS_THAT_CHANGE = ("number", "yes or no", "list", "group")
_FIELDS_THAT_STAY = ("id", "version", "kind", "number", "currency")
Judge = Callable[[nodes.Node, Scope, bool], Shape]


def start_of(node: nodes.Node) -> int:
    """The column at which the text of a node begins."""
    while True:
        match node:
            case nodes.Getattr() | nodes.Getitem() | nodes.Test():
                node = node.node
            case nodes.Filter() if node.node is not None:
                node = node.node
            case nodes.Compare():
                node = node.expr
            case nodes.CondExpr():
                node = node.expr1
            case nodes.BinExpr():
                node = node.left
            case nodes.Concat():
                node = node.nodes[0]
            case _:
                return int(node.lineno)


@dataclass(frozen=True, slots=True)
class Paths:
    """Reads paths of one syntax tree.

    Attributes:
        spots: Gets the problems.
        judge: Types any other node that a path begins with or has in brackets.
        made_later: Names that steps of the rule make anywhere.
    """

    spots: Spots
    judge: Judge
    made_later: frozenset[str]

    def read(self, node: nodes.Name | nodes.Getattr | nodes.Getitem, scope: Scope, soft: bool) -> Shape:
        """What stands at a path; a soft read may find nothing on its way."""
        links: list[nodes.Getattr | nodes.Getitem] = []
        start: nodes.Node = node
        while isinstance(start, nodes.Getattr | nodes.Getitem):
            links.append(start)
            start = start.node
        shape = self._name(start, scope, soft) if isinstance(start, nodes.Name) else self.judge(start, scope, soft)
        before = start
        for link in reversed(links):
            if shape.empty and not soft:
                self._told_empty(before)
                shape = shape.given()
            shape = self._link(shape, link, scope, start)
            if shape.empty and scope.is_given(unparse(link)):
                shape = shape.given()
            before = link
        if scope.waited and isinstance(start, nodes.Name):
            self._check_stale(node, start, shape, scope)
        return shape

    def empty(self, node: nodes.Node) -> None:
        """Tell that a value is needed where there may be none."""
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            self._told_empty(node)
            return
        what = f"{shown(unparse(node))} may be empty."
        self.spots.note(start_of(node), "unguarded-value", what, "Add `| default(...)`.", len(unparse(node)))

    def _told_empty(self, node: nodes.Node) -> None:
        path = unparse(node)
        what = f"{shown(path)} may be empty."
        mend = f"Guard it with a condition, `{shown(path)} is given`, or add `| default(...)`."
        self.spots.note(start_of(node), "unguarded-value", what, mend, len(path))

    def _name(self, node: nodes.Name, scope: Scope, soft: bool) -> Shape:
        name = node.name
        if name in ("yes", "no"):
            return Shape(YES_OR_NO, constant=True, value=name == "yes")
        shape = scope.lookup(name)
        if shape is None:
            if not scope.is_open:
                self._unknown_name(node, scope)
            return UNKNOWN
        if scope.is_partial(name):
            if soft:
                return Shape(shape.schema, True)
            what = f"Not every event that starts this rule has {name}."
            having = sorted(kind for kind, event in scope.events.items() if name in event)
            mend = f'Guard it: `if: event.type == "{having[0]}"`.'
            self.spots.note(node.lineno, "unguarded-name", what, mend, len(name))
        return shape

    def _unknown_name(self, node: nodes.Name, scope: Scope) -> None:
        name = node.name
        what, near = f'The name "{shown(name)}" is not known here.', nearest(name, scope.all_names(), 0.75)
        mend = f'Did you mean "{near}"?' if near else ""
        if name in self.made_later:
            what = f'"{name}" is not surely there yet.'
            mend = "Read it after the step that makes it, on the same way."
        elif not near:
            mend = f'A text stands in quotes: "{shown(name)}".'
        self.spots.note(node.lineno, "unknown-name", what, mend, len(name))

    def _link(self, base: Shape, link: nodes.Getattr | nodes.Getitem, scope: Scope, start: nodes.Node) -> Shape:
        if isinstance(link, nodes.Getattr):
            return self._field(base, link.attr, link, start)
        key = link.arg
        if isinstance(key, nodes.Const) and isinstance(key.value, str):
            return self._field(base, key.value, link, start)
        given = self.judge(key, scope, False)
        if given.empty:
            self.empty(key)
        kind = base.kind
        if kind == "list":
            if given.kind not in ("", "number"):
                self._wrong_key(key, f"The place in a list is a number, not {said(given.schema)}.", "The first is 0.")
            return Shape(items_of(base.schema))
        if kind not in ("", "group"):
            what = f"{shown(unparse(link.node))} is {said(base.schema)} and has no entries."
            self.spots.note(start_of(link), "unknown-path", what, "Leave out the brackets.", len(unparse(link)))
        elif given.kind not in ("", "text", "number"):
            self._wrong_key(key, f"A row is found by a text, not by {said(given.schema)}.", "Use an id or a name.")
        more = base.schema.get("additionalProperties")
        return Shape(more) if isinstance(more, dict) else UNKNOWN

    def _wrong_key(self, key: nodes.Expr, what: str, mend: str) -> None:
        self.spots.note(start_of(key), "unlike-types", what, mend, len(unparse(key)))

    def _field(self, base: Shape, name: str, link: nodes.Expr, start: nodes.Node) -> Shape:
        found = field_of(base.schema, name)
        if isinstance(found, Shape):
            return found
        path = unparse(link)
        before = path[: -len(name) - 1] if path.endswith(f".{name}") else path
        root = start.name if isinstance(start, nodes.Name) else ""
        known = tuple(word for word in found.known if word)
        if found.is_list:
            what, mend = (
                f"{shown(path)} is not known: a list has no fields.",
                (f"Write `| map({name})` for the field of each entry, or `| first`."),
            )
        elif found.is_single:
            what, mend = f"{shown(path)} is not known: {shown(before)} has no fields.", f"End it at {shown(before)}."
        else:
            what, mend = f"{shown(path)} is not known: there is no {shown(name)} there.", did_you_mean(name, known)
            mend = mend or _WHERE_MADE.get(root, "")
        self.spots.note(start_of(link), _CODES.get(root, "unknown-path"), what, mend, len(path))
        return UNKNOWN

    def _check_stale(self, node: nodes.Expr, start: nodes.Name, shape: Shape, scope: Scope) -> None:
        """What may have changed during a wait: sums, states, lists and whole objects that could be read again."""
        name = start.name
        if name in scope.fresh or name not in scope.objects or name in scope.names:
            return
        whole = scope.lookup(name)
        if whole is None or not has_reader(whole.schema):
            return
        path = path_of(node) or unparse(node)
        last = path.rpartition(".")[2]
        if last in _FIELDS_THAT_STAY or not (kind_of(shape.schema) in _KINDS_THAT_CHANGE or words_of(shape.schema)):
            return
        what = f"{shown(path)} is as it was before the wait."
        self.spots.note(start_of(node), "stale-after-wait", what, f"Add `keep fresh: {name}` to the rule.", len(path))


def has_reader(schema: object) -> bool:
    """Whether the objects of a schema can be read again: `x-reader`, in each of its forms or in one of them."""
    if not isinstance(schema, dict):
        return False
    return "x-reader" in schema or any(has_reader(choice) for choice in schema.get("anyOf") or ())
