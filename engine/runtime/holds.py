"""Opening and releasing holds: a run parked at a step until its cause is gone.

Tells the world once per cause and day, by the event `books.hold_opened`; who is told is a rule's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from engine.core.holds import sentence
from engine.core.run import Released
from engine.core.times import local_day, text_of
from engine.core.values import dumps
from engine.ports import Change, Insert, Update
from engine.runtime.parts import Parts
from engine.runtime.rows import event_row, send_input, wake
from engine.sdk.contract import NewEvent

Json = Any
_NO_POSTING: Mapping[str, Any] = MappingProxyType({})
_PASSING = frozenset({"FACTS_MISSING"})  # over as soon as the connection is read; a late poll is told by itself


def open_hold(
    parts: Parts,
    run: dict[str, Any],
    path: str,
    step: str,
    code: str,
    about: str,
    cause: str,
    what: str,
    releases: Sequence[str],
    choices: Sequence[str],
    now: datetime,
    posting: Mapping[str, Any] = _NO_POSTING,
) -> list[Change]:
    """The changes that open a hold and say so.

    Args:
        posting: For the hold of a posting: connection, source key, record version and detail.
        about: What is held, by ids: `halaxy invoice 1001`.
        cause: Groups the notices: `map revenue_accounts: Report`.
        releases: Things whose change releases it, besides a person.
    """
    hold = parts.ids.new("hold")
    changes: list[Change] = [
        Insert(
            "holds",
            {
                "id": hold,
                "run": run["id"],
                "path": path,
                "step": step,
                "code": code,
                "about": about,
                "cause": cause,
                "what": what,
                "choices": dumps(list(choices)),
                "opened_at": text_of(now),
                **posting,
            },
        )
    ]
    changes += [Insert("hold_releases", {"hold": hold, "thing": thing}, ignore=True) for thing in releases]
    if code not in _PASSING and not _answers_books(parts, run):
        about_it = {"code": code, "about": about, "cause": cause}
        day = local_day(now, parts.practice.timezone).isoformat()
        changes.append(_say(parts, "hold_opened", f"{cause} {day}", run, about_it, now))
    return changes


def _answers_books(parts: Parts, run: dict[str, Any]) -> bool:
    """Whether the run was started by an event of the books: were its own holds told as well, they would go round."""
    events = parts.store.rows("event", event=run["event"])
    return bool(events) and events[0]["source"] == "books"


def release(parts: Parts, things: Sequence[str], now: datetime) -> list[Change]:
    """The changes that release every open hold that waits for one of these things."""
    changes: list[Change] = []
    seen: set[str] = set()
    for thing in things:
        for hold in parts.store.rows("held_by", thing=thing):
            if hold["id"] not in seen:
                seen.add(hold["id"])
                changes += let_go(parts, hold, thing, now)
    return changes


def let_go(parts: Parts, hold: dict[str, Any], by: str, now: datetime) -> list[Change]:
    """The changes that release one hold; its step is decided again."""
    run = parts.store.rows("run", run=hold["run"])[0]
    released = {"released_at": text_of(now), "released_by": by}
    return [
        Update("holds", {"id": hold["id"], "released_at": None}, released, expect=None),
        send_input(hold["run"], Released(hold["path"])),
        wake(hold["run"], now),
        _say(parts, "hold_released", hold["id"], run, hold, now),
    ]


def _say(parts: Parts, kind: str, key: str, run: dict[str, Any], hold: Mapping[str, Any], now: datetime) -> Change:
    """The event that a hold was opened or released, known once by its key."""
    told = {
        "code": hold["code"],
        "about": hold["about"],
        "cause": hold["cause"],
        "sentence": sentence(hold["code"]),
        "rule": run["rule"],
        "run": run["id"],
    }
    event = NewEvent(
        type=f"books.{kind}",
        key=f"{kind} {key}",
        time=now,
        title=f"{kind.replace('_', ' ').capitalize()}: {hold['code']}",
        data={"hold": told},
        subject=run["subject"],
    )
    return Insert("events", event_row(event, parts.ids.new("evt"), "books", "books", now), ignore=True)
