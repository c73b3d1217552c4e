"""The invoice reads: `find_invoice` by id, `list_sales` by period.

PURE. `find_invoice` goes on to read lines, money and payer (`connectors.halaxy.fresh`). A list answers with heads:
everything of a sale but `lines`, `payments`, `version` and what hangs on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from connectors.halaxy import payloads
from connectors.halaxy.fresh import NO_INVOICE, fresh_sales
from connectors.halaxy.outcomes import refusal
from connectors.halaxy.reading import PAGE_SIZE, bundle, since
from connectors.halaxy.sales import FeeBook, Surroundings, join
from connectors.halaxy.settings import MARGIN
from engine.sdk.contract import Call, Done, Element, Outcome, Request, Response
from engine.sdk.records import to_plain

Json = Any

_NOT_IN_A_HEAD = (
    "lines",
    "payments",
    "version",
    "due",
    "due_reported",
    "location",
    "practitioner",
    "subject",
    "claim",
    "changed_at",
)
_NO_SURROUNDINGS = Surroundings(ZoneInfo("UTC"), 0, "AUD", FeeBook(), {})


def head(resource: Mapping[str, Json]) -> Json:
    """An invoice's head as plain values, named as in a sale."""
    sale = to_plain(join(payloads.invoice(resource), (), (), None, _NO_SURROUNDINGS))
    return {name: value for name, value in sale.items() if name not in _NOT_IN_A_HEAD}


def _find_request(elements: Sequence[Element]) -> Request:
    ids = ",".join(str(element.payload["id"]) for element in elements)
    return Request("GET", "/Invoice", (("_id", ids), ("_count", str(PAGE_SIZE)), ("page", "1")))


def _find_outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    refused = refusal(response)
    if refused is not None:
        return tuple(refused for _ in elements)
    heads = {str(row["id"]): to_plain(payloads.invoice(row)) for row in bundle(response, "Invoice").resources}
    found = (heads.get(str(element.payload["id"])) for element in elements)
    return tuple(NO_INVOICE if invoice is None else Done({"invoice": invoice}) for invoice in found)


def _list_request(elements: Sequence[Element]) -> Request:
    """By creation with a margin: Halaxy cannot filter by invoice date (fact sheet 1.1)."""
    wanted = elements[0].payload
    begin = datetime.combine(_day(wanted["first"]), time(0), UTC) - MARGIN
    return Request(
        "GET",
        "/Invoice",
        (("created", since(begin)), ("_count", str(PAGE_SIZE)), ("page", str(int(wanted.get("page") or 1)))),
    )


def _list_outcomes(elements: Sequence[Element], response: Response) -> tuple[Outcome, ...]:
    refused = refusal(response)
    if refused is not None:
        return (refused,)
    wanted = elements[0].payload
    first, last, page = _day(wanted["first"]), _day(wanted["last"]), int(wanted.get("page") or 1)
    answer = bundle(response, "Invoice", page)
    heads = [head(row) for row in answer.resources]
    more = answer.more if answer.more is not None else len(answer.resources) >= PAGE_SIZE
    return (Done({"invoices": [item for item in heads if first <= item["date"] <= last], "page": page, "more": more}),)


def _day(value: Json) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


FIND_INVOICE = Call("find_invoice", _find_request, _find_outcomes, further=fresh_sales)
LIST_SALES = Call("list_sales", _list_request, _list_outcomes)
