"""Carries a posting from round to round: keys first, then decide, ask for calls, and decide again.

The decision itself is the connector's pure function; here is only what it may know and what becomes of
what it says. A posting that waits or is held gives its keys back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.core.run import Entry, Failure, Settled
from engine.core.times import local_day, text_of
from engine.core.values import dumps, loads
from engine.ports import Change, Delete, Insert, Put, Unit, Update
from engine.runtime.claims import ask_for, give_back
from engine.runtime.holds import open_hold, release
from engine.runtime.ingest import accept
from engine.runtime.parts import Connection, Parts
from engine.runtime.rows import event_of, history_rows, link_of, outcome_of, put_link, send_input
from engine.sdk.contract import (
    Ask,
    Calls,
    Choice,
    Finished,
    Hold,
    Known,
    Later,
    Link,
    NewEvent,
    Outcome,
    Posting,
    Refused,
    Today,
)
from engine.sdk.records import RECORDS, from_plain

Json = Any
_MOST_ROUNDS = 40
_OPEN = ("ready", "in call", "unknown", "joined")
_FRESH_SECONDS = 60
_JOIN_AGAIN_SECONDS = 1
_JOINED_LOOK_SECONDS = 5
_KEYS_LOOK_SECONDS = 30


class Postings:
    """Rounds of postings, for the runner."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._facts: dict[str, tuple[str, Mapping[str, Mapping[str, Json]]]] = {}

    def look(self, run: dict[str, Any], actions: list[dict[str, Any]], now: datetime) -> Unit:
        """What the next look at a run's actions changes: the first that has something to do has its round.

        Postings of one run that stand side by side have their keys one after the other: keys belong to a run.
        """
        asleep: list[str | None] = []
        for action in _in_order(actions):
            unit = self.round(run, action, now)
            move = next(change for change in unit if isinstance(change, Update) and change.table == "runs")
            if len(unit) == 1:
                asleep.append(move.set["wake_at"])
            elif len(actions) == 1:
                return unit
            else:
                at = move.set["wake_at"] if action["state"] == "new" else text_of(now)
                earliest = min((moment for moment in (at, *asleep) if moment), default=None)
                again = replace(move, set={**move.set, "wake_at": earliest})
                return tuple(again if change is move else change for change in unit)
        earliest = min((moment for moment in asleep if moment), default=None)
        return (Update("runs", {"id": run["id"], "version": run["version"]}, {"wake_at": earliest}, {"version": 1}),)

    def round(self, run: dict[str, Any], action: dict[str, Any], now: datetime) -> Unit:
        """What the next look at a run's posting changes; for a plain call there is nothing to do but wait."""
        connection = self._parts.connection(action["connection"])
        posting = self._parts.posting(connection, action["action"])
        if posting is None or action["state"] in ("held", "later"):
            return (self._move(run, None, "", "", now),)
        wanted, version = self._wanted(run, action, posting)
        keys = posting.keys(wanted)
        if action["state"] == "new":
            return self._ask_for_keys(run, action, connection, keys, now)
        attempts = self._parts.store.rows("attempts_of", run=run["id"], path=action["path"])
        if any(attempt["state"] in _OPEN for attempt in attempts):
            return self._wait_for(run, attempts, now)
        return self._decide(run, action, posting, wanted, version, attempts, now)

    def _wait_for(self, run: dict[str, Any], attempts: list[dict[str, Any]], now: datetime) -> Unit:
        """Attempts are under way.

        One that shares another's outcome is looked at now and then: the other may have been settled or withdrawn in
        the moment of joining.
        """
        joined = [attempt for attempt in attempts if attempt["state"] == "joined"]
        changes: list[Change] = []
        for attempt in joined:
            if not self._parts.store.rows("is_open", attempt=attempt["joined"]):
                where = {"id": attempt["id"], "state": "joined", "joined": attempt["joined"]}
                changes.append(Update("attempts", where, {"state": "withdrawn"}))
        look_again = _in_seconds(now, 0 if changes else _JOINED_LOOK_SECONDS) if joined else None
        return (self._move(run, look_again, "running", "", now), *changes)

    # --- keys ---

    def _ask_for_keys(
        self, run: dict[str, Any], action: dict[str, Any], connection: Connection, keys: tuple[str, ...], now: datetime
    ) -> Unit:
        granted, changes = ask_for(self._parts.store, run, connection.name, keys)
        if granted:
            where = {"run": run["id"], "path": action["path"]}
            seq = {"state": "working", "asked_seq": self._last_attempt(run["id"], action["path"])}
            changes.append(Update("actions", where, seq))
        # Who gives the keys back wakes those that it sees in the line; one that joins it in that moment looks itself.
        look_again = now if granted else _in_seconds(now, _KEYS_LOOK_SECONDS)
        return (self._move(run, look_again, "running", "", now), *changes)

    def _last_attempt(self, run: str, path: str) -> int:
        attempts = self._parts.store.rows("attempts_of", run=run, path=path)
        return int(attempts[-1]["seq"]) if attempts else 0

    # --- deciding ---

    def _wanted(self, run: dict[str, Any], action: dict[str, Any], posting: Posting) -> tuple[Any, int]:
        """The newest snapshot of the record; the starting event's copy only where no snapshot is kept."""
        event = event_of(self._parts.store.rows("event", event=run["event"])[0])
        rows = self._parts.store.rows(
            "record", connection=event.connection, kind=posting.record, id=action["record_id"]
        )
        if rows:
            plain = {**loads(rows[0]["body"]), "version": rows[0]["version"]}
        else:
            plain = loads(action["inputs"])[posting.input]
        return from_plain(RECORDS[posting.record], plain), int(plain.get("version", 0))

    def _decide(
        self,
        run: dict[str, Any],
        action: dict[str, Any],
        posting: Posting,
        wanted: Any,
        version: int,
        attempts: list[dict[str, Any]],
        now: datetime,
    ) -> Unit:
        inputs = loads(action["inputs"])
        known = self._known(action, posting, wanted, inputs, attempts)
        source = posting.keys(wanted)[0]
        zone = self._parts.practice.timezone
        today = Today(now, local_day(now, zone), zone)
        decision = posting.decide(wanted, known, inputs, today)
        if isinstance(decision, Calls) and action["rounds"] >= _MOST_ROUNDS:
            decision = Refused("TOO_MANY_ROUNDS", "The posting did not come to an end.", "Report this as a fault.")
        links = [] if isinstance(decision, Refused | Later) else list(decision.links)
        changes = [put_link(action["connection"], link, now) for link in links]
        changes += release(self._parts, _new_sources(links, known), now)
        match decision:
            case Calls():
                guards = [_still_as_decided(action["connection"], ask, known) for ask in decision.asks if ask.link]
                return (*guards, *self._ask(run, action, decision.asks, version, now), *changes)
            case Finished(result, _, events):
                terms = self._parts.connection(action["connection"]).terms[action["action"]]
                settled = Settled(action["path"], terms.complete(result))
                return (*self._settle(run, action, settled, now), *changes, *self._told(action, events, now))
            case Refused(code, what, mend):
                failure = Failure(action["step"], what, mend, code)
                return self._settle(run, action, Settled(action["path"], None, failure), now)
            case Hold():
                return (*self._hold(run, action, decision, source, version, now), *changes)
            case Later(at, why, events):
                return (*self._later(run, action, at, why, now), *self._told(action, events, now))

    def _known(
        self,
        action: dict[str, Any],
        posting: Posting,
        wanted: Any,
        inputs: Mapping[str, Json],
        attempts: list[dict[str, Any]],
    ) -> Known:
        sources = [*posting.keys(wanted), *posting.shared(wanted, inputs)]
        links = self._links(action, sources)
        if posting.linked is not None:
            links |= self._links(action, posting.linked(links))
        answers: dict[str, Outcome] = {}
        # What was withdrawn had been decided on something that is no longer so: the answers before it are old.
        withdrawn = [attempt["seq"] for attempt in attempts if attempt["state"] == "withdrawn"]
        since = max(action["asked_seq"], *withdrawn) if withdrawn else action["asked_seq"]
        for attempt in attempts:
            if attempt["outcome"] and attempt["seq"] > since:
                answers[attempt["part"]] = outcome_of(attempt["outcome"])
        return Known(
            links, answers, self._facts_of(action["connection"]), self._choices(action, posting.keys(wanted)[0])
        )

    def _links(self, action: dict[str, Any], sources: Sequence[str]) -> dict[tuple[str, str], Link]:
        rows = self._parts.store.rows("links", connection=action["connection"], sources=dumps(list(sources)))
        return {(row["source"], row["part"]): link_of(row) for row in rows}

    def _choices(self, action: dict[str, Any], source: str) -> Mapping[tuple[str, str], Choice]:
        rows = self._parts.store.rows("choices", connection=action["connection"], source=source)
        return {(row["code"], row["about"]): Choice(row["choice"], row["record_version"]) for row in rows}

    def _facts_of(self, connection: str) -> Mapping[str, Mapping[str, Json]]:
        stamps = self._parts.store.rows("cursor", connection=connection, poll="facts")
        stamp = str(stamps[0]["last_at"]) if stamps else ""
        cached = self._facts.get(connection)
        if cached is None or cached[0] != stamp:
            kinds = ["account", "tax rate", "tracking", "organisation", "native sync"]
            facts: dict[str, dict[str, Json]] = {kind: {} for kind in kinds}
            for row in self._parts.store.rows("record_kinds", connection=connection, kinds=dumps(kinds)):
                facts[row["kind"]][row["id"]] = loads(row["body"])
            cached = (stamp, facts)
            self._facts[connection] = cached
        return cached[1]

    # --- what becomes of a decision ---

    def _ask(
        self, run: dict[str, Any], action: dict[str, Any], asks: tuple[Ask, ...], version: int, now: datetime
    ) -> Unit:
        changes: list[Change] = []
        busy = joins = False
        for ask in asks:
            row = self._attempt_row(run, action, ask, version, now)
            if ask.element.marker:
                open_ = self._parts.store.rows(
                    "open_marker", connection=action["connection"], action=ask.action, marker=ask.element.marker
                )
                if open_ and open_[0]["element"] == row["element"]:
                    row |= {"state": "joined", "joined": open_[0]["id"]}
                    joins = True
                    same = {"state": open_[0]["state"]}
                    changes.append(Update("attempts", {"id": open_[0]["id"], **same}, same))
                elif open_:
                    busy = True
                    continue
            changes.append(Insert("attempts", row))
        rounds = Update("actions", {"run": run["id"], "path": action["path"]}, {}, {"rounds": 1})
        look_again = _in_seconds(now, _JOIN_AGAIN_SECONDS) if busy and not changes else None
        if joins:
            look_again = _in_seconds(now, _JOINED_LOOK_SECONDS)
        return (self._move(run, look_again, "running", "", now), rounds, *changes)

    def _attempt_row(
        self, run: dict[str, Any], action: dict[str, Any], ask: Ask, version: int, now: datetime
    ) -> dict[str, Any]:
        return {
            "id": self._parts.ids.new("att"),
            "run": run["id"],
            "path": action["path"],
            "part": ask.part,
            "number": 1,
            "connection": action["connection"],
            "action": ask.action,
            "state": "ready",
            "work_class": run["work_class"],
            "marker": ask.element.marker,
            "element": dumps(dict(ask.element.payload)),
            "source_key": ask.link[0] if ask.link else "",
            "link_source": ask.link[0] if ask.link else None,
            "link_part": ask.link[1] if ask.link else None,
            "record_version": version,
            "ends": int(ask.ends),
            "stale_at": text_of(_in_seconds(now, _FRESH_SECONDS)) if ask.fresh_read else None,
            "not_before": text_of(now),
            "first_at": text_of(now),
            "retry": action["retry"],
        }

    def _told(self, action: dict[str, Any], events: Sequence[NewEvent], now: datetime) -> list[Change]:
        """Events of a posting; one that was told before is known by its key."""
        connection = self._parts.connection(action["connection"])
        return accept(self._parts, connection.connector.name, connection.name, events, now) if events else []

    def _settle(self, run: dict[str, Any], action: dict[str, Any], settled: Settled, now: datetime) -> Unit:
        return (
            self._move(run, now, "running", "", now),
            Delete("actions", {"run": run["id"], "path": action["path"]}, expect=1),
            send_input(run["id"], settled),
            *give_back(self._parts.store, run["id"], now),
        )

    def _hold(
        self, run: dict[str, Any], action: dict[str, Any], hold: Hold, source: str, version: int, now: datetime
    ) -> Unit:
        what = str(hold.detail.get("what", "")) if hold.detail else ""
        posting = {"connection": action["connection"], "source": source, "record_version": version}
        return (
            self._move(run, None, "waiting", hold.code, now),
            Update("actions", {"run": run["id"], "path": action["path"]}, {"state": "held"}),
            *open_hold(
                self._parts,
                run,
                action["path"],
                action["step"],
                hold.code,
                hold.about,
                hold.cause,
                what,
                hold.releases,
                hold.choices,
                now,
                {**posting, "detail": dumps(dict(hold.detail))},
            ),
            *history_rows(run["id"], (Entry("held", action["step"], {"code": hold.code, "about": hold.about}),), now),
            *give_back(self._parts.store, run["id"], now),
        )

    def _later(self, run: dict[str, Any], action: dict[str, Any], at: datetime, why: str, now: datetime) -> Unit:
        return (
            self._move(run, None, "waiting", why, now),
            Update("actions", {"run": run["id"], "path": action["path"]}, {"state": "later"}),
            Put("timers", {"run": run["id"], "path": action["path"]}, {"due_at": text_of(at)}),
            *history_rows(run["id"], (Entry("waiting", action["step"], {"until": at, "why": why}),), now),
            *give_back(self._parts.store, run["id"], now),
        )

    def _move(self, run: dict[str, Any], wake_at: datetime | None, status: str, reason: str, now: datetime) -> Change:
        row = {"wake_at": text_of(wake_at) if wake_at else None, "updated_at": text_of(now)}
        if status:
            row |= {"status": status, "reason": reason}
        return Update("runs", {"id": run["id"], "version": run["version"]}, row, {"version": 1})


def _in_order(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those under way first, then the first of those that have no keys yet, once no other has them."""
    begun = [action for action in actions if action["state"] != "new"]
    has_keys = any(action["state"] == "working" and action["record_kind"] for action in begun)
    return begun + ([] if has_keys else [action for action in actions if action["state"] == "new"][:1])


def _still_as_decided(connection: str, ask: Ask, known: Known) -> Change:
    """Loses the unit when what the ask would make was made by another run since this one read the links.

    A marker guards only while its attempt is open; what two postings share (a contact) may have been settled between
    this one's reading and its asking.
    """
    source, part = ask.link or ("", "")
    where = {"connection": connection, "source": source, "part": part}
    link = known.links.get((source, part))
    if link is None:
        return Delete("links", where, expect=0)
    return Update("links", {**where, "vendor_id": link.id, "gone": int(link.gone)}, {"gone": int(link.gone)})


def _new_sources(links: Sequence[Link], known: Known) -> list[str]:
    """What holds may wait for: sources of which something stands now that did not before."""
    return [f"link {link.source}" for link in links if not link.gone and (link.source, link.part) not in known.links]


def _in_seconds(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
