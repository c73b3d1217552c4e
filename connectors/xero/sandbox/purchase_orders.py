"""Purchase orders: addresses and lists.

What is written stands in `promises.py`. Source: Xero's published description of the accounting service.
"""

from __future__ import annotations

from engine.sdk.sandbox import Answer

from .call import Call
from .paging import select
from .promises import (
    ORDER,
    known_promise,
    match_promise,
    promise_echo,
    promise_fields,
    promise_out,
    save_promise,
)
from .state import Promise
from .wire import read_day
from .writing import Element, write_many, write_one


def list_orders(call: Call) -> Answer:
    """GET /PurchaseOrders: filtered by its own parameters; there is no where clause."""
    found = [one for one in call.books.orders.values() if _wanted(call, one)]
    page = select(call, found, promise_fields(ORDER), always_paged=True)
    return call.envelope("PurchaseOrders", [promise_out(call, ORDER, one) for one in page.rows], page.pagination)


def get_order(call: Call, key: str) -> Answer:
    """GET /PurchaseOrders/{PurchaseOrderID or PurchaseOrderNumber}."""
    return call.envelope("PurchaseOrders", [promise_out(call, ORDER, known_promise(call, ORDER, key))])


def create_orders(call: Call) -> Answer:
    """PUT /PurchaseOrders: create only."""
    return write_many(call, "PurchaseOrders", lambda sent: _saved(call, sent, None), promise_echo(ORDER))


def save_orders(call: Call) -> Answer:
    """POST /PurchaseOrders: changes the one of the sent id or number, else creates."""
    return write_many(
        call, "PurchaseOrders", lambda sent: _saved(call, sent, match_promise(call, ORDER, sent)), promise_echo(ORDER)
    )


def update_order(call: Call, key: str) -> Answer:
    """POST /PurchaseOrders/{PurchaseOrderID}."""
    standing = known_promise(call, ORDER, key)
    return write_one(call, "PurchaseOrders", lambda sent: _saved(call, sent, standing), promise_echo(ORDER))


def _saved(call: Call, sent: Element, standing: Promise | None) -> tuple[Element, list[str]]:
    return promise_out(call, ORDER, save_promise(call, ORDER, sent, standing)), []


def _wanted(call: Call, one: Promise) -> bool:
    status = call.asked.param("Status")
    first, last = read_day(call.asked.param("DateFrom")), read_day(call.asked.param("DateTo"))
    inside = (first is None or one.date >= first) and (last is None or one.date <= last)
    return inside and (not status or status.casefold() == one.status.casefold())
