"""What becomes of a delivery to one of our webhook addresses: judged, noted durably, then answered.

Acts on nothing that a body says: it notes which polls to run and what to read again (`engine.runtime.wakes` does it).
Once the answer is given, no crash loses the note. Knows no HTTP server.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.core.times import text_of
from engine.ports import Change, Put
from engine.runtime.parts import Connection, Parts
from engine.sdk.webhook import Genuine, Mention, TurnedAway, Webhook, path_secret

Json = Any
_LOG = structlog.get_logger()
_NOT_FOUND, _NOT_NOW = 404, 503
_MOST_READS = 500  # waiting at once; beyond that the polls that are asked for anyway are cheaper
# Xero tells of a change within seconds; what we wrote ourselves so shortly before is no news.
_ECHO = timedelta(minutes=2)

Secrets = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST to a webhook address, in the parts of the address; `event` and `path` are empty where there are none."""

    connector: str
    connection: str
    event: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Takes deliveries in, from any number of threads.

    Args:
        secrets: (connection, name) -> a value of that connection's vault.
        rang: Called after something new was noted.
    """

    def __init__(self, parts: Parts, secrets: Secrets, rang: Callable[[], None]) -> None:
        self._parts, self._secrets, self._rang = parts, secrets, rang

    def receive(self, delivery: Delivery) -> int:
        """The status to answer with; a good one only after what it asks for is stored.

        Whichever part of an address is wrong, the answer is the same 404.
        """
        connection = self._parts.connections.get(delivery.connection)
        hook = connection.connector.webhook if connection else None
        if connection is None or hook is None or not self._is_address(connection, hook, delivery):
            return _NOT_FOUND
        judged = self._judged(connection, hook, delivery)
        if isinstance(judged, TurnedAway):
            _LOG.warning("webhook refused", connection=connection.name, status=judged.status, why=judged.what)
            return judged.status
        now = self._parts.now()
        changes = self._noted(connection, hook, delivery.event, judged, now)
        for other in self._sharing(connection, hook):
            told = self._judged(other, hook, delivery)
            if isinstance(told, Genuine):
                changes += self._noted(other, hook, delivery.event, told, now)
        if not all(self._parts.store.write(tuple(changes))):
            return _NOT_NOW
        self._rang()
        return hook.status

    def _judged(self, connection: Connection, hook: Webhook, delivery: Delivery) -> Genuine | TurnedAway:
        return hook.judge(
            delivery.event, delivery.headers, delivery.body, lambda name: self._secrets(connection.name, name)
        )

    def _sharing(self, connection: Connection, hook: Webhook) -> list[Connection]:
        """Other connections of the connector: the one webhook of an app tells of all its organisations."""
        if hook.events:
            return []
        known = self._parts.connections.values()
        return [one for one in known if one is not connection and one.connector is connection.connector]

    def _is_address(self, connection: Connection, hook: Webhook, delivery: Delivery) -> bool:
        if connection.connector.name != delivery.connector:
            return False
        if not hook.events:
            return not delivery.event
        wanted = self._secrets(connection.name, path_secret(delivery.event)) if delivery.event in hook.events else None
        same = hmac.compare_digest(delivery.path.encode(), (wanted or "").encode())
        return same and bool(wanted)

    def _noted(self, connection: Connection, hook: Webhook, event: str, judged: Genuine, now: datetime) -> list[Change]:
        name, mark = connection.name, self._parts.ids.new("wake")
        heard_before = {
            row["event"]: row["last_number"] for row in self._parts.store.rows("delivered", connection=name)
        }
        number = heard_before.get(event, 0)
        news = self._news(connection, judged.mentions, now)
        polls = [*judged.polls, *(poll for mention in news for poll in mention.polls)]
        if number and judged.first > number + 1:
            polls += hook.polls
        asked = [("poll", poll) for poll in dict.fromkeys(polls)]
        asked += [("read", read) for read in self._reads(connection, news)]
        heard = {"last_at": text_of(now), "last_number": max(number, judged.last)}
        row = {"mark": mark, "tries": 0, "not_before": text_of(now)}
        return [
            Put("delivered", {"connection": name, "event": event}, heard),
            *(Put("wakes", {"connection": name, "kind": kind, "name": what}, row) for kind, what in asked),
        ]

    def _news(self, connection: Connection, mentions: tuple[Mention, ...], now: datetime) -> tuple[Mention, ...]:
        """Those that are not about what we wrote ourselves a moment ago; that is left to the polls' own time."""
        if not mentions:
            return ()
        since = text_of(now - _ECHO)
        written = self._parts.store.rows("links_since", connection=connection.name, since=since)
        # A payment moves its invoice, so what we wrote names it; values are JSON, an id in it stands in quotes.
        own = " ".join(f'"{row["vendor_id"]}" {row["written"]}' for row in written)
        return tuple(mention for mention in mentions if f'"{mention.id}"' not in own)

    def _reads(self, connection: Connection, mentions: tuple[Mention, ...]) -> list[str]:
        """What to read again by itself: not before the polls have begun, nor when very much waits."""
        if connection.connector.reread is None:
            return []
        waiting = self._parts.store.rows("wakes_waiting", connection=connection.name)[0]["n"]
        begun = {
            row["poll"]
            for row in self._parts.store.rows("cursors")
            if row["connection"] == connection.name and row["last_at"]
        }
        reads = [mention.read for mention in mentions if mention.read and begun.issuperset(mention.polls)]
        return reads[: max(0, _MOST_READS - waiting)]
