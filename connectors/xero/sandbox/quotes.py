"""Quotes: addresses and lists.

What is written stands in `promises.py`. Source: Xero's published description of the accounting service.
"""

from __future__ import annotations

from engine.sdk.sandbox import Answer

from .call import Call
from .paging import select
from .promises import (
    QUOTE,
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


def list_quotes(call: Call) -> Answer:
    """GET /Quotes: filtered by its own parameters; there is no where clause."""
    found = [one for one in call.books.quotes.values() if _wanted(call, one)]
    page = select(call, found, promise_fields(QUOTE))
    return call.envelope("Quotes", [promise_out(call, QUOTE, one) for one in page.rows])


def get_quote(call: Call, key: str) -> Answer:
    """GET /Quotes/{QuoteID}."""
    return call.envelope("Quotes", [promise_out(call, QUOTE, known_promise(call, QUOTE, key))])


def create_quotes(call: Call) -> Answer:
    """PUT /Quotes: create only."""
    return write_many(call, "Quotes", lambda sent: _saved(call, sent, None), promise_echo(QUOTE))


def save_quotes(call: Call) -> Answer:
    """POST /Quotes: changes the one of the sent id or number, else creates."""
    return write_many(
        call, "Quotes", lambda sent: _saved(call, sent, match_promise(call, QUOTE, sent)), promise_echo(QUOTE)
    )


def update_quote(call: Call, key: str) -> Answer:
    """POST /Quotes/{QuoteID}."""
    standing = known_promise(call, QUOTE, key)
    return write_one(call, "Quotes", lambda sent: _saved(call, sent, standing), promise_echo(QUOTE))


def _saved(call: Call, sent: Element, standing: Promise | None) -> tuple[Element, list[str]]:
    return promise_out(call, QUOTE, save_promise(call, QUOTE, sent, standing)), []


def _wanted(call: Call, one: Promise) -> bool:
    asked = call.asked
    same = (("ContactID", one.contact), ("Status", one.status), ("QuoteNumber", one.number))
    if any(asked.param(name) and asked.param(name).casefold() != own.casefold() for name, own in same):
        return False
    for name, own in (("Date", one.date), ("ExpiryDate", one.later)):
        first, last = read_day(asked.param(f"{name}From"), name), read_day(asked.param(f"{name}To"), name)
        if (first and (own is None or own < first)) or (last and (own is None or own > last)):
            return False
    return True
