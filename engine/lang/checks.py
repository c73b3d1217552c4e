"""The tests of expressions, as in `x is given`: the whole table of the language.

Tests alone may look at an empty value; `one_of` may not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import CannotTell
from engine.lang.operators import within
from engine.lang.show import kind

Json = Any


@dataclass(frozen=True, slots=True)
class Test:
    """A test: how many arguments it takes, what it does, and whether it may look at an empty value.

    `means` and `example` are for the manual.
    """

    run: Callable[[Json, Sequence[Json]], bool]
    least: int = 0
    most: int = 0
    soft: bool = True
    means: str = ""
    example: str = ""


def _given(value: Json, arguments: Sequence[Json]) -> bool:
    return value is not None


def _missing(value: Json, arguments: Sequence[Json]) -> bool:
    return value is None


def _empty(value: Json, arguments: Sequence[Json]) -> bool:
    """Also true for what is missing, and for a text of blanks."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping | list | tuple):
        return not value
    raise CannotTell(f"`is empty` needs a text or a list, but this value is {kind(value)}.", "Write `is missing`.")


def _one_of(value: Json, arguments: Sequence[Json]) -> bool:
    choices = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list | tuple) else list(arguments)
    return within(value, choices)


TESTS: Mapping[str, Test] = {
    "given": Test(_given, means="There is a value.", example="invoice.due is given"),
    "missing": Test(_missing, means="There is none.", example="invoice.due is missing"),
    "empty": Test(
        _empty,
        means="There is none, or it is a text of blanks or a list without entries.",
        example="invoice.payments is empty",
    ),
    "one_of": Test(
        _one_of,
        1,
        50,
        soft=False,
        means="The value is one of those in brackets.",
        example='invoice.status is one_of("active", "issued")',
    ),
}
