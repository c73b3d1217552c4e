"""Whether a rehearsal was what its test expects, and if not, what differs, in plain words.

Compares only; texts of a test are read as the type of the value that they are compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.core.rule import Place
from engine.errors import CannotTell
from engine.lang.show import show
from engine.runtime.rehearsal_actions import Act
from engine.runtime.rehearsal_story import Line, story
from engine.runtime.rehearse import Rehearsal
from engine.sdk.contract import Done

Json = Any
# A run that ends so tells of a fault in the rule or the test, whatever else was expected.
_FAULTS = ("CANNOT_TELL", "BAD_INPUT", "NO_ACTION", "TOO_MANY_ROUNDS")
_ABSENT = object()
_SCALARS = (str, int, Decimal, date)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An expected action with its values worked out; `times` None is at least once."""

    action: str
    times: int | None
    inputs: Mapping[str, Json]
    place: Place
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not as expected."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.got}"


def findings(rehearsal: Rehearsal, wanted: Sequence[Wanted], runs: int | None, because: str) -> tuple[str, ...]:
    """Everything that is not as expected, and then what happened; empty when all is well."""
    found = [*_faults(rehearsal), *_runs(rehearsal, runs, because), *_actions(rehearsal.stage.acts, wanted)]
    return (*found, "\n".join(("What happened:", *_told(story(rehearsal))))) if found else ()


def _told(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield f"  {line.step}: {line.text}{_came_to(line)}" if line.step else f"  {line.text}"


def _came_to(line: Line) -> str:
    """The result of an action in short, since it often says why nothing was done."""
    act = line.act
    if act is None or act.part or not isinstance(act.outcome, Done):
        return ""
    shown = [f"{name} {_shown(value)}" for name, value in act.outcome.result.items() if isinstance(value, _SCALARS)]
    return f" ({', '.join(shown)})" if shown else ""


def _faults(rehearsal: Rehearsal) -> Iterator[str]:
    for run in rehearsal.runs:
        for hold in run.holds:
            if hold.code in _FAULTS:
                where = f'The step "{hold.step}"' if hold.step else "The rule"
                yield f"{where} cannot be worked out: {hold.what} {hold.mend}".rstrip()
        for _, entry in run.history:
            if entry.kind == "failed" and entry.detail.get("code") in _FAULTS:
                yield f'The step "{entry.step}" failed: {entry.detail.get("what", "")}'


def _runs(rehearsal: Rehearsal, runs: int | None, because: str) -> Iterator[str]:
    if runs is not None and len(rehearsal.runs) != runs:
        yield f"Runs: expected {runs}, got {len(rehearsal.runs)}."
    reasons = [looked.why_none for looked in rehearsal.looked if looked.run is None]
    if because and runs == len(rehearsal.runs) and not any(_flat(because) in _flat(reason) for reason in reasons):
        got = "; ".join(reasons) or "nothing kept it from running"
        yield f"It does not run, but for another reason: expected {because}, got {got}"


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()


# --- actions ---------------------------------------------------------------------------------------------


def _actions(acts: Sequence[Act], wanted: Sequence[Wanted]) -> Iterator[str]:
    """Each expected action takes the first acts that fit it and come after where the one before it began."""
    free = set(range(len(acts)))
    began = -1
    for one in wanted:
        if one.times == 0:
            continue
        fitting = [number for number in sorted(free) if fits(one, acts[number])]
        later = [number for number in fitting if number > began]
        need = 1 if one.times is None else one.times
        taken = later[:need]
        free -= set(taken)
        if len(taken) < need:
            yield _too_few(one, acts, free, len(taken), early=len(fitting) > len(later))
        began = taken[0] if taken else began
    loose = [one for one in wanted if one.times is None]
    for one in wanted:
        extra = [number for number in sorted(free) if fits(one, acts[number])]
        extra = [number for number in extra if not any(fits(other, acts[number]) for other in loose)]
        if one.times is not None and extra:
            free -= set(extra)
            steps = ", ".join(dict.fromkeys(f'"{acts[number].step}"' for number in extra))
            yield f"{one.action}: expected {_times(one.times)}, happened {_times(one.times + len(extra))}, in {steps}."


def fits(wanted: Wanted, act: Act) -> bool:
    """Whether an act is the action that is expected, with at least these values."""
    return act.action == wanted.action and not unlike(wanted, act)


def unlike(wanted: Wanted, act: Act) -> tuple[Difference, ...]:
    """Where an act of the expected action differs: another connection, or other values."""
    found = differences(wanted.inputs, act.inputs)
    if wanted.connection in ("", act.connection):
        return found
    return (Difference("connection", wanted.connection, act.connection or "the only one"), *found)


def _too_few(wanted: Wanted, acts: Sequence[Act], free: set[int], happened: int, early: bool) -> str:
    head = f"{wanted.action}: expected {_times(wanted.times)}, happened {_times(happened)}"
    if early:
        return f"{head} in this place: it happened earlier than what is expected before it."
    near = [acts[number] for number in sorted(free) if acts[number].action == wanted.action]
    if not near:
        return f"{head}. No step did it."
    act = min(near, key=lambda one: len(unlike(wanted, one)))
    lines = (f"  {difference}" for difference in unlike(wanted, act))
    return "\n".join((f'{head} with these values. The step "{act.step}" did it with others:', *lines))


def _times(count: int | None) -> str:
    if count is None:
        return "at least once"
    return "once" if count == 1 else "never" if count == 0 else f"{count} times"


# --- values ----------------------------------------------------------------------------------------------


def differences(expected: Json, got: Json, path: str = "") -> tuple[Difference, ...]:
    """Where a value lacks what is expected of it; maps may hold more, lists have to be of one length."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return tuple(
            difference
            for name, value in expected.items()
            for difference in differences(value, got.get(name, _ABSENT), f"{path}.{name}" if path else str(name))
        )
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        if len(expected) != len(got):
            return (Difference(path, f"{len(expected)} entries", f"{len(got)} entries"),)
        pairs = enumerate(zip(expected, got, strict=True))
        return tuple(found for at, (one, other) in pairs for found in differences(one, other, f"{path}[{at}]"))
    return () if _same(expected, got) else (Difference(path, _shown(expected), _shown(got)),)


def _same(expected: Json, got: Json) -> bool:
    if got is _ABSENT:
        return expected is None
    wanted = _typed_as(expected, got)
    if isinstance(wanted, bool) != isinstance(got, bool):
        return False
    return bool(wanted == got)


def _typed_as(value: Json, like: Json) -> Json:
    """A text of a test as the type that it is compared with; the text itself when it does not fit."""
    if not isinstance(value, str) or isinstance(like, str):
        return value
    try:
        match like:
            case bool():
                return {"yes": True, "true": True, "no": False, "false": False}.get(value.strip().lower(), value)
            case int() | Decimal():
                return Decimal(value.strip())
            case datetime():
                return datetime.fromisoformat(value.strip())
            case date():
                return date.fromisoformat(value.strip())
    except (ValueError, ArithmeticError):
        return value
    return value


def _shown(value: Json) -> str:
    if value is _ABSENT:
        return "nothing"
    if isinstance(value, Mapping):
        return "a group of fields"
    try:
        return "nothing" if value is None else f'"{show(value)}"' if isinstance(value, str) else show(value)
    except CannotTell:
        return "a list of groups of fields"
