"""Between stored rows and the data that the runtime works with.

Shapes only; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.core.events import Event
from engine.core.rule import Retry as TryAgain
from engine.core.run import (
    Cancelled,
    Entry,
    EventArrived,
    Failure,
    Input,
    LookedBack,
    Moved,
    NotReady,
    Released,
    Settled,
    Started,
    TimerDue,
    TriedAgain,
)
from engine.core.times import text_of, time_of
from engine.core.values import dumps, loads
from engine.errors import Bug
from engine.ports import Change, Insert, Put, Update
from engine.sdk.contract import (
    Done,
    Link,
    LinkFacts,
    NewEvent,
    Outcome,
    RateLimited,
    Record,
    Rejected,
    Retry,
    SignIn,
    Unknown,
)

Json = Any
Row = Mapping[str, Any]


def event_of(row: Row) -> Event:
    """An event from its row."""
    body = loads(row["body"])
    return Event(
        id=row["id"],
        source=row["source"],
        connection=row["connection"],
        type=row["type"],
        key=row["key"],
        time=time_of(row["time"]),
        title=row["title"],
        accepted_at=time_of(row["accepted_at"]),
        subject=row["subject"],
        amount=body["amount"],
        data=body["data"],
    )


def event_row(event: NewEvent, id: str, source: str, connection: str, now: datetime) -> dict[str, Any]:
    """The row of a new event."""
    return {
        "id": id,
        "source": source,
        "connection": connection,
        "type": event.type,
        "key": event.key,
        "time": text_of(event.time),
        "title": event.title,
        "subject": event.subject,
        "body": dumps({"amount": event.amount, "data": dict(event.data)}),
        "accepted_at": text_of(now),
    }


def record_of(row: Row) -> Record:
    """A snapshot from its row."""
    return Record(row["kind"], row["id"], row["version"], loads(row["body"]), row["parent"])


def link_of(row: Row) -> Link:
    """A link from its row."""
    return Link(
        source=row["source"],
        part=row["part"],
        kind=row["kind"],
        id=row["vendor_id"],
        marker=row["marker"],
        version=row["version"],
        written=loads(row["written"]),
        seen=loads(row["seen"]),
        made_by=row["made_by"],
        gone=bool(row["gone"]),
    )


def put_link(connection: str, link: Link, now: datetime) -> Change:
    """Write a link row, replacing the one of the same part."""
    return Put(
        "links",
        {"connection": connection, "source": link.source, "part": link.part},
        {
            "kind": link.kind,
            "vendor_id": link.id,
            "marker": link.marker,
            "version": link.version,
            "written": dumps(dict(link.written)),
            "seen": dumps(dict(link.seen)),
            "made_by": link.made_by,
            "gone": int(link.gone),
            "updated_at": text_of(now),
        },
    )


def wake(run: str, now: datetime) -> Change:
    """Have a run looked at; whoever was deciding on what it knew before loses and reads again."""
    return Update("runs", {"id": run}, {"wake_at": text_of(now)}, {"version": 1}, expect=None)


def withdraw(attempt: str, now: datetime) -> list[Change]:
    """Take a ready attempt back; the unit is lost when a lane has taken it meanwhile.

    Those that share its outcome are withdrawn with it; their runs find that at their next look.
    """
    gone = {"state": "withdrawn", "settled_at": text_of(now)}
    return [
        Update("attempts", {"id": attempt, "state": "ready"}, gone),
        Update("attempts", {"joined": attempt, "state": "joined"}, gone, expect=None),
    ]


def history_rows(run: str, entries: tuple[Entry, ...], now: datetime) -> list[Change]:
    """History lines as inserts."""
    at = text_of(now)
    return [
        Insert("history", {"run": run, "at": at, "kind": e.kind, "step": e.step, "detail": dumps(dict(e.detail))})
        for e in entries
    ]


def retry_text(retry: TryAgain | None) -> str:
    """A step's own way to be tried again, as stored with its attempts; empty for the default."""
    return dumps([retry.times, int(retry.over.total_seconds())]) if retry is not None else ""


def retry_of(text: str) -> TryAgain | None:
    """The reverse of retry_text."""
    if not text:
        return None
    times, seconds = loads(text)
    return TryAgain(times, timedelta(seconds=seconds))


# --- inputs of a run ---------------------------------------------------------------------------------


def send_input(run: str, happened: Input) -> Change:
    """Put an input into a run's inbox."""
    kind, body = _input_body(happened)
    return Insert("inbox", {"run": run, "kind": kind, "body": dumps(body)})


def _input_body(happened: Input) -> tuple[str, Json]:
    match happened:
        case Started():
            return "started", None
        case Settled(path, result, failure):
            failed = [failure.step, failure.what, failure.mend, failure.code] if failure else None
            return "settled", [path, result, failed]
        case NotReady(path, what, mend, code):
            return "not ready", [path, what, mend, code]
        case TimerDue(path):
            return "timer", path
        case EventArrived(path, objects, event):
            return "event", [path, dict(objects), event]
        case LookedBack():
            return "looked back", None
        case Moved():
            return "moved", None
        case Released(path):
            return "released", path
        case Cancelled(reason, _):
            return "cancelled", reason
        case TriedAgain():
            return "tried again", None


def input_of(row: Row) -> Input:
    """An input from its inbox row."""
    body = loads(row["body"])
    match row["kind"]:
        case "started":
            return Started()
        case "settled":
            return Settled(body[0], body[1], Failure(*body[2]) if body[2] else None)
        case "not ready":
            return NotReady(*body)
        case "timer":
            return TimerDue(body)
        case "event":
            return EventArrived(*body)
        case "looked back":
            return LookedBack()
        case "moved":
            return Moved()
        case "released":
            return Released(body)
        case "cancelled":
            return Cancelled(body)
        case "tried again":
            return TriedAgain()
    raise Bug("An inbox row is of no known kind.")


# --- outcomes ------------------------------------------------------------------------------------------


def outcome_text(outcome: Outcome) -> str:
    """An outcome as stored with its attempt."""
    match outcome:
        case Done(result, link):
            facts = [link.kind, link.id, link.marker, dict(link.seen)] if link else None
            return dumps(["done", dict(result), facts])
        case Rejected(code, what, mend):
            return dumps(["rejected", code, what, mend])
        case Retry(what, after):
            return dumps(["retry", what, str(after)])
        case RateLimited(scope, after):
            return dumps(["rate limited", scope, str(after)])
        case SignIn(what):
            return dumps(["sign-in needed", what])
        case Unknown(what):
            return dumps(["unknown", what])


def outcome_of(text: str) -> Outcome:
    """A settled outcome from its text."""
    kind, *rest = loads(text)
    if kind == "done":
        return Done(rest[0], LinkFacts(*rest[1]) if rest[1] else None)
    if kind == "rejected":
        return Rejected(rest[0], rest[1], rest[2])
    if kind == "retry":
        return Retry(rest[0])
    return Unknown(str(rest[0]))
