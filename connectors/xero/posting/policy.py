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
    "fee_source": ("payments", "expenses"),
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
    settle_minutes: int = 60
    tracking: Mapping[str, str] = field(default_factory=dict)
    revenue_accounts: Mapping[str, Json] = field(default_factory=dict)
    payment_accounts: Mapping[str, Json] = field(default_factory=dict)
    refund_accounts: Mapping[str, Json] = field(default_factory=dict)
    special_accounts: Mapping[str, Json] = field(default_factory=dict)
    processors: Mapping[str, Json] = field(default_factory=dict)
    card_fees: Mapping[str, Json] = field(default_factory=dict)
    fee_source: str = "payments"
    post_payouts: bool = False
    payout_accounts: Mapping[str, Json] = field(default_factory=dict)
    expense_accounts: Mapping[str, Json] = field(default_factory=dict)
    expense_taxes: Mapping[str, Json] = field(default_factory=dict)
    expense_methods: Mapping[str, Json] = field(default_factory=dict)
    summary_hour: int = 23
    agents: Mapping[str, Json] = field(default_factory=dict)
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
        terms_days=_whole("terms_days", given.get("terms_days", 7)),
        settle_minutes=_whole("settle_minutes", given.get("settle_minutes", 60)),
        tracking=given.get("tracking") or {},
        revenue_accounts=inputs.get("revenue accounts") or {},
        payment_accounts=inputs.get("payment accounts") or {},
        refund_accounts=inputs.get("refund accounts") or {},
        special_accounts=inputs.get("special accounts") or {},
        processors=inputs.get("processors") or {},
        card_fees=given.get("card_fees") or {},
        post_payouts=_yes("post_payouts", given.get("post_payouts")),
        payout_accounts=inputs.get("payout accounts") or {},
        expense_accounts=inputs.get("expense accounts") or {},
        expense_taxes=inputs.get("expense taxes") or {},
        expense_methods=inputs.get("expense methods") or {},
        summary_hour=_hour("summary_hour", given.get("summary_hour", 23)),
        agents=given.get("agent_fees") or {},
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


def _whole(name: str, value: Json) -> int:
    text = str(value)
    if not text.isdecimal():
        raise ValueError(f"{name} is a whole number")
    return int(text)


def _hour(name: str, value: Json) -> int:
    hour = _whole(name, value)
    if hour > 23:
        raise ValueError(f"{name} is an hour from 0 to 23")
    return hour


def _yes(name: str, value: Json) -> bool:
    text = str(value or "no").lower()
    if text not in ("yes", "true", "no", "false"):
        raise ValueError(f"{name} is yes or no")
    return text in ("yes", "true")
