"""The door of the books: reads both sides through capabilities, compares, keeps tasks in the notebook.

No network of its own. A side that cannot be read is unknown in the result, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from connectors.books import calls
from connectors.books.compare import compare
from connectors.books.payloads import (
    UNKNOWN,
    Fault,
    Span,
    read_day,
    read_request,
    read_span,
    result_of,
    side_of,
    unknown_result,
)
from connectors.books.tasks import put_task
from engine.core import values
from engine.errors import Bug, NoAnswer, NotSent, SignInNeeded, UserError
from engine.sdk.capabilities import Ledger, LedgerDocument, SalesSource
from engine.sdk.contract import Door, DoorNeeds, Element, Request, Response
from engine.sdk.records import Sale

Json = Any
T = TypeVar("T")
Plain = dict[str, Json]

# Why a vendor's side cannot be read (ValueError: its answer was none); anything else is a bug and stays one.
_UNREADABLE = (NotSent, NoAnswer, SignInNeeded, UserError, ValueError)


class _Wait(Exception):
    """A side is fine, but its limit of calls is used up for now."""


@dataclass(frozen=True, slots=True)
class _Days:
    first: date
    last: date
    start: date
    today: date


class BooksDoor:
    """Carries the books' requests out over the services that compose hands in."""

    def __init__(self, needs: DoorNeeds) -> None:
        self._needs = needs

    def prepare(self) -> None:
        """Nothing to sign in to."""

    def send(self, request: Request, may_send: Callable[[], bool], timeout_seconds: float) -> Response:
        """Do what the request asks; raises NotSent when may_send() is false."""
        if not may_send():
            raise NotSent("The request to the books was held back: its time had passed.")
        act = {calls.COMPARE: self._compare, calls.TASK: self._task}[request.path]
        results = [{**_answer(act, element), "at": self._needs.now()} for element in read_request(request)]
        return Response(200, {"content-type": "application/json"}, values.dumps(results).encode("utf-8", "replace"))

    def _compare(self, element: Element) -> Plain | Fault:
        span = read_span(element.payload)
        if isinstance(span, Fault):
            return span
        days = self._days(span)
        sales, documents = self._sales(days), self._documents(days)
        if sales is not None and documents is not None:
            return result_of(compare(sales, documents, days.start, days.today, days.first, days.last))
        # Against nothing, so that the readable side's own sums are known.
        alone = compare(sales or (), documents or (), days.start, days.today, days.first, days.last)
        sides = {
            "sales": UNKNOWN if sales is None else side_of(alone.sales),
            "ledger": UNKNOWN if documents is None else side_of(alone.ledger),
        }
        return unknown_result(days.first, days.last, sides)

    def _days(self, span: Span) -> _Days:
        """The period: by default this month up to today; the start date from the step, else the connection's form."""
        today = self._today()
        last = span.last or today
        start = span.start or read_day(self._needs.settings.get("start_date")) or date.min
        first = span.first or max(start, last.replace(day=1))
        return _Days(first, last, start, today)

    def _today(self) -> date:
        practice = self._needs.services.get("practice")
        zone = self._needs.settings.get("timezone") or getattr(practice, "timezone", None) or "UTC"
        return self._needs.now().astimezone(ZoneInfo(str(zone))).date()

    def _sales(self, days: _Days) -> tuple[Sale, ...] | None:
        source: SalesSource | None = self._needs.services.get("sales_source")
        return None if source is None else _read(lambda: source.sales(days.first, days.last))

    def _documents(self, days: _Days) -> tuple[LedgerDocument, ...] | None:
        ledger: Ledger | None = self._needs.services.get("ledger")
        # Corrections are dated on the day they happened: those up to today belong to sales of the period.
        return None if ledger is None else _read(lambda: ledger.documents(days.first, max(days.last, days.today)))

    def _task(self, element: Element) -> Plain | Fault:
        notebook = self._needs.services.get("notebook")
        if notebook is None:
            raise Bug("The books were opened without a notebook, which tasks are kept in.")
        return put_task(element, self._needs.services.get("people") or {}, notebook, self._needs.now())


def open_door(needs: DoorNeeds) -> Door:
    """The connection's door."""
    return BooksDoor(needs)


def _read(side: Callable[[], tuple[T, ...]]) -> tuple[T, ...] | None:
    """A side afresh; None when it cannot be read. A used-up limit is no such case: waiting helps."""
    try:
        return tuple(side())
    except _UNREADABLE as error:
        if getattr(error, "code", "") == "rate-limited":
            raise _Wait from None
        return None


def _answer(act: Callable[[Element], Plain | Fault], element: Element) -> Plain:
    try:
        answer = act(element)
    except _Wait:
        return {"state": "busy", "what": "A connection has used up its calls for now; both sides are read again later."}
    if isinstance(answer, Fault):
        return {"state": "refused", "code": answer.code, "what": answer.what, "mend": answer.mend}
    return {"state": "done", "result": answer}
