"""Template files at the step that uses them: every name, path, filter and guard, as in the rule's own expressions.

Problems stand in the template's file. What a template may be written like is for `engine.lang.template_files.reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.core.expression import Expression, Literal
from engine.core.rule import Place
from engine.lang.checking.guards import behind_all, behind_none
from engine.lang.checking.judge import judges
from engine.lang.checking.notes import Notes
from engine.lang.checking.scope import Scope
from engine.lang.checking.shapes import (
    ANY,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    Shape,
    group,
    items_of,
    or_empty,
    said,
)
from engine.lang.expressions import Compiled
from engine.lang.faults import did_you_mean, shown
from engine.lang.template_files.nodes import (
    EMPTY,
    For,
    Hole,
    If,
    Include,
    MacroCall,
    Node,
    SetText,
    SetValue,
    Shelf,
    Template,
)

_LOOP = group({"index": WHOLE, "index0": WHOLE, "first": YES_OR_NO, "last": YES_OR_NO, "length": WHOLE})
_TYPE = "template"


def field_of_template(schema: Schema) -> str | None:
    """The input of an action that names a template file; None when it has none."""
    fields = schema.get("properties") or {}
    return next((name for name, each in fields.items() if each.get("x-type") == _TYPE), None)


@dataclass(frozen=True, slots=True)
class Templates:
    """Checks the templates that a rule's steps name.

    Attributes:
        shelf: None when it is not known which there are.
        made_later: Names that steps of the rule make anywhere.
    """

    shelf: Shelf | None
    notes: Notes
    made_later: frozenset[str]

    def fills(self, inputs: Sequence[tuple[str, Expression]], schema: Schema, scope: Scope, at: Place) -> set[str]:
        """The inputs that the template of a step stands for; the template itself is checked.

        Args:
            inputs: Those of the step.
            schema: Of all inputs of its action.
            scope: What the step sees.
            at: Where the template's name stands, or its input.
        """
        name, given = field_of_template(schema), dict(inputs)
        if name is None or name not in given:
            return set()
        if "body" in given:
            what = "This step has a template and a body."
            self.notes.note(at, "template-and-body", what, "Leave one of them out.", len(name))
        value = given[name]
        if not isinstance(value, Literal) or not isinstance(value.literal, str):
            what = "Which template this is cannot be told before the rule runs."
            self.notes.note(at, "bad-value", what, "Write its name, and choose between steps with `if`.", len(name))
            return {"subject", "body"}
        template = self._named(value.literal.strip(), value.place if isinstance(value.place, Place) else at)
        if template is None:
            return {"subject", "body"}
        for nodes in (template.subject or (), template.body):
            self._nodes(nodes, _Sight(scope, self.made_later | _names_set(nodes), (template.name,)))
        return {"body"} if template.subject is None else {"subject", "body"}

    def _named(self, name: str, at: Place) -> Template | None:
        shelf = EMPTY if self.shelf is None else self.shelf
        if self.shelf is not None and name not in shelf:
            what = f'There is no template "{shown(name)}".'
            mend = did_you_mean(name, shelf) or f"Add the file templates/{shown(name)}.md."
            self.notes.note(at, "unknown-template", what, mend, len(name))
        return shelf.get(name)

    # --- the nodes of a template ---

    def _nodes(self, nodes: Sequence[Node], sight: _Sight) -> Scope:
        """Check nodes in order; gives the scope after the last."""
        scope = sight.scope
        for node in nodes:
            scope = self._node(node, replace(sight, scope=scope))
        return scope

    def _node(self, node: Node, sight: _Sight) -> Scope:
        scope = sight.scope
        match node:
            case Hole(value, place):
                self._shown(value, sight, place)
            case If():
                return self._if(node, sight)
            case For():
                self._for(node, sight)
            case SetValue(name, value, place):
                self._check_name(name, scope, place)
                return scope.with_names({name: self._value(value, sight, place).schema})
            case SetText(name, body, place):
                self._check_name(name, scope, place)
                self._nodes(body, sight)
                return scope.with_names({name: TEXT})
            case MacroCall():
                self._call(node, sight)
            case Include():
                self._include(node, sight)
        return scope

    def _if(self, node: If, sight: _Sight) -> Scope:
        ends: list[Scope] = []
        rest = sight.scope
        for condition, body in node.branches:
            here = replace(sight, scope=rest)
            for judge, part in judges(condition, self.notes, node.place, sight.made_later):
                judge.condition(part, rest)
            ends.append(self._nodes(body, replace(here, scope=behind_all(rest, (condition,)))))
            rest = behind_none(rest, (condition,))
        ends.append(self._nodes(node.otherwise, replace(sight, scope=rest)))
        common = set.intersection(*(set(end.names) for end in ends))
        made = {name: _either([end.names[name] for end in ends]) for name in sorted(common)}
        joined = ends[0]
        for end in ends[1:]:
            joined = joined.joined(end)
        return replace(sight.scope, given=joined.given, events=joined.events, names={**sight.scope.names, **made})

    def _for(self, node: For, sight: _Sight) -> None:
        scope = sight.scope
        self._check_name(node.name, scope, node.place)
        items = self._value(node.items, sight, node.place)
        if items.kind not in ("", "list"):
            what = f"A loop needs a list, but {shown(node.items.text)} is {said(items.schema)}."
            at = node.items.place or node.place
            mend = "Name the field that holds the list."
            self.notes.note(at, "unlike-types", what, mend, len(node.items.text))
        inside = scope.with_names({node.name: items_of(items.schema)})
        if node.where is not None:
            for judge, part in judges(node.where, self.notes, node.place, sight.made_later):
                judge.condition(part, inside)
            inside = behind_all(inside, (node.where,))
        made = sight.made_later | _names_set(node.body)
        self._nodes(node.body, replace(sight, scope=inside.with_names({"loop": _LOOP}), made_later=made))
        self._nodes(node.otherwise, sight)

    def _call(self, node: MacroCall, sight: _Sight) -> None:
        """The macro as it is called here: its arguments are what they are given."""
        given: dict[str, Schema] = {}
        for (name, default), value in zip(node.macro.arguments, node.values, strict=True):
            source = value if value is not None else default
            found = self._value(source, sight, node.place, may_miss=True) if source is not None else Shape()
            given[name] = or_empty(found.schema) if found.empty else found.schema
        inside = replace(sight.scope, names={**sight.scope.names, **given}, given=sight.scope.given - frozenset(given))
        if len(sight.called) < _DEEPEST:
            self._nodes(node.macro.body, replace(sight, scope=inside, called=(*sight.called, node.macro.name)))

    def _include(self, node: Include, sight: _Sight) -> None:
        if node.name in sight.within:
            what = f'The template "{shown(node.name)}" includes itself.'
            self.notes.note(node.place, "template-unreadable", what, "Name another template.", len("include"))
            return
        template = self._named(node.name, node.place)
        if template is not None and len(sight.within) <= _DEEPEST:
            self._nodes(template.body, replace(sight, within=(*sight.within, node.name)))

    # --- expressions ---

    def _shown(self, value: Compiled, sight: _Sight, place: Place) -> None:
        for judge, part in judges(value, self.notes, place, sight.made_later):
            judge.shown(part, sight.scope)

    def _value(self, value: Compiled, sight: _Sight, place: Place, may_miss: bool = False) -> Shape:
        found = Shape()
        for judge, part in judges(value, self.notes, place, sight.made_later):
            found = judge.shape(part, sight.scope) if may_miss else judge.needed(part, sight.scope)
        return found

    def _check_name(self, name: str, scope: Scope, place: Place) -> None:
        if name in scope.objects or name in _STANDING:
            what = f'The name "{name}" would hide the rule\'s own {name}.'
            self.notes.note(place, "name-shadows", what, "Choose another name.", len(name))


_STANDING = ("event", "settings", "ruleset", "maps", "practice", "now", "today", "rule", "run", "error")
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is seen at a node; `within` are the templates around it, `called` the macros."""

    scope: Scope
    made_later: frozenset[str]
    within: tuple[str, ...]
    called: tuple[str, ...] = field(default=())


def _either(schemas: Sequence[Schema]) -> Schema:
    return schemas[0] if all(one == schemas[0] for one in schemas) else {"anyOf": list(schemas)} if schemas else ANY


def _names_set(nodes: Sequence[Node]) -> frozenset[str]:
    """Names that are set anywhere in nodes."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case SetValue(name) | SetText(name):
                found.add(name)
            case If(branches, otherwise):
                for inner in (*(body for _, body in branches), otherwise):
                    found |= _names_set(inner)
            case For(body=body, otherwise=otherwise):
                found |= _names_set(body) | _names_set(otherwise)
    return frozenset(found)
