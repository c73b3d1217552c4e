"""The door of the books: reads both sides through capabilities, compares, keeps tasks in the notebook.

No network of its own. A side that cannot be read is unknown in the result, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from connectors.books import calls
from connectors.books.compare import compare
from connectors.books.payloads import Fault, Span, read_day, read_request, read_span
from connectors.books.period import Period, Sides
from connectors.books.reading import LimitReached, Sources, read_sides
from connectors.books.report import report_of, unknown_report
from connectors.books.report_text import text_of
from connectors.books.tasks import put_task
from connectors.books.terms import read_terms
from engine.core import values
from engine.errors import Bug, NotSent
from engine.sdk.contract import Door, DoorNeeds, Element, Request, Response

Json = Any
Plain = dict[str, Json]
# Rows of each kind in the text that a mail carries.
_IN_A_MAIL = 25


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
        services = self._needs.services
        memory = services.get("memory")
        terms = read_terms(element.payload, span.start or read_day(self._needs.settings.get("start_date")))
        period = self._period(span, terms.start)
        sides = read_sides(Sources(services.get("sales_source"), services.get("ledger"), memory), terms, period)
        if isinstance(sides, Sides):
            report = report_of(compare(sides, terms, period))
        else:
            report = unknown_report(period.first, period.last, sides)
        if memory is not None:
            count = len(report["items"]) if report["difference"] is not None else None
            memory.compared(period.first, period.last, report["difference"], count)
        return {**report, "text": text_of(report, _IN_A_MAIL)}

    def _period(self, span: Span, start: Json) -> Period:
        """By default this month up to today."""
        practice = self._needs.services.get("practice")
        zone = self._needs.settings.get("timezone") or getattr(practice, "timezone", None) or "UTC"
        today = self._needs.now().astimezone(ZoneInfo(str(zone))).date()
        last = span.last or today
        return Period(span.first or max(start, last.replace(day=1)), last, today)

    def _task(self, element: Element) -> Plain | Fault:
        notebook = self._needs.services.get("notebook")
        if notebook is None:
            raise Bug("The books were opened without a notebook, which tasks are kept in.")
        return put_task(element, self._needs.services.get("people") or {}, notebook, self._needs.now())


def open_door(needs: DoorNeeds) -> Door:
    """The connection's door."""
    return BooksDoor(needs)


def _answer(act: Callable[[Element], Plain | Fault], element: Element) -> Plain:
    try:
        answer = act(element)
    except LimitReached:
        return {"state": "busy", "what": "A connection has used up its calls for now; both sides are read again later."}
    if isinstance(answer, Fault):
        return {"state": "refused", "code": answer.code, "what": answer.what, "mend": answer.mend}
    return {"state": "done", "result": answer}
