"""Follows the steps of a rule in their order: what each may read, what each leaves behind, where a way ends.

Types of expressions are `judge`'s, inputs of actions `inputs`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.core.expression import Expression, Literal
from engine.core.rule import (
    Choose,
    Do,
    Fail,
    ForEach,
    Loop,
    Place,
    Rule,
    Set,
    Span,
    Step,
    Stop,
    Wait,
    WaitFor,
)
from engine.lang.catalogue import Catalogue
from engine.lang.checking.conditions import Conditions
from engine.lang.checking.events import Events
from engine.lang.checking.guards import behind_all, behind_none
from engine.lang.checking.inputs import Inputs
from engine.lang.checking.notes import Notes
from engine.lang.checking.scope import ERROR, Scope
from engine.lang.checking.shapes import ANY, Schema, Shape, items_of, list_of, or_empty, said
from engine.lang.faults import shown


@dataclass(frozen=True, slots=True)
class Flow:
    """Checks steps; everything that looks at one expression shares the notes."""

    rule: Rule
    catalogue: Catalogue
    notes: Notes
    inputs: Inputs
    conditions: Conditions
    events: Events

    def steps(self, steps: Sequence[Step], scope: Scope) -> tuple[Scope, bool]:
        """Check steps in order; gives the scope after the last, and whether the run surely ends before."""
        ended = False
        for before, step in zip((None, *steps), steps, strict=False):
            if ended and before is not None:
                what = f'The run surely ends at "{shown(before.name)}", before this step.'
                self.notes.note(step.place, "never-reached", what, "Give that step an `if`, or remove this one.")
                break
            scope, ended = self._step(step, scope)
        return scope, ended

    def _step(self, step: Step, scope: Scope) -> tuple[Scope, bool]:
        places = dict(step.places)
        self.conditions.check(step.conditions, scope, step.place)
        inside = behind_all(scope, step.conditions)
        after, ends = self._verb(step, inside, places)
        if step.save_as is not None:
            self._check_name(step.save_as, scope, places.get("save as", step.place))
        if step.at_most is not None and not isinstance(step.at_most, Span):
            self.inputs.value("at most", step.at_most, Shape(), inside, step.place)
        goes_on = step.on_error == "continue"
        if isinstance(step.on_error, tuple):
            goes_on = not self.steps(step.on_error, inside.with_names({"error": ERROR}))[1]
        made = {name: after.names[name] for name in after.names if after.names[name] is not scope.names.get(name)}
        if not step.conditions and not goes_on:
            return after, ends or step.then_stop
        return self._maybe(step, scope, after, made), False

    def _maybe(self, step: Step, scope: Scope, after: Scope, made: dict[str, Schema]) -> Scope:
        """The scope after a step that may have been skipped, or have failed and been passed over."""
        made_if = dict(scope.made_if)
        if step.conditions and step.on_error == "stop":
            held = frozenset(condition.text for condition in step.conditions)
            made_if |= dict.fromkeys(made, held)
        skipped = behind_none(scope, step.conditions)
        ends = isinstance(step.verb, Stop | Fail) or step.then_stop
        base = skipped if ends and step.conditions else replace(scope, waited=after.waited)
        given = base.given - frozenset(made)
        return replace(
            base,
            demands=base.common_demands(after),
            names={**scope.names, **{name: or_empty(schema) for name, schema in made.items()}},
            made_if=made_if,
            given=given,
        )

    def _verb(self, step: Step, scope: Scope, places: dict[str, Place]) -> tuple[Scope, bool]:
        match step.verb:
            case Do() as do:
                return scope.with_names(self._do(do, step, scope, places)), False
            case Set() as names:
                return scope.with_names(self._set(names, scope, places, step.place)), False
            case Choose() as choose:
                return self._choose(choose, step, scope)
            case ForEach() as each:
                return self._for_each(each, step, scope, places), False
            case Wait() as wait:
                if wait.until is not None:
                    self._moment("wait until", wait.until, scope, places.get("wait until", step.place))
                return scope.after_wait(), False
            case WaitFor() as wait_for:
                return self._wait_for(wait_for, step, scope, places), False
            case Stop() | Fail() as end:
                self.inputs.value("the reason", end.reason, Shape(), scope, step.place)
                return scope, True

    def _do(self, do: Do, step: Step, scope: Scope, places: dict[str, Place]) -> dict[str, Schema]:
        inside = self._loop(do.loop, step, scope, places) if do.loop is not None else scope
        at = dict(do.places).get("do", step.place)
        if do.connection is not None:
            place = places.get("connection", step.place)
            self.inputs.value("connection", do.connection, Shape({"type": "string"}), inside, place)
            self.events.connection(do, place)
        action = self.events.action(do.action, at)
        self.inputs.check(do, action, inside, at)
        result = action.outputs if action is not None else ANY
        if step.if_missing == "continue" and action is not None:
            result = or_empty(result)
        if do.loop is not None:
            return self._loop_names(do.loop, step, result)
        return {step.save_as: result} if step.save_as is not None else {}

    def _set(self, names: Set, scope: Scope, places: dict[str, Place], at: Place) -> dict[str, Schema]:
        made: dict[str, Schema] = {}
        for name, value in names.values:
            place = places.get(f"set {name}", at)
            found = self.inputs.value(name, value, Shape(empty=True), scope.with_names(made), place)
            self._check_name(name, scope, place)
            if isinstance(value, Literal):
                found = Shape({"type": "string"})
            made[name] = or_empty(found.schema) if found.empty else found.schema
        return made

    def _choose(self, choose: Choose, step: Step, scope: Scope) -> tuple[Scope, bool]:
        ends: list[Scope] = []
        rest = scope
        for conditions, steps in choose.branches:
            self.conditions.check(conditions, rest, step.place)
            end, ended = self.steps(steps, behind_all(rest, conditions))
            rest = behind_none(rest, conditions)
            ends += [] if ended else [end]
        if choose.otherwise:
            end, ended = self.steps(choose.otherwise, rest)
            ends += [] if ended else [end]
        else:
            ends.append(rest)
        if not ends:
            return scope, True
        return _joined(scope, ends), False

    def _for_each(self, each: ForEach, step: Step, scope: Scope, places: dict[str, Place]) -> Scope:
        inside = self._loop(each.loop, step, scope, places)
        waits = any(isinstance(inner.verb, Wait | WaitFor) for inner in all_steps(each.steps))
        self.steps(each.steps, inside.after_wait() if waits else inside)
        after = scope.with_names(self._loop_names(each.loop, step, ANY))
        return after.after_wait() if waits else after

    def _wait_for(self, wait: WaitFor, step: Step, scope: Scope, places: dict[str, Place]) -> Scope:
        self.events.phrase(wait.event, scope, places.get("wait for", step.place))
        if not isinstance(wait.at_most, Span):
            self._moment("at most", wait.at_most, scope, places.get("at most", step.place))
        after = scope.after_wait()
        in_time = True
        if isinstance(wait.on_timeout, tuple):
            in_time = self.steps(wait.on_timeout, after)[1]
        elif wait.on_timeout == "continue":
            in_time = False
        if step.save_as is None:
            return after
        result = self.events.result(wait.event.type)
        return after.with_names({step.save_as: result if in_time else or_empty(result)})

    def _moment(self, word: str, value: Expression, scope: Scope, place: Place) -> None:
        found = self.inputs.value(word, value, Shape(), scope, place)
        if found.kind not in ("", "date", "moment"):
            what = f"`{word}` needs a date or a time, but this is {said(found.schema)}."
            at = getattr(value, "place", None) or place
            self.notes.note(at, "unlike-types", what, 'As in `invoice.due | add("7 days")`.', len(value.text))

    # --- loops and names ----------------------------------------------------------------------------

    def _loop(self, loop: Loop, step: Step, scope: Scope, places: dict[str, Place]) -> Scope:
        at = places.get("for each", step.place)
        items = self.inputs.value("for each", loop.items, Shape(), scope, at)
        self._check_name(loop.name, scope, at)
        if items.kind not in ("", "list"):
            what = f"`for each` needs a list, but {loop.items.text} is {said(items.schema)}."
            place = getattr(loop.items, "place_of", lambda col: None)(_first_col(loop.items)) or at
            self.notes.note(place, "unlike-types", what, "Name the field that holds the list.", len(loop.items.text))
        inside = scope.with_names({loop.name: items_of(items.schema)})
        if loop.where is not None:
            self.conditions.check((loop.where,), inside, step.place)
            inside = behind_all(inside, (loop.where,))
        if loop.gather_as is not None:
            self._check_name(loop.gather_as, scope, places.get("gather as", step.place))
        return inside

    def _loop_names(self, loop: Loop, step: Step, result: Schema) -> dict[str, Schema]:
        return {name: list_of(result) for name in (loop.gather_as, step.save_as) if name is not None}

    def _check_name(self, name: str, scope: Scope, place: Place) -> None:
        if name in scope.objects:
            what = f'The name "{name}" would hide the {name} of the starting event.'
            self.notes.note(place, "name-shadows", what, "Choose another name.", len(name))


def all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps and those inside them, in the order of the file."""
    for step in steps:
        yield step
        match step.verb:
            case Choose() as choose:
                for _, inner in choose.branches:
                    yield from all_steps(inner)
                yield from all_steps(choose.otherwise)
            case ForEach() as each:
                yield from all_steps(each.steps)
            case WaitFor(on_timeout=tuple() as inner):
                yield from all_steps(inner)
        if isinstance(step.on_error, tuple):
            yield from all_steps(step.on_error)


def names_made(steps: Sequence[Step]) -> Iterator[str]:
    """Every name that steps make anywhere."""
    for step in all_steps(steps):
        if step.save_as is not None:
            yield step.save_as
        match step.verb:
            case Set() as names:
                yield from (name for name, _ in names.values)
            case ForEach(loop=Loop() as loop) | Do(loop=Loop() as loop):
                yield loop.name
                if loop.gather_as is not None:
                    yield loop.gather_as


def _joined(scope: Scope, ends: Sequence[Scope]) -> Scope:
    """The scope after a choice of which one way was taken: names that every way makes, and what all are sure of."""
    common = set.intersection(*(set(end.names) for end in ends)) - set(scope.names)
    joined = ends[0]
    for end in ends[1:]:
        joined = joined.joined(end)
    made: dict[str, Schema] = {}
    for name in sorted(common):
        schemas = [end.names[name] for end in ends]
        made[name] = schemas[0] if all(one == schemas[0] for one in schemas) else {"anyOf": schemas}
    return replace(joined, names={**scope.names, **made}, made_if=scope.made_if)


def _first_col(expression: Expression) -> int:
    offsets = getattr(expression, "offsets", ())
    return (offsets[0] if offsets else 0) + 1
