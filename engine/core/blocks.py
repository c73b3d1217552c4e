"""Finding the steps of a rule: every list of steps in it has an address.

An address is a tuple of (position, word) pairs from the top; the word says which list of that step is
meant: a branch of `choose` by number, `otherwise`, `each`, `on error`, `on timeout`.
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.rule import Choose, Do, ForEach, Rule, Step, WaitFor
from engine.errors import Bug

Address = tuple[tuple[int, str], ...]

TOP: Address = ()
ON_ERROR: Address = ((-1, "on error"),)


def steps_at(rule: Rule, address: Address) -> tuple[Step, ...]:
    """The list of steps at an address; raises Bug when the rule has none there."""
    steps = rule.steps
    for position, word in address:
        steps = rule.on_error if position == -1 else _inside(steps[position], word)
    return steps


def _inside(step: Step, word: str) -> tuple[Step, ...]:
    verb = step.verb
    match verb:
        case Choose() if word == "otherwise":
            return verb.otherwise
        case Choose() if word.isdigit():
            return verb.branches[int(word)][1]
        case ForEach() if word == "each":
            return verb.steps
        case Do() if word == "each":
            return (replace(step, verb=replace(verb, loop=None), conditions=(), save_as=None, then_stop=False),)
        case WaitFor() if word == "on timeout" and isinstance(verb.on_timeout, tuple):
            return verb.on_timeout
    if word == "on error" and isinstance(step.on_error, tuple):
        return step.on_error
    raise Bug(f'The step "{step.name}" has no list "{word}".')
