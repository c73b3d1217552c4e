"""What the operators of an expression do with values: exact numbers, like with like, never a guess.

Values are plain: dict, list, str, int, Decimal, bool, date, aware datetime, None. Everything that has no answer
raises CannotTell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from engine.errors import CannotTell
from engine.lang.show import kind

Json = Any
Number = int | Decimal

LARGEST = Decimal("1e15")
_SIMPLE = (str, int, Decimal, bool, date, datetime)
_NUMBERS = (int, Decimal)
_TRAPS = [DivisionByZero, InvalidOperation, Overflow]
_NUMBER_LIKE = re.compile(r"\s*[-+$]?[0-9][0-9.,]*%?\s*")
_MEND_EMPTY = "Test it first with `is given`, or add `| default(...)`."


def arithmetic(sign: str, left: Json, right: Json) -> Number:
    """`+ - * /` of two numbers; a quotient is rounded half up to 28 digits, everything else is exact."""
    first, second = number(left, f"the left side of {sign}"), number(right, f"the right side of {sign}")
    if isinstance(first, int) and isinstance(second, int) and sign != "/":
        return usable(first + second if sign == "+" else first - second if sign == "-" else first * second)
    one, two = Decimal(first), Decimal(second)
    exact = Context(prec=60, rounding=ROUND_HALF_UP, traps=_TRAPS)
    match sign:
        case "+":
            return usable(exact.add(one, two))
        case "-":
            return usable(exact.subtract(one, two))
        case "*":
            return usable(exact.multiply(one, two))
    if two == 0:
        raise CannotTell("Something is divided by zero.", "Test the divisor first.")
    return usable(Context(prec=28, rounding=ROUND_HALF_UP, traps=_TRAPS).divide(one, two))


def number(value: Json, what: str = "this value") -> Number:
    """The value, if it is a number and no yes or no."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise CannotTell(f"A number is needed, but {what} is {kind(value)}.", _mend(value))
    if isinstance(value, Decimal) and not value.is_finite():
        raise no_number()
    return value


def no_number() -> CannotTell:
    """The fault of a number that stands for none, such as the result of a broken calculation elsewhere."""
    return CannotTell("A number that is none stands here.", "Look where the value comes from.")


def usable(value: Number) -> Number:
    """The number, if it is not larger than any sum of a practice."""
    if not -LARGEST <= value <= LARGEST:
        raise CannotTell("A number becomes larger than 1,000,000,000,000,000.", "Check the calculation.")
    return value


def yes_or_no(value: Json, what: str = "this condition") -> bool:
    """The value, if it is a yes or no."""
    if not isinstance(value, bool):
        raise CannotTell(
            f"A yes or no is needed, but {what} is {kind(value)}.", "Compare it with something, or write `is given`."
        )
    return value


def same(left: Json, right: Json) -> bool:
    """Equality of two values of one kind; a text is never equal to a number: that is an error, not a no."""
    if type(left) in _SIMPLE and type(right) is type(left):
        return bool(left == right)
    if left is None or right is None:
        raise CannotTell("An empty value is compared.", _MEND_EMPTY)
    if _sort(left) != _sort(right):
        raise CannotTell(f"{kind(left)} is compared with {kind(right)}.".capitalize(), _mend_pair(left, right))
    if isinstance(left, Mapping):
        return _same_maps(left, right)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(alike(one, two) for one, two in zip(left, right, strict=True))
    return bool(left == right)


def alike(left: Json, right: Json) -> bool:
    """Equality inside lists and groups: values of different kinds, or one empty, simply differ."""
    if left is None or right is None:
        return left is right
    return _sort(left) == _sort(right) and same(left, right)


def _same_maps(left: Mapping[str, Json], right: Mapping[str, Json]) -> bool:
    return left.keys() == right.keys() and all(alike(left[key], right[key]) for key in left)


def order(left: Json, right: Json) -> int:
    """-1, 0 or 1 for two numbers, dates, times or texts.

    Texts that look like numbers are refused: "10" sorts before "9".
    """
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        try:
            return int(left > right) - int(left < right)
        except ArithmeticError:
            raise no_number() from None
    if left is None or right is None:
        raise CannotTell("An empty value is compared.", _MEND_EMPTY)
    if _sort(left) != _sort(right) or _sort(left) not in ("number", "date", "moment", "text"):
        raise CannotTell(f"{kind(left)} is compared with {kind(right)}.".capitalize(), _mend_pair(left, right))
    if isinstance(left, str) and (_NUMBER_LIKE.fullmatch(left[:100]) or _NUMBER_LIKE.fullmatch(right[:100])):
        raise CannotTell("Texts that look like numbers are put in order.", "Compare numbers, not texts.")
    return int(left > right) - int(left < right)


def within(item: Json, group: Json) -> bool:
    """`in`: an entry of a list, a part of a text, a key of a map."""
    if item is None:
        raise CannotTell("An empty value is looked for.", _MEND_EMPTY)
    if isinstance(group, str) and isinstance(item, str):
        if not item:
            raise CannotTell("An empty text is looked for, and stands in every text.", "Test `is empty` first.")
        return item in group
    if isinstance(group, Mapping):
        return str(item) in group
    if isinstance(group, list | tuple):
        return any(entry is not None and same(item, entry) for entry in group)
    raise CannotTell(f"{kind(item)} is looked for in {kind(group)}.".capitalize(), "Use `in` with a list or a text.")


def field(value: Json, name: str, path: str) -> Json:
    """One field of a group; CannotTell when there is no such group or field."""
    if isinstance(value, Mapping):
        if name in value:
            return value[name]
        missing: Callable[[str], CannotTell] | None = getattr(value, "missing", None)
        if missing is not None:
            raise missing(name)
        raise CannotTell(f"{path} is not known here.", "Check the name, or guard it with a condition on the event.")
    if value is None:
        raise CannotTell(f"{path} cannot be read: what stands before its last point is empty.", _MEND_EMPTY)
    hint = f'Write `| map("{name}")` for the field of each entry.' if isinstance(value, list | tuple) else ""
    raise CannotTell(f"{path} cannot be read: {kind(value)} has no fields.", hint)


def entry(value: Json, key: Json, path: str) -> Json:
    """`a[b]`: an entry of a list by its place, a field of a group or the row of a map by its name."""
    if isinstance(value, list | tuple):
        return _entry_of_list(value, key, path)
    if key is None:
        raise CannotTell(f"The key in {path} is empty.", _MEND_EMPTY)
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise CannotTell(f"The key in {path} is {kind(key)}.", "Use a text.")
    return field(value, str(key), path)


def _entry_of_list(value: Sequence[Json], key: Json, path: str) -> Json:
    if isinstance(key, bool) or not isinstance(key, int):
        raise CannotTell(f"The place in {path} is {kind(key)}.", "Use a whole number; the first is 0.")
    if not -len(value) <= key < len(value):
        raise CannotTell(f"{path} has no entry {key}; it has {len(value)}.", "Test `| count` first.")
    return value[key]


def _sort(value: Json) -> str:
    match value:
        case bool():
            return "yes or no"
        case int() | Decimal():
            return "number"
        case str():
            return "text"
        case datetime():
            return "moment" if value.tzinfo is not None else "moment without a zone"
        case date():
            return "date"
        case Mapping():
            return "group"
        case float():
            return "inexact"
    return "list"


def _mend(value: Json) -> str:
    return _MEND_EMPTY if value is None else "Check which field holds the number."


def _mend_pair(left: Json, right: Json) -> str:
    sorts = {_sort(left), _sort(right)}
    if sorts == {"text", "date"}:
        return 'Write dates as `"2026-01-31" | date`.'
    if sorts == {"date", "moment"}:
        return "Add `| date` to the date and time."
    if sorts == {"text", "yes or no"}:
        return 'Write true or false without quotes, or put "yes" in quotes.'
    return "Compare values of one kind; numbers stand without quotes."
