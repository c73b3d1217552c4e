"""The capabilities that connectors fulfil for one another, over whichever connection fulfils them.

Sends nothing itself: a connector's flow says what to ask. Limits of calls are waited for where the asker has patience.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.errors import UserError
from engine.ports import Store
from engine.runtime.audit import keep_comparison, noted, open_holds
from engine.runtime.budgets import room
from engine.runtime.flows import Waits, drive
from engine.runtime.parts import Connection, Parts
from engine.runtime.shelf import StoreShelf
from engine.sdk.capabilities import LedgerBooks, LedgerDocument, Message, Noted, OpenHold, SalesBooks
from engine.sdk.contract import PollTime, Request, Response
from engine.sdk.records import Sale

Json = Any
_A_MINUTE_SECONDS = 60.0


class _Resumable:
    """A flow that goes on where a limit stopped it, without asking again for what was answered."""

    def __init__(self, flow: Generator[Request, Response, Any]) -> None:
        self._flow = flow
        self._pending: Request | None = None

    def go_on(self) -> Generator[Request, Response, Any]:
        """The rest of the flow, from the request that was not answered."""
        try:
            request = self._pending or next(self._flow)
            while True:
                self._pending = request
                request = self._flow.send((yield request))
        except StopIteration as end:
            return end.value


class Reader:
    """The capabilities that connectors fulfil for one another, over whichever connection fulfils them.

    See `engine.sdk.capabilities`: SalesSource, Ledger, Mailer. Made before the parts are, so they are given later.
    """

    def __init__(self, parts: Parts | None = None, patience_seconds: float = 0.0) -> None:
        self._parts = parts
        self._patience = patience_seconds

    def patient(self, seconds: float) -> Reader:
        """The same, but waiting up to so long in all for used-up limits of calls instead of giving up at once."""
        return Reader(self._parts, seconds)

    def attach(self, parts: Parts) -> None:
        """From now on, use these parts."""
        self._parts = parts

    def sales(self, first: date, last: date) -> tuple[Sale, ...]:
        """Every sale dated in a period, fresh."""
        parts, connection = self._with("sales")
        shelf = StoreShelf(parts.store, connection.name, parts.now)
        found: tuple[Sale, ...] = self._drive("sales", connection, first, last, shelf, _time(parts, connection))
        return found

    def documents(self, first: date, last: date) -> tuple[LedgerDocument, ...]:
        """Every sales document dated in a period, fresh."""
        parts, connection = self._with("documents")
        found: tuple[LedgerDocument, ...] = self._drive("documents", connection, first, last, _time(parts, connection))
        return found

    def sales_books(self, first: date, last: date) -> SalesBooks:
        """Every sale that a period is compared by, with the payers' deposits, fresh."""
        parts, connection = self._with("sales_books")
        shelf = StoreShelf(parts.store, connection.name, parts.now)
        found: SalesBooks = self._drive("sales_books", connection, first, last, shelf, _time(parts, connection))
        return found

    def sales_of(self, ids: Sequence[str]) -> SalesBooks:
        """Sales by their ids, fresh."""
        parts, connection = self._with("sales_of")
        shelf = StoreShelf(parts.store, connection.name, parts.now)
        found: SalesBooks = self._drive("sales_of", connection, ids, shelf, _time(parts, connection))
        return found

    def ledger_books(self, first: date, last: date) -> LedgerBooks:
        """Everything that the ledger shows of a period, fresh."""
        parts, connection = self._with("ledger_books")
        found: LedgerBooks = self._drive("ledger_books", connection, first, last, _time(parts, connection))
        return found

    def adopt(self, document: str, number: str) -> None:
        """Give an invoice of the ledger a number of ours."""
        _, connection = self._with("adopt")
        self._drive("adopt", connection, document, number)

    def written(self) -> Mapping[str, Mapping[str, Json]]:
        """What was last written to each document, by its id at the vendor."""
        parts, connection = self._with("ledger_books")
        shelf = StoreShelf(parts.store, connection.name, parts.now)
        links = (link for kind in ("invoice", "credit note") for link in shelf.links_of(kind))
        return {link.id: link.written for link in links if not link.gone and link.made_by != "person"}

    def holds(self) -> tuple[OpenHold, ...]:
        """What waits, with its sentence."""
        return open_holds(self._store())

    def noted(self) -> Mapping[str, Noted]:
        """What people said about differences."""
        return noted(self._store())

    def compared(self, first: date, last: date, difference: Decimal | None, items: int | None) -> None:
        """Keep the number of a comparison."""
        store = self._store()
        keep_comparison(store, self._now(), (first, last), difference, items)

    def _now(self) -> datetime:
        if self._parts is None:
            raise UserError("The engine is not running.", "", "not-running")
        return self._parts.now()

    def _store(self) -> Store:
        if self._parts is None:
            raise UserError("The engine is not running.", "", "not-running")
        return self._parts.store

    def send(self, message: Message) -> None:
        """Send one message by e-mail."""
        _, connection = self._with("mailer")
        self._drive("mailer", connection, message)

    def _drive(self, capability: str, connection: Connection, *args: object) -> Any:
        if self._parts is None:
            raise UserError("The engine is not running.", "", "not-running")
        free = room(self._parts, connection, self._parts.now(), reserve=True)
        if not free.open and free.at is None:
            # No waiting opens it: a person has to.
            mend = f'Run "daybook connect {connection.name}".'
            raise UserError(f"{connection.name} cannot be read: {free.why}.", mend, "not-connected")
        flow = _Resumable(connection.connector.capabilities[capability](*args))
        while True:
            try:
                return drive(self._parts, connection, flow.go_on(), "read")
            except Waits as limit:
                self._wait(limit)

    def _wait(self, limit: Waits) -> None:
        """Until the limit is open again, where that is soon enough."""
        seconds = limit.limit.after_seconds or _A_MINUTE_SECONDS
        if seconds > self._patience:
            raise limit
        self._patience -= seconds
        threading.Event().wait(seconds)

    def _with(self, capability: str) -> tuple[Parts, Connection]:
        if self._parts is not None:
            for connection in self._parts.connections.values():
                if capability in connection.connector.capabilities:
                    return self._parts, connection
        raise UserError(f"No connection can do {capability}.", "Add one to daybook.yaml.", "no-capability")


def _time(parts: Parts, connection: Connection) -> PollTime:
    return PollTime(parts.now(), parts.practice.timezone, connection.settings)
