"""Proves rules against what the connectors offer: names, inputs and paths, before anything runs.

Follows the steps in order, so that a value is read only after the step that makes it. Pure: the catalogue is data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.expression import Expression, Literal
from engine.core.rule import Choose, Do, EventPhrase, Fail, ForEach, Loop, Place, Rule, Set, Step, Stop, Wait, WaitFor
from engine.errors import Problem
from engine.lang.catalogue import ActionSchema, Catalogue
from engine.lang.compiler import Read
from engine.lang.expressions import Compiled
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.schemas import ANY, UnknownPath, parts_of, walk
from engine.lang.scopes import ERROR, Schema, Scope, group, list_of, scope_of
from engine.lang.templates import ListOf, MapOf
from engine.lang.types import cast_by_schema, schema_type

Json = Any


def check(rules: Sequence[Rule], catalogue: Catalogue) -> tuple[Problem, ...]:
    """Everything that is wrong with these rules of one ruleset, in the order of their files and lines."""
    found: list[Problem] = []
    for rule in rules:
        checker = _Checker(rule, catalogue)
        checker.check()
        found += checker.problems
    return tuple(sorted(dict.fromkeys(found)))


@dataclass(slots=True)
class _Checker:
    """Checks one rule; notes problems and goes on."""

    rule: Rule
    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)

    def note(self, place: Place, code: str, message: str, mend: str, width: int = 1) -> None:
        """Add a problem at a place."""
        end = place.col + max(width, 1)
        self.problems.append(Problem(place.file, place.line, place.col, code, message, mend, end, rule=self.rule.id))

    def check(self) -> None:
        """Look at the whole rule."""
        rule = self.rule
        places = dict(rule.places)
        for kind in rule.events:
            self._check_event(kind, places.get(kind, rule.place))
        scope = scope_of(rule, self.catalogue)
        conditions = (*rule.conditions, *rule.any_conditions)
        guarded = self._behind(scope, rule.conditions)
        for expression in (*conditions, *rule.stop_if):
            self._check_reads(expression, self._behind(guarded, (expression,)), rule.place)
        for expression in (*rule.once_per, *rule.one_at_a_time_per):
            self._check_reads(expression, guarded, rule.place)
        for phrase in rule.stop_when:
            self._check_phrase(phrase, guarded, rule.place)
        self._steps(rule.steps, guarded)
        self._steps(rule.on_error, guarded.with_names({"error": ERROR}))

    # --- steps --------------------------------------------------------------------------------------

    def _steps(self, steps: Sequence[Step], scope: Scope) -> Scope:
        """Check steps in order; gives the scope after the last."""
        for step in steps:
            scope = self._step(step, scope)
        return scope

    def _step(self, step: Step, scope: Scope) -> Scope:
        inside = self._behind(scope, step.conditions)
        for condition in step.conditions:
            self._check_reads(condition, inside, step.place)
        made = self._verb(step, inside)
        if step.save_as is not None:
            self._check_name(step.save_as, scope, step.place)
        if isinstance(step.on_error, tuple):
            self._steps(step.on_error, inside.with_names({"error": ERROR}))
        return scope.with_names(made)

    def _verb(self, step: Step, scope: Scope) -> dict[str, Schema]:
        """Check what a step does; gives the names that it leaves behind."""
        match step.verb:
            case Do() as do:
                return self._do(do, step, scope)
            case Set() as names:
                return self._set(names, step, scope)
            case Choose() as choose:
                return self._choose(choose, step, scope)
            case ForEach() as each:
                inside = self._loop(each.loop, step, scope)
                self._steps(each.steps, inside)
                return self._loop_names(each.loop, step, ANY)
            case Wait() as wait:
                if wait.until is not None:
                    self._check_reads(wait.until, scope, step.place)
                return {}
            case WaitFor() as wait_for:
                return self._wait_for(wait_for, step, scope)
            case Stop() | Fail() as end:
                self._check_reads(end.reason, scope, step.place)
                return {}

    def _do(self, do: Do, step: Step, scope: Scope) -> dict[str, Schema]:
        inside = self._loop(do.loop, step, scope) if do.loop is not None else scope
        if do.connection is not None:
            self._check_reads(do.connection, inside, step.place)
        for _, value in do.inputs:
            self._check_reads(value, inside, step.place)
        places = dict(do.places)
        action = self._action(do.action, places.get("do", step.place))
        if action is not None:
            self._check_inputs(do, action, step, places)
        result = action.outputs if action is not None else ANY
        if do.loop is not None:
            return self._loop_names(do.loop, step, result)
        return {step.save_as: result} if step.save_as is not None else {}

    def _action(self, name: str, place: Place) -> ActionSchema | None:
        action = self.catalogue.actions.get(name)
        if action is not None:
            return action
        connector, _, verb = name.partition(".")
        if connector not in self.catalogue.connectors:
            mend = did_you_mean(connector, self.catalogue.connectors)
            self.note(place, "unknown-connector", f'There is no connector "{connector}".', mend, len(connector))
            return None
        verbs = [known.partition(".")[2] for known in self.catalogue.actions if known.startswith(f"{connector}.")]
        what = f'The connector {connector} has no action "{verb}".'
        mend = f'{did_you_mean(verb, verbs)} See them all with "daybook connectors show {connector}".'.strip()
        self.note(place, "unknown-action", what, mend, len(name))
        return None

    def _check_inputs(self, do: Do, action: ActionSchema, step: Step, places: dict[str, Place]) -> None:
        properties = action.inputs.get("properties") or {}
        open_ended = action.inputs.get("additionalProperties") or not action.inputs
        for name, value in do.inputs:
            place = places.get(name, step.place)
            if name in properties:
                self._check_literal(name, value, properties[name], place)
            elif not open_ended:
                what = f'{do.action} has no input "{shown(name)}".'
                self.note(place, "unknown-input", what, did_you_mean(name, properties), len(name))
        given = {name for name, _ in do.inputs}
        for name in action.inputs.get("required") or ():
            if name not in given:
                what = f'{do.action} needs the input "{name}".'
                self.note(
                    places.get("do", step.place), "input-missing", what, f"Add `{name}:` under `with:`.", len(do.action)
                )

    def _check_literal(self, name: str, value: Expression, schema: Schema, place: Place) -> None:
        if not isinstance(value, Literal):
            return
        people = self.catalogue.people
        if schema_type(schema) == "person" and people is not None and "@" not in str(value.literal):
            known = {person.casefold() for person in people}
            if str(value.literal).casefold() not in known:
                what = f'{name}: there is no person or role "{shown(str(value.literal))}".'
                self.note(place, "unknown-person", what, did_you_mean(str(value.literal), people), len(name))
            return
        try:
            cast_by_schema(value.literal, schema)
        except LangError as error:
            self.note(place, error.code, f"{name}: {error.message}", error.mend, len(name))

    def _set(self, names: Set, step: Step, scope: Scope) -> dict[str, Schema]:
        made: dict[str, Schema] = {}
        for name, value in names.values:
            self._check_reads(value, scope.with_names(made), step.place)
            self._check_name(name, scope, step.place)
            made[name] = ANY
        return made

    def _choose(self, choose: Choose, step: Step, scope: Scope) -> dict[str, Schema]:
        ends = []
        for conditions, steps in choose.branches:
            inside = self._behind(scope, conditions)
            for condition in conditions:
                self._check_reads(condition, inside, step.place)
            ends.append(self._steps(steps, inside))
        if not choose.otherwise:
            return {}
        asked = [condition for conditions, _ in choose.branches for condition in conditions]
        ends.append(self._steps(choose.otherwise, self._behind(scope, asked)))
        common = set.intersection(*(set(end.names) for end in ends)) - set(scope.names)
        return {name: {"anyOf": [end.names[name] for end in ends]} for name in sorted(common)}

    def _wait_for(self, wait: WaitFor, step: Step, scope: Scope) -> dict[str, Schema]:
        self._check_phrase(wait.event, scope, step.place)
        if not hasattr(wait.at_most, "unit"):
            self._check_reads(wait.at_most, scope, step.place)
        if isinstance(wait.on_timeout, tuple):
            self._steps(wait.on_timeout, scope)
        if step.save_as is None:
            return {}
        objects = self.catalogue.events.get(wait.event.type)
        return {step.save_as: group(objects) if objects else ANY}

    # --- loops and events ---------------------------------------------------------------------------

    def _loop(self, loop: Loop, step: Step, scope: Scope) -> Scope:
        self._check_reads(loop.items, scope, step.place)
        self._check_name(loop.name, scope, step.place)
        items = self._schema_of(loop.items, scope)
        entry = items.get("items", ANY) if isinstance(items, dict) else ANY
        inside = scope.with_names({loop.name: entry})
        if loop.where is not None:
            self._check_reads(loop.where, inside, step.place)
        if loop.gather_as is not None:
            self._check_name(loop.gather_as, scope, step.place)
        return inside

    def _loop_names(self, loop: Loop, step: Step, result: Schema) -> dict[str, Schema]:
        return {name: list_of(result) for name in (loop.gather_as, step.save_as) if name is not None}

    def _schema_of(self, expression: Expression, scope: Scope) -> Json:
        """The schema of a bare path; anything computed may be anything."""
        if expression.paths != (expression.text,):
            return ANY
        parts = parts_of(expression.text)
        found = walk(scope.names.get(parts[0], ANY), parts)
        return ANY if isinstance(found, UnknownPath) else found

    def _check_event(self, kind: str, place: Place) -> None:
        if kind in self.catalogue.events:
            return
        connector = kind.split(".", 1)[0]
        if connector not in self.catalogue.connectors:
            mend = did_you_mean(connector, self.catalogue.connectors)
            self.note(place, "unknown-connector", f'There is no connector "{connector}".', mend, len(connector))
            return
        known = [name for name in self.catalogue.events if name.startswith(f"{connector}.")]
        what = f'The connector {connector} has no event "{kind}".'
        self.note(place, "unknown-event", what, did_you_mean(kind, known), len(kind))

    def _check_phrase(self, phrase: EventPhrase, scope: Scope, place: Place) -> None:
        own = next((expression for _, expression in phrase.same), None)
        at = own.place if isinstance(own, Compiled) and own.place is not None else place
        self._check_event(phrase.type, at)
        objects = self.catalogue.events.get(phrase.type)
        for path, expression in phrase.same:
            self._check_reads(expression, scope, place)
            if objects:
                parts = parts_of(path)
                if parts[0] not in objects:
                    what = f"{phrase.type} has no {parts[0]}."
                    self.note(at, "unknown-path", what, did_you_mean(parts[0], objects))
                elif isinstance(found := walk(objects[parts[0]], parts), UnknownPath):
                    self.note(at, "unknown-path", found.message, found.mend)
        if phrase.where is not None:
            new = group(objects) if objects else ANY
            self._check_reads(phrase.where, scope.with_names({"new": new}), place)

    # --- names and paths ----------------------------------------------------------------------------

    def _behind(self, scope: Scope, conditions: Sequence[Expression]) -> Scope:
        """The scope where these conditions hold: they make sure of the objects that they ask about."""
        reads = [read for condition in conditions for read, _ in _reads(condition)]
        if any(read.path == "event.type" for read in reads):
            return scope.guarded(scope.partial)
        return scope.guarded(parts_of(read.path)[0] for read in reads if read.soft)

    def _check_name(self, name: str, scope: Scope, place: Place) -> None:
        if name in scope.event_objects:
            what = f'The name "{name}" would hide the {name} of the starting event.'
            self.note(place, "name-shadows", what, "Choose another name.")

    def _check_reads(self, expression: Expression, scope: Scope, place: Place) -> None:
        for read, at in _reads(expression):
            self._check_read(read, scope, at or place)

    def _check_read(self, read: Read, scope: Scope, place: Place) -> None:
        parts = parts_of(read.path)
        if parts[0] not in scope.names and scope.is_open:
            return
        if parts[0] not in scope.names:
            mend = did_you_mean(parts[0], scope.names)
            what = f'The name "{parts[0]}" is not known here.'
            if self._made_later(parts[0]):
                what, mend = (
                    f'"{parts[0]}" is not surely there yet.',
                    "Read it after the step that makes it, on the same way.",
                )
            self.note(place, "unknown-name", what, mend, len(parts[0]))
            return
        if parts[0] in scope.partial and not read.soft:
            what = f"Not every event that starts this rule has {parts[0]}."
            mend = f'Guard it: `if: event.type == "..."`, or `{parts[0]} is given`.'
            self.note(place, "unguarded-name", what, mend, len(parts[0]))
        found = walk(scope.names[parts[0]], parts)
        if isinstance(found, UnknownPath):
            code = {"settings": "unknown-setting", "ruleset": "unknown-setting", "maps": "unknown-map"}.get(parts[0])
            self.note(place, code or "unknown-path", found.message, found.mend, len(read.path))

    def _made_later(self, name: str) -> bool:
        return name in set(_names_made((*self.rule.steps, *self.rule.on_error)))


def _reads(expression: Expression) -> Iterator[tuple[Read, Place | None]]:
    """Every read of an expression with its own place, when that is known."""
    match expression:
        case Compiled():
            for read in expression.reads:
                start = expression.place
                yield read, None if start is None else Place(start.file, start.line, start.col + read.col - 1)
        case ListOf():
            for part in expression.parts:
                yield from _reads(part)
        case MapOf():
            for _, part in expression.parts:
                yield from _reads(part)


def _names_made(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.save_as is not None:
            yield step.save_as
        match step.verb:
            case Set() as names:
                yield from (name for name, _ in names.values)
            case Choose() as choose:
                for _, inner in choose.branches:
                    yield from _names_made(inner)
                yield from _names_made(choose.otherwise)
            case ForEach() as each:
                yield each.loop.name
                yield from _names_made(each.steps)
            case Do(loop=Loop() as loop):
                yield loop.name
