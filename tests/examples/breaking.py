"""Breaks rules, one part at a time, to see whether their own tests notice.

A part is a step, a condition, or a word such as `once per`; nothing is changed but in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.compose.rehearsing import Rehearsable
from engine.core.rule import Choose, ForEach, Rule, Step, WaitFor
from engine.runtime.rehearsal_tests import run_test


def passes(one: Rehearsable, rule: Rule) -> bool:
    return all(run_test(rule, test, one.bench).passed for test in one.tests)


def broken_rules(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule without each of its steps, its conditions and the words that keep runs apart."""
    for name, steps in without_one(rule.steps):
        yield f"without the step {name}", replace(rule, steps=steps)
    for n in range(len(rule.conditions)):
        yield f"without `if` {n + 1}", replace(rule, conditions=rule.conditions[:n] + rule.conditions[n + 1 :])
    for n in range(len(rule.any_conditions)):
        kept = rule.any_conditions[:n] + rule.any_conditions[n + 1 :]
        yield f"without `if any` {n + 1}", replace(rule, any_conditions=kept)
    for word, absent in (("once_per", ()), ("again_after", None), ("when_busy", "wait"), ("quiet_hours", "ignore"),
                         ("stop_if", ()), ("on_error", ()), ("stop_when", ()), ("keep_fresh", ())):  # fmt: skip
        if getattr(rule, word) != absent and (word != "on_error" or written(rule, "on error")):
            yield f"without {word}", replace(rule, **{word: absent})


def written(rule: Rule, word: str) -> bool:
    """Whether it stands in the file; without one, `on error` tells the owner."""
    return any(name == word for name, _ in rule.places)


def without_one(steps: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """A list of steps without each of them in turn, those inside of others included."""
    for n, step in enumerate(steps):
        yield step.name, steps[:n] + steps[n + 1 :]
        for name, changed in inside(step):
            yield name, (*steps[:n], changed, *steps[n + 1 :])


def inside(step: Step) -> Iterator[tuple[str, Step]]:
    verb = step.verb
    if isinstance(verb, ForEach):
        for name, steps in without_one(verb.steps):
            yield name, replace(step, verb=replace(verb, steps=steps))
    elif isinstance(verb, WaitFor) and isinstance(verb.on_timeout, tuple):
        for name, steps in without_one(verb.on_timeout):
            yield name, replace(step, verb=replace(verb, on_timeout=steps))
    elif isinstance(verb, Choose):
        for n, (conditions, branch) in enumerate(verb.branches):
            for name, steps in without_one(branch):
                branches = (*verb.branches[:n], (conditions, steps), *verb.branches[n + 1 :])
                yield name, replace(step, verb=replace(verb, branches=branches))
        for name, steps in without_one(verb.otherwise):
            yield name, replace(step, verb=replace(verb, otherwise=steps))
    if isinstance(step.on_error, tuple):
        for name, steps in without_one(step.on_error):
            yield name, replace(step, on_error=steps)
