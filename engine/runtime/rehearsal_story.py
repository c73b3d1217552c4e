"""What happened in a rehearsal, told line by line: matches, steps, calls, holds, ends.

Words only; values that may be personal are left to whoever prints the acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.run import Entry
from engine.runtime.rehearsal_actions import Act
from engine.runtime.rehearse import Rehearsal, Rehearsed
from engine.sdk.contract import Done, Rejected

Json = Any
_SAYS = {"timed out": "nothing came in time", "missing": "found nothing", "cancelled": "was cancelled"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story; `act` is there when it tells of an action or a call."""

    kind: str
    step: str
    text: str
    act: Act | None = None


def story(rehearsal: Rehearsal, only_first: bool = False) -> tuple[Line, ...]:
    """The whole rehearsal: events that came to nothing (or the first of them only), then each run."""
    return tuple(_story(rehearsal, only_first))


def _story(rehearsal: Rehearsal, only_first: bool) -> Iterator[Line]:
    for looked in rehearsal.looked[:1] if only_first else rehearsal.looked:
        if looked.run is None:
            yield Line("not matched", "", f"{looked.event.type} starts no run: {looked.why_none}")
    for run in rehearsal.runs:
        begins = "run" if len(rehearsal.runs) == 1 else f"run {run.number}"
        if run.verdict.result == "cannot tell":
            yield Line("cannot tell", "", f"{begins} is held at its start: {run.verdict.reason}")
        else:
            yield Line("matched", "", f"{begins} starts with {run.event.type}")
        yield from _of_run(run)


def _of_run(run: Rehearsed) -> Iterator[Line]:
    performed = iter(run.performed)
    held = iter([hold for hold in run.holds if hold.step])
    for _, entry in run.history:
        if entry.kind == "asked":
            for act in next(performed, ()):
                yield Line("call" if act.part else "action", entry.step, told(act), act)
        elif entry.kind == "held":
            hold = next(held, None)
            yield Line("held", entry.step, f"held, {hold.code}: {hold.what} {hold.mend}".strip() if hold else "held")
        elif (text := _entry(entry)) is not None:
            yield Line(entry.kind, entry.step, text)
    if run.state.ended is None:
        due = min(run.timers.values(), default=None)
        until = f" until {due:%Y-%m-%d %H:%M %Z}" if due is not None else ""
        yield Line("open", "", f"is {run.status}{until}")


def _entry(entry: Entry) -> str | None:
    detail: Mapping[str, Json] = entry.detail
    match entry.kind:
        case "skipped":
            return f"skipped, because not: {detail.get('because', '')}"
        case "failed" if entry.step:
            return f"failed, {detail.get('code', '')}: {detail.get('what', '')}".rstrip(": ")
        case "waiting":
            why = f": {detail['why']}" if detail.get("why") else ""
            wish = f" for {detail['for']}" if detail.get("for") else ""
            return f"waits{wish} until {detail['until']:%Y-%m-%d %H:%M %Z}{why}" if "until" in detail else "waits"
        case "succeeded" | "failed" | "cancelled":
            reason = f": {detail['reason']}" if detail.get("reason") else ""
            return f"the run {_SAYS.get(entry.kind, entry.kind)}{reason}"
        case "timed out" | "missing":
            return _SAYS[entry.kind]
    return None


def told(act: Act) -> str:
    """An act in a few words, without its values."""
    marker = f" {act.marker}" if act.marker else ""
    match act.outcome:
        case Rejected(code, what):
            return f"{act.action}{marker} is refused, {code}: {what}"
        case Done() | None:
            return f"{act.action}{marker}"
    return f"{act.action}{marker} gets no answer"
