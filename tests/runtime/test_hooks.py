"""Deliveries to webhook addresses: what is noted before the answer, and what is done about it afterwards."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import World, calling_rule

from engine import logs
from engine.core.times import text_of
from engine.errors import NoAnswer
from engine.ports import Insert
from engine.runtime.hooks import Delivery, Receiver
from engine.runtime.loop import Loop
from engine.runtime.parts import Connection
from engine.sdk.contract import Found, NewEvent, Poll, PollTime, Request, Response, Shelf
from engine.sdk.webhook import HEADER_SECRET, Genuine, Kept, Mention, TurnedAway, Webhook, path_secret

Json = Any
SECRETS = {HEADER_SECRET: "header-secret", path_secret("made"): "path-secret", path_secret("empty"): ""}
REST = 30


def judge(event: str, headers: Mapping[str, str], body: bytes, kept: Kept) -> Genuine | TurnedAway:
    if headers.get("authorization") != kept(HEADER_SECRET):
        return TurnedAway(401, "The value is another.")
    told = json.loads(body)
    mentions = tuple(Mention(id, ("news",), told.get("read", "") and f"Thing/{id}") for id in told.get("ids", []))
    return Genuine(mentions, tuple(told.get("polls", ())), told.get("first", 0), told.get("last", 0))


HOOK = Webhook(judge, 202, ("news", "other"), {"made": "Made", "empty": "Empty"}, rest_seconds=REST)


class Hooked:
    """A world whose shop has two polls, a webhook and a way to read single things; it notes what was looked at."""

    def __init__(self, folder: Path, hook: Webhook | None = HOOK) -> None:
        self.world = World(folder, calling_rule())
        self.hook = hook
        self.looks: list[str] = []
        self.meanwhile: Callable[[str], None] = lambda what: None
        self.fault: Exception | None = None
        self.start()
        self.work()
        self.looks.clear()

    def start(self) -> None:
        """A fresh process on the same store."""
        self.world.start()
        shop = self.world.parts.connections["shop"]
        polls = (Poll("news", self._poll("news"), 3600), Poll("other", self._poll("other"), 3600))
        connector = replace(shop.connector, polls=polls, webhook=self.hook, reread=self._reread)
        connections: dict[str, Connection] = {"shop": replace(shop, connector=connector)}
        connections["bare"] = replace(shop, name="bare")
        self.parts = replace(self.world.parts, connections=connections)
        self.loop = Loop(self.parts)
        self.rang = 0
        self.receiver = Receiver(self.parts, lambda connection, name: SECRETS.get(name), self._ring)

    def receive(self, event: str = "made", path: str = "path-secret", *, connector: str = "shop",
                connection: str = "shop", header: str = "header-secret", **told: Json) -> int:  # fmt: skip
        body = json.dumps(told).encode()
        return self.receiver.receive(Delivery(connector, connection, event, path, {"authorization": header}, body))

    def work(self, seconds: float = 0) -> list[str]:
        """What is looked at from now on, until nothing is due."""
        self.world.clock.pass_time(seconds)
        before = len(self.looks)
        while self.loop.step(self.world.clock.now()):
            pass
        return self.looks[before:]

    def waiting(self) -> list[str]:
        rows = self.world.store.rows("wakes", connection="shop", now="9", limit=999)
        return [row["name"] for row in rows]

    def _ring(self) -> None:
        self.rang += 1

    def _poll(self, name: str) -> Callable[[Json, Shelf, PollTime], Iterator[Request]]:
        def run(cursor: Json, shelf: Shelf, time: PollTime) -> Generator[Request, Response, Found]:
            self._look(name)
            yield from ()
            return Found(time.now.isoformat())

        return run

    def _reread(self, names: Any, shelf: Shelf, time: PollTime) -> Generator[Request, Response, Found]:
        self._look(f"read {' '.join(sorted(names))}")
        yield from ()
        events = tuple(NewEvent("shop.asked", f"told {name}", time.now, "t", {"payer": {}}) for name in names)
        return Found(None, events=events)

    def _look(self, what: str) -> None:
        self.looks.append(what)
        self.meanwhile(what)
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def hooked(tmp_path: Path) -> Hooked:
    made = Hooked(tmp_path)
    made.world.clock.pass_time(600)
    return made


NOWHERE: list[dict[str, str]] = [
    {"connector": "other"},
    {"connection": "other"},
    {"connection": "bare"},
    {"connection": ""},
    {"event": "unknown"},
    {"event": ""},
    {"path": "wrong"},
    {"path": ""},
    {"path": "päth-secret"},
    {"event": "empty", "path": ""},
    {"event": "empty"},
]


@pytest.mark.parametrize("wrong", NOWHERE)
def test_an_address_that_is_wrong_anywhere_is_not_there(hooked: Hooked, wrong: dict[str, str]) -> None:
    assert hooked.receive(polls=["news"], **wrong) == 404
    assert (hooked.waiting(), hooked.rang) == ([], 0)


def test_one_address_for_all_events_takes_no_event(tmp_path: Path) -> None:
    hooked = Hooked(tmp_path, replace(HOOK, events={}, status=200))
    assert hooked.receive("", "", polls=["news"]) == 200
    assert hooked.receive("made", polls=["news"]) == 404


def test_what_the_vendor_did_not_send_is_refused_and_leaves_nothing(hooked: Hooked) -> None:
    assert hooked.receive(header="wrong", polls=["news"]) == 401
    assert (hooked.waiting(), hooked.rang, hooked.work()) == ([], 0, [])
    assert hooked.world.store.rows("delivered", connection="shop") == []


def test_a_delivery_runs_the_poll_long_before_its_time(hooked: Hooked) -> None:
    assert hooked.work() == []
    assert hooked.receive(polls=["news"]) == 202
    assert hooked.rang == 1
    assert hooked.work() == ["news"]
    assert hooked.work(60) == []


def test_after_the_answer_a_death_loses_nothing(hooked: Hooked) -> None:
    hooked.receive(polls=["news"], ids=["7"], read="yes")
    hooked.start()
    assert hooked.work() == ["read Thing/7", "news"]
    hooked.start()
    assert hooked.work() == []


def test_a_death_while_it_is_read_reads_it_again(hooked: Hooked) -> None:
    hooked.receive(ids=["7"], read="yes")
    hooked.fault = KeyError("death")
    with pytest.raises(KeyError):
        hooked.work()
    hooked.fault = None
    hooked.start()
    assert "read Thing/7" in hooked.work()
    assert hooked.waiting() == []


def test_what_comes_while_a_poll_runs_is_looked_at_once_more(hooked: Hooked) -> None:
    hooked.receive(polls=["news"])
    deliveries = iter([{"polls": ["news"]}])

    def meanwhile(what: str) -> None:
        if told := next(deliveries, None):
            hooked.receive(**told)

    hooked.meanwhile = meanwhile
    assert hooked.work() == ["news"]
    assert hooked.work(REST - 1) == []
    assert hooked.work(1) == ["news"]
    assert hooked.work(REST) == []


def test_what_is_told_again_while_it_is_read_is_read_again(hooked: Hooked) -> None:
    hooked.receive(ids=["7"], read="yes")
    deliveries = iter([{"ids": ["7"], "read": "yes"}])

    def meanwhile(what: str) -> None:
        if what.startswith("read") and (told := next(deliveries, None)):
            hooked.receive(**told)

    hooked.meanwhile = meanwhile
    assert hooked.work().count("read Thing/7") == 2


def test_a_storm_of_deliveries_costs_one_poll_in_a_while(hooked: Hooked) -> None:
    looks = []
    for _ in range(10):
        for _ in range(20):
            assert hooked.receive(polls=["news", "other"]) == 202
        looks += hooked.work(REST / 10)
    assert looks == ["news", "other"]
    assert hooked.work(REST) == ["news", "other"]


def test_a_poll_that_fails_keeps_its_own_time(hooked: Hooked) -> None:
    hooked.fault = NoAnswer("No answer.")
    hooked.receive(polls=["news"])
    assert hooked.work() == ["news"]
    hooked.receive(polls=["news"])
    assert (hooked.work(1), hooked.waiting()) == ([], [])
    hooked.fault = None
    assert hooked.work(31) == ["news"], "its own next try"


def test_reading_alone_brings_events_and_moves_no_cursor(hooked: Hooked) -> None:
    before = hooked.world.store.rows("cursors")
    hooked.receive(ids=["7", "8"], read="yes")
    hooked.loop.wakes.step(hooked.world.clock.now())
    assert hooked.looks == ["read Thing/7 Thing/8"]
    events = hooked.world.store.rows("pending", now="")[0]["events"]
    assert events == 2
    after = hooked.world.store.rows("cursors")
    assert [row["last_at"] for row in after] == [row["last_at"] for row in before]


def test_reading_alone_is_tried_a_few_times_and_then_left_to_the_polls(hooked: Hooked) -> None:
    hooked.receive(ids=["7"], read="yes")
    hooked.fault = NoAnswer("No answer.")
    looks = [look for _ in range(8) for look in hooked.work(120)]
    assert looks.count("read Thing/7") == 4
    assert hooked.waiting() == []


def test_nothing_is_read_alone_before_the_polls_have_begun(tmp_path: Path) -> None:
    hooked = Hooked(tmp_path)
    hooked.world.store.write(
        (Insert("connections", {"name": "bare", "connector": "shop", "state": "open"}, ignore=True),)
    )
    fresh = replace(hooked.parts.connections["shop"], name="bare")
    parts = replace(hooked.parts, connections={"bare": fresh})
    receiver = Receiver(parts, lambda connection, name: SECRETS.get(name), lambda: None)
    body = b'{"ids": ["7"], "read": "yes"}'
    answer = receiver.receive(Delivery("shop", "bare", "made", "path-secret", {"authorization": "header-secret"}, body))
    assert answer == 202
    assert [row["kind"] for row in hooked.world.store.rows("wakes", connection="bare", now="9", limit=9)] == ["poll"]


def link(hooked: Hooked, id: str, ago: float, **written: str) -> None:
    at = text_of(hooked.world.clock.now().replace(microsecond=0))
    hooked.world.clock.pass_time(ago)
    row = {"connection": "shop", "source": f"s {id}", "part": "p", "kind": "thing", "vendor_id": id, "marker": "m",
           "version": 1, "written": json.dumps(written), "seen": "{}", "made_by": "us", "updated_at": at}  # fmt: skip
    hooked.world.store.write((Insert("links", row),))


OWN = [
    # what we wrote, how long ago, what is told of, whether it is looked at
    ("7", 5, {}, ["7"], False),
    ("9", 5, {"invoice_id": "7"}, ["7"], False),
    ("7", 5, {}, ["7", "8"], True),
    ("77", 5, {}, ["7"], True),
    ("7", 180, {}, ["7"], True),
]


@pytest.mark.parametrize("id, ago, written, told, looked", OWN)
def test_our_own_writes_are_no_news(
    hooked: Hooked, id: str, ago: float, written: dict[str, str], told: list[str], looked: bool
) -> None:
    link(hooked, id, ago, **written)
    assert hooked.receive(ids=told) == 202
    assert hooked.work() == (["news"] if looked else [])


def test_the_one_address_of_an_app_serves_every_connection_that_shares_its_secret(tmp_path: Path) -> None:
    hooked = Hooked(tmp_path, replace(HOOK, events={}))
    shop = hooked.parts.connections["shop"]
    secrets = {"shop": "header-secret", "branch": "header-secret", "stranger": "another"}
    connections = {name: replace(shop, name=name) for name in secrets}
    parts = replace(hooked.parts, connections=connections)
    receiver = Receiver(parts, lambda connection, name: secrets[connection], lambda: None)
    delivery = Delivery("shop", "shop", "", "", {"authorization": "header-secret"}, b'{"polls": ["news"]}')
    assert receiver.receive(delivery) == 202
    told = {name: len(parts.store.rows("wakes", connection=name, now="9", limit=9)) for name in secrets}
    assert told == {"shop": 1, "branch": 1, "stranger": 0}


GAPS = [((1, 3), (4, 6), []), ((1, 3), (5, 6), ["news", "other"]), ((4, 6), (1, 3), []), ((1, 3), (1, 3), [])]


@pytest.mark.parametrize("first, second, looked", GAPS)
def test_a_gap_in_the_vendors_numbers_has_everything_looked_at(
    hooked: Hooked, first: tuple[int, int], second: tuple[int, int], looked: list[str]
) -> None:
    for begins, ends in (first, second):
        assert hooked.receive(first=begins, last=ends) == 202
    assert hooked.work() == looked


def test_the_log_tells_no_secret_and_nothing_of_a_body(hooked: Hooked) -> None:
    out = io.StringIO()
    logs.set_up("json", "debug", out)
    hooked.receive(path="path-guess")
    hooked.receive(header="header-guess", ids=["Robin Vale"])
    hooked.receive(ids=["Robin Vale"], read="yes")
    hooked.work()
    logs.set_up("json", "critical")
    text = out.getvalue()
    assert "webhook refused" in text
    for secret in ("guess", "secret", "Robin"):
        assert secret not in text
