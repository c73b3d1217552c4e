"""The practice's posting policy and maps, read from the inputs of the step.

PURE. A missing setting has its documented default; a setting that nobody knows is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Json = Any
NOT_MONEY = "discount"

_STATUSES = {"draft": "DRAFT", "submitted": "SUBMITTED", "authorised": "AUTHORISED"}
_CHOICES = {
    "lock_policy": ("hold", "shift"),
    "contact_mode": ("each", "summary"),
    "describe": ("full", "code_only"),
    "mode": ("each", "daily_summary"),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of the ruleset, with their defaults."""

    start_date: date | None = None
    invoice_status: str = "AUTHORISED"
    lock_policy: str = "hold"
    contact_mode: str = "each"
    describe: str = "full"
    mode: str = "each"
    terms_days: int = 7
    tracking: Mapping[str, str] = field(default_factory=dict)
    revenue_accounts: Mapping[str, Json] = field(default_factory=dict)
    payment_accounts: Mapping[str, Json] = field(default_factory=dict)
    locations: Mapping[str, str] = field(default_factory=dict)
    practitioners: Mapping[str, str] = field(default_factory=dict)


def read_policy(inputs: Mapping[str, Json]) -> Policy:
    """Read the inputs of the step.

    Raises:
        ValueError: A setting has a value that is not among its choices; the text names the setting.
    """
    given = inputs.get("policy") or {}
    chosen = {name: _choice(name, given[name], choices) for name, choices in _CHOICES.items() if given.get(name)}
    status = str(given.get("invoice_status") or "authorised").lower()
    if status not in _STATUSES:
        raise ValueError("invoice_status is draft, submitted or authorised")
    return Policy(
        start_date=_day(given.get("start_date")),
        invoice_status=_STATUSES[status],
        terms_days=_days(given.get("terms_days", 7)),
        tracking=given.get("tracking") or {},
        revenue_accounts=inputs.get("revenue accounts") or {},
        payment_accounts=inputs.get("payment accounts") or {},
        locations=inputs.get("locations") or {},
        practitioners=inputs.get("practitioners") or {},
        **chosen,
    )


def look_up(table: Mapping[str, Json], name: str | None, location: str | None) -> str | None:
    """A row of a map, which may be nested one level by location on either side; None for a gap.

    Names are compared without regard to case and outer spaces; anything else would be a guess.
    """
    if name is None:
        return None
    by_location = _row(table, location) if location else None
    found = _row(by_location, name) if isinstance(by_location, Mapping) else None
    found = found if found is not None else _row(table, name)
    if isinstance(found, Mapping):
        found = _row(found, location) if location else None
    return None if found is None or isinstance(found, Mapping) else str(found)


def _row(table: Mapping[str, Json], name: str) -> Json:
    if name in table:
        return table[name]
    wanted = name.strip().casefold()
    return next((value for key, value in table.items() if str(key).strip().casefold() == wanted), None)


def _choice(name: str, value: Json, choices: tuple[str, ...]) -> str:
    if str(value) not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}")
    return str(value)


def _day(value: Json) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("start_date is a date such as 2026-01-01") from None


def _days(value: Json) -> int:
    text = str(value)
    if not text.isdecimal():
        raise ValueError("terms_days is a whole number of days")
    return int(text)
