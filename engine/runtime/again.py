"""`again after`: a rule does not start again within a span, for each value of its `per`.

The last start stands in a row that changes with each new one, so that two events at once start one run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.almanac import Almanac
from engine.core.match import Verdict
from engine.core.rule import Rule
from engine.core.times import text_of, time_of
from engine.ports import Change, Insert, Update
from engine.runtime.parts import Parts


@dataclass(frozen=True, slots=True)
class TooSoon:
    """Why a rule does not start again yet, and the run that it started last."""

    reason: str
    run: str


def too_soon(parts: Parts, rule: Rule, verdict: Verdict, now: datetime) -> TooSoon | None:
    """Whether the rule started within its span for the same value; None when it may start."""
    if rule.again_after is None or verdict.result != "matched":
        return None
    known = parts.store.rows("last_start", rule=rule.id, value=verdict.again)
    if not known:
        return None
    almanac = Almanac(now, parts.practice.timezone, parts.calendar)
    until = almanac.after(rule.again_after.span, time_of(known[0]["at"]))
    if now >= until:
        return None
    span = rule.again_after.span
    return TooSoon(f"again after {span.count} {span.unit}: it last started at {known[0]['at']}", known[0]["run"])


def mark_start(parts: Parts, rule: Rule, verdict: Verdict, run: str, now: datetime) -> list[Change]:
    """The change that notes a start; the unit is lost when another start was noted since `too_soon` looked."""
    if rule.again_after is None or verdict.result != "matched":
        return []
    key = {"rule": rule.id, "value": verdict.again}
    known = parts.store.rows("last_start", **key)
    started = {"at": text_of(now), "run": run}
    if not known:
        return [Insert("last_starts", {**key, **started})]
    return [Update("last_starts", {**key, "at": known[0]["at"]}, started)]
