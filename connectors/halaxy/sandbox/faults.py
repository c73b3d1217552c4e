"""Faults on demand: what is to go wrong, for which requests, how often.

Only requests under `/main` can be hit; the state change of a dropped or cut answer stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec

from connectors.halaxy.sandbox.shapes import FHIR, outcome
from engine.sdk.sandbox import Answer, Asked, json_answer

Deed = Literal["429", "500", "503", "slow", "drop", "html", "truncate", "repeat page", "missing page", "expire tokens"]

_PAGE = b"<!doctype html><html><head><title>Bad gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_TEXTS = {"429": ("throttled", "Too many requests."), "500": ("exception", "An error occurred.")}

# How many pages on the rows of a list come from, under the links of the page that was asked for:
# what a list that moves while it is read looks like.
SHIFTS: Mapping[str, int] = MappingProxyType({"repeat page": -1, "missing page": 1_000_000_000})


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests: a method, a path with `*`, and from the how-maniest of these on (from 1)."""

    method: str = "*"
    path: str = "*"
    nth: Annotated[int, msgspec.Meta(ge=1)] = 1


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One planned fault; `seconds` is the wait of `slow` and the `retry-after` of 429 and 503."""

    do: Deed
    match: Match = Match()
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    seconds: Annotated[int, msgspec.Meta(ge=0)] = 5


class Faults:
    """The planned faults with what each has met so far."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._met: list[int] = []

    def plan(self, faults: list[Fault]) -> None:
        """Add faults after those that stand."""
        self._planned += faults
        self._met += [0] * len(faults)

    def clear(self) -> None:
        """Forget every fault."""
        self._planned, self._met = [], []

    def due(self, asked: Asked) -> Fault | None:
        """The first fault that hits this request; every fault that matches counts it."""
        hit: Fault | None = None
        for index, fault in enumerate(self._planned):
            if not _matches(fault.match, asked):
                continue
            self._met[index] += 1
            if hit is None and fault.match.nth <= self._met[index] < fault.match.nth + fault.times:
                hit = fault
        return hit

    def left(self) -> list[dict[str, object]]:
        """Every planned fault and how many matching requests it has met."""
        return [{**msgspec.to_builtins(f), "met": met} for f, met in zip(self._planned, self._met, strict=True)]


def instead(fault: Fault) -> Answer | None:
    """The answer that a fault gives before anything is done, or None."""
    wait = {"retry-after": str(fault.seconds)}
    match fault.do:
        case "429" | "500":
            code, text = _TEXTS[fault.do]
            return json_answer(int(fault.do), outcome(code, text), wait if fault.do == "429" else {}, FHIR)
        case "503":
            return Answer(503, {"content-type": "text/plain", **wait}, b"Service unavailable")
        case "html":
            return Answer(502, {"content-type": "text/html; charset=utf-8"}, _PAGE)
    return None


def spoiled(fault: Fault, answer: Answer) -> Answer:
    """The answer as it arrives: late, cut in half, or not at all."""
    match fault.do:
        case "slow":
            return replace(answer, delay_seconds=float(fault.seconds))
        case "drop":
            return replace(answer, drop=True)
        case "truncate":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
    return answer


def _matches(match: Match, asked: Asked) -> bool:
    return match.method in ("*", asked.method) and fnmatchcase(asked.path, match.path)
