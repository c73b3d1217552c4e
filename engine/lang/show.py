"""How a value is shown as text in a hole, a joined text or a list.

No formatting chosen by the reader's language or machine: the same value gives the same text everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.core.money import cents
from engine.errors import CannotTell

Json = Any
LONGEST = 256 * 1024
_SIGNS = {"AUD": "$", "NZD": "$", "USD": "$", "CAD": "$", "SGD": "$", "GBP": "£", "EUR": "€"}


def show(value: Json, what: str = "this value") -> str:
    """A value as text: yes and no, ISO dates, numbers with at least two places, lists joined by a comma.

    Raises:
        CannotTell: It is none, or a map, which have no text.
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case int():
            return str(value)
        case Decimal():
            return number_text(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case None:
            raise CannotTell(f"{what} is empty and cannot be shown.", 'Add `| default("...")` or a condition.')
        case Mapping():
            raise CannotTell(f"{what} is a group of fields and cannot be shown.", "Name one of its fields.")
        case float():
            raise CannotTell(f"{what} is an inexact number and cannot be shown.", "Look where the value comes from.")
    return capped(", ".join(show(item, f"an entry of {what}") for item in value))


def number_text(number: Decimal) -> str:
    """A number with at least two places, and further ones only where they are not zero."""
    text = f"{number:f}"
    whole, _, places = text.partition(".")
    places = places.rstrip("0").ljust(2, "0")
    sign = whole.startswith("-") and not (whole.strip("-0") or places.strip("0"))
    return f"{whole.lstrip('-') if sign else whole}.{places}"


def money_text(amount: Decimal, currency: str | None) -> str:
    """A sum for people: `$1,234.50`, `-$5.00`, `1,234.50 CHF`; without a currency `1,234.50`."""
    text = f"{abs(cents(amount)):,.2f}"
    sign = "-" if cents(amount) < 0 else ""
    if currency is None:
        return f"{sign}{text}"
    if currency in _SIGNS:
        return f"{sign}{_SIGNS[currency]}{text}"
    return f"{sign}{text} {currency}"


def capped(text: str) -> str:
    """The text itself; CannotTell when it is longer than any message or document may be."""
    if len(text) > LONGEST:
        raise CannotTell("The text becomes longer than 256 KiB.", "Shorten its parts, as in `| shorten(200)`.")
    return text


def kind(value: Json) -> str:
    """What a value is, in an admin's words."""
    match value:
        case None:
            return "empty"
        case bool():
            return "a yes or no"
        case str():
            return "a text"
        case int() | Decimal():
            return "a number"
        case datetime():
            return "a date and time"
        case date():
            return "a date"
        case Mapping():
            return "a group of fields"
        case float():
            return "an inexact number"
    return "a list"
