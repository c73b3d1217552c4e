"""Text of a file cast to the types that fields declare: exact, or refused with what to write instead.

Values that already have a type (from `= expressions`) pass through `cast_by_schema` unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.lang.durations import read_duration, read_time
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.vocabulary import kinds

Json = Any

RECORDS = tuple(known.name for known in kinds.RECORDS)
REFERENCES = tuple(known.name for known in kinds.REFERENCES)
NAMES = tuple(known.name for known in kinds.TYPES)
_PREFIXES = tuple(known.name for known in kinds.PREFIXES)
_COUNTRY_CODES = {"AU": "61", "NZ": "64", "GB": "44", "IE": "353", "CA": "1", "US": "1", "ZA": "27", "SG": "65"}
_YES, _NO = ("yes", "true", "on"), ("no", "false", "off")


def is_type(name: str) -> bool:
    """Whether a declared type exists; lists and maps may hold any type that is none itself."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix) in NAMES
    return name in NAMES


def cast(value: Json, type_name: str, choices: Sequence[str] = (), country: str = "AU") -> Json:
    """A value of a file (texts, lists and dicts of texts) as the type says.

    Money, numbers and percents become Decimals (10% is 0.10), whole numbers int, dates date, dates and times aware
    datetime; times of day and durations stay texts in one form.

    Raises:
        LangError: The value is not of that type (code `bad-value`).
    """
    if type_name.startswith("list of "):
        if not isinstance(value, list):
            raise bad("A list is needed.", "Write one entry a line, each after `- `.")
        return [cast(item, type_name.removeprefix("list of "), choices, country) for item in value]
    if type_name.startswith("map of "):
        if not isinstance(value, dict):
            raise bad("A map is needed.", "Write one `name: value` a line.")
        return {key: cast(item, type_name.removeprefix("map of "), choices, country) for key, item in value.items()}
    if not isinstance(value, str):
        raise bad(f"One {type_name} is needed here, not a list or map.", "Write it on the same line.")
    if type_name == "choice":
        return _choice(value, choices)
    if type_name == "phone":
        return _phone(value, country)
    if type_name in RECORDS or type_name == "file":
        raise bad(f"A {type_name} cannot be typed.", "Write an expression, such as `= invoice`.")
    return _CASTS.get(type_name, _word)(value)


def cast_by_schema(value: Json, schema: Mapping[str, Json], country: str = "AU") -> Json:
    """A step's input as its action's schema says: texts are cast, everything that has a type stays as it is.

    Raises:
        LangError: A text is not of the type that the schema asks for.
    """
    if isinstance(value, Mapping) and not isinstance(schema.get("properties"), Mapping):
        return value
    if isinstance(value, Mapping):
        fields = schema["properties"]
        return {key: cast_by_schema(item, fields.get(key, {}), country) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = schema.get("items")
        return [cast_by_schema(item, items if isinstance(items, Mapping) else {}, country) for item in value]
    if not isinstance(value, str):
        return value
    return cast(value, schema_type(schema), tuple(map(str, schema.get("enum", ()))), country)


def schema_type(schema: Mapping[str, Json]) -> str:
    """The declared type of a schema: its `x-type`, or what its JSON type comes to."""
    declared = schema.get("x-type")
    if isinstance(declared, str) and is_type(declared):
        return declared
    if "enum" in schema:
        return "choice"
    kind = schema.get("type")
    return {"integer": "whole number", "number": "number", "boolean": "yes or no"}.get(str(kind), "text")


def bad(message: str, mend: str) -> LangError:
    """The fault of a value that is not of its type."""
    return LangError("bad-value", message, mend)


def _text(value: str) -> str:
    return value


def _word(value: str) -> str:
    if not value.strip():
        raise bad("A value is needed here.", "Write it after the colon.")
    return value.strip()


def _yes_or_no(value: str) -> bool:
    word = value.strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise bad(f'"{value[:40]}" is neither yes nor no.', "Write yes or no.")


def _whole(value: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", value.strip()):
        raise bad(f'"{value[:40]}" is no whole number.', "Write digits only, such as 1250.")
    return int(value)


def _number(value: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", value.strip()):
        raise bad(f'"{value[:40]}" is no number.', "Write digits and at most one point, such as 1250.5.")
    return Decimal(value.strip()) + 0


def _money(value: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{1,13}(\.[0-9]{1,2})?", value.strip()):
        raise bad(
            f'"{value[:40]}" is no sum of money.', "Write digits and a point, without currency or commas: 1250.50."
        )
    return Decimal(value.strip()).quantize(Decimal("0.01")) + 0


def _percent(value: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,6})? ?%", value.strip()):
        raise bad(f'"{value[:40]}" is no percentage.', "Write it with its sign, such as 10%.")
    return Decimal(value.strip().rstrip("% ")) / 100


def _date(value: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        raise bad(f"There is no day {value.strip()}.", "Check the month and the day.") from None
    raise bad(f'"{value[:40]}" is no date.', "Write year, month, day: 2026-01-31.")


def _moment(value: str) -> datetime:
    mend = "Write 2026-01-31T09:30+10:00, with the offset."
    if len(value) > 40 or not value.isascii():
        raise bad("This is no date and time.", mend)
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise bad(f'"{value}" is no date and time.', mend) from None
    if moment.tzinfo is None:
        raise bad(f'"{value}" does not say in which zone.', mend)
    return moment


def _time(value: str) -> str:
    return f"{read_time(value.strip()):%H:%M}"


def _duration(value: str) -> str:
    span = read_duration(value)
    return f"{span.count} {span.unit}"


def _email(value: str) -> str:
    address = value.strip()
    if len(address) > 254 or not re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+", address):
        raise bad("This is no e-mail address.", "Write one address alone, such as desk@practice.example.")
    return address


def _phone(value: str, country: str) -> str:
    digits = re.sub(r"[ ()./-]", "", value)
    if digits.startswith("0") and country in _COUNTRY_CODES:
        digits = f"+{_COUNTRY_CODES[country]}{digits[1:]}"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise bad("This is no telephone number.", "Write it with its area code, or as +61 400 000 000.")
    return digits


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+([/?#]\S*)?", value.strip()):
        raise bad("This is no web address.", "Write it whole: https://practice.example/page.")
    return value.strip()


def _id(value: str) -> str:
    if not value.strip() or re.search(r"\s", value.strip()):
        raise bad("An id has no spaces and is not empty.", "Copy it from where it is shown.")
    return value.strip()


def _choice(value: str, choices: Sequence[str]) -> str:
    if value.strip() not in choices:
        raise bad(
            f'"{value[:40]}" is not among the choices.', did_you_mean(value, choices) or shown(", ".join(choices), 400)
        )
    return value.strip()


_CASTS: Mapping[str, Callable[[str], Json]] = {
    "text": _text,
    "yes or no": _yes_or_no,
    "whole number": _whole,
    "number": _number,
    "money": _money,
    "percent": _percent,
    "date": _date,
    "time of day": _time,
    "date and time": _moment,
    "duration": _duration,
    "email": _email,
    "web address": _web_address,
    "id": _id,
}
