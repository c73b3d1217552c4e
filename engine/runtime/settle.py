"""What becomes of attempts when their call is over: done, refused, tried again, or unknown.

One unit a call: call, attempts, joined attempts and link rows together; the runs are only woken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.core.retry import DEFAULT, next_try
from engine.core.run import Failure, Settled
from engine.core.times import text_of, time_of
from engine.ports import Change, Insert, Update
from engine.runtime.holds import open_hold, release
from engine.runtime.ingest import accept
from engine.runtime.parts import ActionTerms, Parts
from engine.runtime.rows import outcome_text, put_link, retry_of, send_input, wake
from engine.sdk.contract import Done, Link, LinkFacts, Outcome, RateLimited, Rejected, Response, Retry, SignIn, Unknown

Json = Any
_KEPT_ANSWER = 1_000_000


class Settlement:
    """Writes the end of calls."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def close(
        self,
        call: dict[str, Any],
        terms: ActionTerms,
        rows: Sequence[dict[str, Any]],
        outcomes: Sequence[Outcome],
        answer: Response,
        extra: tuple[Change, ...],
        now: datetime,
    ) -> bool:
        """Close an answered call; False when another worker's fence was newer (the answer is kept as evidence)."""
        company = _halves(rows, outcomes)
        changes: list[Change] = list(extra)
        unknown = False
        for row, outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, Unknown):
                unknown = True
                changes.append(_now_unknown(row))
            else:
                changes += self.attempt(row, terms, outcome, now, company)
        evidence = {"status": answer.status, "answer": answer.body[:_KEPT_ANSWER], "answered_at": text_of(now)}
        after = {"state": "asking", "silent_until": text_of(now + timedelta(seconds=terms.settles_after_seconds))}
        state = after if unknown else {"state": "closed"}
        ending = Update("calls", {"id": call["id"], "fence": call["fence"]}, {**evidence, **state})
        if self._parts.store.write((ending, *changes))[0]:
            self._hint(rows)
            return True
        self._parts.store.write((Update("calls", {"id": call["id"]}, evidence, expect=None),))
        return False

    def not_sent(self, call: dict[str, Any], extra: tuple[Change, ...], now: datetime) -> None:
        """The bytes never left (or it was a read): its elements are ready again."""
        rows = self._parts.store.rows("attempts_of_call", call=call["id"])
        changes: list[Change] = list(extra)
        for row in rows:
            if row["state"] in ("in call", "unknown"):
                changes += self._again(row, "not sent", now, row["company"])
        ending = Update("calls", {"id": call["id"], "fence": call["fence"]}, {"state": "not sent"})
        self._parts.store.write((ending, *changes))

    def attempt(
        self, row: dict[str, Any], terms: ActionTerms, outcome: Outcome, now: datetime, company: int = 0
    ) -> list[Change]:
        """The changes that settle one attempt, or have it tried again as a new one."""
        match outcome:
            case Done():
                return self._done(row, outcome, now)
            case Rejected(code="WHOLE_CALL") if company:
                return self._again(row, "retried", now, company)
            case Rejected():
                return self._end(row, "rejected", outcome, now)
            case RateLimited() | SignIn():
                return self._again(row, "retried", now, row["company"])
            case Retry(what, after):
                policy = retry_of(row["retry"]) or DEFAULT
                at = next_try(policy, row["number"], time_of(row["first_at"]), now, self._parts.jitter(), after)
                if at is None:
                    mend = "Try the run again when the service works."
                    return self._end(row, "rejected", Rejected("GAVE_UP", what, mend), now)
                return self._again(row, "retried", at, row["company"], row["number"] + 1)
            case Unknown():
                return [_now_unknown(row)]

    def again(self, row: dict[str, Any], now: datetime) -> list[Change]:
        """The effect surely does not stand: the element is ready again, as a new attempt."""
        return self._again(row, "retried", now, row["company"])

    def ask_a_person(self, row: dict[str, Any], now: datetime) -> list[Change]:
        """Nobody can look up whether this effect stands: the run waits for a person's word."""
        run = self._parts.store.rows("run", run=row["run"])[0]
        held = Update("attempts", {"id": row["id"]}, {"state": "held", "settled_at": text_of(now)})
        about = f"{row['connection']} {row['action']}"
        status = Update("runs", {"id": row["run"]}, {"status": "waiting", "reason": "OUTCOME_UNKNOWN"}, {"version": 1})
        return [
            held,
            status,
            *open_hold(
                self._parts,
                run,
                f"{row['path']}#{row['id']}",
                row["path"],
                "OUTCOME_UNKNOWN",
                about,
                f"unknown {row['connection']}",
                "",
                ("person",),
                ("it went out", "send it again"),
                now,
            ),
        ]

    def _done(self, row: dict[str, Any], outcome: Done, now: datetime) -> list[Change]:
        changes = self._end(row, "done", outcome, now)
        connector = self._parts.connection(row["connection"]).connector.name
        changes += accept(self._parts, connector, row["connection"], outcome.events, now)
        if row["link_source"] and outcome.link is not None:
            changes.append(put_link(row["connection"], _link(row, outcome.link), now))
            changes += release(self._parts, (f"link {row['link_source']}",), now)
        return changes

    def _end(self, row: dict[str, Any], state: str, outcome: Done | Rejected, now: datetime) -> list[Change]:
        settled = {"state": state, "outcome": outcome_text(outcome), "settled_at": text_of(now)}
        changes: list[Change] = [Update("attempts", {"id": row["id"], "state": row["state"]}, settled)]
        joined = self._parts.store.rows("joined_to", attempt=row["id"])
        if joined:
            changes.append(Update("attempts", {"joined": row["id"], "state": "joined"}, settled, expect=None))
        if not row["part"]:
            changes.append(send_input(row["run"], self._settled(row, outcome)))
        return changes + [wake(run, now) for run in sorted({row["run"], *(other["run"] for other in joined)})]

    def _settled(self, row: dict[str, Any], outcome: Done | Rejected) -> Settled:
        if isinstance(outcome, Done):
            terms = self._parts.connection(row["connection"]).terms[row["action"]]
            return Settled(row["path"], terms.complete(outcome.result))
        return Settled(row["path"], None, Failure(row["path"], outcome.what, outcome.mend, outcome.code))

    def _again(
        self, row: dict[str, Any], state: str, at: datetime, company: int, number: int | None = None
    ) -> list[Change]:
        """What goes again is a new attempt; those that had joined the old one join the new."""
        new = {name: row[name] for name in _CARRIED}
        new |= {
            "id": self._parts.ids.new("att"),
            "number": number if number is not None else row["number"],
            "state": "ready",
            "not_before": text_of(at),
            "company": company,
        }
        return [
            Update("attempts", {"id": row["id"], "state": row["state"]}, {"state": state}),
            Insert("attempts", new),
            Update("attempts", {"joined": row["id"], "state": "joined"}, {"joined": new["id"]}, expect=None),
        ]

    def _hint(self, rows: Sequence[dict[str, Any]]) -> None:
        for run in dict.fromkeys(row["run"] for row in rows):
            self._parts.queue.hint(run)


_CARRIED = (
    "run",
    "path",
    "part",
    "connection",
    "action",
    "work_class",
    "marker",
    "element",
    "source_key",
    "link_source",
    "link_part",
    "record_version",
    "ends",
    "stale_at",
    "first_at",
    "retry",
)


def _halves(rows: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]) -> int:
    """How many may go together after a call was refused without naming an element: half, down to one alone."""
    refused = all(isinstance(outcome, Rejected) and outcome.code == "WHOLE_CALL" for outcome in outcomes)
    return (len(rows) + 1) // 2 if refused and len(rows) > 1 else 0


def _now_unknown(row: dict[str, Any]) -> Change:
    return Update("attempts", {"id": row["id"]}, {"state": "unknown"})


def _link(row: dict[str, Any], facts: LinkFacts) -> Link:
    return Link(
        source=row["link_source"],
        part=row["link_part"],
        kind=facts.kind,
        id=facts.id,
        marker=facts.marker,
        version=row["record_version"],
        written=facts.seen,
        seen=facts.seen,
        made_by="us",
        gone=bool(row["ends"]),
    )
