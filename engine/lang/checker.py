"""Proves rules against what the connectors offer, before anything runs: the door to `engine.lang.checking`.

Pure: the catalogue is data. What is checked stands in the files of that folder, one for each reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from engine.core.rule import Rule, WaitFor
from engine.core.rule import Wait as WaitStep
from engine.errors import Problem
from engine.lang.catalogue import Catalogue
from engine.lang.checking.conditions import Conditions
from engine.lang.checking.cycles import check_cycles
from engine.lang.checking.events import Events
from engine.lang.checking.flow import Flow, all_steps, names_made
from engine.lang.checking.guards import behind_all
from engine.lang.checking.inputs import Inputs
from engine.lang.checking.notes import Enough, Notes
from engine.lang.checking.paths import has_reader
from engine.lang.checking.scope import ERROR, Scope, scope_of
from engine.lang.checking.side_by_side import check_side_by_side
from engine.lang.faults import did_you_mean, shown

# Problems that stand by themselves, whatever else is wrong with the rule.
_OF_THEIR_OWN = frozenset(
    {
        "unknown-event", "unknown-connector", "unknown-action", "unknown-input", "unknown-person", "unknown-path",
        "unknown-choice", "unlike-types", "unlike-input", "bad-value", "equals-missing", "filter-type",
        "no-yes-or-no", "group-shown", "never-holds", "name-shadows", "duration-unit", "duration-unreadable",
    }
)  # fmt: skip


def check(rules: Sequence[Rule], catalogue: Catalogue) -> tuple[Problem, ...]:
    """Everything that is wrong with these rules of one ruleset, in the order of their files and lines."""
    found = [problem for rule in rules for problem in _check_rule(rule, catalogue)]
    return tuple(sorted(dict.fromkeys(found)))


def check_torso(torso: Rule, told: Sequence[Problem], catalogue: Catalogue) -> tuple[Problem, ...]:
    """Further mistakes of a rule that could be read in part.

    Only such as cannot come from what could not be read, and none in a line of which something is told already.

    Args:
        torso: What could be read.
        told: What is wrong with the file.
        catalogue: What it may name.
    """
    lines = {problem.line for problem in told}
    found = check((torso,), catalogue)
    return tuple(one for one in found if one.code in _OF_THEIR_OWN and one.line not in lines)


def check_rings(rules: Sequence[Rule], catalogue: Catalogue) -> tuple[Problem, ...]:
    """Rules of a whole workspace that set each other off."""
    return check_cycles(rules, catalogue)


def _check_rule(rule: Rule, catalogue: Catalogue) -> Sequence[Problem]:
    notes = Notes(rule.id)
    made_later = frozenset(names_made((*rule.steps, *rule.on_error)))
    conditions = Conditions(notes, made_later)
    events = Events(catalogue, notes, conditions)
    flow = Flow(rule, catalogue, notes, Inputs(catalogue, notes, made_later), conditions, events)
    with suppress(Enough):
        places = dict(rule.places)
        for kind in rule.events:
            events.event(kind, places.get(kind, rule.place))
        guarded = _check_head(rule, flow, scope_of(rule, catalogue))
        flow.steps(rule.steps, guarded)
        flow.steps(rule.on_error, guarded.with_names({"error": ERROR}))
        check_side_by_side(rule, notes)
    return notes.problems


def _check_head(rule: Rule, flow: Flow, start: Scope) -> Scope:
    """The words above the steps; gives the scope in which these begin."""
    at, conditions = rule.place, flow.conditions
    conditions.check(rule.conditions, start, at)
    guarded = behind_all(start, rule.conditions)
    for condition in rule.any_conditions:
        conditions.one(condition, guarded, at)
    if len(rule.any_conditions) == 1:
        guarded = behind_all(guarded, rule.any_conditions)
    for expression in (*rule.once_per, *rule.one_at_a_time_per):
        conditions.key(expression, guarded, at)
    for expression in rule.once_per:
        conditions.changing(expression, at)
    if rule.again_after is not None and rule.again_after.per is not None:
        conditions.key(rule.again_after.per, guarded, at)
    waits = any(isinstance(step.verb, WaitStep | WaitFor) for step in all_steps(rule.steps))
    for condition in rule.stop_if:
        conditions.one(condition, guarded.after_wait() if waits else guarded, at)
    places = dict(rule.places)
    for number, phrase in enumerate(rule.stop_when):
        flow.events.phrase(phrase, guarded, places.get(f"stop when {number}", at))
    _check_fresh(rule, flow, start)
    _check_owner(rule, flow)
    return guarded


def _check_owner(rule: Rule, flow: Flow) -> None:
    people = flow.catalogue.people
    owner = rule.owner
    if people is None or not owner or "@" in owner or owner.casefold() in {person.casefold() for person in people}:
        return
    place = dict(rule.places).get("owner", rule.place)
    flow.notes.note(
        place, "unknown-person", f'There is no person or role "{shown(owner)}".', did_you_mean(owner, people), 5
    )


def _check_fresh(rule: Rule, flow: Flow, start: Scope) -> None:
    places = dict(rule.places)
    for number, name in enumerate(rule.keep_fresh):
        at = places.get(f"keep fresh {number}", places.get("keep fresh 0", rule.place))
        if name not in start.objects and not start.is_open:
            what = f'The starting event has no object "{name}" to keep fresh.'
            flow.notes.note(at, "unknown-name", what, did_you_mean(name, start.objects), len(name))
        elif (shape := start.lookup(name)) is not None and name in start.objects and not has_reader(shape.schema):
            what = f"Nothing can read the {name} of the starting event again."
            flow.notes.note(at, "no-reader", what, f"Take {name} out of `keep fresh`.", len(name))
