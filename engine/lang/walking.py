"""Closures that read paths: a short way through plain dicts, and the exact way for everything else.

Names nothing and compiles nothing; `compiler` takes a path apart and says which of its steps are fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import CannotTell
from engine.lang import operators
from engine.lang.faults import did_you_mean

Json = Any
Names = Mapping[str, Json]
Run = Callable[[Names], Json]
# A field's name or the closure of a key, and the path up to there as it is called in messages.
Step = tuple[str | Run, str]

# What indexing with a text raises where the exact way has something to say: no such field, no group at all.
_NOT_PLAIN = (KeyError, TypeError, IndexError)


def named(name: str) -> Run:
    """Reads a name."""

    def run(names: Names) -> Json:
        if name not in names:
            raise CannotTell(f"{name} is not known here.", did_you_mean(name, names))
        return names[name]

    return run


def walked(first: Run, steps: tuple[Step, ...], soft: bool) -> Run:
    """Reads what `first` gives and then follows the steps; a soft walk ends in None where it meets one."""
    if not steps:
        return first

    def run(names: Names) -> Json:
        value = first(names)
        for step, path in steps:
            if value is None and soft:
                return None
            if isinstance(step, str):
                value = operators.field(value, step, path)
            else:
                value = operators.entry(value, step(names), path)
        return value

    return run


def fields(name: str, steps: tuple[Step, ...], soft: bool) -> Run:
    """Reads a name and then fields alone, as nearly every path does; steps that are keys make it a plain walk."""
    exact = walked(named(name), steps, soft)
    keys = tuple(step for step, _ in steps if isinstance(step, str))
    if len(keys) != len(steps):
        return exact
    match keys:
        case (one,):
            return _one(name, one, exact)
        case (one, two):
            return _two(name, one, two, exact)
        case (one, two, three):
            return _three(name, one, two, three, exact)
    return exact


def _one(name: str, one: str, exact: Run) -> Run:
    def run(names: Names) -> Json:
        try:
            return names[name][one]
        except _NOT_PLAIN:
            return exact(names)

    return run


def _two(name: str, one: str, two: str, exact: Run) -> Run:
    def run(names: Names) -> Json:
        try:
            return names[name][one][two]
        except _NOT_PLAIN:
            return exact(names)

    return run


def _three(name: str, one: str, two: str, three: str, exact: Run) -> Run:
    def run(names: Names) -> Json:
        try:
            return names[name][one][two][three]
        except _NOT_PLAIN:
            return exact(names)

    return run
