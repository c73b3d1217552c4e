"""The filters of expressions: the whole table of the language, and nothing that a connector could add to.

Each takes the value, its arguments and the run's names (for the practice's zone, currency and holidays). Rounding is
half up. What has no answer raises CannotTell; results stay small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cmp_to_key
from typing import Any
from unicodedata import combining

from engine.core import schedule
from engine.core.money import ZERO
from engine.errors import CannotTell
from engine.lang import checks
from engine.lang.durations import read_signed
from engine.lang.faults import LangError
from engine.lang.moments import WEEKDAYS, calendar_of, date_text, day_or_moment
from engine.lang.operators import alike, field, number, order, usable, yes_or_no
from engine.lang.show import capped, kind, money_text, number_text, show

Json = Any
# Signs that belong to the sign before them: the joiner of pictures, their variants and skin tones.
_JOINER = "\u200d"
_JOINTS = frozenset((_JOINER, "\ufe0e", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))))
Names = Mapping[str, Json]
Run = Callable[[Json, Sequence[Json], Names], Json]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: how many arguments it takes, how many of the first are field names, and what it does.

    `soft` filters may be given an empty value. `means` and `example` are for the manual.
    """

    run: Run
    least: int = 0
    most: int = 0
    fields: int = 0
    soft: bool = False
    means: str = ""
    example: str = ""


def pick(item: Json, path: str) -> Json:
    """A field of an entry by its path; empty when something on the way is empty."""
    for part in path.split(".") if path else ():
        if item is None:
            return None
        item = field(item, part, path)
    return item


# --- numbers and texts ------------------------------------------------------------------------------


def _money(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    practice = names.get("practice")
    currency = practice.get("currency") if isinstance(practice, Mapping) else None
    return money_text(Decimal(usable(number(value))), currency)


def _round(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    places = arguments[0] if arguments else 0
    if isinstance(places, bool) or not isinstance(places, int) or not 0 <= places <= 10:
        raise CannotTell("`round` needs a number of places from 0 to 10.", "Write `| round(2)`.")
    exact = Context(prec=60, rounding=ROUND_HALF_UP)
    rounded = Decimal(usable(number(value))).quantize(Decimal(1).scaleb(-places), context=exact)
    return int(rounded) if places == 0 else rounded + 0


def _abs(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return abs(number(value))


def _percent(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    text = number_text(Decimal(usable(number(value))) * 100)
    return f"{text.rstrip('0').rstrip('.')}%"


def _upper(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return _text(value).upper()


def _lower(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return _text(value).lower()


def _trim(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return " ".join(_text(value).split())


def _shorten(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    most = arguments[0]
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise CannotTell("`shorten` needs a number of characters.", "Write `| shorten(40)`.")
    text = _text(value)
    return text if len(text) <= most else text[: _letters(text, most - 1)].rstrip() + "…"


def _letters(text: str, most: int) -> int:
    """At most so many signs, cut between two letters and not before an accent or inside a joined picture."""
    cut = most
    while cut > 0 and (combining(text[cut]) or text[cut] in _JOINTS or text[cut - 1] == _JOINER):
        cut -= 1
    return cut


def _default(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return arguments[0] if value is None else value


# --- lists ------------------------------------------------------------------------------------------


def _count(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    if isinstance(value, Mapping):
        return len(value)
    return len(_list(value))


def _sum(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    total: int | Decimal = 0
    entries = _picked(value, arguments)
    for entry in entries:
        total += number(entry, "an entry of the sum")
    return usable(total) if entries else ZERO


def _min(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return _extreme(value, arguments, -1)


def _max(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return _extreme(value, arguments, 1)


def _extreme(value: Json, arguments: Sequence[Json], direction: int) -> Json:
    entries = _picked(value, arguments)
    if not entries:
        raise CannotTell("The smallest or largest of an empty list is asked for.", "Test `is empty` first.")
    best = entries[0]
    for entry in entries:
        if order(entry, best) == direction:
            best = entry
    return best


def _first(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    entries = _list(value)
    return entries[0] if entries else None


def _last(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    entries = _list(value)
    return entries[-1] if entries else None


def _where(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    path, wanted = arguments
    return [entry for entry in _list(value) if _matches(pick(entry, path), wanted)]


def _matches(found: Json, wanted: Json) -> bool:
    if found is not None and wanted is not None:
        order_free = {type(found), type(wanted)} <= {int, Decimal}
        if not order_free and kind(found) != kind(wanted):
            raise CannotTell(
                f"`where` compares {kind(found)} with {kind(wanted)}.", "Give a value of the field's kind."
            )
    return alike(found, wanted)


def _any(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    entries = [pick(entry, arguments[0]) for entry in _list(value)]
    if len(arguments) == 1:
        return any(yes_or_no(entry, f"the field {arguments[0]}") for entry in entries)
    test = checks.TESTS[arguments[1]]
    return any(test.run(entry, arguments[2:]) for entry in entries)


def _sort(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    path = arguments[0] if arguments else ""
    return sorted(_list(value), key=cmp_to_key(lambda one, two: order(pick(one, path), pick(two, path))))


def _unique(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return [items[0] for _, items in _grouped(value, arguments)]


def _group(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return [{"key": key, "items": items} for key, items in _grouped(value, arguments)]


def _grouped(value: Json, arguments: Sequence[Json]) -> list[tuple[Json, list[Json]]]:
    path = arguments[0] if arguments else ""
    groups: dict[tuple[str, str], tuple[Json, list[Json]]] = {}
    for entry in _list(value):
        key = pick(entry, path)
        text = "" if key is None else str(Decimal(key).normalize()) if kind(key) == "a number" else show(key)
        groups.setdefault((kind(key), text), (key, []))[1].append(entry)
    return list(groups.values())


def _map(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return [pick(entry, arguments[0]) for entry in _list(value)]


def _join(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    between = arguments[0] if arguments else ", "
    return capped(_text(between).join(show(entry, "an entry of the list") for entry in _list(value)))


# --- days and times ---------------------------------------------------------------------------------


def _add(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    try:
        span = read_signed(_text(arguments[0]))
        return schedule.add(day_or_moment(value, names), span, calendar_of(names))
    except LangError as error:
        raise CannotTell(error.message, error.mend) from None
    except ValueError as error:
        raise CannotTell(f"A time cannot be moved: {error}.", "Use days, or a date and time.") from None
    except OverflowError:
        raise CannotTell("A time is moved out of all calendars.", "Use a shorter length of time.") from None


def _date(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    moment = day_or_moment(value, names)
    if arguments:
        return date_text(moment, _text(arguments[0]))
    return moment.date() if isinstance(moment, datetime) else moment


def _time(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    moment = day_or_moment(value, names)
    if not isinstance(moment, datetime):
        raise CannotTell("The time of a day without a time is asked for.", "Use a date and time.")
    return f"{moment:%H:%M}"


def _weekday(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    return WEEKDAYS[day_or_moment(value, names).weekday()]


def _days_until(value: Json, arguments: Sequence[Json], names: Names) -> Json:
    moment = day_or_moment(value, names)
    day = moment.date() if isinstance(moment, datetime) else moment
    today = names.get("today")
    if not isinstance(today, date):
        raise CannotTell("What day it is today is not known here.", "Use `days_until` inside a rule.")
    return (day - today).days


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise CannotTell(f"A text is needed, but this value is {kind(value)}.", 'Join with "" to make it one: `x ~ ""`.')


def _list(value: Json) -> Sequence[Json]:
    if isinstance(value, list | tuple):
        return value
    raise CannotTell(f"A list is needed, but this value is {kind(value)}.", "Check which field holds the list.")


def _picked(value: Json, arguments: Sequence[Json]) -> list[Json]:
    path = arguments[0] if arguments else ""
    return [pick(entry, path) for entry in _list(value)]


FILTERS: Mapping[str, Filter] = {
    "money": Filter(
        _money,
        means="A sum as text, with the sign of the practice's currency and two decimals.",
        example="invoice.totals.gross | money",
    ),
    "round": Filter(
        _round,
        0,
        1,
        means="Rounded half up, to so many decimals; without a number, to a whole number.",
        example="x | round(2)",
    ),
    "abs": Filter(_abs, means="Without its minus.", example="x | abs"),
    "percent": Filter(_percent, means="A share as text: 0.1 becomes 10%.", example="rate | percent"),
    "upper": Filter(_upper, means="In capital letters.", example="text | upper"),
    "lower": Filter(_lower, means="In small letters.", example="text | lower"),
    "trim": Filter(_trim, means="Without blanks at its ends; several in a row become one.", example="text | trim"),
    "shorten": Filter(
        _shorten, 1, 1, means="At most so many characters, with dots where it is cut.", example="text | shorten(40)"
    ),
    # Evaluated by `expressions`, which reads the other value only when it is needed.
    "default": Filter(
        _default, 1, 1, soft=True, means="Another value where there is none.", example='x | default("none")'
    ),
    "count": Filter(_count, means="How many entries a list has.", example="invoice.lines | count"),
    "sum": Filter(
        _sum,
        0,
        1,
        1,
        means="The sum of a list of numbers, or of one field of its entries.",
        example="invoice.lines | sum(gross)",
    ),
    "min": Filter(
        _min,
        0,
        1,
        1,
        means="The smallest entry, or the smallest value of a field.",
        example="invoice.lines | min(gross)",
    ),
    "max": Filter(
        _max, 0, 1, 1, means="The largest entry, or the largest value of a field.", example="invoice.lines | max(gross)"
    ),
    "first": Filter(_first, means="The first entry; none of an empty list.", example="invoice.lines | first"),
    "last": Filter(_last, means="The last entry; none of an empty list.", example="invoice.lines | last"),
    "where": Filter(
        _where,
        2,
        2,
        1,
        means="The entries whose field has this value.",
        example='invoice.lines | where(status, "active")',
    ),
    "any": Filter(
        _any,
        1,
        3,
        2,
        means="Whether a field is yes in any entry, or passes a test there.",
        example="invoice.lines | any(taxable)",
    ),
    "sort": Filter(
        _sort,
        0,
        1,
        1,
        means="The entries in order, smallest first, by a field if one is named.",
        example="invoice.lines | sort(gross)",
    ),
    "unique": Filter(
        _unique,
        0,
        1,
        1,
        means="One entry for each value, or for each value of a field.",
        example="invoice.lines | unique(category)",
    ),
    "group": Filter(
        _group,
        1,
        1,
        1,
        means="One entry for each value of a field, with `key` and `items`.",
        example="invoice.lines | group(category)",
    ),
    "map": Filter(_map, 1, 1, 1, means="The list of one field of the entries.", example="invoice.lines | map(gross)"),
    "join": Filter(
        _join,
        0,
        1,
        means="The entries as one text, with a comma or another text in between.",
        example='names | join("; ")',
    ),
    "add": Filter(
        _add,
        1,
        1,
        means="A day or moment moved by a length of time, back with a minus.",
        example='invoice.due | add("7 days")',
    ),
    "date": Filter(
        _date,
        0,
        1,
        means="The day, or its text in a form; without a form, as a date.",
        example='invoice.date | date("%-d %B %Y")',
    ),
    "time": Filter(_time, means="The time of day on the practice's clock, as text.", example="now | time"),
    "weekday": Filter(_weekday, means="The name of the day of the week.", example="today | weekday"),
    "days_until": Filter(
        _days_until,
        means="How many days from today to that day; less than zero when it is past.",
        example="invoice.due | days_until",
    ),
}
