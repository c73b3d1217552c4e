"""A tiny vendor without any uniqueness of its own, and a world around it on a virtual clock.

What the runtime must get right, it must get right here without the vendor's help.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.core.calendar import Calendar
from engine.core.expression import Literal
from engine.core.rule import Do, Place, Rule, Step
from engine.errors import NoAnswer, NotSent
from engine.ports import Insert
from engine.queue.in_process import InProcessQueue
from engine.runtime.loop import Loop
from engine.runtime.parts import ActionTerms, Connection, Limits, Parts
from engine.runtime.rows import event_row
from engine.sdk.contract import (
    Ask,
    Call,
    Calls,
    Connector,
    Done,
    Element,
    Finished,
    Known,
    LinkFacts,
    NewEvent,
    Outcome,
    Posting,
    RateLimited,
    Refused,
    Rejected,
    Request,
    Response,
    Retry,
    Today,
    Unknown,
    read_json,
    write_json,
)
from engine.sdk.records import Payer
from engine.sdk.testing import CountingIds, VirtualClock
from engine.store.sqlite import SqliteStore

Json = Any
PLACE = Place("r.yaml", 1, 1)


class Shop:
    """The vendor: keeps what it was asked to, remembers answers by key for six minutes, fails as told."""

    def __init__(self, clock: VirtualClock, faults: Callable[[Request], str] = lambda _: "") -> None:
        self.clock, self.faults = clock, faults
        self.kept: list[Json] = []
        self.sizes: list[int] = []
        self._answers: dict[str, tuple[datetime, Response]] = {}

    def prepare(self) -> None:
        """Nothing to sign in to."""

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        fault = self.faults(request)
        if fault == "late":
            self.clock.pass_time(40)
        if not may_send() or fault == "not sent":
            raise NotSent("It did not leave.")
        if fault == "lost before":
            raise NoAnswer("Nothing came.")
        if fault == "429":
            return Response(429, {"retry-after": "7"})
        if fault == "503 before":
            return Response(503)
        answer = self._keyed(request)
        if fault == "lost after":
            raise NoAnswer("Nothing came.")
        if fault == "500 after":
            return Response(500)
        return answer

    def _keyed(self, request: Request) -> Response:
        key = dict(request.headers).get("idempotency-key", "")
        known = self._answers.get(key)
        if key and known and (self.clock.now() - known[0]).total_seconds() < 360:
            return known[1]
        answer = self._answer(request)
        if key:
            self._answers[key] = (self.clock.now(), answer)
        return answer

    def _answer(self, request: Request) -> Response:
        if request.path == "/find":
            wanted = read_json(request.body)
            stands = {item["marker"] for item in self.kept}
            return Response(200, {}, write_json([marker in stands for marker in wanted]))
        items = read_json(request.body)
        if any(item["payload"].get("poison") for item in items):
            return Response(400)
        self.sizes.append(len(items))
        self.kept += items
        return Response(200, {}, write_json([str(len(self.kept) + n) for n in range(len(items))]))

    def doubles(self) -> list[str]:
        """Markers that stand more than once."""
        return [marker for marker, n in Counter(item["marker"] for item in self.kept).items() if n > 1]


def _request(elements: Sequence[Element]) -> Request:
    return Request("PUT", "/things", body=write_json([{"marker": e.marker, "payload": e.payload} for e in elements]))


def _outcomes(elements: Sequence[Element], answer: Response) -> tuple[Outcome, ...]:
    match answer.status:
        case 429:
            return (RateLimited("minute", float(answer.headers["retry-after"])),) * len(elements)
        case 400:
            return (Rejected("WHOLE_CALL", "refused"),) * len(elements)
        case 503:
            return (Retry("busy"),) * len(elements)
        case 500:
            return (Unknown("broken"),) * len(elements)
    ids = answer.json()
    return tuple(Done({"id": id}, LinkFacts("thing", id, e.marker, {})) for e, id in zip(elements, ids, strict=True))


def _find(elements: Sequence[Element]) -> Request:
    return Request("GET", "/find", body=write_json([e.marker for e in elements]))


def _found(elements: Sequence[Element], answer: Response) -> tuple[Done | None, ...]:
    return tuple(
        Done({"id": e.marker}, LinkFacts("thing", e.marker, e.marker, {})) if there else None
        for e, there in zip(elements, answer.json(), strict=True)
    )


def _decide(payer: Payer, known: Known, inputs: Mapping[str, Json], today: Today) -> Any:
    """Two parts, one after the other: a shared `home`, then a `thing` of its own."""
    source = f"shop payer {payer.id}"
    for part, marker in (("home", f"home-{payer.role}"), ("thing", f"thing-{payer.id}")):
        key = (f"home {payer.role}", "home") if part == "home" else (source, "thing")
        if key not in known.links:
            answer = known.answers.get(part)
            if isinstance(answer, Rejected):
                return Refused(answer.code, answer.what, "")
            payload = {"poison": payer.name == "poison"} if part == "thing" else {}
            return Calls((Ask(part, "create", Element(marker, payload), key),))
    return Finished({"thing": known.links[source, "thing"].id})


CREATE = Call("create", _request, _outcomes, _find, _found)
POST = Posting("post", "payer", "payer", lambda p: (f"shop payer {p.id}",), lambda p, _: (f"home {p.role}",), _decide)
TERMS = {
    "create": ActionTerms("create", "call", 10, 4, ("repeat", "look up")),
    "post": ActionTerms("post", "posting"),
}


class FixedRules:
    """One rule for every `shop.asked` event."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def active(self) -> tuple[Rule, ...]:
        return (self.rule,)

    def switched_off(self) -> tuple[Rule, ...]:
        return ()

    def plan(self, rule: str, version: str) -> Rule:
        return self.rule

    def names(self, rule: str) -> Mapping[str, Json]:
        return {"settings": {}, "maps": {}}

    def text_of(self, rule: str) -> tuple[str, str]:
        return "r.yaml", ""


class Sydney:
    """The practice."""

    timezone = "Australia/Sydney"

    def names(self) -> Mapping[str, Json]:
        return {}


class World:
    """A store, a loop and a shop on one virtual clock; the loop can be thrown away and made anew."""

    def __init__(self, folder: Path, rule: Rule, faults: Callable[[Request], str] = lambda _: "") -> None:
        self.clock = VirtualClock()
        self.ids = CountingIds()
        self.shop = Shop(self.clock, faults)
        self.rule = rule
        self.file = folder / "store.sqlite"
        self.store = SqliteStore(self.file)
        self.limits = Limits()
        self.start()
        self.store.write((Insert("connections", {"name": "shop", "connector": "shop", "state": "open"}),))

    def start(self) -> None:
        """A fresh process on the same store."""
        connector = Connector("shop", {"create": CREATE}, {"post": POST})
        connection = Connection("shop", connector, self.shop, TERMS, self.limits)
        self.parts = Parts(
            self.store,
            InProcessQueue(),
            self.clock,
            self.ids,
            lambda: 0.5,
            Sydney(),
            Calendar(frozenset()),
            FixedRules(self.rule),
            {"shop": connection},
        )
        self.loop = Loop(self.parts)

    def happen(self, *payers: Payer) -> None:
        """One event for each payer."""
        for payer in payers:
            plain = {"id": payer.id, "kind": "patient", "name": payer.name, "role": payer.role}
            event = NewEvent(
                "shop.asked", f"asked {payer.id}", self.clock.now(), "asked", {"payer": plain}, subject=payer.id
            )
            self.store.write(
                (
                    Insert(
                        "events", event_row(event, self.ids.new("evt"), "shop", "shop", self.clock.now()), ignore=True
                    ),
                )
            )

    def run(self, seconds: float = 3600) -> None:
        """Work until nothing is left to do or the time is over."""
        end = self.clock.now().timestamp() + seconds
        while self.clock.now().timestamp() < end:
            if self.loop.step(self.clock.now()):
                continue
            if self.loop.pending(self.clock.now()).quiet:
                return
            at = self.loop.next_at(self.clock.now())
            self.clock.pass_time(max((at - self.clock.now()).total_seconds(), 0.001) if at else 1.0)

    def statuses(self) -> Counter[str]:
        """Runs by status."""
        return Counter({row["status"]: row["n"] for row in self.store.rows("run_counts")})


def posting_rule(**more: Any) -> Rule:
    """A rule that posts the event's payer."""
    step = Step("post it", Do("shop.post", (("payer", _Payer()),)), PLACE)
    return Rule("test/rule", "v1", "Post", PLACE, events=("shop.asked",), steps=(step,), **more)


def calling_rule() -> Rule:
    """A rule that makes one plain call."""
    step = Step("make it", Do("shop.create", (("colour", Literal("red")),)), PLACE)
    return Rule("test/rule", "v1", "Call", PLACE, events=("shop.asked",), steps=(step,))


class _Payer:
    text = "payer"
    paths = ("payer",)

    def value(self, names: Mapping[str, Json]) -> Json:
        return names["payer"]

    def explain(self, names: Mapping[str, Json]) -> str:
        return "payer"


def payers(count: int, homes: int = 3) -> list[Payer]:
    """Payers that share a few homes."""
    return [Payer("patient", str(n), "P", role=f"h{n % homes}") for n in range(count)]


def chance(seed: int, share: float) -> Callable[[Request], str]:
    """A seeded schedule of faults."""
    dice = random.Random(seed)
    kinds = ["not sent", "lost before", "lost after", "429", "500 after", "503 before", "late"]
    return lambda _: dice.choice(kinds) if dice.random() < share else ""
